"""Three others who answer when a place is open: opening-hours-py, pandas, and a scan of every minute.

Each knows one window of the working days in one zone. A question is an instant in UTC, and so is an answer.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from opening_hours import OpeningHours

from compliance.calendar import WorkingCalendar

_UTC = ZoneInfo("UTC")  # opening-hours-py reads no other


class Window:
    """What all three are told: working days from `opens` to `closes` in `zone`, on the days from `first` to `last`."""

    def __init__(
        self, calendar: WorkingCalendar, zone: str, opens: time, closes: time, first: date, last: date
    ) -> None:
        self.zone, self.opens, self.closes = zone, opens, closes
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self.worked = [day for day in days if calendar.works(day)]
        self.closed = [day for day in days if not calendar.works(day)]


class WithOpeningHours:
    """opening-hours-py: Rust, an OpenStreetMap expression with a rule for each day out of the ordinary."""

    name = "opening-hours-py"

    def __init__(self, window: Window) -> None:
        hours = f"{window.opens:%H:%M}-{window.closes:%H:%M}"
        rules = [f"Mo-Fr {hours}"]
        rules += [f"{day:%Y %b %d} off" for day in window.closed if day.weekday() < 5]
        rules += [f"{day:%Y %b %d} {hours}" for day in window.worked if day.weekday() >= 5]
        self._hours = OpeningHours("; ".join(rules), timezone=ZoneInfo(window.zone))

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at `at`."""
        return self._hours.is_open(at.replace(tzinfo=_UTC))

    def next_open(self, at: datetime) -> datetime:
        """The first open instant at or after `at`."""
        asked = at.replace(tzinfo=_UTC)
        if self._hours.is_open(asked):
            return at
        opens_at = self._hours.next_change(asked)
        assert opens_at is not None
        return opens_at


class WithPandas:
    """pandas CustomBusinessHour: every weekday is its own, and every day nobody works is a holiday."""

    name = "pandas"

    def __init__(self, window: Window) -> None:
        self._zone = window.zone
        self._hours = pd.offsets.CustomBusinessHour(
            start=window.opens, end=window.closes, weekmask="1111111", holidays=window.closed
        )

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at `at`."""
        return bool(self._hours.is_on_offset(pd.Timestamp(at).tz_convert(self._zone)))

    def next_open(self, at: datetime) -> datetime:
        """The first open instant at or after `at`."""
        opens_at: datetime = self._hours.rollforward(pd.Timestamp(at).tz_convert(self._zone)).to_pydatetime()
        return opens_at


class MinuteScan:
    """What anyone would write first: look at the clock there, and at every minute until it is open."""

    name = "minute scan"

    def __init__(self, window: Window) -> None:
        self._zone, self._opens, self._closes = ZoneInfo(window.zone), window.opens, window.closes
        self._worked = frozenset(window.worked)

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at `at`."""
        local = at.astimezone(self._zone)
        return self._opens <= local.time() < self._closes and local.date() in self._worked

    def next_open(self, at: datetime) -> datetime:
        """The first open instant at or after `at`."""
        if self.is_open(at):
            return at
        minute = at.replace(second=0, microsecond=0)
        while not self.is_open(minute):
            minute += timedelta(minutes=1)
        return minute


Contestant = WithOpeningHours | WithPandas | MinuteScan


def contestants(window: Window) -> Sequence[Contestant]:
    """All three, told the same."""
    return WithOpeningHours(window), WithPandas(window), MinuteScan(window)
