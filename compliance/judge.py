"""May this contact happen at this very instant? One pass over every rule that binds it; the first no answers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from compliance import standing
from compliance.ask import Ask, Borrower
from compliance.calendar import WEEKDAYS, WorkingCalendar
from compliance.exemption import OVERDUE, Exemption
from compliance.frequency import limited, paused
from compliance.history import History
from compliance.hours import SEARCH_DAYS, Span, UnknownDay, day_starts_in, next_span
from compliance.house import Window
from compliance.law import Law
from compliance.origin import Origin
from compliance.refusal import WISH, Refusal
from compliance.rule import Certainty, Force, HoursRule, Opening, Rule
from lending.days import day_starts
from statemachine.stage import Weekday

_FAR = datetime.max.replace(tzinfo=UTC)


_CHECKS: Mapping[str, Callable[[Any, Ask, Borrower, History, datetime], Refusal | None]] = {
    "limit": limited,
    "pause": paused,
    "stop": lambda rule, ask, borrower, history, at: standing.stopped(rule, borrower, at),
    "needs": lambda rule, ask, borrower, history, at: standing.missing(rule, ask, borrower, at),
    "people": lambda rule, ask, borrower, history, at: standing.too_few(rule, ask),
    "third_person": lambda rule, ask, borrower, history, at: standing.too_early(rule, borrower, history, at),
}
"""How each kind of rule but hours is asked; hours are asked together, after all of these."""


class Verdict(NamedTuple):
    """What the rules say at one instant: the refusal, or until when the contact stays permitted."""

    refusal: Refusal | None
    closes_at: datetime


def judge(
    law: Law, calendar: WorkingCalendar | None, borrower: Borrower, ask: Ask, at: datetime, history: History
) -> Verdict:
    """The first no, in this order: what is unknown, the borrower's wishes, what stands and limits, hours."""
    if refusal := _unknown(law, calendar, borrower, ask) or standing.wished(ask, borrower):
        return Verdict(refusal, at)
    assert calendar is not None
    days = [at.astimezone(ZoneInfo(zone)).date() for zone in borrower.zones]
    first_day, last_day = min(days), max(days)
    hours: list[HoursRule] = []
    known, closes_at = _known(ask, borrower), _FAR
    if borrower.facts:
        closes_at = min((fact.since for fact in borrower.facts if fact.since > at), default=_FAR)
    for rule in law.binding(ask):
        if rule.effective_from > last_day:
            closes_at = min(closes_at, _first_start(rule.effective_from, borrower))
            continue
        if rule.effective_to is not None and first_day >= rule.effective_to:
            continue
        if not known.isdisjoint(rule.turns_on_names):
            closes_at = min(closes_at, _next_edge(rule.turns_on, borrower, at))
            if standing.lifted(rule.exempt, ask, borrower, at):
                continue
        if rule.kind == "hours":
            hours.append(rule)
        elif refusal := _CHECKS[rule.kind](rule, ask, borrower, history, at):
            free_at = _free_at(rule, refusal.free_at, borrower, at)
            return Verdict(refusal if free_at == refusal.free_at else refusal._replace(free_at=free_at), at)
    wishes = borrower.wishes
    if wishes.not_before or wishes.not_after or wishes.not_on:
        hours += _wished_hours(wishes.not_before, wishes.not_after, wishes.not_on)
    return _within(hours, calendar, borrower, days, at, closes_at)


def _known(ask: Ask, borrower: Borrower) -> set[str]:
    """The names of what rules may turn on."""
    known: set[str] = {fact.name for fact in borrower.facts}
    known.add(ask.purpose)
    if borrower.overdue_since is not None:
        known.add(OVERDUE)
    return known


def _first_start(day: date, borrower: Borrower) -> datetime:
    """When it is `day` in the first of the borrower's zones."""
    return min(day_starts_in(zone, day) for zone in borrower.zones)


