"""May this contact be made at this instant? A second answer, by brute force, from the text of the rules.

Shares no code with `compliance/`. Packs and policies are the plain content of their YAML files, everything else is
plain, too: texts, numbers, days, naive instants in UTC. Slow on purpose: nothing is sorted, indexed or foreseen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from oracle_clock import readings, wall

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANNELS = ("email", "sms", "phone", "visit")
RECIPIENTS = ("borrower", "representative", "third_person")
PLACES = ("home", "workplace", "elsewhere")

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """The law, the house's contact rules, and the working calendar; None where the place has none."""

    packs: Sequence[Mapping[str, Any]]
    house: Mapping[str, Any]
    calendar: Mapping[str, Any] | None


@dataclass(frozen=True)
class Question:
    """A borrower, what is asked, and what happened before. `facts` are (name, since, until or None)."""

    zones: tuple[str, ...]
    ask: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]] = ()
    facts: Sequence[tuple[str, datetime, datetime | None]] = ()
    wishes: Mapping[str, Any] = field(default_factory=dict)
    overdue_since: date | None = None


def refused_by(world: World, question: Question, at: datetime) -> str | None:
    """The kind of rule that says no at `at`; None: allowed."""
    ask, wishes = question.ask, question.wishes
    if not question.zones or world.calendar is None:
        return "unknown"
    if ask["channel"] in wishes.get("stopped", ()) and ask["purpose"] != "required_by_law":
        return "wish"
    if ask["place"] in wishes.get("not_at", ()) and ask["channel"] in ("phone", "visit"):
        return "wish"
    if wishes.get("representative") and ask["recipient"] == "borrower":
        return "wish"
    days = {zone: wall(zone, at).date() for zone in question.zones}
    if any(not world.calendar["valid_from"] <= day <= world.calendar["valid_until"] for day in days.values()):
        return "calendar"
    if any(WEEKDAYS[day.weekday()] in wishes.get("not_on", ()) for day in days.values()):
        return "wish"
    for rule in (*_house_rules(world, question), *_law(world)):
        if (
            _concerns(rule, ask)
            and any(_in_force(rule, day) for day in days.values())
            and not any(_holds(exemption, question, at, days) for exemption in rule.get("exempt", ()))
            and _BREAKS[rule["kind"]](rule, world, question, at, days)
        ):
            return str(rule["kind"])
    return None


def allowed(world: World, question: Question, at: datetime) -> bool:
    """Whether no rule says no."""
    return refused_by(world, question, at) is None


def _law(world: World) -> Iterator[Rule]:
    party = world.house.get("party")
    for pack in world.packs:
        for rule in pack["rules"]:
            if party is None or party in rule.get("binds", ("first", "third")):
                yield rule


def _house_rules(world: World, question: Question) -> Iterator[Rule]:
    """Windows, caps and wished hours, written as the law is."""
    channel, wishes = question.ask["channel"], question.wishes
    windows = [window for window in world.house["windows"] if channel in window["channels"]]
    yield {"kind": "hours", "open": windows}
    if wishes.get("not_before") or wishes.get("not_after"):
        opens, closes = wishes.get("not_before") or "00:00", wishes.get("not_after") or "24:00"
        yield {"kind": "hours", "open": [{"opens": opens, "closes": closes}] if opens != closes else []}
    for cap in world.house.get("caps", ()):
        yield {
            **cap,
            "kind": "limit",
            "counts": ["attempt", "sent", "visit"],
            "over": "person",
            "span": "calendar_days",
            "not_counted": ["required_by_law", "reply"],
            "exempt": [{"purpose": "required_by_law"}, {"purpose": "reply"}],
        }


def _concerns(rule: Rule, ask: Mapping[str, Any]) -> bool:
    if rule["kind"] == "people" and ask["channel"] != "visit":
        return False
    if rule["kind"] == "third_person" and ask["recipient"] != "third_person":
        return False
    return (
        ask["channel"] in rule.get("channels", CHANNELS)
        and ask["recipient"] in rule.get("recipients", RECIPIENTS)
        and ask["place"] in rule.get("places", PLACES)
    )


def _in_force(rule: Rule, day: date) -> bool:
    if "effective_from" not in rule:  # the house's own
        return True
    ends = rule.get("effective_to")
    return rule["effective_from"] <= day and (ends is None or day < ends)


