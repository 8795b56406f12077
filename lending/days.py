"""Days as the borrower lives them. A borrower with several possible zones gets the stricter reading."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

# A borrower whose zone is unknown still has a due date; UTC serves for counting days, never for contact.
_COUNTING_ONLY = ("UTC",)


def _without_offset(clock: time) -> time:
    if clock.tzinfo is not None:  # a bare number is read as a time in UTC, too
        raise ValueError("write local time as HH:MM, such as 09:30, without an offset")
    return clock


LocalTime = Annotated[time, AfterValidator(_without_offset)]
"""A time of day on the borrower's own clock, whichever zone that is."""


def local_day(at: datetime, zones: Sequence[str]) -> date:
    """The earliest calendar day it can be for the borrower at `at` (aware, UTC)."""
    return min(at.astimezone(ZoneInfo(zone)).date() for zone in zones or _COUNTING_ONLY)


def day_starts(day: date, zones: Sequence[str]) -> datetime:
    """The instant from which it is `day` in every one of the borrower's zones, in UTC."""
    return max(
        datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for zone in zones or _COUNTING_ONLY
    )


def day_ends(day: date, zones: Sequence[str]) -> datetime:
    """The instant at which `day` is over in every one of the borrower's zones, in UTC."""
    return day_starts(day + timedelta(days=1), zones)


def days_past_due(overdue_since: date, at: datetime, zones: Sequence[str]) -> int:
    """Whole days since the oldest unpaid due date, never below zero."""
    return max(0, (local_day(at, zones) - overdue_since).days)


def same_time_later(at: datetime, days: int, zones: Sequence[str]) -> datetime:
    """The same time on the borrower's clock, `days` days later, to the second, in UTC."""
    local = at.astimezone(ZoneInfo((*zones, *_COUNTING_ONLY)[0])).replace(microsecond=0)
    return (local + timedelta(days=days)).astimezone(UTC)


def local_text(at: datetime, zones: Sequence[str]) -> str:
    """An instant as people read it: `Mon 2026-11-30 09:12 Asia/Shanghai`."""
    zone = (*zones, *_COUNTING_ONLY)[0]
    return f"{at.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M} {zone}"
