"""Until when a debt can be claimed: from the day it was overdue, and from what makes the time run anew."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lending.limitation import LimitationTerms, Restart, Restarts, limitation

CHINA = LimitationTerms(years=3, restarts=(Restarts.ACKNOWLEDGEMENT, Restarts.DEMAND))
DUE = date(2026, 3, 1)
days = st.dates(date(2026, 3, 1), date(2036, 1, 1))
restarts = st.lists(
    st.builds(Restart, days, st.sampled_from(Restarts), st.just("x"), st.booleans()), max_size=8
)


def acknowledged(on: date, revives: bool = False) -> Restart:
    """The borrower acknowledged the debt."""
    return Restart(on, Restarts.ACKNOWLEDGEMENT, "a promise", revives)


class TestLimitation:
    def test_ends_with_the_corresponding_day(self) -> None:
        found = limitation(DUE, [], CHINA)
        assert (found.ends_on, found.because) == (date(2029, 3, 1), "overdue")
        assert limitation(date(2024, 2, 29), [], CHINA).ends_on == date(2027, 2, 28)

    def test_is_over_nowhere_on_earth_before_its_last_day_is(self) -> None:
        found = limitation(DUE, [], CHINA)
        assert found.barred_at == datetime(2029, 3, 1, 10, tzinfo=UTC)
        assert found.alert_at(CHINA) == found.barred_at - timedelta(days=181)

    def test_runs_anew_from_a_demand_only_where_the_law_says_so(self) -> None:
        demand = Restart(date(2027, 1, 1), Restarts.DEMAND, "a demand")
        assert limitation(DUE, [demand], CHINA).ends_on == date(2030, 1, 1)
        assert limitation(DUE, [demand], LimitationTerms(years=3)).ends_on == date(2029, 3, 1)

    def test_once_ended_is_revived_by_nothing_but_a_knowing_agreement(self) -> None:
        last, after = date(2029, 3, 1), date(2029, 3, 2)
        assert limitation(DUE, [acknowledged(last)], CHINA).ends_on == date(2032, 3, 1)
        assert limitation(DUE, [acknowledged(after)], CHINA).ends_on == last
        assert limitation(DUE, [acknowledged(after, revives=True)], CHINA).ends_on == date(2032, 3, 2)

    @given(restarts, restarts)
    def test_never_ends_sooner_for_something_more_that_happened(
        self, some: list[Restart], more: list[Restart]
    ) -> None:
        assert limitation(DUE, [*some, *more], CHINA).ends_on >= limitation(DUE, some, CHINA).ends_on

    @given(restarts)
    def test_does_not_depend_on_the_order_in_which_it_is_told(self, some: list[Restart]) -> None:
        assert limitation(DUE, some, CHINA).ends_on == limitation(DUE, some[::-1], CHINA).ends_on