def _holds(exemption: Mapping[str, Any], question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    if "purpose" in exemption:
        return bool(question.ask["purpose"] == exemption["purpose"])
    if "days_past_due_over" in exemption:
        if question.overdue_since is None:
            return False
        return all(
            (day - question.overdue_since).days > exemption["days_past_due_over"] for day in days.values()
        )
    for name, since, until in question.facts:
        if name == exemption["fact"] and since <= at and (until is None or at < until):
            within = exemption.get("within_days")
            if within is None or at - since <= timedelta(days=within):
                return True
    return False


def is_open(
    openings: Sequence[Mapping[str, Any]], calendar: Mapping[str, Any], zone: str, at: datetime
) -> bool:
    """Some opening of today or of last night is open, by every reading of the clock."""
    today = wall(zone, at).date()
    for day in (today, today - timedelta(days=1)):
        for one in openings:
            if not _opens_on(one, calendar, day):
                continue
            if day == today and (one["opens"], one["closes"]) == ("00:00", "24:00"):
                return True  # the whole day: no clock to read
            ends_on = day + timedelta(days=1) if one["closes"] < one["opens"] else day
            if all(at >= begin for begin in readings(zone, day, one["opens"])) and all(
                at < end for end in readings(zone, ends_on, one["closes"])
            ):
                return True
    return False


def _opens_on(opening: Mapping[str, Any], calendar: Mapping[str, Any], day: date) -> bool:
    if not calendar["valid_from"] <= day <= calendar["valid_until"]:
        return False
    works, is_holiday = _kind_of_day(calendar, day)
    if is_holiday and opening.get("holidays", "open") == "closed":
        return False
    days = opening.get("days", "every")
    names = [days] if isinstance(days, str) else days
    return any(name in names for name in ("every", WEEKDAYS[day.weekday()], "working" if works else "off"))


def _kind_of_day(calendar: Mapping[str, Any], day: date) -> tuple[bool, bool]:
    """Whether people work on it, and whether it is, or may become, a public holiday."""
    public = set(calendar["off"]) | set(calendar["holidays"])
    weekday = day.weekday() in calendar["weekdays"]
    starts = calendar["provisional_from"]
    if starts is not None and day >= starts:
        width = range(-calendar["widen_days"], calendar["widen_days"] + 1)
        near = any(day + timedelta(days=n) in public for n in width)
        return weekday and not near, near
    return day in calendar["on"] or (weekday and day not in calendar["off"]), day in public


def _closed(rule: Rule, world: World, question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    assert world.calendar is not None
    return not all(is_open(rule["open"], world.calendar, zone, at) for zone in days)


def _used_up(rule: Rule, world: World, question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    counted = [past["at"] for past in question.history if _counts(rule, past, question.ask)]
    return any(
        sum(_in_window(rule, zone, when, today, at) for when in counted) >= rule["limit"]
        for zone, today in days.items()
    )


def _in_window(rule: Rule, zone: str, when: datetime, today: date, at: datetime) -> bool:
    """A contact later than `at` counts as well: it was made by someone whose clock is a breath ahead."""
    day = wall(zone, when).date()
    match rule["span"]:
        case "rolling_days":
            return at - when < timedelta(days=rule["days"])
        case "calendar_days":
            return (today - day).days < rule["days"]
        case "week":
            return (day.isocalendar()[:2]) >= (today.isocalendar()[:2])
        case "month":
            return (day.year, day.month) >= (today.year, today.month)
    return True


def _counts(rule: Rule, past: Mapping[str, Any], ask: Mapping[str, Any]) -> bool:
    """Whether the rule counts this contact against what is asked. What is not known of it counts."""
    if past["channel"] not in rule.get("channels", CHANNELS) or past["recipient"] != ask["recipient"]:
        return False
    if {past["result"], past["purpose"]} & set(rule.get("not_counted", ())):
        return False
    if rule.get("across") == "collector" and past["by"] != ask["by"]:
        return False
    return _same_scope(rule, past, ask) and any(_is_a(what, past) for what in rule["counts"])


def _is_a(what: str, past: Mapping[str, Any]) -> bool:
    channel, result = past["channel"], past["result"]
    match what:
        case "attempt":
            return bool(channel == "phone")
        case "connected":
            return channel == "phone" and result in ("connected", "conversation", "unknown")
        case "conversation":
            return channel == "phone" and result in ("conversation", "unknown")
        case "sent":
            return channel in ("email", "sms") and result != "failed"
        case "visit":
            return channel == "visit" and result != "failed"
    raise ValueError(what)


def _same_scope(rule: Rule, past: Mapping[str, Any], ask: Mapping[str, Any]) -> bool:
    match rule["over"]:
        case "debt":
            return not ask["debt"] or not past["debts"] or ask["debt"] in past["debts"]
        case "number":
            return not ask["number"] or not past["number"] or ask["number"] == past["number"]
    return True


def _paused(rule: Rule, world: World, question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    talks = [
        past["at"]
        for past in question.history
        if past["recipient"] == question.ask["recipient"]
        and _is_a("conversation", past)
        and _same_scope(rule, past, question.ask)
    ]
    return any(
        (today - wall(zone, when).date()).days < rule["days"]
        for when in talks
        for zone, today in days.items()
    )


def _stopped(rule: Rule, world: World, question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    for name, since, until in question.facts:
        if name != rule["on"] or at < since:
            continue
        ends = until
        if ends is None and "lasts_days" in rule:
            ends = since + timedelta(days=rule["lasts_days"])
        if ends is None or at < ends + timedelta(days=rule.get("after_days", 0)):
            return True
    return False


def _lacks(rule: Rule, world: World, question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    return not any(_holds(needed, question, at, days) for needed in rule["any_of"])


def _too_few(rule: Rule, world: World, question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    return bool(question.ask["people"] < rule["at_least"])


def _too_early(rule: Rule, world: World, question: Question, at: datetime, days: Mapping[str, date]) -> bool:
    if any(name == "third_person_refused" and since <= at for name, since, _ in question.facts):
        return True
    if any(_holds({"fact": name}, question, at, days) for name in rule.get("or_facts", ())):
        return False
    if "after_failed" not in rule:
        return True
    return any(len(_days_failed(question, zone)) < rule["after_failed"] for zone in days)


def _days_failed(question: Question, zone: str) -> set[date]:
    """The days, on this zone's clock, of the failures since the borrower was last reached."""
    failed: set[date] = set()
    for past in sorted(question.history, key=lambda one: one["at"]):
        if past["recipient"] == "borrower":
            reached = past["result"] not in ("no_answer", "misdialled", "failed", "not_met")
            failed = set() if reached else failed | {wall(zone, past["at"]).date()}
    return failed


_BREAKS = {
    "hours": _closed, "limit": _used_up, "pause": _paused, "stop": _stopped, "needs": _lacks,
    "people": _too_few, "third_person": _too_early,
}  # fmt: skip
