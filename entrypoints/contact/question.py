"""Reads what is asked about a contact, from options, JSON lines and history files. A mistake names field and value."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from compliance.ask import Ask, Fact, PastContact, Result
from compliance.calendar import WEEKDAYS
from compliance.rule import Party, Purpose, Recipient
from lending.days import day_starts
from statemachine.case import Wishes
from statemachine.fact import FactName
from statemachine.stage import Channel, Place

Name = TypeVar("Name", bound=StrEnum)

_YEARS = range(2000, 2101)
_SHOWN_AT_MOST = 60
_EXAMPLE = "2026-10-09T09:00+08:00"

ABOUT_PLACE = frozenset({"policy", "country", "subdivision", "zone", "party"})
ABOUT_CONTACT = frozenset({"channel", "to", "place", "purpose", "people", "debt", "number", "by"})
ABOUT_BORROWER = frozenset({"facts", "wishes", "overdue_since", "history"})
FIELDS = ABOUT_PLACE | ABOUT_CONTACT | ABOUT_BORROWER | {"at"}
PAST_FIELDS = frozenset({"at", "channel", "result", "debts", "number", "by", "purpose", "recipient"})

_NAMES: dict[type[StrEnum], dict[object, StrEnum]] = {
    kind: {str(one): one for one in kind}
    for kind in (Channel, Recipient, Place, Purpose, Result, FactName, Party)
}


class BadQuestion(ValueError):
    """What is asked cannot be read. The text is `field: value: what to write instead`."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        shown = "not given" if value is None else repr(value)[:_SHOWN_AT_MOST]
        super().__init__(f"{field}: {shown}: {reason}")


def known_fields(given: object, known: frozenset[str], what: str) -> Mapping[str, object]:
    """The object itself. Raises BadQuestion for anything else than an object of `known` fields."""
    if not isinstance(given, dict):
        raise BadQuestion("line", given, f"{what} is one JSON object")
    if not given.keys() <= known:
        field = min(given.keys() - known)
        raise BadQuestion(field[:_SHOWN_AT_MOST], given[field], f"no such field; there are {_list(known)}")
    return given


def ask_of(given: Mapping[str, object], visit_people: int) -> Ask:
    """The contact asked about. `visit_people` is how many go on a visit where nothing else is said."""
    return Ask(
        channel=_named(Channel, "channel", given.get("channel")),
        purpose=_named(Purpose, "purpose", given.get("purpose") or Purpose.ROUTINE),
        recipient=_named(Recipient, "to", given.get("to") or Recipient.BORROWER),
        place=_named(Place, "place", given.get("place") or Place.HOME),
        debt=_text("debt", given.get("debt") or ""),
        number=_text("number", given.get("number") or ""),
        by=_text("by", given.get("by") or "lender"),
        people=_people(given.get("people"), visit_people),
    )


def party_of(value: object) -> Party | None:
    """Whose rules are asked for; None where the policy says it."""
    return None if value is None else _named(Party, "party", value)


