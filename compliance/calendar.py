"""Working days as they were known when the policy was published. Frozen: an upgrade never moves a timer."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, PlainSerializer

from lending.value import Value

# Sorted on the wire, so that the same calendar always has the same content hash.
Days = Annotated[frozenset[date], PlainSerializer(sorted, return_type=list[date])]


class WorkingCalendar(Value):
    """`off`: weekdays nobody works; `on`: weekend days that are worked (make-up days).

    From `provisional_from` on, the make-up arrangement is not published yet. Then the stricter reading holds:
    weekends stay closed, and every day within `widen_days` of a public holiday is closed too.
    After `valid_until` nothing is known, and nobody is contacted.
    """

    name: str
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...]
    off: Days
    on: Days = frozenset()
    provisional_from: date | None = None
    widen_days: int = 0
    valid_from: date
    valid_until: date
    source: str

    def knows(self, day: date) -> bool:
        """Whether this calendar says anything about `day`."""
        return self.valid_from <= day <= self.valid_until

    def works(self, day: date) -> bool:
        """Whether people work on `day`. Ask only about days the calendar knows."""
        if self.provisional_from and day >= self.provisional_from:
            near = (day + timedelta(days=n) for n in range(-self.widen_days, self.widen_days + 1))
            return day.weekday() in self.weekdays and self.off.isdisjoint(near)
        return day in self.on or (day not in self.off and day.weekday() in self.weekdays)
