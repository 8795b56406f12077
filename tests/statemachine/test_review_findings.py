"""Rules that an adversarial reading of the core asked for."""

from datetime import date, datetime, timedelta

from statemachine.agenda import WaitForPerson, whats_next
from statemachine.case import Case
from statemachine.decide import decide
from statemachine.decision import Decision
from statemachine.events import TimeReached
from statemachine.messages import PaymentReceived, PaymentReversed, PlanAccepted, PromiseMade
from statemachine.policy import HousePolicy
from statemachine.stage import Stage


def paid(
    case: Case, house: HousePolicy, reference: str, amount_minor: int, at: datetime, **more: datetime
) -> Decision:
    """A payment taken in at `at`."""
    message = PaymentReceived(reference=reference, amount_minor=amount_minor, currency="CNY", **more)
    return decide(case, message, at, house)


class TestPlanThatIsPaidWhileSomethingIsOwed:
    def test_ends_and_asks_a_person_instead_of_waiting_for_ever(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        """A payment from before the plan is reversed; the plan's parts no longer clear the balance."""
        part = paid(case, house, "EARLY", case.balance_minor // 2, monday).case
        agreed = decide(part, PlanAccepted(instalments=2), monday + timedelta(hours=1), house).case
        owed = decide(agreed, PaymentReversed(payment="EARLY"), monday + timedelta(hours=2), house).case
        kept = paid(owed, house, "ALL", part.balance_minor, monday + timedelta(hours=3)).case

        ended = decide(kept, TimeReached(), monday + timedelta(hours=3), house)

        assert not isinstance(whats_next(kept, house, monday + timedelta(hours=3)), WaitForPerson)
        assert ended.case.stage is Stage.REVISIT
        assert [task.kind for task in ended.tasks] == ["plan_review"]


class TestPaymentDatedBeforeItsPlan:
    def test_counts_for_the_plan_when_it_was_taken_in_after_it(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        """Banks book at midnight: money learned of after the agreement is not in the agreed balance."""
        agreed = decide(case, PlanAccepted(instalments=2), monday, house).case
        assert agreed.plan is not None
        first = agreed.plan.instalments[0].amount_minor

        once = paid(
            agreed, house, "P", first, monday + timedelta(hours=3), received_at=monday - timedelta(hours=10)
        ).case

        assert once.plan is not None
        assert (due := once.plan.next_unpaid(once.payments)) is not None
        assert due[0] == 2


class TestPromise:
    def test_cannot_be_chained_to_others_for_ever(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        """Endless small promises would keep a case from ever being worked."""
        first = PromiseMade(amount_minor=1, due_on=date(2026, 4, 30))
        promised = decide(case, first, monday, house).case
        later = monday + timedelta(days=40)

        again = decide(promised, PromiseMade(amount_minor=1, due_on=date(2026, 5, 11)), later, house)
        in_time = decide(promised, PromiseMade(amount_minor=1, due_on=date(2026, 5, 10)), later, house)

        assert (again.accepted, again.case) == (False, promised)
        assert in_time.accepted


class TestAgreedPlan:
    def test_is_the_one_that_was_offered(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        offer = decide(case, PlanAccepted(first_due_on=date(2026, 4, 1)), monday, house).case.plan
        assert offer is not None
        offered = case.model_copy(update={"offer": offer.model_copy(update={"agreed_at": None})})

        agreed = decide(offered, PlanAccepted(), monday, house).case.plan

        assert agreed is not None
        assert agreed.instalments == offer.instalments


class TestDueReminderThatCameTooLate:
    def test_leaves_the_plan_to_its_grace(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        """When a reminder could not be made before the due day, time reached judges nothing before grace ends."""
        agreed = decide(case, PlanAccepted(instalments=2, first_due_on=date(2026, 3, 31)), monday, house).case
        due_day = datetime.fromisoformat("2026-03-31T02:00:00+00:00")

        judged = decide(agreed, TimeReached(), due_day, house)

        assert judged.case.stage is Stage.PLAN_ACTIVE
        assert judged.lines == ()
