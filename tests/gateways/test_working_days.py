"""Calendars out of the holidays library; and China's, before its make-up days are published."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays
import pytest
from holidays.countries.china import China

from compliance.calendar import WorkingCalendar
from gateways.calendar_file import CalendarYear, add_year, days_between
from gateways.working_days import YEARS_AHEAD, working_calendar
from gateways.yaml_file import PolicyError

YEARS = range(2008, 2027)  # since the seven public holidays of today; published to 2026
WEEKEND = (5, 6)
TODAY = date(2026, 1, 5)
NO_FILES = Path(__file__).parent / "no calendar files"
JANUARY_1 = date(2027, 1, 1)

# A parade, decreed as a holiday of that one year in May 2015: no rule could foresee it.
DECREED_ONCE = {date(2015, 9, 3), date(2015, 9, 4)}


class Unpublished(China):
    """China as the library knows it before the State Council has published the make-up days of `from_year`."""

    special_public_holidays: dict[int, Any]

    def __init__(self, from_year: int, years: Iterable[int]) -> None:
        self.from_year = from_year
        super().__init__(years=years)  # type: ignore[no-untyped-call]
        self.weekend_workdays = {day for day in self.weekend_workdays if day.year < from_year}
        published = self.special_public_holidays
        self.special_public_holidays = {year: days for year, days in published.items() if year < from_year}

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

    def known_then(
        country: str, subdiv: str | None = None, years: Iterable[int] = ()
    ) -> holidays.HolidayBase:
        return Unpublished(year, years)

    monkeypatch.setattr(holidays, "country_holidays", known_then)
    calendar = working_calendar("CN", None, date(year - 1, 6, 1), NO_FILES)
    monkeypatch.undo()
    assert calendar is not None
    assert calendar.provisional_from == date(year - 1, 12, 28)
    return calendar


def wrongly_open(calendar: WorkingCalendar, year: int) -> set[date]:
    """Days the calendar works on although people were off."""
    return {day for day in truly_off(year) - DECREED_ONCE if calendar.works(day)}


def frozen(
    country: str, subdivision: str | None = None, *, folder: Path = NO_FILES, today: date = TODAY
) -> WorkingCalendar:
    """The calendar of a place that is known, frozen on a day."""
    calendar = working_calendar(country, subdivision, today, folder)
    assert calendar is not None
    return calendar


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

    @pytest.mark.parametrize("day", [date(2007, 12, 31), date(2018, 12, 31)])
    def test_closes_a_day_that_the_next_notice_took_from_the_old_year(
        self, monkeypatch: pytest.MonkeyPatch, day: date
    ) -> None:
        calendar = provisional(day.year + 1, monkeypatch)
        before_the_notice = calendar.model_copy(update={"off": calendar.off - {day}})

        assert day in truly_off(day.year)
        assert not before_the_notice.works(day)

    def test_is_as_strict_in_its_last_days(self) -> None:
        calendar = frozen("CN")

        assert calendar.valid_until == date(2030, 12, 31)  # a Tuesday; New Year's Day is the next
        assert not calendar.works(calendar.valid_until)

    def test_still_leaves_most_weekdays_to_work_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for year in YEARS:
            calendar = provisional(year, monkeypatch)
            days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
            assert sum(calendar.works(day) for day in days) > 180


class TestWorkingCalendar:
    def test_of_china_knows_the_make_up_days_of_2026(self) -> None:
        calendar = working_calendar("CN", None, date(2026, 1, 5), NO_FILES)

        assert calendar is not None
        assert calendar.works(date(2026, 2, 14))
        assert not calendar.works(date(2026, 2, 20))
        assert calendar.provisional_from == date(2026, 12, 28)

    def test_of_russia_is_published_for_a_year_without_make_up_days(self) -> None:
        calendar = working_calendar("RU", None, date(2026, 1, 5), NO_FILES)

        assert calendar is not None
        assert not calendar.is_provisional(2026)
        assert calendar.is_provisional(2029)

    def test_of_a_country_without_make_up_days_is_not_provisional(self) -> None:
        calendar = working_calendar("US", "CA", date(2026, 1, 5), NO_FILES)

        assert calendar is not None
        assert calendar.provisional_from is None
        assert not calendar.works(date(2026, 7, 3))  # Independence Day, a Saturday, is observed on Friday
        assert calendar.works(date(2026, 7, 2))

    def test_keeps_the_weekend_of_the_country(self) -> None:
        calendar = working_calendar("SA", None, date(2026, 6, 1), NO_FILES)

        assert calendar is not None
        assert [calendar.works(date(2026, 6, day)) for day in (4, 5, 6, 7)] == [True, False, False, True]

    def test_takes_the_country_for_a_subdivision_the_library_does_not_know(self) -> None:
        nowhere, country = (
            working_calendar("CN", place, date(2026, 1, 5), NO_FILES) for place in ("ZZ", None)
        )

        assert nowhere is not None
        assert country is not None
        assert nowhere.off == country.off

    def test_is_the_countrys_own_for_a_subdivision_nobody_knows(self) -> None:
        """Its name is what an operator types to add a year, so it must be one that can be added."""
        assert frozen("US", "ZZ") == frozen("US")
        assert frozen("US", "CA").name == "US-CA"

    def test_ends_where_the_library_ends(self) -> None:
        """Past its data the library calls every weekday a working day."""
        end_year = holidays.country_holidays("LK").end_year
        assert end_year < TODAY.year + YEARS_AHEAD

        calendar, years_later = frozen("LK"), frozen("LK", today=date(end_year + 3, 6, 1))

        assert calendar.valid_until == years_later.valid_until == date(end_year, 12, 31)
        assert not years_later.knows(date(end_year + 3, 6, 1))

    def test_begins_where_the_library_begins(self) -> None:
        start_year = holidays.country_holidays("GW").start_year

        assert frozen("GW", today=date(start_year, 6, 1)).valid_from == date(start_year, 1, 1)

    def test_has_every_public_holiday_those_on_a_weekend_too(self) -> None:
        calendar = frozen("AU", "VIC")

        assert calendar.is_holiday(date(2026, 4, 4))  # Easter Saturday
        assert calendar.is_holiday(date(2026, 4, 3))
        assert not calendar.is_holiday(date(2026, 4, 11))
        assert date(2026, 4, 4) not in calendar.off

    def test_knows_nothing_of_2027_with_data_that_ends_in_2026(self) -> None:
        calendar = frozen("CN").model_copy(update={"valid_until": date(2026, 12, 31)})

        assert not any(calendar.knows(JANUARY_1 + timedelta(days=n)) for n in range(365))
        assert "'leeway calendar add CN 2027 ...'" in calendar.unknown_reason(JANUARY_1)

    def test_is_none_for_a_country_the_library_does_not_know(self) -> None:
        assert working_calendar("XX", None, date(2026, 1, 5), NO_FILES) is None

    def test_ends_with_its_last_year(self) -> None:
        calendar = working_calendar("GB", "ENG", date(2026, 7, 1), NO_FILES)

        assert calendar is not None
        assert (calendar.valid_from, calendar.valid_until) == (
            date(2025, 1, 1),
            date(2026 + YEARS_AHEAD, 12, 31),
        )


def arrangement(
    year: int, off: Iterable[date], on: Iterable[date] = (), source: str = "notice"
) -> CalendarYear:
    """A published year."""
    return CalendarYear(year=year, off=tuple(off), on=tuple(on), source=source)


SPRING_FESTIVAL = days_between(date(2027, 2, 5), date(2027, 2, 12))
NOTICE = arrangement(2027, [JANUARY_1, *SPRING_FESTIVAL], [date(2027, 2, 13)])


class TestPublishedYear:
    def test_replaces_the_librarys_and_is_no_longer_provisional(self, tmp_path: Path) -> None:
        add_year("CN", NOTICE, tmp_path)

        calendar = frozen("CN", folder=tmp_path)

        assert calendar.works(date(2027, 2, 13))
        assert not any(calendar.works(day) for day in NOTICE.off)
        assert calendar.works(date(2027, 2, 15))  # within four days of a holiday
        assert calendar.works(date(2027, 10, 1))  # the library's, and not in the notice
        assert not calendar.is_provisional(2027)
        assert calendar.is_provisional(2028)

    def test_opens_the_last_days_of_the_year_before(self, tmp_path: Path) -> None:
        last = date(2026, 12, 31)
        assert not frozen("CN", folder=tmp_path).works(last)

        add_year("CN", NOTICE, tmp_path)

        assert frozen("CN", folder=tmp_path).works(last)

    def test_leaves_every_other_year_as_it_was(self, tmp_path: Path) -> None:
        before = frozen("US", folder=tmp_path)
        add_year("US", arrangement(2027, [JANUARY_1]), tmp_path)

        after = frozen("US", folder=tmp_path)

        others = {day for day in before.off if day.year != 2027}
        assert {day for day in after.off if day.year != 2027} == others
        assert {day for day in after.off if day.year == 2027} == {JANUARY_1}

    def test_leaves_a_year_provisional_while_one_before_it_is_missing(self, tmp_path: Path) -> None:
        add_year("CN", arrangement(2028, [date(2028, 1, 3)], [date(2028, 1, 8)]), tmp_path)

        calendar = frozen("CN", folder=tmp_path)

        assert calendar.is_provisional(2028)
        assert not calendar.works(date(2028, 1, 8))

    def test_keeps_the_librarys_holidays_on_a_weekend_holidays(self, tmp_path: Path) -> None:
        labour_day = date(2027, 5, 1)
        add_year("CN", NOTICE, tmp_path)

        calendar = frozen("CN", folder=tmp_path)

        assert labour_day.weekday() == 5
        assert calendar.is_holiday(labour_day)
        assert not calendar.is_holiday(date(2027, 2, 13))

    def test_may_make_a_holiday_on_a_weekend_a_working_day(self, tmp_path: Path) -> None:
        labour_day = date(2027, 5, 1)
        add_year("CN", arrangement(2027, [JANUARY_1], [labour_day]), tmp_path)

        calendar = frozen("CN", folder=tmp_path)

        assert calendar.works(labour_day)
        assert not calendar.is_holiday(labour_day)

    def test_carries_the_calendar_on_where_it_joins_the_end(self, tmp_path: Path) -> None:
        for year in (2027, 2029):
            add_year("LK", arrangement(year, [date(year, 2, 4)]), tmp_path)

        calendar = frozen("LK", folder=tmp_path)

        assert calendar.valid_until == date(2027, 12, 31)
        assert calendar.source.endswith("; 2027: notice")
        assert not calendar.works(date(2027, 2, 4))
        assert calendar.works(date(2027, 2, 5))

    def test_carries_the_calendar_back_too(self, tmp_path: Path) -> None:
        add_year("US", arrangement(2024, [date(2024, 1, 1)]), tmp_path)

        assert frozen("US", folder=tmp_path).valid_from == date(2024, 1, 1)

    def test_of_a_country_keeps_its_subdivisions_own_holidays(self, tmp_path: Path) -> None:
        cup_day, anzac_day = date(2027, 11, 2), date(2027, 4, 26)
        assert frozen("AU", "VIC", folder=tmp_path).is_holiday(cup_day)

        add_year("AU", arrangement(2027, [JANUARY_1, anzac_day]), tmp_path)
        calendar = frozen("AU", "VIC", folder=tmp_path)

        assert not calendar.works(cup_day)
        assert not calendar.works(anzac_day)
        assert calendar.works(date(2027, 1, 26))  # the nation's, and not in its arrangement

    def test_of_a_subdivision_goes_before_its_countrys(self, tmp_path: Path) -> None:
        add_year("AU", arrangement(2027, [JANUARY_1]), tmp_path)
        add_year("AU-VIC", arrangement(2027, [date(2027, 3, 8)]), tmp_path)

        calendar, nation = frozen("AU", "VIC", folder=tmp_path), frozen("AU", folder=tmp_path)

        assert {day for day in calendar.off if day.year == 2027} == {date(2027, 3, 8)}
        assert {day for day in nation.off if day.year == 2027} == {JANUARY_1}

    def test_may_be_of_a_subdivision_the_library_does_not_know(self, tmp_path: Path) -> None:
        feast = date(2026, 3, 20)
        (tmp_path / "CN-XJ.yaml").write_text(f"closed: [{feast}]")

        assert not frozen("CN", "XJ", folder=tmp_path).works(feast)
        assert frozen("CN", "XJ", folder=tmp_path).name == "CN-XJ"
        assert frozen("CN", "BJ", folder=tmp_path).works(feast)

    def test_is_named_in_the_source_and_changes_the_hash(self, tmp_path: Path) -> None:
        before = frozen("CN", folder=tmp_path)
        add_year("CN", NOTICE, tmp_path)

        after = frozen("CN", folder=tmp_path)

        assert after.source == f"{before.source}; 2027: notice"
        assert after.sha256() != before.sha256()
        assert after.sha256() == frozen("CN", folder=tmp_path).sha256()

    def test_that_cannot_be_used_stops_everything(self, tmp_path: Path) -> None:
        (tmp_path / "CN.yaml").write_text("years: [{year: 2027}]")

        with pytest.raises(PolicyError, match=r"CN\.yaml:1:9: years\.0\.off: Field required"):
            working_calendar("CN", None, TODAY, tmp_path)


class TestClosedDay:
    def test_adds_to_the_librarys_days_and_is_a_holiday(self, tmp_path: Path) -> None:
        day = date(2026, 3, 3)
        (tmp_path / "US.yaml").write_text(f"closed: [{day}]")

        before, after = frozen("US"), frozen("US", folder=tmp_path)

        assert after.off == before.off | {day}
        assert after.is_holiday(day)
        assert after.source == f"{before.source}; days closed by the operator"

    def test_closes_a_make_up_day(self, tmp_path: Path) -> None:
        (tmp_path / "CN.yaml").write_text("closed: [2026-02-14]")

        assert frozen("CN").works(date(2026, 2, 14))
        assert not frozen("CN", folder=tmp_path).works(date(2026, 2, 14))

    def test_of_a_country_is_closed_in_its_subdivisions(self, tmp_path: Path) -> None:
        (tmp_path / "AU.yaml").write_text("closed: [2026-03-03]")
        (tmp_path / "AU-VIC.yaml").write_text("closed: [2026-03-04]")

        closed = {date(2026, 3, 3), date(2026, 3, 4)}

        assert frozen("AU", "VIC", folder=tmp_path).off >= closed
        assert frozen("AU", "NSW", folder=tmp_path).off & closed == {date(2026, 3, 3)}
