"""Working days as they were known when the policy was published. Frozen: an upgrade never moves a timer."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, get_args

from pydantic import Field, PlainSerializer

from lending.value import Value
from statemachine.stage import Weekday

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

# Sorted on the wire, so that the same calendar always has the same content hash.
Days = Annotated[frozenset[date], PlainSerializer(sorted, return_type=list[date])]


class WorkingCalendar(Value):
    """`off`: weekdays nobody works; `on`: weekend days that are worked (make-up days); `holidays`: every public
    holiday of the place and every day its operator closed, those on a weekend included.

    From `provisional_from` on, the make-up arrangement is not published yet. Then the stricter reading holds:
    weekends stay closed, and every day within `widen_days` of a public holiday is closed, and a holiday, too.
    After `valid_until` nothing is known, and nobody is contacted.
    """

    name: str
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...]
    off: Days
    on: Days = frozenset()
    # Left out when empty: a snapshot from before there were any keeps the hash it was published under.
    holidays: Annotated[Days, Field(exclude_if=lambda days: not days)] = frozenset()
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
        if self.provisional_from is not None and day >= self.provisional_from:
            return day.weekday() in self.weekdays and day not in self._near_a_holiday
        return day in self.on or (day not in self.off and day.weekday() in self.weekdays)

    def is_holiday(self, day: date) -> bool:
        """Whether `day` is a public holiday, or may yet become one. Ask only about days the calendar knows."""
        if self.provisional_from is not None and day >= self.provisional_from:
            return day in self._near_a_holiday or day in self.holidays
        return day in self.holidays or day in self.off

    def names(self, day: date) -> frozenset[str]:
        """What a rule may call `day`: `every`, its weekday, `working` or `off`, and `holiday`.

        Ask only about days the calendar knows.
        """
        found = self._names.get(day)
        if found is None:
            found = self._names[day] = frozenset(self._name(day))
        return found

    def _name(self, day: date) -> Iterator[str]:
        yield from ("every", WEEKDAYS[day.weekday()], "working" if self.works(day) else "off")
        if self.is_holiday(day):
            yield "holiday"

    def is_provisional(self, year: int) -> bool:
        """Whether the arrangement of `year` was not published yet."""
        return self.provisional_from is not None and self.provisional_from <= date(year, 1, 1)

    def unknown_reason(self, day: date) -> str:
        """Why nothing is known about `day`, and what to load so that it is."""
        one = timedelta(days=1)
        years = range((self.valid_until + one).year, day.year + 1)
        if day < self.valid_from:
            years = range(day.year, (self.valid_from - one).year + 1)
        missing = "the year" if len(years) == 1 else f"each year from {years[0]} to {years[-1]}"
        return (
            f"calendar {self.name} covers {self.valid_from} to {self.valid_until}, not {day}: "
            f"add {missing} with 'leeway calendar add {self.name} {years[0]} ...'"
        )

    def sha256(self) -> str:
        """The content hash: equal calendars have equal ones, in every process."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def _names(self) -> dict[date, frozenset[str]]:
        return {}

    @cached_property
    def _near_a_holiday(self) -> frozenset[date]:
        width = range(-self.widen_days, self.widen_days + 1)
        return frozenset(day + timedelta(days=n) for day in self.off for n in width)
