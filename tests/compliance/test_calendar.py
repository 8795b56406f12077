"""Working days: what is published is exact, what is not published yet is read strictly."""

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
