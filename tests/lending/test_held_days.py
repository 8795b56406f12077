"""A day on which a hold was in force as the day ended does not count: what was due is due as many days later."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.days import day_ends
from lending.held_days import Pause, moved_on

ZONES = ("Asia/Shanghai",)
AGREED_ON = date(2026, 3, 2)
DUE_ON = date(2026, 3, 20)


def at(day: int, hour: int = 12) -> datetime:
    """An instant on a day of March 2026, by the clock in Shanghai."""
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour - 8)


def pause(first: int, last: int) -> Pause:
    """From noon of one day to the end of another."""
    return Pause(at(first), at(last + 1, 0))


def due(*pauses: Pause) -> date | None:
    """When the payment due on 20 March, agreed on the 2nd, is due under these pauses."""
    return moved_on(DUE_ON, AGREED_ON, pauses, ZONES)


def days_later(days: int) -> date:
    """So many days after 20 March."""
    return DUE_ON + timedelta(days=days)


def is_held(day: date, pauses: Sequence[Pause], zones: Sequence[str]) -> bool:
    """Whether a pause was in force in the last moment of `day`."""
    last_moment = day_ends(day, zones) - timedelta.resolution
    return any(
        pause.starts_at <= last_moment and (pause.ends_at is None or last_moment < pause.ends_at)
        for pause in pauses
    )


class TestMovedOn:
    def test_is_the_day_itself_without_a_pause(self) -> None:
        assert due() == DUE_ON

    def test_counts_every_day_of_a_pause_its_first_and_last_too(self) -> None:
        assert due(pause(5, 7)) == days_later(3)

    @pytest.mark.parametrize(
        ("pauses", "days"),
        [
            ((pause(5, 9), pause(6, 8)), 5),
            ((pause(5, 9), pause(5, 9)), 5),
            ((pause(5, 7), pause(8, 9)), 5),
            ((pause(5, 8), pause(7, 11)), 7),
            ((pause(5, 6), pause(9, 10)), 4),
        ],
        ids=["contains", "equals", "touches", "overlaps", "lies apart from"],
    )
    def test_counts_a_day_once_where_a_pause(self, pauses: tuple[Pause, ...], days: int) -> None:
        assert due(*pauses) == due(*reversed(pauses)) == days_later(days)

    def test_counts_no_day_of_a_pause_resumed_on_its_first_day(self) -> None:
        assert due(Pause(at(5, 9), at(5, 18))) == DUE_ON

    def test_counts_no_day_before_the_agreement_nor_after_the_day_due(self) -> None:
        assert due(Pause(at(1, 0), at(2, 23)), pause(25, 28)) == DUE_ON

    def test_counts_the_days_of_a_second_pause_that_the_first_moves_it_into(self) -> None:
        assert due(pause(19, 20), pause(21, 24)) == days_later(6)

    def test_is_out_of_reach_while_a_pause_has_no_end(self) -> None:
        assert due(Pause(at(10), None)) is None
        assert due(Pause(at(25), None)) == DUE_ON

    @given(
        st.lists(st.tuples(st.integers(0, 960), st.integers(0, 360)), max_size=5),
        st.integers(0, 60),
        st.sampled_from([ZONES, ("America/New_York", "Pacific/Honolulu"), ()]),
    )
    def test_leaves_as_many_days_that_count_as_were_agreed(
        self, spans: Sequence[tuple[int, int]], days_off: int, zones: tuple[str, ...]
    ) -> None:
        pauses = [Pause(at(1, start), at(1, start + hours)) for start, hours in spans]
        day = AGREED_ON + timedelta(days=days_off)

        moved = moved_on(day, AGREED_ON, pauses, zones)

        assert moved is not None
        passed = (AGREED_ON + timedelta(days=n) for n in range(1, (moved - AGREED_ON).days + 1))
        assert days_off == sum(not is_held(one, pauses, zones) for one in passed)
        assert moved == day or not is_held(moved, pauses, zones)
