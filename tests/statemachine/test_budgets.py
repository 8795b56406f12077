"""A budget becomes an offer the borrower can afford, or no plan and a pause; a plan follows its borrower's life."""

from datetime import date, datetime, timedelta

import pytest

from lending.days import day_ends
from lending.payday import MonthlyPay
from lending.statement import FixedCosts, FlexibleCosts, Income, OtherDebt, Statement
from statemachine.agenda import WaitUntil, WantContact, whats_next
from statemachine.case import Case
from statemachine.decide import decide
from statemachine.decision import Decision
from statemachine.events import ContactMade, TimeReached
from statemachine.messages import BudgetStated, PaymentReceived, PlanAccepted, PlanDeclined
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Stage

SHANGHAI = ("Asia/Shanghai",)


def statement(wages_minor: int, housing_minor: int = 300_000, **more: object) -> Statement:
    """Wages, rent, 2000.00 of daily life, paid on the 25th."""
    return Statement(
        currency="CNY",
        income=Income(wages_minor=wages_minor),
        fixed_costs=FixedCosts(housing_minor=housing_minor),
        flexible_costs=FlexibleCosts(food_and_housekeeping_minor=200_000),
        pay=MonthlyPay(day=25),
        **more,  # type: ignore[arg-type]
    )


def stated(case: Case, wages_minor: int, at: datetime, house: HousePolicy, **more: object) -> Decision:
    """The budget, told."""
    return decide(case, BudgetStated(statement=statement(wages_minor, **more)), at, house)  # type: ignore[arg-type]


def amounts(case: Case) -> list[int]:
    """The parts of the running plan."""
    assert case.plan is not None
    return [part.amount_minor for part in case.plan.instalments]


@pytest.fixture(scope="module")
def able(case: Case, house: HousePolicy, monday: datetime) -> Case:
    """A case of 1000.00 whose borrower has 200.00 a month for it: 220.00 less a tenth put by, rounded."""
    return stated(case, 522_222, monday, house).case


