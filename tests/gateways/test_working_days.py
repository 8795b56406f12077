"""Calendars out of the holidays library; and China's, before its make-up days are published."""

from datetime import date, timedelta
from typing import Any

import holidays
import pytest
from holidays.countries.china import China

from compliance.calendar import WorkingCalendar
from gateways.working_days import YEARS_AHEAD, working_calendar

YEARS = range(2008, 2027)  # since the seven public holidays of today; published to 2026
WEEKEND = (5, 6)

# A parade, decreed as a holiday of that one year in May 2015: no rule could foresee it.
DECREED_ONCE = {date(2015, 9, 3), date(2015, 9, 4)}


class Unpublished(China):
    """China as the library knows it before the State Council has published the make-up days of `from_year`."""

    special_public_holidays: dict[int, Any]

    def __init__(self, from_year: int, years: range) -> None:
        self.from_year = from_year
        super().__init__(years=years)  # type: ignore[no-untyped-call]
        self.weekend_workdays = {day for day in self.weekend_workdays if day.year < from_year}

    def _populate(self, year: int) -> None:
        published = self.special_public_holidays
        self.special_public_holidays = published if year < self.from_year else {}
        super()._populate(year)
        self.special_public_holidays = published


def truly_off(year: int) -> set[date]:
    """Every day of the year on which, as it came to be, people did not work."""
    known = holidays.country_holidays("CN", years=[year - 1, year, year + 1])
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {
        day
        for day in days
        if day.year == year
        and (day in known or (day.weekday() in WEEKEND and day not in known.weekend_workdays))
    }


def provisional(year: int, monkeypatch: pytest.MonkeyPatch) -> WorkingCalendar:
    """The calendar as it would have been made in the year before, when nothing of `year` was published."""

    def known_then(country: str, subdiv: str | None, years: range) -> holidays.HolidayBase:
        return Unpublished(year, years)

    monkeypatch.setattr(holidays, "country_holidays", known_then)
    calendar = working_calendar("CN", None, date(year - 1, 6, 1))
    monkeypatch.undo()
    assert calendar is not None
    assert calendar.provisional_from == date(year, 1, 1)
    return calendar


def wrongly_open(calendar: WorkingCalendar, year: int) -> set[date]:
    """Days the calendar works on although people were off."""
    return {day for day in truly_off(year) - DECREED_ONCE if calendar.works(day)}


class TestProvisionalChina:
    def test_is_never_open_on_a_day_that_came_to_be_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calendars = {year: provisional(year, monkeypatch) for year in YEARS}

        assert {year: found for year in YEARS if (found := wrongly_open(calendars[year], year))} == {}
        assert sum(len(truly_off(year)) for year in YEARS) == 2198

    @pytest.mark.parametrize(("widen_days", "wrong"), [(0, 123), (1, 46), (2, 15), (3, 9)])
    def test_would_be_open_on_such_days_if_it_were_less_wide(
        self, monkeypatch: pytest.MonkeyPatch, widen_days: int, wrong: int
    ) -> None:
        narrow = {"widen_days": widen_days}
        calendars = {year: provisional(year, monkeypatch).model_copy(update=narrow) for year in YEARS}

        assert sum(len(wrongly_open(calendars[year], year)) for year in YEARS) == wrong

    def test_still_leaves_most_weekdays_to_work_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for year in YEARS:
            calendar = provisional(year, monkeypatch)
            days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
            assert sum(calendar.works(day) for day in days) > 180


class TestWorkingCalendar:
    def test_of_china_knows_the_make_up_days_of_2026(self) -> None:
        calendar = working_calendar("CN", None, date(2026, 1, 5))

        assert calendar is not None
        assert calendar.works(date(2026, 2, 14))
        assert not calendar.works(date(2026, 2, 20))
        assert calendar.provisional_from == date(2027, 1, 1)

    def test_of_a_country_without_make_up_days_is_not_provisional(self) -> None:
        calendar = working_calendar("US", "CA", date(2026, 1, 5))

        assert calendar is not None
        assert calendar.provisional_from is None
        assert not calendar.works(date(2026, 7, 3))  # Independence Day, a Saturday, is observed on Friday
        assert calendar.works(date(2026, 7, 2))

    def test_keeps_the_weekend_of_the_country(self) -> None:
        calendar = working_calendar("SA", None, date(2026, 6, 1))

        assert calendar is not None
        assert [calendar.works(date(2026, 6, day)) for day in (4, 5, 6, 7)] == [True, False, False, True]

    def test_takes_the_country_for_a_subdivision_the_library_does_not_know(self) -> None:
        nowhere, country = (working_calendar("CN", place, date(2026, 1, 5)) for place in ("ZZ", None))

        assert nowhere is not None
        assert country is not None
        assert nowhere.off == country.off

    def test_is_none_for_a_country_the_library_does_not_know(self) -> None:
        assert working_calendar("XX", None, date(2026, 1, 5)) is None

    def test_ends_with_its_last_year(self) -> None:
        calendar = working_calendar("GB", "ENG", date(2026, 7, 1))

        assert calendar is not None
        assert (calendar.valid_from, calendar.valid_until) == (
            date(2025, 1, 1),
            date(2026 + YEARS_AHEAD, 12, 31),
        )
