"""Frequency caps: at most so many contacts with a person in any run of days, over all loans and channels."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.caps import Capped, capped
from compliance.rules import Cap
from lending.days import local_day
from statemachine.stage import Channel

SHANGHAI = ("Asia/Shanghai",)
NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)  # Wednesday in Shanghai
ONE_A_DAY = Cap(rule="one-a-day", channels=tuple(Channel), limit=1, days=1)
TWO_A_WEEK = Cap(rule="two-a-week", channels=tuple(Channel), limit=2, days=7)


def days_ago(*days: int, channel: Channel = Channel.SMS) -> list[tuple[Channel, datetime]]:
    """Contacts at noon, so many days before."""
    return [(channel, NOON - timedelta(days=n)) for n in days]


def free_on(day: int) -> datetime:
    """Midnight in Shanghai at the beginning of this day of June."""
    return datetime(2026, 6, day, tzinfo=UTC) - timedelta(hours=8)


class TestCap:
    def test_has_room_below_its_limit(self) -> None:
        assert capped([TWO_A_WEEK], days_ago(1), Channel.EMAIL, NOON, SHANGHAI) is None

    def test_counts_every_channel_and_every_loan_of_the_borrower(self) -> None:
        contacts = [*days_ago(1, channel=Channel.PHONE), *days_ago(3, channel=Channel.EMAIL)]

        assert capped([TWO_A_WEEK], contacts, Channel.SMS, NOON, SHANGHAI) == Capped(
            rule="two-a-week", free_at=free_on(14)
        )

    def test_counts_only_its_own_channels(self) -> None:
        calls = Cap(rule="calls", channels=(Channel.PHONE,), limit=1, days=7)

        assert capped([calls], days_ago(1), Channel.PHONE, NOON, SHANGHAI) is None
        assert capped([calls], days_ago(1, channel=Channel.PHONE), Channel.SMS, NOON, SHANGHAI) is None

    @pytest.mark.parametrize(("ago", "is_full"), [(6, True), (7, False)])
    def test_of_seven_days_counts_today_and_the_six_days_before(self, ago: int, is_full: bool) -> None:
        cap = Cap(rule="weekly", channels=tuple(Channel), limit=1, days=7)

        assert bool(capped([cap], days_ago(ago), Channel.SMS, NOON, SHANGHAI)) is is_full

    def test_frees_at_the_borrowers_midnight(self) -> None:
        found = capped([ONE_A_DAY], days_ago(0), Channel.SMS, NOON, SHANGHAI)

        assert found == Capped(rule="one-a-day", free_at=free_on(11))

    def test_frees_when_enough_of_the_contacts_have_left_its_days(self) -> None:
        """Three in a week that allows two: the second newest decides, not the oldest."""
        found = capped([TWO_A_WEEK], days_ago(6, 4, 1), Channel.SMS, NOON, SHANGHAI)

        assert found == Capped(rule="two-a-week", free_at=free_on(13))

    def test_that_frees_last_is_the_one_that_is_named(self) -> None:
        found = capped([ONE_A_DAY, TWO_A_WEEK], days_ago(0, 1), Channel.SMS, NOON, SHANGHAI)

        assert found is not None
        assert found.rule == "two-a-week"

    @given(
        st.builds(
            Cap,
            rule=st.just("r"),
            channels=st.just(tuple(Channel)),
            limit=st.integers(1, 4),
            days=st.integers(1, 10),
        ),
        st.lists(st.integers(0, 24 * 12), max_size=8),
        st.sampled_from([SHANGHAI, ("America/New_York", "Pacific/Honolulu"), ("Pacific/Kiritimati",)]),
    )
    def test_has_room_again_when_it_says_so_and_not_before(
        self, cap: Cap, hours_ago: list[int], zones: tuple[str, ...]
    ) -> None:
        contacts = [(Channel.SMS, NOON - timedelta(hours=hours)) for hours in hours_ago]
        found = capped([cap], contacts, Channel.SMS, NOON, zones)

        def counted(at: datetime) -> int:
            first: date = local_day(at, zones) - timedelta(days=cap.days - 1)
            return sum(local_day(when, zones) >= first for _, when in contacts)

        if found is None:
            assert counted(NOON) < cap.limit
            return
        assert NOON < found.free_at
        assert counted(found.free_at - timedelta(seconds=1)) >= cap.limit > counted(found.free_at)
