"""Limits and pauses: how often, over whom, within which window."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from compliance.ask import Ask, Borrower
from compliance.history import History
from compliance.hours import day_starts_in
from compliance.refusal import Refusal
from compliance.rule import LimitRule, PauseRule, Span


def limited(rule: LimitRule, ask: Ask, borrower: Borrower, history: History, at: datetime) -> Refusal | None:
    """The limit's no at `at`: used up in at least one of the borrower's zones."""
    counted = history.counted(rule, ask)
    if len(counted) < rule.limit:
        return None
    if rule.span is Span.EVER:
        return Refusal.by(rule, f"{len(counted)} of {rule.limit} ever", None)
    uses_it_up = counted[-rule.limit]
    if uses_it_up < at - rule.longest:
        return None  # whatever the zone
    free_at = _leaves_window(rule, borrower, uses_it_up)
    if at >= free_at:
        return None
    used = rule.limit
    while used < len(counted) and at < _leaves_window(rule, borrower, counted[-used - 1]):
        used += 1
    return Refusal.by(rule, f"{used} of {rule.limit} used {_within(rule)}", free_at)


def paused(rule: PauseRule, ask: Ask, borrower: Borrower, history: History, at: datetime) -> Refusal | None:
    """The pause's no at `at`: the borrower was spoken to, and its days are not over in every zone."""
    spoken = history.conversations(rule, ask)
    if not spoken:
        return None
    days = timedelta(days=rule.days)
    free_at = max(day_starts_in(zone, _local(spoken[-1], zone) + days) for zone in borrower.zones)
    if at >= free_at:
        return None
    reason = (
        f"a conversation on {_local(spoken[-1], borrower.zones[0])}, and {rule.days} days' pause after it"
    )
    return Refusal.by(rule, reason, free_at)


def _leaves_window(rule: LimitRule, borrower: Borrower, contact_at: datetime) -> datetime:
    """From when on a contact counts no more, in none of the zones. A rolling window ends to the second."""
    if rule.span is Span.ROLLING_DAYS:
        assert rule.days is not None
        return contact_at + timedelta(days=rule.days)
    return max(
        day_starts_in(zone, _first_free_day(rule, _local(contact_at, zone))) for zone in borrower.zones
    )


def _first_free_day(rule: LimitRule, day: date) -> date:
    """The first day in the borrower's calendar on which a contact of `day` counts no more."""
    match rule.span:
        case Span.WEEK:
            return day + timedelta(days=7 - day.weekday())
        case Span.MONTH:
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        case _:
            assert rule.days is not None
            return day + timedelta(days=rule.days)


def _local(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _within(rule: LimitRule) -> str:
    match rule.span:
        case Span.CALENDAR_DAYS:
            return "on the calendar day" if rule.days == 1 else f"in {rule.days} calendar days"
        case Span.ROLLING_DAYS:
            return f"in {rule.days} days to the second"
        case _:
            return f"in the calendar {rule.span}"
