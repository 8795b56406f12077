"""The offer a budget leads to: affordable, in time, after paydays; accepted while it stands; reworked with the facts."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from lending.plan import InstalmentPlan, PlanTerms
from lending.quote import PartialPlan, PlanBasis, PlanOffer, accepted, quote
from lending.reason import Reason
from lending.statement import Statement

TODAY = date(2026, 3, 9)
HOUSE = PlanTerms()


def basis(a_month_minor: int = 9_000, balance_minor: int = 120_000, **others: Any) -> PlanBasis:
    """A loan whose borrower can afford `a_month_minor`, paid on the 25th unless said otherwise."""
    stated = {"currency": "GBP", "income": {"wages_minor": a_month_minor}, "savings_minor": 0}
    pay = others.pop("pay", {"rhythm": "monthly", "day": 25})
    statement = Statement.model_validate({**stated, "pay": pay})
    given = {"balance_minor": balance_minor, "statement": statement, "terms": HOUSE, "today": TODAY}
    return PlanBasis.model_validate({**given, **others})


def offered(**others: Any) -> PlanOffer:
    """The offer there must be."""
    found = quote(basis(**others))
    assert isinstance(found, PlanOffer), found
    return found


def partial(**others: Any) -> PartialPlan:
    """The part of a plan there must be."""
    found = quote(basis(**others))
    assert isinstance(found, PartialPlan), found
    return found


def amounts(plan: InstalmentPlan) -> list[int]:
    """The parts' amounts."""
    return [part.amount_minor for part in plan.instalments]


def days(plan: InstalmentPlan) -> list[str]:
    """The parts' due days."""
    return [str(part.due_on) for part in plan.instalments]


class TestOffer:
    def test_is_the_affordable_amount_each_month_the_last_part_the_rest(self) -> None:
        assert [9_000] * 13 + [3_000] == amounts(offered().plan)

    def test_is_the_houses_usual_number_where_that_asks_for_less(self) -> None:
        assert [20_000] * 6 == amounts(offered(a_month_minor=20_000).plan)
        assert [20_000] * 6 == amounts(offered(a_month_minor=500_000).plan)
        assert [19_999] * 6 + [6] == amounts(offered(a_month_minor=19_999).plan)

    def test_falls_due_the_day_after_payday_and_after_the_houses_days(self) -> None:
        assert ["2026-03-26", "2026-04-26"] == days(offered().plan)[:2]
        assert ["2026-04-26"] == days(offered(first_after=date(2026, 3, 26)).plan)[:1]

    def test_falls_due_on_the_last_day_of_months_without_a_31st(self) -> None:
        terms = PlanTerms(after_payday_days=0)

        found = offered(terms=terms, pay={"rhythm": "monthly", "day": 31})

        assert ["2026-03-31", "2026-04-30", "2026-05-31"] == days(found.plan)[:3]

    def test_of_unknown_payday_begins_on_the_first_day_the_house_allows(self) -> None:
        assert ["2026-03-17", "2026-04-17"] == days(offered(pay=None).plan)[:2]

    def test_follows_fortnightly_pay_within_a_years_surplus(self) -> None:
        found = offered(pay={"rhythm": "fortnightly", "paid_on": "2026-03-06"})

        assert 9_000 * 12 // 26 == found.affordable_minor == amounts(found.plan)[0]
        assert ["2026-03-21", "2026-04-04"] == days(found.plan)[:2]

    def test_stands_for_the_houses_days_but_never_into_the_first_instalment(self) -> None:
        assert TODAY + timedelta(days=14) == offered().valid_until
        assert date(2026, 3, 16) == offered(pay=None).valid_until

    def test_says_why_in_both_languages_and_that_interest_is_frozen(self) -> None:
        reasons = offered().reasons

        assert ["affordability/surplus", "affordability/pro_rata", "plan.interest"] == [
            reason.rule for reason in reasons
        ]
        assert "interest and charges are frozen" in reasons[-1].words("en")
        assert "利息和费用冻结" in reasons[-1].words("zh-CN")
        assert "利息和費用凍結" in reasons[-1].words("zh-TW")

    def test_comes_back_from_the_wire_as_it_was(self) -> None:
        assert offered() == PlanOffer.model_validate_json(offered().model_dump_json())


