"""Days as the borrower lives them, in one zone or in several at once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lending.days import (
    LocalTime,
    day_ends,
    day_starts,
    days_past_due,
    local_day,
    local_text,
    same_time_later,
)

NEW_YORK = ("America/New_York",)
FAR_APART = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
zones = st.lists(
    st.sampled_from(["Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", *NEW_YORK, *FAR_APART]),
    max_size=3,
).map(tuple)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestLocalDay:
    def test_is_the_borrowers_and_not_the_servers(self) -> None:
        assert local_day(utc("2026-03-09T16:30"), ("Asia/Shanghai",)) == date(2026, 3, 10)

    def test_is_the_earliest_of_several(self) -> None:
        assert local_day(utc("2026-03-09T10:30"), FAR_APART) == date(2026, 3, 8)

    def test_is_utcs_where_the_zone_is_unknown(self) -> None:
        assert local_day(utc("2026-03-09T23:59"), ()) == date(2026, 3, 9)


class TestDay:
    @given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), zones)
    def test_has_started_and_not_ended_in_every_zone(self, day: date, zones: tuple[str, ...]) -> None:
        starts, ends = day_starts(day, zones), day_ends(day, zones)

        assert local_day(starts, zones) == day
        assert local_day(ends, zones) == day + timedelta(days=1)
        assert local_day(ends - timedelta(microseconds=1), zones) == day

    @pytest.mark.parametrize(
        ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)]
    )
    def test_is_as_long_as_the_clock_makes_it(self, day: date, hours: int) -> None:
        assert day_ends(day, NEW_YORK) - day_starts(day, NEW_YORK) == timedelta(hours=hours)


class TestDaysPastDue:
    @pytest.mark.parametrize(
        ("overdue_since", "days"), [(date(2026, 3, 9), 0), (date(2026, 2, 27), 10), (date(2026, 4, 1), 0)]
    )
    def test_counts_whole_days_and_never_below_zero(self, overdue_since: date, days: int) -> None:
        assert days_past_due(overdue_since, utc("2026-03-09T02:00"), ("Asia/Shanghai",)) == days


class TestSameTimeLater:
    def test_keeps_the_borrowers_clock_over_a_clock_change(self) -> None:
        saturday_ten = utc("2026-03-07T15:00")

        assert same_time_later(saturday_ten, 2, NEW_YORK) == utc("2026-03-09T14:00")

    @given(instants, st.integers(0, 400), zones)
    def test_shows_the_same_time_or_the_one_the_gap_moved_it_to(
        self, at: datetime, days: int, zones: tuple[str, ...]
    ) -> None:
        later = same_time_later(at, days, zones)

        zone = ZoneInfo((*zones, "UTC")[0])
        before, after = at.astimezone(zone), later.astimezone(zone)
        wall_clock = (after.replace(tzinfo=None) - before.replace(tzinfo=None, microsecond=0)) - timedelta(
            days=days
        )
        assert timedelta() <= wall_clock <= timedelta(hours=1)
        assert later.microsecond == 0


class TestLocalText:
    def test_reads_as_people_write_it(self) -> None:
        assert local_text(utc("2026-11-30T01:12"), ("Asia/Shanghai",)) == "Mon 2026-11-30 09:12 Asia/Shanghai"


class TestLocalTime:
    READ = TypeAdapter(LocalTime)

    def test_is_a_time_of_day(self) -> None:
        assert self.READ.validate_json('"09:30"') == time(9, 30)

    @pytest.mark.parametrize(
        "text", ['"09:30Z"', '"09:30+08:00"', "9", "930", "34200.0", '"24:00"', '"9:30"']
    )
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(ValidationError):
            self.READ.validate_json(text)
