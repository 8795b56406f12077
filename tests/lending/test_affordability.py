"""What can be afforded: surplus, shares pro rata, and what happens instead of a plan."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.affordability import (
    Affordability,
    AffordabilityTerms,
    affordability,
    budget_of,
    pro_rata_minor,
)
from lending.statement import Statement

TERMS = AffordabilityTerms(savings_cap_minor={"GBP": 2000})
WITH_TOKEN = AffordabilityTerms(token_minor={"GBP": 100})
USUAL = {"first_adult_minor": 20000, "further_adult_minor": 15000, "child_minor": 10000}
GUIDELINE = {"communications_and_leisure": USUAL, "food_and_housekeeping": USUAL, "personal": USUAL}
WITH_GUIDELINE = AffordabilityTerms.model_validate({"guideline": {"GBP": GUIDELINE}})

amounts = st.integers(0, 10**9)


def statement(income_minor: int, **others: Any) -> Statement:
    """A budget with these wages."""
    return Statement.model_validate(
        {"currency": "GBP", "income": {"wages_minor": income_minor}, "savings_minor": 0, **others}
    )


def owing(*balances_minor: int) -> list[dict[str, Any]]:
    """Other debts."""
    return [{"reference": str(n), "balance_minor": one} for n, one in enumerate(balances_minor)]


def english(found: Affordability) -> str:
    """Its reasons, one a line."""
    return "\n".join(reason.words("en") for reason in found.reasons)


class TestBudget:
    def test_is_income_less_fixed_flexible_arrears_and_savings(self) -> None:
        stated = statement(
            100_000,
            fixed_costs={"housing_minor": 50_000, "water_minor": 3_000},
            flexible_costs={"food_and_housekeeping_minor": 20_000},
            priority_arrears=[{"reference": "rent", "monthly_minor": 5_000}],
            savings_minor=None,
        )

        budget = budget_of(stated, TERMS)

        assert (53_000, 20_000, 5_000) == (
            budget.fixed_minor,
            budget.flexible_minor,
            budget.priority_arrears_minor,
        )
        assert (2_000, 20_000) == (budget.savings_minor, budget.surplus_minor)

    @pytest.mark.parametrize(
        ("over_minor", "stated_minor", "saved_minor"),
        [
            (10_000, None, 1_000),
            (19_999, None, 1_999),
            (50_000, None, 2_000),
            (50_000, 500, 500),
            (50_000, 9_000, 2_000),
            (10_000, 0, 0),
            (0, None, 0),
            (-500, 300, 0),
        ],
    )
    def test_saves_a_tenth_up_to_the_cap_and_less_where_less_is_stated(
        self, over_minor: int, stated_minor: int | None, saved_minor: int
    ) -> None:
        stated = statement(60_000 + over_minor, fixed_costs={"housing_minor": 60_000}, savings_minor=stated_minor)  # fmt: skip

        assert saved_minor == budget_of(stated, TERMS).savings_minor

    def test_has_no_cap_in_a_currency_the_house_named_none_for(self) -> None:
        stated = Statement.model_validate({"currency": "CNY", "income": {"wages_minor": 100_000}})

        assert 10_000 == budget_of(stated, TERMS).savings_minor


class TestShare:
    @given(amounts, st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
    def test_of_all_lenders_together_never_exceeds_the_surplus(self, over: int, debts: list[int]) -> None:
        shares = [pro_rata_minor(over, debt, sum(debts) - debt) for debt in debts]

        assert sum(shares) <= over
        assert all(0 <= share <= debt for share, debt in zip(shares, debts, strict=True))

    @given(amounts, st.integers(1, 10**9), amounts)
    def test_is_the_largest_whole_minor_unit_in_proportion(self, over: int, debt: int, others: int) -> None:
        share = pro_rata_minor(over, debt, others)

        assert share * (debt + others) <= over * debt
        assert share == debt or (share + 1) * (debt + others) > over * debt

    @given(st.integers(-(10**9), 0), st.integers(1, 10**9), amounts)
    def test_of_no_surplus_is_nothing(self, over: int, debt: int, others: int) -> None:
        assert 0 == pro_rata_minor(over, debt, others)


class TestAffordability:
    def test_is_this_loans_share_of_the_surplus(self) -> None:
        found = affordability(statement(13_500, other_debts=owing(60_000)), 120_000, TERMS)

        assert found.kind == "affordable"
        assert 9_000 == found.amount_minor
        assert "income 135.00 GBP - fixed costs 0.00 GBP" in english(found)
        assert "1200.00 GBP has 90.00 GBP of it a month, pro rata beside 600.00 GBP" in english(found)
        for reason in found.reasons:
            assert len({reason.words(language) for language in ("en", "zh-CN", "zh-TW")}) == 3

    def test_of_nothing_over_is_a_token_where_the_house_takes_one(self) -> None:
        found = affordability(statement(0), 5_000, WITH_TOKEN)

        assert ("token", 100) == (found.kind, getattr(found, "amount_minor", None))
        assert "1.00 GBP a month is taken as a sign" in english(found)

    def test_asks_for_no_token_above_what_is_owed(self) -> None:
        assert 30 == getattr(affordability(statement(0), 30, WITH_TOKEN), "amount_minor", None)

    @pytest.mark.parametrize(("income_minor", "others_minor"), [(0, ()), (1, (10**9,))])
    def test_of_less_than_a_minor_unit_is_a_pause(
        self, income_minor: int, others_minor: tuple[int, ...]
    ) -> None:
        found = affordability(statement(income_minor, other_debts=owing(*others_minor)), 5_000, TERMS)

        assert ("pause", 90) == (found.kind, getattr(found, "review_after_days", None))
        assert "we look again in 90 days" in english(found)

    @pytest.mark.parametrize("terms", [TERMS, WITH_TOKEN])
    def test_of_a_deficit_is_free_advice_and_asks_for_nothing(self, terms: AffordabilityTerms) -> None:
        found = affordability(statement(100, fixed_costs={"housing_minor": 101}), 5_000, terms)

        assert "free_advice" == found.kind
        assert not hasattr(found, "amount_minor")
        assert "= -0.01 GBP" in english(found)


class TestQuestions:
    def test_ask_a_short_reason_for_spending_above_the_guideline_and_refuse_nothing(self) -> None:
        spending = {"personal_minor": 45_001, "food_and_housekeeping_minor": 45_000}
        stated = statement(200_000, household={"adults": 2, "children": 1}, flexible_costs=spending)

        found = affordability(stated, 5_000, WITH_GUIDELINE)

        assert "affordable" == found.kind
        assert ["guideline/personal"] == [reason.rule for reason in found.questions]
        assert "450.01 GBP a month, where 450.00 GBP is usual" in found.questions[0].words("en")

    @pytest.mark.parametrize(
        "told", [{"spending_explained": "work clothes"}, {"household": {"adults": 3, "children": 1}}]
    )
    def test_are_none_where_it_is_explained_or_usual_for_the_household(self, told: dict[str, Any]) -> None:
        given = {
            "household": {"adults": 2, "children": 1},
            "flexible_costs": {"personal_minor": 45_001},
            **told,
        }

        assert () == affordability(statement(200_000, **given), 5_000, WITH_GUIDELINE).questions

    def test_ask_whether_lenders_who_want_more_than_is_left_know_the_budget(self) -> None:
        asked = [{"reference": "card 1", "balance_minor": 5_000, "asked_minor": 51}]

        found = affordability(statement(100, other_debts=asked), 5_000, TERMS)

        assert ["affordability/other_lenders"] == [reason.rule for reason in found.questions]
