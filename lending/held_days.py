"""Days that do not count, because a hold was in force: what was due under it is due that many days later."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from lending.days import day_ends

_DAY = timedelta(days=1)
_LONGEST_DAYS = 36_600


class Pause(NamedTuple):
    """In force from `starts_at` until before `ends_at` (aware, UTC); None: no end is known yet."""

    starts_at: datetime
    ends_at: datetime | None


def is_held(day: date, pauses: Iterable[Pause], zones: Sequence[str]) -> bool:
    """Whether a pause was in force as `day` ended. Pauses may overlap, touch, equal or contain each other: a day is
    held once. One that ends on its first day holds no day."""
    last_moment = day_ends(day, zones) - timedelta.resolution
    return any(
        pause.starts_at <= last_moment and (pause.ends_at is None or last_moment < pause.ends_at)
        for pause in pauses
    )


def moved_on(day: date, since: date, pauses: Sequence[Pause], zones: Sequence[str]) -> date | None:
    """`day`, as many days later as days after `since` were held on the way to it.

    What was due in n days is due once n days have passed that were not held. None: a pause without an end is on the
    way, and the day is beyond reach until that is over.
    """
    if not pauses:
        return day
    left, reached = (day - since).days, since
    for _ in range(_LONGEST_DAYS):
        if left <= 0:
            return max(day, reached)
        reached += _DAY
        left -= not is_held(reached, pauses, zones)
    return None
