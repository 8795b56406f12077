"""A counter-offer is accepted inside surplus and term; otherwise the nearest affordable offer answers it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lending.counter_offer import Answer, CounterOffer, answer
from lending.plan import PlanTerms
from lending.quote import PlanBasis, PlanOffer, quote
from lending.statement import Statement

TODAY = date(2026, 3, 9)


def basis(
    a_month_minor: int = 9_000, balance_minor: int = 120_000, interest_minor: int = 0, **stated: Any
) -> PlanBasis:
    """A loan whose borrower can afford `a_month_minor`, paid on the 25th unless said otherwise."""
    pay = {"rhythm": "monthly", "day": 25}
    given = {"currency": "GBP", "income": {"wages_minor": a_month_minor}, "savings_minor": 0, "pay": pay}
    return PlanBasis(
        balance_minor=balance_minor,
        statement=Statement.model_validate({**given, **stated}),
        terms=PlanTerms(interest_while_kept_minor_per_month=interest_minor),
        today=TODAY,
        longest_plan_months=24,
    )


def asked(wish: CounterOffer, **others: Any) -> tuple[Answer, PlanOffer]:
    """The answer, which must be an offer."""
    found = answer(basis(**others), wish)
    assert isinstance(found.quote, PlanOffer), found
    return found, found.quote


def amounts(offer: PlanOffer) -> list[int]:
    """The parts' amounts."""
    return [part.amount_minor for part in offer.plan.instalments]


def why(found: Answer) -> str:
    """What is not as it was asked for."""
    return "\n".join(reason.words("en") for reason in found.differences)


class TestAmount:
    @pytest.mark.parametrize(
        ("amount_minor", "parts"),
        [(9_000, [9_000] * 13 + [3_000]), (6_000, [6_000] * 20), (5_000, [5_000] * 24)],
    )
    def test_inside_surplus_and_term_is_accepted(self, amount_minor: int, parts: list[int]) -> None:
        found, offer = asked(CounterOffer(amount_minor=amount_minor))

        assert found.is_as_asked
        assert parts == amounts(offer)

    def test_above_the_surplus_is_answered_with_the_surplus(self) -> None:
        found, offer = asked(CounterOffer(amount_minor=9_001))

        assert not found.is_as_asked
        assert 9_000 == max(amounts(offer))
        assert "90.01 GBP is above the surplus: 90.00 GBP can be afforded" in why(found)

    def test_too_small_for_the_term_is_answered_with_the_smallest_that_ends_in_time(self) -> None:
        found, offer = asked(CounterOffer(amount_minor=4_999))

        assert [5_000] * 24 == amounts(offer)
        assert "amount 49.99 GBP: too little to end by 2028-03-09; the nearest is 50.00 GBP" in why(found)

    def test_above_the_balance_pays_it_at_once_where_that_is_affordable(self) -> None:
        found, offer = asked(CounterOffer(amount_minor=50_000), balance_minor=8_000)

        assert ([8_000], True) == (amounts(offer), found.is_as_asked)


class TestNumber:
    @pytest.mark.parametrize("number", [14, 20, 24])
    def test_inside_surplus_and_term_is_accepted_in_even_parts(self, number: int) -> None:
        found, offer = asked(CounterOffer(instalments=number))

        assert found.is_as_asked
        assert (number, 120_000) == (len(amounts(offer)), sum(amounts(offer)))
        assert max(amounts(offer)) - min(amounts(offer)) <= 1

    @pytest.mark.parametrize(
        ("number", "nearest", "said"),
        [
            (13, 14, "92.31 GBP each is above the surplus: 90.00 GBP can be afforded; the nearest is 14"),
            (25, 24, "instalments 25: no more than 24 end by 2028-03-09"),
        ],
    )
    def test_outside_is_answered_with_the_nearest(self, number: int, nearest: int, said: str) -> None:
        found, offer = asked(CounterOffer(instalments=number))

        assert nearest == len(amounts(offer))
        assert said in why(found)


class TestDay:
    def test_of_the_month_is_the_due_day_where_the_month_has_it(self) -> None:
        found, offer = asked(CounterOffer(day=31))

        assert found.is_as_asked
        assert ["2026-03-31", "2026-04-30", "2026-05-31"] == [
            str(p.due_on) for p in offer.plan.instalments[:3]
        ]

    def test_first_of_all_is_kept_and_the_others_follow_in_the_rhythm_of_pay(self) -> None:
        pay = {"rhythm": "fortnightly", "paid_on": "2026-03-06"}

        found, offer = asked(CounterOffer(first_due_on=date(2026, 3, 11)), pay=pay)

        assert found.is_as_asked
        assert ["2026-03-11", "2026-03-25"] == [str(p.due_on) for p in offer.plan.instalments[:2]]

    def test_first_of_all_too_late_is_answered_with_the_last_the_house_allows(self) -> None:
        found, offer = asked(CounterOffer(first_due_on=date(2026, 9, 1)))

        assert date(2026, 5, 10) == offer.plan.instalments[0].due_on
        assert "first_due_on 2026-09-01: the first instalment is due by 2026-05-10" in why(found)

    def test_that_is_not_to_come_is_refused_naming_the_field(self) -> None:
        with pytest.raises(ValueError, match="first_due_on: 2026-03-09 is not to come: write a day after"):
            answer(basis(), CounterOffer(first_due_on=TODAY))

    def test_no_month_has_is_refused_naming_the_field(self) -> None:
        with pytest.raises(ValidationError, match="first_due_on"):
            CounterOffer.model_validate_json('{"first_due_on": "2026-02-31"}')


class TestAnswer:
    @given(
        st.integers(0, 10**5), st.integers(1, 10**6), st.integers(0, 200), st.integers(1, 10**6), st.booleans()
    )  # fmt: skip
    def test_is_never_above_the_surplus_and_sums_exactly(
        self, a_month: int, balance_minor: int, interest_minor: int, wished: int, is_number: bool
    ) -> None:
        wish = CounterOffer(instalments=wished % 520 + 1) if is_number else CounterOffer(amount_minor=wished)

        found = answer(basis(a_month, balance_minor, interest_minor), wish)

        if found.quote.kind == "offer":
            owed_minor = balance_minor
            for part in amounts(found.quote):
                assert part <= a_month
                assert owed_minor + interest_minor - part < owed_minor
                owed_minor += interest_minor - part
            assert 0 == owed_minor
            assert len(amounts(found.quote)) <= 24
        else:
            assert not found.is_as_asked
            assert quote(basis(a_month, balance_minor, interest_minor)) == found.quote

    def test_where_nothing_is_affordable_is_what_there_is_instead(self) -> None:
        found = answer(basis(a_month_minor=0), CounterOffer(amount_minor=1))

        assert ("pause", False) == (found.quote.kind, found.is_as_asked)

    @pytest.mark.parametrize(
        ("wish", "said"),
        [
            ({}, "amount_minor: not given, and nothing else"),
            ({"amount_minor": 5, "instalments": 2}, "amount_minor: 5 beside instalments 2: name one"),
            ({"day": 5, "first_due_on": "2026-04-01"}, "day: 5 beside first_due_on 2026-04-01: name one"),
            ({"amount_minor": 0}, "amount_minor"),
            ({"instalments": 0}, "instalments"),
            ({"day": 32}, "32 is in no month"),
        ],
    )
    def test_to_a_wish_that_is_none_names_the_field(self, wish: dict[str, object], said: str) -> None:
        with pytest.raises(ValidationError, match=said):
            CounterOffer.model_validate(wish)
