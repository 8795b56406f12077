"""Days that do not count, because a hold was in force: what was due under it is due that many days later."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from lending.days import local_day

_DAY = timedelta(days=1)


class Pause(NamedTuple):
    """In force from `starts_at` until before `ends_at` (aware, UTC); None: no end is known yet.

    It holds each day that ends while it is in force: one that ends on its first day holds none.
    """

    starts_at: datetime
    ends_at: datetime | None


def moved_on(day: date, since: date, pauses: Sequence[Pause], zones: Sequence[str]) -> date | None:
    """`day`, as many days later as days after `since` were held on the way to it.

    What was due in n days is due once n days have passed that were not held. Pauses may overlap, touch, equal or
    contain each other: a day is held once. None: a pause without an end is on the way, and the day is beyond reach
    until that is over.
    """
    reached, counted = max(day, since), since
    for pause in sorted(pauses, key=lambda pause: pause.starts_at):
        first = max(local_day(pause.starts_at, zones), counted + _DAY)
        if first > reached:
            break
        if pause.ends_at is None:
            return None
        last = local_day(pause.ends_at, zones) - _DAY
        if last >= first:
            reached, counted = reached + (last - first + _DAY), last
    return reached