class TestTerm:
    @pytest.mark.parametrize(("law", "house", "months"), [(14, 60, 14), (60, 14, 14), (None, 14, 14)])
    def test_is_the_shorter_of_laws_and_houses(self, law: int | None, house: int, months: int) -> None:
        terms = PlanTerms(longest_plan_months=house)

        found = offered(longest_plan_months=law, terms=terms)

        assert months == len(found.plan.instalments)
        assert found.plan.instalments[-1].due_on <= date(2027, 5, 9)

    def test_that_is_too_short_leaves_a_part_of_a_plan_for_a_person_to_decide(self) -> None:
        found = partial(longest_plan_months=13)

        assert ([9_000] * 13, 3_000) == (amounts(found.plan), found.rest_minor)
        assert "leaves 30.00 GBP unpaid by 2027-04-09" in found.reasons[-1].words("en")

    def test_without_a_due_day_in_it_is_a_pause(self) -> None:
        found = quote(basis(longest_plan_months=1, first_after=date(2026, 4, 8)))

        assert "pause" == found.kind
        assert "plan.longest_plan_months" in [reason.rule for reason in found.reasons]

    def test_of_a_reworked_plan_counts_from_its_first_agreement(self) -> None:
        """A change of circumstances: the income fell, and 1050.00 is still owed after four months."""
        agreed_on = date(2025, 11, 9)

        found = partial(
            a_month_minor=5_000, balance_minor=105_000, term_from=agreed_on, longest_plan_months=24
        )

        assert found.plan.instalments[-1].due_on <= date(2027, 11, 9)
        assert 105_000 == sum(amounts(found.plan)) + found.rest_minor
        assert max(amounts(found.plan)) == 5_000


class TestInterest:
    def test_below_the_instalment_is_in_the_plan_and_the_balance_falls_with_each(self) -> None:
        found = offered(
            balance_minor=20_000, terms=PlanTerms(interest_while_kept_minor_per_month=1_000, instalments=2)
        )

        assert ([9_000, 9_000, 5_000], 3_000) == (amounts(found.plan), found.interest_minor)
        assert "interest is 10.00 GBP before each instalment" in found.reasons[-1].words("en")

    @pytest.mark.parametrize("interest_minor", [9_000, 9_001])
    def test_that_an_instalment_does_not_exceed_is_no_plan(self, interest_minor: int) -> None:
        found = quote(basis(terms=PlanTerms(interest_while_kept_minor_per_month=interest_minor)))

        assert "pause" == found.kind
        assert "no plan unless interest is frozen" in "".join(reason.en for reason in found.reasons)


class TestNothingAffordable:
    def test_is_never_a_plan(self) -> None:
        assert "pause" == quote(basis(a_month_minor=0)).kind

    def test_is_what_a_week_has_of_two_minor_units_a_month(self) -> None:
        found = quote(basis(a_month_minor=2, pay={"rhythm": "weekly", "paid_on": "2026-03-06"}))

        assert "pause" == found.kind
        assert "less than a minor unit each time (weekly)" in "".join(reason.en for reason in found.reasons)


class TestAccepted:
    def test_on_its_last_day_is_the_plan(self) -> None:
        offer = offered()

        assert offer.plan == accepted(offer, 120_000, offer.valid_until)

    def test_a_day_later_asks_for_a_new_one(self) -> None:
        found = accepted(offered(), 120_000, offered().valid_until + timedelta(days=1))

        assert isinstance(found, Reason)
        assert "the offer stood until 2026-03-23; it is 2026-03-24" in found.words("en")

    def test_after_money_came_in_asks_for_a_new_one(self) -> None:
        found = accepted(offered(), 110_000, TODAY)

        assert isinstance(found, Reason)
        assert "was for 1200.00 GBP; 1100.00 GBP is owed now" in found.words("en")


class TestBasis:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"balance_minor": 0}, "balance_minor"),
            ({"longest_plan_months": 0}, "longest_plan_months"),
            ({"first_after": TODAY - timedelta(days=1)}, "first_after: 2026-03-08 is past: write 2026-03-09"),
            ({"term_from": TODAY + timedelta(days=1)}, "term_from: 2026-03-10 is to come"),
        ],
    )
    def test_refuses_what_cannot_be_naming_the_field(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(ValidationError, match=said):
            basis(**given)
