"""Instalment plans: parts that sum exactly, on days that exist, judged on money since the agreement."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lending.payment import Payment
from lending.plan import InstalmentPlan, PlanTerms, even_parts, monthly_plan, parts_needed, parts_of

AGREED_AT = datetime(2026, 3, 9, 2, tzinfo=UTC)
days = st.dates(date(2020, 1, 1), date(2090, 1, 1))


def payment(amount_minor: int, at: datetime = AGREED_AT, is_reversed: bool = False) -> Payment:
    """Money received."""
    return Payment(reference="P", amount_minor=amount_minor, received_at=at, is_reversed=is_reversed)


class TestMonthlyPlan:
    @given(st.integers(1, 10**15), st.integers(2, 60), days)
    def test_sums_to_the_balance_exactly(self, balance_minor: int, parts: int, first: date) -> None:
        amounts = [part.amount_minor for part in monthly_plan(balance_minor, parts, first).instalments]

        assert sum(amounts) == balance_minor
        assert len(amounts) == min(parts, balance_minor)
        assert 0 < amounts[-1] <= amounts[0] <= amounts[-1] + 1
        assert amounts == sorted(amounts, reverse=True)

    @given(st.integers(60, 10**9), st.integers(2, 60), days)
    def test_falls_due_once_in_every_month_from_the_first_day_on(
        self, balance_minor: int, parts: int, first: date
    ) -> None:
        due = [part.due_on for part in monthly_plan(balance_minor, parts, first).instalments]

        assert due[0] == first
        for before, after in pairwise(due):
            assert (after.year * 12 + after.month) - (before.year * 12 + before.month) == 1

    @given(st.integers(60, 10**9), st.integers(2, 60), days)
    def test_keeps_the_day_of_the_month_or_takes_the_last(
        self, balance_minor: int, parts: int, first: date
    ) -> None:
        for part in monthly_plan(balance_minor, parts, first).instalments:
            is_last_day = (part.due_on + timedelta(days=1)).month != part.due_on.month
            assert part.due_on.day == first.day or (part.due_on.day < first.day and is_last_day)

    def test_comes_back_to_the_31st_after_a_short_month(self) -> None:
        due = [part.due_on for part in monthly_plan(500, 5, date(2027, 12, 31)).instalments]

        assert due == [
            date(2027, 12, 31),
            date(2028, 1, 31),
            date(2028, 2, 29),
            date(2028, 3, 31),
            date(2028, 4, 30),
        ]

    def test_gives_the_odd_minor_units_to_the_earlier_parts(self) -> None:
        amounts = [part.amount_minor for part in monthly_plan(1000, 3, date(2026, 4, 1)).instalments]

        assert amounts == [334, 333, 333]

    @pytest.mark.parametrize("balance_minor", [0, -5])
    def test_of_nothing_is_refused(self, balance_minor: int) -> None:
        with pytest.raises(ValueError, match=f"balance_minor: {balance_minor} cannot be paid in instalments"):
            monthly_plan(balance_minor, 3, date(2026, 4, 1))


class TestEvenParts:
    @given(st.integers(1, 10**15), st.integers(1, 520))
    def test_sum_exactly_and_differ_by_a_minor_unit_at_most(self, total_minor: int, parts: int) -> None:
        amounts = even_parts(total_minor, parts)

        assert (total_minor, parts) == (sum(amounts), len(amounts))
        assert amounts[0] - amounts[-1] in (0, 1)


class TestPartsOf:
    def test_an_amount_are_that_amount_and_the_rest_last(self) -> None:
        assert (400, 400, 200) == parts_of(1000, 400)
        assert (500, 500) == parts_of(1000, 500)
        assert (1000,) == parts_of(1000, 5000)

    @given(st.integers(1, 10**6), st.integers(1, 10**5), st.integers(0, 10**4))
    def test_pay_the_balance_and_the_interest_before_each_and_the_balance_always_falls(
        self, balance_minor: int, above_interest_minor: int, interest_minor: int
    ) -> None:
        balance_minor = min(balance_minor, above_interest_minor * 500)
        amount_minor = interest_minor + above_interest_minor

        parts = parts_of(balance_minor, amount_minor, interest_minor)

        assert balance_minor + len(parts) * interest_minor == sum(parts)
        assert interest_minor < min(parts) <= max(parts) <= amount_minor
        assert len(parts) == parts_needed(balance_minor, amount_minor, interest_minor)


class TestNextUnpaid:
    PLAN = InstalmentPlan(
        instalments=monthly_plan(1000, 4, date(2026, 4, 1)).instalments, agreed_at=AGREED_AT
    )

    @pytest.mark.parametrize(
        ("paid_minor", "number"), [(0, 1), (249, 1), (250, 2), (499, 2), (500, 3), (750, 4), (999, 4)]
    )
    def test_is_the_first_part_the_money_does_not_cover(self, paid_minor: int, number: int) -> None:
        found = self.PLAN.next_unpaid([payment(paid_minor)])

        assert found == (number, self.PLAN.instalments[number - 1])

    def test_is_none_when_all_is_paid(self) -> None:
        assert self.PLAN.next_unpaid([payment(600), payment(400)]) is None

    def test_counts_no_money_from_before_the_agreement_and_none_that_was_reversed(self) -> None:
        before = payment(1000, AGREED_AT - timedelta(microseconds=1))

        assert self.PLAN.next_unpaid([before, payment(1000, is_reversed=True)]) == (
            1,
            self.PLAN.instalments[0],
        )


class TestPlanTerms:
    @pytest.mark.parametrize(
        "terms",
        [
            {"instalments": 1},
            {"instalments": 61},
            {"grace_days": -1},
            {"remind_before_days": 0},
            {"longest_plan_months": 61},
            {"valid_days": 0},
            {"interest_while_kept_minor_per_month": -1},
            {"affordability": {"savings_percent": 51}},
            {"affordability": {"token_minor": {"XXX": 100}}},
        ],
    )
    def test_refuse_what_no_house_may_offer(self, terms: dict[str, int]) -> None:
        with pytest.raises(ValidationError, match=next(iter(terms))):
            PlanTerms.model_validate(terms)
