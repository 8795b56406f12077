"""A plan on a case: agreed, reminded of, kept or missed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from lending.days import day_ends, day_starts
from statemachine.agenda import WaitUntil, WantContact, whats_next
from statemachine.case import Case
from statemachine.decide import decide
from statemachine.decision import Decision
from statemachine.events import ContactMade, ContactRefused, TimeReached
from statemachine.messages import PaymentReceived, PlanAccepted, PlanDeclined
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, Outcome, Stage

SHANGHAI = ("Asia/Shanghai",)
FIRST_DUE_ON = date(2026, 3, 31)
REMINDED_FROM = day_starts(date(2026, 3, 28), SHANGHAI) + timedelta(hours=10)  # agreed at ten
GRACE_ENDS = day_ends(date(2026, 4, 5), SHANGHAI)


@pytest.fixture(scope="module")
def planned(case: Case, house: HousePolicy, monday: datetime) -> Case:
    """1000.00 in four parts, the first due on 31 March."""
    return decide(case, PlanAccepted(first_due_on=FIRST_DUE_ON), monday, house).case


def paid(case: Case, house: HousePolicy, number: int, at: datetime) -> Decision:
    """One instalment paid."""
    message = PaymentReceived(reference=f"P-{number}", amount_minor=25_000, currency="CNY")
    return decide(case, message, at, house)


class TestPlanAccepted:
    @pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in ("plan_active", "closed")])
    def test_stops_the_dunning_from_every_stage(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime, stage: Stage
    ) -> None:
        decision = decide(cases[stage], PlanAccepted(), monday, house)

        assert decision.case.stage is Stage.PLAN_ACTIVE
        assert decision.case.plan is not None
        assert decision.case.plan.agreed_at == monday
        assert sum(part.amount_minor for part in decision.case.plan.instalments) == 100_000

    def test_does_not_replace_a_running_plan(
        self, planned: Case, house: HousePolicy, monday: datetime
    ) -> None:
        decision = decide(planned, PlanAccepted(instalments=2), monday, house)

        assert not decision.accepted
        assert decision.case == planned

    def test_follows_an_offer_with_the_terms_of_the_house(
        self, cases: dict[Stage, Case], house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        offered = contact_made(cases[Stage.PLAN_OFFER], house).case

        assert offered.offer is not None
        assert len(offered.offer.instalments) == 4
        assert offered.offer.agreed_at is None

    def test_takes_fewer_parts_from_another_day(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        plan = decide(case, PlanAccepted(instalments=2, first_due_on=FIRST_DUE_ON), monday, house).case.plan

        assert plan is not None
        assert [part.due_on for part in plan.instalments] == [date(2026, 3, 31), date(2026, 4, 30)]


class TestPlanDeclined:
    def test_takes_the_offer_away_and_goes_on(
        self,
        cases: dict[Stage, Case],
        house: HousePolicy,
        monday: datetime,
        contact_made: Callable[..., Decision],
    ) -> None:
        offered = contact_made(cases[Stage.PLAN_OFFER], house).case

        declined = decide(offered, PlanDeclined(), monday, house).case

        assert declined.offer is None
        assert declined.stage is offered.stage


class TestPlanKept:
    def test_sends_one_reminder_before_each_due_date(
        self, planned: Case, house: HousePolicy, monday: datetime, contact_made: Callable[..., Decision]
    ) -> None:
        coming = whats_next(planned, house, monday)
        assert isinstance(coming, WantContact)
        assert (coming.contact.template, coming.from_at) == ("plan_due", REMINDED_FROM)

        reminded = decide(planned, _made(coming, REMINDED_FROM), REMINDED_FROM, house).case

        assert whats_next(reminded, house, REMINDED_FROM) == WaitUntil(
            at=GRACE_ENDS, why="instalment 1 due 2026-03-31"
        )

    def test_waits_for_the_next_part_once_one_is_paid(
        self, planned: Case, house: HousePolicy, monday: datetime
    ) -> None:
        once = paid(planned, house, 1, monday).case

        coming = whats_next(once, house, monday)

        assert isinstance(coming, WantContact)
        assert coming.contact.instalment_number == 2

    def test_cures_the_case_with_its_last_part(
        self, planned: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = planned
        for number in range(4):
            case = paid(case, house, number, monday + timedelta(days=30 * number)).case

        assert case.outcome is Outcome.CURED

    def test_reminds_no_more_once_the_day_has_come(self, planned: Case, house: HousePolicy) -> None:
        coming = whats_next(planned, house, day_starts(FIRST_DUE_ON, SHANGHAI))

        assert isinstance(coming, WaitUntil)


class TestPlanMissed:
    def test_is_broken_when_the_grace_is_over_and_not_before(self, planned: Case, house: HousePolicy) -> None:
        almost = decide(planned, TimeReached(), GRACE_ENDS - timedelta(seconds=1), house)
        missed = decide(planned, TimeReached(), GRACE_ENDS, house)

        assert almost.case.stage is Stage.PLAN_ACTIVE
        assert (missed.case.stage, missed.case.plan) == (Stage.REVISIT, None)
        assert [line.kind for line in missed.lines] == ["plan_broken"]
        assert [task.kind for task in missed.tasks] == ["plan_review"]

    def test_can_be_followed_by_another_with_reminders_of_its_own(
        self, planned: Case, house: HousePolicy
    ) -> None:
        first = whats_next(planned, house, REMINDED_FROM)
        assert isinstance(first, WantContact)
        reminded = decide(planned, _made(first, REMINDED_FROM), REMINDED_FROM, house).case
        missed = decide(reminded, TimeReached(), GRACE_ENDS, house).case

        again = decide(missed, PlanAccepted(), GRACE_ENDS, house).case

        second = whats_next(again, house, GRACE_ENDS)
        assert isinstance(second, WantContact)
        assert second.contact.instalment_number == 1
        assert second.contact.key("c") != first.contact.key("c")

    def test_is_judged_in_time_although_no_reminder_could_be_sent(
        self, planned: Case, house: HousePolicy
    ) -> None:
        stalled = decide(planned, _refused(planned, house, None), REMINDED_FROM, house).case
        put_off = _refused(planned, house, GRACE_ENDS + timedelta(days=30))

        for case in (stalled, decide(planned, put_off, REMINDED_FROM, house).case):
            coming = whats_next(case, house, day_starts(FIRST_DUE_ON, SHANGHAI) - timedelta(hours=1))
            assert coming == WaitUntil(at=GRACE_ENDS, why="instalment 1 due 2026-03-31")

    def test_a_stall_at_one_part_does_not_silence_the_reminders_of_the_next(
        self, planned: Case, house: HousePolicy
    ) -> None:
        stalled = decide(planned, _refused(planned, house, None), REMINDED_FROM, house).case

        once = paid(stalled, house, 1, REMINDED_FROM).case

        coming = whats_next(once, house, REMINDED_FROM)
        assert isinstance(coming, WantContact)
        assert coming.contact.instalment_number == 2


def _made(coming: WantContact, at: datetime) -> ContactMade:
    return ContactMade(contact=coming.contact, at=at, planned_at=at)


def _refused(case: Case, house: HousePolicy, next_at: datetime | None) -> ContactRefused:
    coming = whats_next(case, house, case.opened_at)
    assert isinstance(coming, WantContact)
    return ContactRefused(
        contact=coming.contact, rule="cap", reason="full", next_at=next_at, reachable=tuple(Channel)
    )