class TestBudget:
    def test_becomes_an_offer_of_no_more_than_the_surplus_after_payday(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        decision = stated(case, 522_222, monday, house)

        assert [line.kind for line in decision.lines] == ["plan_offered"]
        assert decision.case.offer is not None
        parts = decision.case.offer.instalments
        assert sum(part.amount_minor for part in parts) == 100_000
        assert (
            max(part.amount_minor for part in parts) == decision.lines[0].facts["affordable_minor"] == 20_000
        )
        assert [part.due_on for part in parts[:2]] == [date(2026, 3, 26), date(2026, 4, 26)]
        assert decision.case.stage is case.stage

    def test_with_nothing_over_is_no_plan_but_a_pause_and_a_person(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        decision = stated(case, 500_000, monday, house)

        assert [line.kind for line in decision.lines] == ["no_plan", "hold"]
        assert (decision.case.offer, decision.case.plan) == (None, None)
        assert [hold.reason for hold in decision.case.holds] == [HoldReason.HARDSHIP]
        assert [task.kind for task in decision.tasks] == ["hold_review"]

    def test_that_cannot_pay_the_balance_within_the_term_asks_a_person(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        debts = (OtherDebt(reference="card 1", balance_minor=10**9),)

        decision = stated(case, 522_222, monday, house, other_debts=debts)

        assert [line.kind for line in decision.lines] == ["plan_partial"]
        assert [task.kind for task in decision.tasks] == ["plan_review"]
        assert decision.case.offer is None

    def test_is_what_the_next_offer_by_letter_follows(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime
    ) -> None:
        told = stated(cases[Stage.PLAN_OFFER], 522_222, monday, house).case

        coming = whats_next(told, house, monday)

        assert isinstance(coming, WantContact)
        assert coming.contact.plan == told.offer

    def test_stays_out_of_the_ledger(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        decision = stated(case, 522_222, monday, house, spending_explained="my mother is ill")

        assert "my mother" not in "".join(line.model_dump_json() for line in decision.lines)


class TestOffer:
    def test_accepted_in_time_is_the_plan(self, able: Case, house: HousePolicy, monday: datetime) -> None:
        agreed = decide(able, PlanAccepted(), monday + timedelta(days=14), house).case

        assert agreed.stage is Stage.PLAN_ACTIVE
        assert amounts(agreed) == [20_000] * 5

    def test_accepted_too_late_is_offered_anew_and_agreed_to_by_nobody(
        self, able: Case, house: HousePolicy, monday: datetime
    ) -> None:
        late = decide(able, PlanAccepted(), monday + timedelta(days=15), house)

        assert (late.case.stage, late.case.plan) == (able.stage, None)
        assert late.lines[0].reason.startswith("the offer stood until 2026-03-23")
        assert decide(late.case, PlanAccepted(), monday + timedelta(days=16), house).case.plan is not None

    def test_for_another_balance_is_offered_anew(
        self, able: Case, house: HousePolicy, monday: datetime
    ) -> None:
        paid = PaymentReceived(reference="P-1", amount_minor=10_000, currency="CNY")

        answered = decide(decide(able, paid, monday, house).case, PlanAccepted(), monday, house)

        assert answered.case.plan is None
        assert answered.case.offer is not None
        assert sum(part.amount_minor for part in answered.case.offer.instalments) == 90_000

    def test_declined_is_taken_away(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime
    ) -> None:
        told = stated(cases[Stage.REVISIT], 522_222, monday, house).case

        declined = decide(told, PlanDeclined(), monday, house).case

        assert (declined.offer, declined.quoted) == (None, None)


class TestCounterOffer:
    def test_inside_the_surplus_is_the_plan(self, able: Case, house: HousePolicy, monday: datetime) -> None:
        agreed = decide(able, PlanAccepted(amount_minor=10_000, day=10), monday, house).case

        assert amounts(agreed) == [10_000] * 10
        assert agreed.plan is not None
        assert agreed.plan.instalments[0].due_on == date(2026, 4, 10)

    def test_above_the_surplus_is_answered_with_the_nearest_and_agreed_to_by_nobody(
        self, able: Case, house: HousePolicy, monday: datetime
    ) -> None:
        answered = decide(able, PlanAccepted(amount_minor=50_000), monday, house)

        assert answered.case.plan is None
        assert answered.lines[0].reason.startswith("amount 500.00 CNY is above the surplus")
        assert decide(answered.case, PlanAccepted(), monday, house).case.plan is not None

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            (PlanAccepted(amount_minor=1, instalments=2), "amount_minor: 1 beside instalments"),
            (PlanAccepted(day=1, first_due_on=date(2026, 4, 1)), "day: 1 beside first_due_on"),
            (PlanAccepted(first_due_on=date(2026, 3, 9)), "first_due_on: 2026-03-09 is not to come"),
        ],
    )
    def test_that_cannot_be_read_changes_nothing(
        self, able: Case, house: HousePolicy, monday: datetime, told: PlanAccepted, field: str
    ) -> None:
        decision = decide(able, told, monday, house)

        assert (decision.accepted, decision.case) == (False, able)
        assert decision.lines[0].reason.startswith(field)


class TestChangeOfCircumstances:
    @pytest.fixture
    def planned(self, able: Case, house: HousePolicy, monday: datetime) -> Case:
        """Five parts of 200.00, the first paid."""
        agreed = decide(able, PlanAccepted(), monday, house).case
        paid = PaymentReceived(reference="P-1", amount_minor=20_000, currency="CNY")
        return decide(agreed, paid, monday + timedelta(days=20), house).case

    def test_leaves_the_plan_running_until_the_new_one_is_agreed(
        self, planned: Case, house: HousePolicy, monday: datetime
    ) -> None:
        later = monday + timedelta(days=30)
        less = stated(planned, 511_111, later, house).case

        assert (less.plan, less.stage) == (planned.plan, Stage.PLAN_ACTIVE)
        reworked = decide(less, PlanAccepted(), later, house).case
        assert amounts(reworked) == [10_000] * 8
        assert reworked.term_from == planned.term_from == date(2026, 3, 9)

    def test_declined_leaves_the_plan_as_it_was(
        self, planned: Case, house: HousePolicy, monday: datetime
    ) -> None:
        later = monday + timedelta(days=30)
        less = stated(planned, 511_111, later, house).case

        assert decide(less, PlanDeclined(), later, house).case.plan == planned.plan

    def test_with_nothing_over_pauses_the_plan_and_its_due_days(
        self, planned: Case, house: HousePolicy, monday: datetime
    ) -> None:
        held = stated(planned, 400_000, monday + timedelta(days=30), house).case

        assert held.plan == planned.plan
        over = held.holds[0].until_at
        assert over is not None
        after = decide(held, TimeReached(), over, house)
        assert after.case.stage is Stage.PLAN_ACTIVE  # nothing was missed meanwhile


class TestMissedInstalment:
    @pytest.fixture
    def patient(self, house: HousePolicy) -> HousePolicy:
        """The same house, which looks at a missed instalment for fourteen days."""
        return house.model_copy(update={"plan": house.plan.model_copy(update={"review_days": 14})})

    @pytest.fixture
    def missed(self, case: Case, patient: HousePolicy, monday: datetime) -> Decision:
        """The first part, due on 31 March, did not come within its grace."""
        planned = decide(case, PlanAccepted(first_due_on=date(2026, 3, 31)), monday, patient).case
        return decide(planned, TimeReached(), day_ends(date(2026, 4, 5), SHANGHAI), patient)

    def test_is_one_kind_word_and_a_review_and_the_plan_stands(
        self, missed: Decision, patient: HousePolicy
    ) -> None:
        at = day_ends(date(2026, 4, 5), SHANGHAI)
        coming = whats_next(missed.case, patient, at)

        assert [task.kind for task in missed.tasks] == ["plan_review"]
        assert missed.case.stage is Stage.PLAN_ACTIVE
        assert isinstance(coming, WantContact)
        assert coming.contact.template == "plan_missed"
        told = decide(
            missed.case, ContactMade(contact=coming.contact, at=at, planned_at=at), at, patient
        ).case
        review_ends = day_ends(date(2026, 4, 19), SHANGHAI)
        assert whats_next(told, patient, at) == WaitUntil(
            at=review_ends, why="instalment 1 was missed; a person looks at why"
        )

    def test_is_forgotten_once_it_is_paid(
        self, missed: Decision, patient: HousePolicy, monday: datetime
    ) -> None:
        at = day_ends(date(2026, 4, 10), SHANGHAI)
        paid = PaymentReceived(reference="P-1", amount_minor=25_000, currency="CNY")

        coming = whats_next(decide(missed.case, paid, at, patient).case, patient, at)

        assert isinstance(coming, WantContact)
        assert (coming.contact.template, coming.contact.instalment_number) == ("plan_due", 2)

    def test_ends_the_plan_after_the_review_and_restarts_no_ladder(
        self, missed: Decision, patient: HousePolicy
    ) -> None:
        almost = day_ends(date(2026, 4, 19), SHANGHAI) - timedelta(seconds=1)

        assert decide(missed.case, TimeReached(), almost, patient).case.stage is Stage.PLAN_ACTIVE
        over = decide(missed.case, TimeReached(), almost + timedelta(seconds=1), patient)
        assert (over.case.stage, [line.kind for line in over.lines]) == (Stage.REVISIT, ["plan_broken"])

    def test_is_told_once_however_often_time_passes(self, missed: Decision, patient: HousePolicy) -> None:
        again = decide(missed.case, TimeReached(), day_ends(date(2026, 4, 6), SHANGHAI), patient)

        assert (again.case, again.lines) == (missed.case, ())