def instant(field: str, value: object) -> datetime:
    """An instant with its offset, as UTC."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None:
        raise BadQuestion(field, value, f"not an instant: write date, time and offset, such as {_EXAMPLE}")
    if at.tzinfo is None:
        raise BadQuestion(
            field,
            value,
            f"has no offset, so it may be any of 26 hours: end it in Z or +08:00, such as {_EXAMPLE}",
        )
    if at.year not in _YEARS:
        raise BadQuestion(field, value, f"outside the years {_YEARS[0]} to {_YEARS[-1]}")
    return at.astimezone(UTC)


def day(field: str, value: object) -> date | None:
    """A calendar day; None where nothing is given."""
    if value is None:
        return None
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise BadQuestion(field, value, "not a day: write YYYY-MM-DD")
    return found


def facts_of(value: object, zones: Sequence[str], at: datetime) -> tuple[Fact, ...]:
    """Facts written NAME, NAME=SINCE or NAME=SINCE..UNTIL. A fact without SINCE is known since `at`.

    A day without a time begins as early as it may for SINCE, and as late as it may for UNTIL, in the zones.
    """
    return tuple(_fact(one, zones, at) for one in _listed("facts", value))


def _fact(value: object, zones: Sequence[str], at: datetime) -> Fact:
    text = _text("facts", value)
    name, equals, dates = text.partition("=")
    since, dots, until = dates.partition("..")
    starts = [_moment(since, (zone,)) for zone in zones or ("UTC",)] if equals else [at]
    fact = Fact(_named(FactName, "facts", name), min(starts), _moment(until, zones) if dots else None)
    if fact.until is not None and fact.until <= fact.since:
        raise BadQuestion("facts", text, "ends before it begins: write NAME=SINCE..UNTIL")
    return fact


def _moment(text: str, zones: Sequence[str]) -> datetime:
    if len(text) == len("YYYY-MM-DD"):
        found = day("facts", text)
        assert found is not None
        return day_starts(found, zones)
    return instant("facts", text)


def wishes_of(value: object) -> Wishes:
    """Wishes written NAME=VALUE, several values with commas: `stopped=sms,email`, `not_before=10:00`."""
    given: dict[str, Any] = {}
    for one in _listed("wishes", value):
        name, _, told = _text("wishes", one).partition("=")
        read = _WISHES.get(name)
        if read is None or name in given:
            raise BadQuestion("wishes", one, f"write each of {', '.join(_WISHES)} at most once")
        given[name] = read(told)
    opens, closes = given.get("not_before", time.min), given.get("not_after", time.max)
    if opens == closes:
        raise BadQuestion(
            "wishes", f"{opens:%H:%M}", "not_before must differ from not_after; to bar a channel, stop it"
        )
    return Wishes.model_construct(**given) if given else NO_WISHES


def _wished_time(told: str) -> time:
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", told):
        raise BadQuestion("wishes", told, "write local time as HH:MM, such as not_before=10:00")
    return time.fromisoformat(told)


def _wished_days(told: str) -> tuple[str, ...]:
    days = tuple(told.split(","))
    if not set(days) <= set(WEEKDAYS):
        raise BadQuestion("wishes", told, f"write days as not_on={','.join(WEEKDAYS)}")
    if len(set(days)) == len(WEEKDAYS):
        raise BadQuestion(
            "wishes", told, "all seven days are barred; to end contact, tell the fact cease_requested"
        )
    return days


def _wished_representative(told: str) -> bool:
    if told:
        raise BadQuestion("wishes", f"representative={told}", "write representative alone, or leave it out")
    return True


NO_WISHES = Wishes()
_WISHES: dict[str, Callable[[str], object]] = {
    "stopped": lambda told: tuple(_named(Channel, "wishes", one) for one in told.split(",")),
    "not_before": _wished_time,
    "not_after": _wished_time,
    "not_on": _wished_days,
    "not_at": lambda told: tuple(_named(Place, "wishes", one) for one in told.split(",")),
    "representative": _wished_representative,
}


def past_contacts(value: object) -> list[PastContact]:
    """A history given as a list of objects."""
    found = []
    for number, one in enumerate(_listed("history", value)):
        try:
            found.append(past_contact(one))
        except BadQuestion as error:
            raise ValueError(f"history.{number}.{error}") from None
    return found


def past_contact(given: object) -> PastContact:
    """One contact of the past: `at` and `channel`, and what else is known of it."""
    fields = known_fields(given, PAST_FIELDS, "a past contact")
    return PastContact(
        at=instant("at", fields.get("at")),
        channel=_named(Channel, "channel", fields.get("channel")),
        result=_named(Result, "result", fields.get("result") or Result.UNKNOWN),
        debts=tuple(_text("debts", debt) for debt in _listed("debts", fields.get("debts"))),
        number=_text("number", fields.get("number") or ""),
        by=_text("by", fields.get("by") or "lender"),
        purpose=_named(Purpose, "purpose", fields.get("purpose") or Purpose.ROUTINE),
        recipient=_named(Recipient, "recipient", fields.get("recipient") or Recipient.BORROWER),
    )


def history_in(path: Path) -> list[PastContact]:
    """The contacts in a file of JSON lines. Raises ValueError, with a line for every mistake: file:line: field: ..."""
    found, mistakes = [], []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ValueError(f"--history {path}: {error.strerror}: give a file of JSON lines") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(past_contact(json_of(line)))
        except BadQuestion as error:
            mistakes.append(f"{path}:{number}: {error}")
    if mistakes:
        raise ValueError("\n".join(mistakes))
    return found


def json_of(line: bytes) -> object:
    """The JSON in one line. Raises BadQuestion."""
    line = line.strip()
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadQuestion("line", line.decode(errors="replace"), f"not JSON: {error}") from None


def _named(kind: type[Name], field: str, value: object) -> Name:
    found = _NAMES[kind].get(value) if isinstance(value, str) else None
    if found is None:
        raise BadQuestion(field, value, f"write one of {', '.join(kind)}")
    assert isinstance(found, kind)
    return found


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadQuestion(field, value, "write text, in quotes")
    return value


def _listed(field: str, value: object) -> Iterable[object]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise BadQuestion(field, value, "write a list, in square brackets")
    return value


def _people(value: object, visit_people: int) -> int:
    if value is None:
        return visit_people
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 9:
        raise BadQuestion("people", value, "how many go on a visit: write a number from 1 to 9")
    return value


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
