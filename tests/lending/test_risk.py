"""The scorecard: points a person can check, tiers at their edges, reasons in both languages, nobody scored unfairly."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lending.protected import protected_attribute
from lending.risk import Assessment, RiskFacts, Tier, Weighed, assess, percent_of, surplus_percent
from lending.scorecard import Band, Expert, Scorecard, Tiers

BANDS: dict[str, tuple[Band, ...]] = {
    "days_past_due": (Band(at_least=15, points=10), Band(at_least=60, points=35)),
    "earlier_delinquencies": (Band(at_least=1, points=10),),
    "broken_promises": (Band(at_least=1, points=15), Band(at_least=2, points=30)),
    "balance_to_income_percent": (Band(at_least=50, points=10), Band(at_least=150, points=25)),
    "surplus_to_income_percent": (
        Band(points=20),
        Band(at_least=0, points=10),
        Band(at_least=15, points=0),
    ),
}
CARD = Scorecard(
    id="small",
    version=3,
    title="A small card",
    source=Expert(by="the tests", basis="easy sums"),
    bands=BANDS,
    unknown_points=7,
    tiers=Tiers(medium_from=25, high_from=50),
)
OLD_CARD: dict[str, Any] = {
    "days_past_due": [{"at_least": 60, "points": 35}, {"at_least": 15, "points": 10}],
    "earlier_delinquencies": [],
    "broken_promises": [{"at_least": 1, "points": 15}, {"at_least": 2, "points": 5}],
    "balance_to_income_percent": [{"at_least": 50, "points": 10}],
    "unknown_points": 7,
    "medium_from": 25,
    "high_from": 50,
}
"""A card as old cases carry it: in any order, the most points reached count."""


def facts(**known: int | None) -> RiskFacts:
    """Facts that weigh nothing, except those given."""
    nothing: dict[str, Any] = {
        "days_past_due": 0,
        "earlier_delinquencies": 0,
        "broken_promises": 0,
        "balance_to_income_percent": 0,
        "surplus_to_income_percent": 40,
    }
    return RiskFacts(**nothing | known)


class TestAssess:
    @pytest.mark.parametrize(("days", "score"), [(0, 0), (14, 0), (15, 10), (59, 10), (60, 35), (4000, 35)])
    def test_gives_the_points_of_the_last_band_reached(self, days: int, score: int) -> None:
        assert assess(CARD, facts(days_past_due=days)).score == score

    @pytest.mark.parametrize(
        ("percent", "score"), [(-10_000, 20), (-1, 20), (0, 10), (14, 10), (15, 0), (100, 0)]
    )
    def test_gives_the_first_band_to_everything_below_the_second(self, percent: int, score: int) -> None:
        assert assess(CARD, facts(surplus_to_income_percent=percent)).score == score

    def test_sums_the_points_of_all_facts_on_top_of_the_base(self) -> None:
        card = CARD.model_copy(update={"base_points": -4})

        assessment = assess(card, facts(days_past_due=60, earlier_delinquencies=1, broken_promises=2))

        assert assessment.score == -4 + 35 + 10 + 30

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

    def test_names_the_card_it_used(self) -> None:
        assert assess(CARD, facts()).card == "small@3"

    @given(st.integers(0, 400), st.integers(0, 9), st.integers(0, 9), st.integers(0, 400), st.data())
    def test_never_falls_when_a_fact_whose_bands_rise_gets_worse(
        self, days: int, earlier: int, broken: int, percent: int, data: st.DataObject
    ) -> None:
        known = {
            "days_past_due": days,
            "earlier_delinquencies": earlier,
            "broken_promises": broken,
            "balance_to_income_percent": percent,
        }
        fact = data.draw(st.sampled_from(sorted(known)))
        worse = known | {fact: known[fact] + data.draw(st.integers(0, 200))}

        assert assess(CARD, facts(**worse)).score >= assess(CARD, facts(**known)).score

    @given(st.integers(-500, 200), st.integers(0, 300))
    def test_never_falls_when_less_is_left_after_outgoings(self, percent: int, less: int) -> None:
        scores = [
            assess(CARD, facts(surplus_to_income_percent=each)).score for each in (percent, percent - less)
        ]

        assert scores == sorted(scores)


class TestReasons:
    def test_are_the_three_facts_that_weighed_most_heaviest_first(self) -> None:
        known = facts(
            days_past_due=60, earlier_delinquencies=2, broken_promises=2, balance_to_income_percent=150
        )

        assert [each.fact for each in assess(CARD, known).reasons] == [
            "days_past_due",
            "broken_promises",
            "balance_to_income_percent",
        ]

    def test_are_told_in_english_and_chinese_with_their_figures(self) -> None:
        assessment = assess(CARD, facts(days_past_due=60, surplus_to_income_percent=-13))

        assert assessment.words("en") == (
            "days past due: 60 (+35); -13% of the income is left after outgoings (+20)"
        )
        assert assessment.words("zh-CN") == "已逾期60天（+35分）；收入扣除支出后剩余-13%（+20分）"

    def test_say_that_a_fact_is_unknown_and_weighs_what_the_card_says(self) -> None:
        assessment = assess(CARD, facts(balance_to_income_percent=None))

        assert (assessment.score, assessment.words("en")) == (7, "income unknown (+7)")
        assert assessment.words("zh-CN") == "收入情况未知（+7分）"

    def test_of_equal_weight_stand_in_the_order_of_the_card(self) -> None:
        known = facts(days_past_due=15, earlier_delinquencies=1, balance_to_income_percent=50)

        assert [each.fact for each in assess(CARD, known).reasons] == [
            "days_past_due",
            "earlier_delinquencies",
            "balance_to_income_percent",
        ]

    def test_are_none_where_nothing_raised_the_score(self) -> None:
        lowering = CARD.model_copy(update={"bands": {"days_past_due": (Band(points=-20),)}})

        assessment = assess(lowering, facts())

        assert (assessment.score, assessment.reasons) == (-20, ())
        assert (assessment.words("en"), assessment.words("zh-CN")) == ("nothing weighs", "没有加分项")

    @pytest.mark.parametrize("fact", RiskFacts.model_fields)
    @pytest.mark.parametrize("value", [None, -3, 0, 1, 123_456])
    def test_have_words_for_every_fact_a_case_knows(self, fact: str, value: int | None) -> None:
        reason = Weighed(fact=fact, value=value, points=5)

        english, chinese = reason.words("en"), reason.words("zh-CN")
        assert fact not in english + chinese
        assert ("unknown" if value is None else str(value)) in english
        assert ("未知" if value is None else str(value)) in chinese

    def test_call_a_fact_no_case_knows_by_its_own_name(self) -> None:
        assert Weighed(fact="Seniority", value=2, points=7).words("zh-CN") == "Seniority 2（+7分）"


class TestShares:
    @pytest.mark.parametrize(
        ("amount", "income", "percent"), [(1, 3, 33), (0, 5, 0), (5, 0, None), (5, None, None), (5, -1, None)]
    )
    def test_of_income_are_rounded_down_and_unknown_without_one(
        self, amount: int, income: int | None, percent: int | None
    ) -> None:
        assert percent_of(amount, income) == percent

    @pytest.mark.parametrize(
        ("income", "outgoings", "percent"),
        [(300, 100, 66), (300, 300, 0), (300, 301, -1), (300, None, None), (None, 5, None), (0, 5, None)],
    )
    def test_left_after_outgoings_go_below_zero(
        self, income: int | None, outgoings: int | None, percent: int | None
    ) -> None:
        assert surplus_percent(income, outgoings) == percent


class TestScorecard:
    @pytest.mark.parametrize(
        ("wrong", "complaint"),
        [
            (
                {"tiers": {"medium_from": 25, "high_from": 25}},
                r"high_from: 25 must be above medium_from \(25\)",
            ),
            (
                {"bands": {"days_past_due": [{"at_least": 9, "points": 1}, {"at_least": 9, "points": 2}]}},
                r"bands.days_past_due.1.at_least: 9 must be above the band before it \(9\)",
            ),
            (
                {"bands": {"days_past_due": [{"at_least": 9, "points": 1}, {"points": 2}]}},
                "bands.days_past_due.1.at_least: is missing; only the first band",
            ),
            ({"bands": {}}, "bands"),
            ({"bands": {"gender": []}}, "bands.gender: sex or gender is protected, nobody is scored by it"),
            ({"approved_by": "Ms Chen"}, "approved_on: is missing"),
            ({"approved_on": date(2026, 3, 2)}, "approved_by: is missing"),
            ({"unknown_points": True}, "unknown_points"),
        ],
    )
    def test_refuses_what_no_one_could_answer_for(self, wrong: dict[str, Any], complaint: str) -> None:
        with pytest.raises(ValidationError, match=complaint):
            Scorecard.model_validate(CARD.model_dump() | wrong)

    def test_is_the_same_after_a_journey_through_json(self) -> None:
        assert Scorecard.model_validate_json(CARD.model_dump_json()) == CARD


class TestOldCard:
    """What cases opened before cards had files carry goes on to mean what it meant."""

    @given(st.integers(0, 90), st.integers(0, 4), st.none() | st.integers(0, 90))
    def test_scores_as_it_did(self, days: int, broken: int, percent: int | None) -> None:
        card = Scorecard.model_validate(OLD_CARD)

        score = assess(
            card, facts(days_past_due=days, broken_promises=broken, balance_to_income_percent=percent)
        ).score

        by_days = 35 if days >= 60 else 10 if days >= 15 else 0
        by_income = 7 if percent is None else 10 if percent >= 50 else 0
        assert score == by_days + (15 if broken else 0) + by_income

    def test_is_carried_on_in_the_new_form(self) -> None:
        card = Scorecard.model_validate(OLD_CARD)

        assert (card.tiers, card.unknown_points) == (Tiers(medium_from=25, high_from=50), 7)
        assert Scorecard.model_validate_json(card.model_dump_json()) == card

    def test_left_reasons_that_can_still_be_read(self) -> None:
        old = {"score": 45, "tier": "medium", "reasons": ["broken promises 2 (+30)", "balance to income percent unknown (+7)"]}  # fmt: skip

        assessment = Assessment.model_validate(old)

        assert assessment.reasons == (
            Weighed(fact="broken_promises", value=2, points=30),
            Weighed(fact="balance_to_income_percent", value=None, points=7),
        )


class TestProtectedAttributes:
    @pytest.mark.parametrize(
        ("name", "attribute"),
        [
            ("Sex", "sex or gender"),
            ("gender_code", "sex or gender"),
            ("Age", "age"),
            ("ageGroup", "age"),
            ("YEAR-OF-BIRTH", "age"),
            ("race", "race or ethnicity"),
            ("Ethnicity", "race or ethnicity"),
            ("religious_tax", "religion"),
            ("Nationality", "nationality"),
            ("Marital", "marital status"),
            ("maritalStatus", "marital status"),
            ("is_disabled", "disability"),
            ("political_views", "political opinion"),
            ("trade_union", "union membership"),
            ("health_spend", "health"),
            ("pregnant", "pregnancy"),
            ("sexual_orientation", "sexual orientation"),
            ("postal_code", "postal code"),
            ("PostCode", "postal code"),
            ("zip3", "postal code"),
            ("first_name", "first name"),
            ("民族", "race or ethnicity"),
            ("婚姻状况", "marital status"),
            ("客户年龄", "age"),
        ],
    )
    def test_are_found_however_they_are_written(self, name: str, attribute: str) -> None:
        assert protected_attribute(name) == attribute

    @pytest.mark.parametrize(
        "name",
        [
            "num_mort_accounts",
            "mortgage",
            "average_balance",
            "trace_count",
            "zipper",
            "Expenses",
            "Seniority",
            "Essex",
            "逾期天数",
        ],
    )
    def test_are_not_seen_where_there_are_none(self, name: str) -> None:
        assert protected_attribute(name) is None

    @pytest.mark.parametrize("fact", RiskFacts.model_fields)
    def test_are_none_of_the_facts_of_a_case(self, fact: str) -> None:
        assert protected_attribute(fact) is None