def _unknown(law: Law, calendar: WorkingCalendar | None, borrower: Borrower, ask: Ask) -> Refusal | None:
    """What must be known first."""
    if not borrower.zones:
        return Refusal.unknown("no_time_zone", "the borrower's time zone is unknown; give zone or place")
    if calendar is None:
        return Refusal.unknown("no_calendar", "no working-day calendar for the borrower's place")
    if ask.channel not in law.opened:
        return Refusal.unknown("no_window", f"the policy opens no window for {ask.channel}")
    return None


def _within(
    hours: Sequence[HoursRule], calendar: WorkingCalendar, borrower: Borrower, days: Sequence[date], at: datetime,
    closes_at: datetime,
) -> Verdict:  # fmt: skip
    """Open in every rule and every zone at once; the no of the one that opens last."""
    last: tuple[HoursRule, str, Span | None, datetime] | None = None
    for rule in hours:
        for zone, today in zip(borrower.zones, days, strict=True):
            try:
                span = next_span(rule.open, calendar, zone, today, at)
            except UnknownDay as unknown:
                return Verdict(Refusal.unknown("calendar", str(unknown)), at)
            if span is not None and span.opens_at <= at:
                closes_at = min(closes_at, span.closes_at)
                continue
            free_at = _free_at(rule, span and span.opens_at, borrower, at)
            if free_at is None:
                return Verdict(_closed(rule, zone, None, None), at)
            if last is None or free_at > last[-1]:
                last = (rule, zone, span, free_at)
    return Verdict(_closed(*last), at) if last else Verdict(None, closes_at)


def _closed(rule: HoursRule, zone: str, span: Span | None, free_at: datetime | None) -> Refusal:
    opening = span.opening if span else rule.open[0]
    name = opening.rule if isinstance(opening, Window) else rule.id
    reason = (
        f"closed in {zone}; it opens {opening.hours}"
        if span
        else f"no open window in {zone} within {SEARCH_DAYS} days"
    )
    return Refusal(name, rule.citation, reason, free_at, rule.origin, moves=False)


def _free_at(rule: Rule, free_at: datetime | None, borrower: Borrower, at: datetime) -> datetime | None:
    """A no ends sooner where the rule itself ends, or what it turns on begins."""
    ends = _FAR if free_at is None else free_at
    if rule.turns_on:
        ends = min(ends, _next_edge(rule.turns_on, borrower, at))
    if rule.effective_to is not None:
        ends = min(ends, day_starts(rule.effective_to, borrower.zones))
    return None if ends == _FAR else ends


def _next_edge(lifting: tuple[Exemption, ...], borrower: Borrower, at: datetime) -> datetime:
    """The next instant after `at` at which one of these begins or ends; far away when none does."""
    return min((edge for edge in standing.changes(lifting, borrower) if edge > at), default=_FAR)


@lru_cache(maxsize=4096)
def _wished_hours(
    not_before: time | None, not_after: time | None, not_on: tuple[Weekday, ...]
) -> tuple[HoursRule, ...]:
    """The hours, and apart from them the days: a night that runs into a day that was ruled out ends at midnight."""
    rules = []
    if not_before is not None or not_after is not None:
        rules.append(_wished(WEEKDAYS, not_before or time.min, not_after or time.max))
    if not_on:
        rules.append(_wished(tuple(day for day in WEEKDAYS if day not in not_on), time.min, time.max))
    return tuple(rules)


class _WishedHours(HoursRule):
    origin: ClassVar[Origin] = Origin.WISH


def _wished(days: tuple[Weekday, ...], opens: time, closes: time) -> HoursRule:
    opening = Opening.model_construct(days=days, opens=opens, closes=closes, holidays="open")
    return _WishedHours.model_construct(
        kind="hours", id="wished_hours", citation=WISH, effective_from=date.min, effective_to=None,
        force=Force.MUST, certainty=Certainty.HIGH, source="the borrower", exempt=(), open=(opening,),
    )  # fmt: skip
