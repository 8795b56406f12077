"""What the clocks on the walls of a zone show, found by looking at them. Instants are naive, UTC.

Shares nothing with `compliance/`: no `fold`, only the offsets that zoneinfo tells.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_FIRST, _LAST = datetime(2023, 1, 1), datetime(2034, 1, 1)
_STEP, _HOUR, _SECOND = timedelta(hours=6), timedelta(hours=1), timedelta(seconds=1)


def _offset(zone: str, at: datetime) -> timedelta:
    offset = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset


@cache
def stretches(zone: str) -> tuple[tuple[datetime, ...], tuple[timedelta, ...]]:
    """When each offset from UTC begins, and the offset. No clock changes twice within six hours."""
    begins, offsets = [_FIRST], [_offset(zone, _FIRST)]
    at = _FIRST
    while at < _LAST:
        if _offset(zone, at + _STEP) != offsets[-1]:
            begins.append(_change(zone, at, offsets[-1]))
            offsets.append(_offset(zone, begins[-1]))
        at += _STEP
    return tuple(begins), tuple(offsets)


def _change(zone: str, at: datetime, before: timedelta) -> datetime:
    step = _HOUR
    while step >= _SECOND:
        while _offset(zone, at + step) == before:
            at += step
        step /= 60
    return at + _SECOND


def wall(zone: str, at: datetime) -> datetime:
    """Day and time shown there at `at`."""
    begins, offsets = stretches(zone)
    return at + offsets[bisect_right(begins, at) - 1]


@cache
def readings(zone: str, day: date, clock: str) -> tuple[datetime, ...]:
    """Every instant that "HH:MM" on that day may mean: two where the clock shows it twice; where clocks jump over
    it, what the clock would have shown before the jump, and after. "24:00" is the end of the day, one instant."""
    if clock == "24:00":
        return (day_begins(zone, day + timedelta(days=1)),)
    shown = datetime.combine(day, time.fromisoformat(clock))
    begins, offsets = stretches(zone)
    ends = (*begins[1:], _LAST)
    exact = tuple(
        shown - offset
        for begin, end, offset in zip(begins, ends, offsets, strict=True)
        if begin <= shown - offset < end
    )
    if exact:
        return exact
    for number, begin in enumerate(begins[1:]):
        before, after = offsets[number], offsets[number + 1]
        if begin + before <= shown < begin + after:
            return (shown - before, shown - after)
    raise ValueError(f"{zone} {day} {clock} is outside the years looked at")


@cache
def day_begins(zone: str, day: date) -> datetime:
    """The first instant at which a calendar there shows `day`."""
    at = datetime.combine(day, time()) - timedelta(hours=16)
    while wall(zone, at).date() < day:
        at += _HOUR
    at -= _HOUR
    while wall(zone, at).date() < day:
        at += timedelta(minutes=1)
    return at
