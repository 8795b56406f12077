"""Working days: what is published is exact, what is not published yet is read strictly."""

import json
from datetime import date, timedelta

import pytest

from compliance.calendar import WorkingCalendar

FRIDAY = date(2026, 5, 1)
CALENDAR = WorkingCalendar(
    name="test",
    weekdays=(0, 1, 2, 3, 4),
    off=frozenset({FRIDAY}),
    on=frozenset({date(2026, 5, 9)}),
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
    source="test",
)
PROVISIONAL = CALENDAR.model_copy(update={"provisional_from": date(2026, 1, 1), "widen_days": 2})


class TestWorkingCalendar:
    @pytest.mark.parametrize(
        ("day", "is_worked"),
        [
            (date(2026, 4, 30), True),
            (FRIDAY, False),
            (date(2026, 5, 2), False),
            (date(2026, 5, 9), True),
            (date(2026, 5, 10), False),
        ],
    )
    def test_works_on_weekdays_and_make_up_days_but_not_on_holidays(self, day: date, is_worked: bool) -> None:
        assert CALENDAR.works(day) is is_worked

    def test_knows_its_first_and_last_day_and_nothing_beyond(self) -> None:
        first, last, one = CALENDAR.valid_from, CALENDAR.valid_until, timedelta(days=1)

        assert [CALENDAR.knows(day) for day in (first - one, first, last, last + one)] == [
            False,
            True,
            True,
            False,
        ]

    def test_is_the_same_after_a_journey_through_json(self) -> None:
        assert WorkingCalendar.model_validate_json(PROVISIONAL.model_dump_json()) == PROVISIONAL

    def test_is_written_alike_however_its_days_were_given(self) -> None:
        days = [FRIDAY + timedelta(days=n) for n in range(40)]
        forwards = CALENDAR.model_copy(update={"off": frozenset(days)})
        backwards = CALENDAR.model_copy(update={"off": frozenset(reversed(days))})

        assert forwards.model_dump_json() == backwards.model_dump_json()

    def test_of_a_snapshot_that_knew_no_holidays_is_written_as_it_was(self) -> None:
        """Its content hash is a key in the ledger and in running cases."""
        assert json.loads(CALENDAR.model_dump_json()) == {
            "name": "test",
            "weekdays": [0, 1, 2, 3, 4],
            "off": ["2026-05-01"],
            "on": ["2026-05-09"],
            "provisional_from": None,
            "widen_days": 0,
            "valid_from": "2026-01-01",
            "valid_until": "2026-12-31",
            "source": "test",
        }

    def test_has_one_hash_for_equal_days_and_another_for_others(self) -> None:
        again = WorkingCalendar.model_validate_json(CALENDAR.model_dump_json())
        with_a_holiday = CALENDAR.model_copy(update={"holidays": frozenset({date(2026, 5, 2)})})

        assert again.sha256() == CALENDAR.sha256()
        assert len({one.sha256() for one in (CALENDAR, PROVISIONAL, with_a_holiday)}) == 3


class TestHolidays:
    SATURDAY = date(2026, 5, 2)

    def test_are_those_on_a_weekend_too(self) -> None:
        calendar = CALENDAR.model_copy(update={"holidays": frozenset({FRIDAY, self.SATURDAY})})

        assert calendar.is_holiday(self.SATURDAY)
        assert calendar.is_holiday(FRIDAY)
        assert not calendar.is_holiday(date(2026, 5, 3))

    def test_are_the_days_off_of_a_snapshot_that_knew_no_others(self) -> None:
        assert CALENDAR.is_holiday(FRIDAY)
        assert not CALENDAR.is_holiday(self.SATURDAY)

    def test_may_yet_be_any_day_around_one_while_provisional(self) -> None:
        far = date(2026, 8, 1)
        calendar = PROVISIONAL.model_copy(update={"holidays": frozenset({FRIDAY, far})})
        days = [FRIDAY + timedelta(days=n) for n in range(-3, 4)]

        assert [calendar.is_holiday(day) for day in days] == [False, True, True, True, True, True, False]
        assert calendar.is_holiday(far)


class TestUnknownDay:
    @pytest.mark.parametrize(
        ("day", "what_to_load"),
        [
            (date(2027, 1, 4), "add the year with 'leeway calendar add test 2027 ...'"),
            (date(2029, 7, 1), "add each year from 2027 to 2029 with 'leeway calendar add test 2027 ...'"),
            (date(2025, 12, 31), "add the year with 'leeway calendar add test 2025 ...'"),
            (date(2024, 5, 5), "add each year from 2024 to 2025 with 'leeway calendar add test 2024 ...'"),
        ],
    )
    def test_says_what_is_covered_and_what_to_load(self, day: date, what_to_load: str) -> None:
        covered = f"calendar test covers 2026-01-01 to 2026-12-31, not {day}: "

        assert CALENDAR.unknown_reason(day) == covered + what_to_load

    def test_names_the_year_a_calendar_ends_in_when_it_ends_inside_one(self) -> None:
        calendar = CALENDAR.model_copy(update={"valid_until": date(2026, 6, 30)})

        assert "add the year with 'leeway calendar add test 2026 ...'" in calendar.unknown_reason(
            date(2026, 9, 1)
        )


class TestProvisionalCalendar:
    def test_closes_the_days_around_a_holiday(self) -> None:
        days = [FRIDAY + timedelta(days=n) for n in range(-3, 5)]

        closed = {day.day for day in days if not PROVISIONAL.works(day)}

        assert closed == {29, 30, 1, 2, 3}  # Wednesday and Thursday before; the weekend after

    def test_closes_them_after_the_holiday_too(self) -> None:
        monday = date(2026, 6, 1)
        calendar = PROVISIONAL.model_copy(update={"off": frozenset({monday})})

        assert [calendar.works(monday + timedelta(days=n)) for n in range(4)] == [False, False, False, True]

    def test_trusts_no_make_up_day(self) -> None:
        assert not PROVISIONAL.works(date(2026, 5, 9))

    def test_begins_on_its_day(self) -> None:
        later = PROVISIONAL.model_copy(update={"provisional_from": date(2026, 5, 1)})

        assert later.works(date(2026, 4, 30))
        assert not later.works(date(2026, 5, 1))

    def test_of_one_year_leaves_the_year_before_published(self) -> None:
        later = PROVISIONAL.model_copy(update={"provisional_from": date(2026, 12, 28)})

        assert [later.is_provisional(year) for year in (2026, 2027)] == [False, True]
        assert PROVISIONAL.is_provisional(2026)
        assert not CALENDAR.is_provisional(2026)

    def test_works_its_days_out_anew_for_a_copy_with_other_days(self) -> None:
        monday = date(2026, 6, 1)
        assert PROVISIONAL.works(monday)

        assert not PROVISIONAL.model_copy(update={"off": frozenset({monday})}).works(monday)
        assert PROVISIONAL == PROVISIONAL.model_copy()
