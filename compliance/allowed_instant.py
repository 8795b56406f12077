"""May this contact happen at this instant; and if not, when? The answer always names its rule."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from compliance.calendar import WorkingCalendar
from compliance.caps import capped
from compliance.rules import ContactRules, DayType, Window
from lending.value import Value
from statemachine.case import Wishes
from statemachine.stage import Channel

SEARCH_DAYS = 60
"""No window in this many days is a finding to show, not a search to go on with."""


class Permitted(Value):
    """The contact may happen from `at` until before `closes_at`; `moved_by` names the rule that moved it.

    A cap that is used up is named before the window that opens after it.
    """

    kind: Literal["permitted"] = "permitted"
    at: datetime
    closes_at: datetime
    moved_by: str | None = None


class NeverPermitted(Value):
    """No instant is known at which this contact may happen."""

    kind: Literal["never"] = "never"
    rule: str
    reason: str


class Borrower(Value):
    """What the rules ask about a borrower: where they may be, what they asked for, how to spread them."""

    zones: tuple[str, ...]
    wishes: Wishes
    spread_key: str


def earliest_permitted(
    rules: ContactRules,
    calendar: WorkingCalendar | None,
    borrower: Borrower,
    channel: Channel | None,
    from_at: datetime,
    contacts_at: Sequence[tuple[Channel, datetime]] = (),
) -> Permitted | NeverPermitted:
    """The first permitted instant at or after `from_at` (aware, UTC), in all of the borrower's zones.

    `contacts_at` are the borrower's contacts so far, over all loans; the caps count them.
    A moved instant is spread over the first minutes of its window, by a hash: a morning is not a stampede.
    """
    if refusal := _unknown(rules, calendar, borrower, channel):
        return refusal
    assert calendar is not None
    assert channel is not None
    at, capped_by = from_at, None
    while True:  # ends: a cap frees later than it was asked, and fewer contacts count each time
        opening = _open_everywhere(rules, calendar, borrower, channel, at)
        if isinstance(opening, NeverPermitted):
            return opening
        cap = capped(rules.caps, contacts_at, channel, opening.at, borrower.zones)
        if cap is None:
            return _spread(opening, capped_by or opening.moved_by, rules.spread_minutes, borrower.spread_key)
        at, capped_by = cap.free_at, cap.rule


def _unknown(
    rules: ContactRules, calendar: WorkingCalendar | None, borrower: Borrower, channel: Channel | None
) -> NeverPermitted | None:
    if channel is None:
        return NeverPermitted(
            rule="no_channel", reason="no usable channel: add an e-mail or phone, or plan a visit"
        )
    if channel in borrower.wishes.stopped:
        return NeverPermitted(rule="stopped_channel", reason=f"the borrower stopped {channel}")
    if not borrower.zones:
        return NeverPermitted(
            rule="no_time_zone", reason="the borrower's time zone is unknown; give zone or place"
        )
    if calendar is None:
        return NeverPermitted(rule="no_calendar", reason="no working-day calendar for the borrower's place")
    if not any(channel in window.channels for window in rules.windows):
        return NeverPermitted(rule="no_window", reason=f"the policy opens no window for {channel}")
    return None


def _open_everywhere(
    rules: ContactRules, calendar: WorkingCalendar, borrower: Borrower, channel: Channel, at: datetime
) -> Permitted | NeverPermitted:
    """The first instant from `at` that lies in an open window of every zone at once."""
    windows = tuple(window for window in rules.windows if channel in window.channels)
    start, moved_by = at, None
    while start < at + timedelta(days=SEARCH_DAYS):
        closes_at = datetime.max.replace(tzinfo=UTC)
        for zone in borrower.zones:
            opening = _open_in_zone(windows, calendar, borrower.wishes, zone, start)
            if isinstance(opening, NeverPermitted):
                return opening
            if opening.at > start:
                start, moved_by = opening.at, opening.moved_by
                break
            closes_at = min(closes_at, opening.closes_at)
        else:
            return Permitted(at=start, closes_at=closes_at, moved_by=moved_by)
    return NeverPermitted(rule="no_window", reason=f"zones {', '.join(borrower.zones)} share no open hour")


def _open_in_zone(
    windows: Sequence[Window], calendar: WorkingCalendar, wishes: Wishes, zone: str, at: datetime
) -> Permitted | NeverPermitted:
    tz = ZoneInfo(zone)
    day = at.astimezone(tz).date()
    rule = windows[0].rule
    for _ in range(SEARCH_DAYS):
        if not calendar.knows(day):
            return NeverPermitted(
                rule="calendar",
                reason=f"calendar {calendar.name} covers {calendar.valid_from} to {calendar.valid_until}, "
                f"not {day}: load it anew",
            )
        works = calendar.works(day)
        openings = [
            opening
            for window in windows
            if (works or window.days is DayType.EVERY) and (opening := _opening(window, wishes, day, tz, at))
        ]
        if openings:
            return min(openings, key=lambda opening: opening.at)
        day += timedelta(days=1)
    return NeverPermitted(rule=rule, reason=f"no open window in {zone} within {SEARCH_DAYS} days")


def _opening(window: Window, wishes: Wishes, day: date, tz: ZoneInfo, at: datetime) -> Permitted | None:
    """What is left of the window on `day` from `at` on."""
    opens_at, closes_at = _bounds(window, wishes, day, tz)
    if max(at, opens_at) >= closes_at:
        return None
    moved_by = window.rule if opens_at > at else None
    return Permitted(at=max(at, opens_at), closes_at=closes_at, moved_by=moved_by)


def _bounds(window: Window, wishes: Wishes, day: date, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """Where clocks jump or repeat, the window opens at the later reading and closes at the earlier one."""
    opens = max(window.opens, wishes.not_before or window.opens)
    closes = min(window.closes, wishes.not_after or window.closes)
    return max(_readings(day, opens, tz)), min(_readings(day, closes, tz))


def _readings(day: date, clock: time, tz: ZoneInfo) -> tuple[datetime, datetime]:
    local = datetime.combine(day, clock, tz)
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _spread(opening: Permitted, moved_by: str | None, spread_minutes: int, key: str) -> Permitted:
    if moved_by is None:
        return opening
    room_seconds = min(spread_minutes * 60, int((opening.closes_at - opening.at).total_seconds()) // 2)
    offset = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % (room_seconds + 1)
    return Permitted(
        at=opening.at + timedelta(seconds=offset), closes_at=opening.closes_at, moved_by=moved_by
    )
