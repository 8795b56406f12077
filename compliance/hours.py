"""Openings on a borrower's own clock. Where clocks jump or repeat, the stricter reading holds."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from compliance.calendar import WorkingCalendar
from compliance.rule import Opening

SEARCH_DAYS = 30
"""No opening in this many days is a finding to show, not a search to go on with."""

_DAY = timedelta(days=1)
_SEARCH = timedelta(days=SEARCH_DAYS)


class UnknownDay(Exception):
    """The calendar says nothing about this day; the text says what to load."""


class Span(NamedTuple):
    """An opening on one day, in UTC: from `opens_at` until before `closes_at`."""

    opens_at: datetime
    closes_at: datetime
    opening: Opening


def next_span(
    openings: Sequence[Opening], calendar: WorkingCalendar, zone: str, today: date, at: datetime
) -> Span | None:
    """The span that `at` lies in, or the next one after it; None: none opens within SEARCH_DAYS.

    `today` is the day it is at `at` in `zone`. Raises UnknownDay when the calendar ends first.
    """
    day, last_day = today, today + _SEARCH
    for opening in openings:
        if opening.crosses and calendar.knows(today) and calendar.knows(today - _DAY):
            day = today - _DAY  # what opened yesterday may be open still
            break
    while day <= last_day:
        if not calendar.knows(day):
            raise UnknownDay(calendar.unknown_reason(day))
        best: Span | None = None
        for opening in openings:
            if opens_on(opening, calendar, day):
                opens_at, closes_at = _bounds(zone, day, opening.opens, opening.closes)
                if at < closes_at and opens_at < closes_at and _is_better(opens_at, closes_at, best, at):
                    best = Span(opens_at, closes_at, opening)
        if best is not None:
            return best
        day += _DAY
    return None


def opens_on(opening: Opening, calendar: WorkingCalendar, day: date) -> bool:
    """Whether `opening` is one of this day's, which the calendar knows."""
    names = calendar.names(day)
    return not names.isdisjoint(opening.days) and (opening.holidays == "open" or "holiday" not in names)


def _is_better(opens_at: datetime, closes_at: datetime, best: Span | None, at: datetime) -> bool:
    """Of those open now the one open longest; otherwise the one that opens first."""
    if best is None:
        return True
    if best.opens_at <= at:
        return opens_at <= at and closes_at > best.closes_at
    return opens_at < best.opens_at


@lru_cache(maxsize=65536)
def day_starts_in(zone: str, day: date) -> datetime:
    """The first instant of the local day, in UTC: where clocks repeat midnight, the first of the two."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=65536)
def _bounds(zone: str, day: date, opens: time, closes: time) -> tuple[datetime, datetime]:
    """Opens at the later, closes at the earlier of the instants that a clock there may show."""
    tz = ZoneInfo(zone)
    # 24:00 is no reading of a clock, but the end of the day; from 00:00 it is the whole day.
    if closes == time.max:
        opens_at = day_starts_in(zone, day) if opens == time.min else max(_readings(day, opens, tz))
        return opens_at, day_starts_in(zone, day + _DAY)
    last_day = day if closes > opens else day + _DAY
    return max(_readings(day, opens, tz)), min(_readings(last_day, closes, tz))


def _readings(day: date, clock: time, tz: ZoneInfo) -> tuple[datetime, datetime]:
    local = datetime.combine(day, clock, tz)
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
