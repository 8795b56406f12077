"""Intervals as the wall clock of a zone shows them, where it jumps and where it repeats."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Piece(NamedTuple):
    """Instants between which a zone keeps one offset."""

    begins_at: datetime
    ends_at: datetime
    offset: timedelta


def pieces_of(zone: str, from_at: datetime, until: datetime) -> Iterator[Piece]:
    """The pieces that make up an interval, to the second."""
    tz = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(tz).utcoffset() or timedelta()

    begins_at = at = from_at
    while at < until:
        later = at + timedelta(hours=1)
        if offset(later) != offset(at):
            low, high = at, later
            while high - low > _SECOND:
                middle = low + (high - low) // _SECOND // 2 * _SECOND
                low, high = (middle, high) if offset(middle) == offset(at) else (low, middle)
            yield Piece(begins_at, high, offset(at))
            begins_at = high
        at = later
    yield Piece(begins_at, until, offset(begins_at))


def by_day(
    begins_at: datetime, ends_at: datetime, pieces: Iterable[Piece]
) -> dict[date, list[tuple[int, int]]]:
    """An interval as the seconds of the wall clock that it covers on each day."""
    found: dict[date, list[tuple[int, int]]] = {}
    for piece in pieces:
        begins, ends = max(begins_at, piece.begins_at), min(ends_at, piece.ends_at)
        local, end = (begins + piece.offset).replace(tzinfo=None), (ends + piece.offset).replace(tzinfo=None)
        while local < end:
            midnight = datetime.combine(local.date(), time())
            until = min(end, midnight + _DAY)
            # Rounded: what closes a microsecond before midnight is open until midnight.
            span = round((local - midnight) / _SECOND), round((until - midnight) / _SECOND)
            if span[0] < span[1]:
                found.setdefault(local.date(), []).append(span)
            local = until
    return found
