"""The law of a place, asked on the borrower's own clock: the words in which the tests of the rule packs are written.

A question goes to one rule alone, so that no other rule hides what it says. Its pack comes from `FOLDER`, which the
mutation script replaces. Times are local: `2026-05-04 21:59`, or `21:59` for the day that is asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from compliance.ask import Ask, Borrower, Fact, PastContact, Result
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.house import ContactRules
from compliance.judge import judge
from compliance.law import Law
from compliance.pack import RulePack
from compliance.rule import Party, Purpose, Recipient
from gateways.rule_pack_file import JURISDICTIONS, read_pack
from statemachine.fact import FactName
from statemachine.stage import Channel, Place

FOLDER = JURISDICTIONS
ZONES = {
    "AU": "Australia/Sydney", "CN": "Asia/Shanghai", "GB": "Europe/London", "ID": "Asia/Jakarta",
    "IE": "Europe/Dublin", "IN": "Asia/Kolkata", "KR": "Asia/Seoul", "PH": "Asia/Manila", "RU": "Europe/Moscow",
    "US": "America/New_York", "US-MA": "America/New_York",
}  # fmt: skip

MONDAY, SATURDAY, SUNDAY = "2026-05-04", "2026-05-16", "2026-05-17"
HOLIDAY, HOLIDAY_ON_SUNDAY, WORKED_SATURDAY = "2026-05-01", "2026-05-03", "2026-05-09"
# Days on which, and before which, a law about holidays begins: here they are holidays, so that it can be asked.
FIRST_HOLIDAYS = ("2021-04-12", "2021-04-13", "2026-06-30", "2026-07-01")
CALENDAR = WorkingCalendar(
    name="test",
    weekdays=(0, 1, 2, 3, 4),
    off=frozenset(map(date.fromisoformat, (HOLIDAY, *FIRST_HOLIDAYS))),
    on=frozenset({date.fromisoformat(WORKED_SATURDAY)}),
    holidays=frozenset(map(date.fromisoformat, (HOLIDAY, HOLIDAY_ON_SUNDAY, *FIRST_HOLIDAYS))),
    valid_from=date(2000, 1, 1),
    valid_until=date(2099, 12, 31),
    source="test",
)
OPEN_HOUSE = ContactRules.model_validate(
    {
        "windows": [{"rule": "house/always", "channels": list(Channel), "opens": "00:00", "closes": "24:00"}],
        "spread_minutes": 0,
    }
)


@dataclass(frozen=True)
class Past:
    """A contact made or tried earlier."""

    at: str = "10:00"
    channel: str = "phone"
    result: str = "connected"
    debt: str = "L-1"
    number: str = "N-1"
    by: str = "lender"
    purpose: str = "routine"
    recipient: str = "borrower"


@dataclass(frozen=True)
class Known:
    """A fact about the borrower."""

    name: str
    since: str = "00:00"
    until: str | None = None


@lru_cache(maxsize=64)
def read(path: Path) -> RulePack:
    """The pack in a file, read once."""
    return read_pack(path)


def pack(place: str) -> RulePack:
    """The pack of a place, from FOLDER."""
    return read(FOLDER / f"{place}.yaml")


def terms(place: str) -> dict[str, tuple[int, str, str]]:
    """name -> (value, citation, certainty) of the numbers of law that are no contact rules."""
    return {term.name: (term.value, term.citation, term.certainty) for term in pack(place).terms}


def certainties(place: str) -> dict[str, str]:
    """rule -> how certain it is."""
    return {rule.id: str(rule.certainty) for rule in pack(place).rules}


def allows(
    rule: str,
    at: str,
    channel: str = "phone",
    *,
    past: Sequence[Past] = (),
    known: Sequence[Known] = (),
    overdue_since: str | None = None,
    party: str | None = None,
    **about: Any,
) -> bool:
    """Whether this rule, alone, permits the contact at `at`. `about` are fields of Ask."""
    zone, day = ZoneInfo(ZONES[rule.split("/")[0]]), at[:10]
    borrower = Borrower(
        zones=(zone.key,),
        facts=tuple(_fact(one, day, zone) for one in known),
        overdue_since=date.fromisoformat(overdue_since) if overdue_since else None,
    )
    history = History(_contact(one, day, zone) for one in past)
    asked = at if len(at) > 10 else f"{at} 12:00"
    verdict = judge(
        _law(FOLDER, rule, party), CALENDAR, borrower, _ask(channel, **about), _instant(asked, day, zone), history
    )  # fmt: skip
    assert verdict.refusal is None or verdict.refusal.rule == rule, verdict
    return verdict.refusal is None


def after_one_fewer_and_after(rule: str, times: int, past: Past, at: str, **question: Any) -> list[bool]:
    """What the rule says after one contact fewer than `times`, and after `times`."""
    return [allows(rule, at, past=[past] * count, **question) for count in (times - 1, times)]


def before_and_on(rule: str, day: str, **question: Any) -> list[bool]:
    """What the rule says on the day before `day`, and on `day`, at noon or at the question's `clock`."""
    clock = question.pop("clock", "12:00")
    first = date.fromisoformat(day)
    return [allows(rule, f"{one} {clock}", **question) for one in (first - timedelta(days=1), first)]


def hours(rule: str, day: str, channel: str = "phone", **question: Any) -> str:
    """The minutes of a day on which the rule permits a contact, as `08:00-22:00`; `closed` where there are none."""
    clocks = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)]
    is_open = [allows(rule, f"{day} {clock}", channel, **question) for clock in clocks]
    edges = [
        clock
        for clock, before, now in zip([*clocks, "24:00"], [False, *is_open], [*is_open, False], strict=True)
        if before is not now
    ]
    spans = [f"{opens}-{closes}" for opens, closes in zip(edges[::2], edges[1::2], strict=True)]
    return ", ".join(spans) or "closed"


@lru_cache(maxsize=512)
def _law(folder: Path, rule: str, party: str | None) -> Law:
    whole = read(folder / f"{rule.split('/')[0]}.yaml")
    versions = tuple(one for one in whole.rules if one.id == rule)
    assert versions, f"{whole.jurisdiction} has no rule {rule}"
    house = OPEN_HOUSE.model_copy(update={"party": party and Party(party)})
    return Law([whole.model_copy(update={"rules": versions})], house)


def _ask(channel: str, **about: Any) -> Ask:
    told = {
        "debt": "L-1", "number": "N-1", **about,
        "purpose": Purpose(about.get("purpose", "routine")),
        "recipient": Recipient(about.get("recipient", "borrower")),
        "place": Place(about.get("place", "home")),
    }  # fmt: skip
    return Ask(channel=Channel(channel), **told)


def _contact(past: Past, day: str, zone: ZoneInfo) -> PastContact:
    return PastContact(
        at=_instant(past.at, day, zone), channel=Channel(past.channel), result=Result(past.result),
        debts=(past.debt,), number=past.number, by=past.by,
        purpose=Purpose(past.purpose), recipient=Recipient(past.recipient),
    )  # fmt: skip


def _fact(known: Known, day: str, zone: ZoneInfo) -> Fact:
    until = _instant(known.until, day, zone) if known.until else None
    return Fact(FactName(known.name), _instant(known.since, day, zone), until)


def _instant(text: str, day: str, zone: ZoneInfo) -> datetime:
    local = datetime.fromisoformat(text if "-" in text else f"{day} {text}")
    return local.replace(tzinfo=zone).astimezone(UTC)
