"""The scorecard: points a person can check, tiers at their edges, unknown facts in the middle."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lending.risk import Band, RiskFacts, Scorecard, Tier, assess

CARD = Scorecard(
    days_past_due=(Band(at_least=15, points=10), Band(at_least=60, points=35)),
    earlier_delinquencies=(Band(at_least=1, points=10),),
    broken_promises=(Band(at_least=1, points=15), Band(at_least=2, points=30)),
    balance_to_income_percent=(Band(at_least=50, points=10), Band(at_least=150, points=25)),
    unknown_points=7,
    medium_from=25,
    high_from=50,
)


def facts(**known: int | None) -> RiskFacts:
    """Facts that weigh nothing, except those given."""
    nothing: dict[str, Any] = {
        "days_past_due": 0,
        "earlier_delinquencies": 0,
        "broken_promises": 0,
        "balance_to_income_percent": 0,
    }
    return RiskFacts(**nothing | known)


class TestAssess:
    @pytest.mark.parametrize(("days", "score"), [(0, 0), (14, 0), (15, 10), (59, 10), (60, 35), (4000, 35)])
    def test_gives_the_points_of_the_highest_band_reached(self, days: int, score: int) -> None:
        assert assess(CARD, facts(days_past_due=days)).score == score

    def test_sums_the_points_of_all_facts(self) -> None:
        assessment = assess(CARD, facts(days_past_due=60, earlier_delinquencies=1, broken_promises=2))

        assert assessment.score == 35 + 10 + 30

    @pytest.mark.parametrize(
        ("known", "tier"),
        [
            ({}, Tier.LOW),
            ({"days_past_due": 15, "earlier_delinquencies": 1}, Tier.LOW),
            ({"days_past_due": 15, "broken_promises": 1}, Tier.MEDIUM),
            ({"days_past_due": 35, "broken_promises": 2}, Tier.MEDIUM),
            ({"balance_to_income_percent": 150, "broken_promises": 1, "earlier_delinquencies": 1}, Tier.HIGH),
        ],
    )
    def test_reaches_a_tier_at_its_edge(self, known: dict[str, int], tier: Tier) -> None:
        assert assess(CARD, facts(**known)).tier is tier

    def test_scores_what_is_unknown_in_the_middle_and_says_so(self) -> None:
        assessment = assess(CARD, facts(balance_to_income_percent=None))

        assert assessment.score == 7
        assert assessment.reasons == ("balance to income percent unknown (+7)",)

    def test_names_the_three_facts_that_weighed_most_heaviest_first(self) -> None:
        assessment = assess(
            CARD,
            facts(
                days_past_due=60, earlier_delinquencies=2, broken_promises=2, balance_to_income_percent=150
            ),
        )

        assert assessment.reasons == (
            "days past due 60 (+35)",
            "broken promises 2 (+30)",
            "balance to income percent 150 (+25)",
        )

    @given(st.integers(0, 5000), st.integers(0, 50), st.integers(0, 20), st.integers(0, 10**6))
    def test_never_falls_when_a_fact_gets_worse(
        self, days: int, earlier: int, broken: int, percent: int
    ) -> None:
        worse = [facts(days_past_due=days, earlier_delinquencies=earlier, broken_promises=broken + more,
                       balance_to_income_percent=percent) for more in (0, 1, 2)]  # fmt: skip

        scores = [assess(CARD, each).score for each in worse]

        assert scores == sorted(scores)


class TestScorecard:
    def test_refuses_tiers_that_do_not_rise(self) -> None:
        with pytest.raises(ValidationError, match=r"high_from: 25 must be above medium_from \(25\)"):
            Scorecard.model_validate(CARD.model_dump() | {"high_from": 25})

    def test_weighs_exactly_the_facts_there_are(self) -> None:
        assert set(RiskFacts.model_fields) <= set(Scorecard.model_fields)
