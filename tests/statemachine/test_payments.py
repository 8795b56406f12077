"""Money and promises on a case: counted once, kept or broken, and never lost."""

from datetime import date, datetime, timedelta

import pytest

from lending.days import day_ends
from statemachine.agenda import WaitUntil, WantContact, whats_next
from statemachine.case import SEEN_AT_MOST, Case
from statemachine.decide import decide
from statemachine.decision import Decision
from statemachine.events import TimeReached
from statemachine.messages import HoldPlaced, PaymentReceived, PaymentReversed, PromiseMade
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Outcome, Stage

DUE_ON = date(2026, 3, 20)
GRACE_ENDS = day_ends(date(2026, 3, 22), ("Asia/Shanghai",))


def payment(reference: str, amount_minor: int) -> PaymentReceived:
    """A payment in the loan's currency."""
    return PaymentReceived(reference=reference, amount_minor=amount_minor, currency="CNY")


def kinds(decision: Decision) -> list[str]:
    """The kinds of the lines of a decision."""
    return [line.kind for line in decision.lines]


class TestPayment:
    def test_lowers_what_is_owed(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        decision = decide(case, payment("P-1", 40_000), monday, house)

        assert decision.case.balance_minor == 60_000
        assert decision.case.stage is Stage.NOTICE
        assert decision.lines[0].facts == {
            "reference": "P-1",
            "amount_minor": 40_000,
            "balance_minor": 60_000,
            "received_at": monday.isoformat(),
        }

    def test_counts_once_however_it_is_sent(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        paid = decide(case, payment("P-1", 40_000), monday, house).case
        forgotten = paid.model_copy(update={"seen": ()})

        assert not decide(paid, payment("P-1", 40_000), monday, house).accepted
        assert decide(forgotten, payment("P-1", 40_000), monday, house).case.balance_minor == 60_000

    def test_of_all_that_is_owed_cures_the_case(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime
    ) -> None:
        for stage in set(Stage) - {Stage.CLOSED}:
            decision = decide(cases[stage], payment("P-1", 100_000), monday, house)

            assert (decision.case.stage, decision.case.outcome) == (Stage.CLOSED, Outcome.CURED)
            assert kinds(decision) == ["payment", "closed"]
            assert decision.tasks == ()

    def test_larger_than_the_balance_cures_and_asks_for_a_refund(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        decision = decide(case, payment("P-1", 100_250), monday, house)

        assert decision.case.outcome is Outcome.CURED
        assert decision.case.balance_minor == -250
        assert [(task.kind, task.note) for task in decision.tasks] == [
            ("refund", "250 minor units more than owed")
        ]

    def test_is_taken_in_during_a_hold(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.DISPUTE), monday, house).case

        assert decide(held, payment("P-1", 1), monday, house).case.balance_minor == 99_999
        assert decide(held, payment("P-1", 100_000), monday, house).case.is_closed

    def test_is_never_booked_later_than_now(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        tomorrow = payment("P-1", 1).model_copy(update={"received_at": monday + timedelta(days=1)})

        assert decide(case, tomorrow, monday, house).case.payments[0].received_at == monday


class TestReversal:
    def test_makes_the_money_owed_again(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        paid = decide(case, payment("P-1", 40_000), monday, house).case

        decision = decide(paid, PaymentReversed(payment="P-1"), monday, house)

        assert decision.case.balance_minor == 100_000
        assert [payment.is_reversed for payment in decision.case.payments] == [True]

    def test_that_comes_before_its_payment_keeps_it_from_counting(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        """Feeds are not in order: a case must not be cured by money that never stood."""
        noted = decide(case, PaymentReversed(payment="P-9"), monday, house)
        paid = decide(noted.case, payment("P-9", case.balance_minor), monday, house)

        assert noted.lines[0].kind == "reversal_noted"
        assert paid.case.balance_minor == case.balance_minor
        assert not paid.case.is_closed

    def test_happens_once(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        paid = decide(case, payment("P-1", 40_000), monday, house).case
        reversed_once = decide(paid, PaymentReversed(payment="P-1"), monday, house).case

        decision = decide(reversed_once, PaymentReversed(payment="P-1"), monday, house)

        assert not decision.accepted
        assert decision.lines[0].reason == "payment P-1 was already reversed"
        assert decision.case.balance_minor == 100_000


@pytest.fixture(scope="module")
def promising(case: Case, house: HousePolicy, monday: datetime) -> Case:
    """1000 minor units promised for 20 March."""
    return decide(case, PromiseMade(amount_minor=1000, due_on=DUE_ON), monday, house).case


class TestPromise:
    def test_is_waited_for_to_the_end_of_its_last_day_of_grace(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        assert whats_next(promising, house, monday) == WaitUntil(at=GRACE_ENDS, why="promise due 2026-03-20")

    def test_lets_nothing_happen_before_that(self, promising: Case, house: HousePolicy) -> None:
        decision = decide(promising, TimeReached(), GRACE_ENDS - timedelta(microseconds=1), house)

        assert (decision.case, decision.lines) == (promising, ())

    def test_is_kept_by_95_percent(self, promising: Case, house: HousePolicy, monday: datetime) -> None:
        decision = decide(promising, payment("P-1", 950), monday, house)

        assert "promise_kept" in kinds(decision)
        assert decision.case.open_promises == ()
        assert decision.case.broken_promises == 0
        assert isinstance(whats_next(decision.case, house, monday), WantContact)

    def test_is_kept_by_money_on_the_last_day_of_grace(self, promising: Case, house: HousePolicy) -> None:
        decision = decide(promising, payment("P-1", 950), GRACE_ENDS - timedelta(seconds=1), house)

        assert "promise_kept" in kinds(decision)

    def test_is_broken_by_a_minor_unit_less(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        paid = decide(promising, payment("P-1", 949), monday, house).case

        decision = decide(paid, TimeReached(), GRACE_ENDS, house)

        assert kinds(decision) == ["promise_broken"]
        assert decision.case.broken_promises == 1
        assert decision.tasks == ()
        assert decision.case.wanted_at == GRACE_ENDS

    def test_broken_twice_asks_a_person_what_can_be_afforded(
        self, promising: Case, house: HousePolicy
    ) -> None:
        once = decide(promising, TimeReached(), GRACE_ENDS, house).case
        again = decide(once, PromiseMade(amount_minor=1000, due_on=date(2026, 4, 1)), GRACE_ENDS, house).case

        decision = decide(again, TimeReached(), GRACE_ENDS + timedelta(days=30), house)

        assert decision.case.broken_promises == 2
        assert [task.kind for task in decision.tasks] == ["promise_review"]


class TestSeen:
    def test_is_bounded_and_keeps_the_newest(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        for number in range(SEEN_AT_MOST + 5):
            case = decide(case, payment(f"P-{number}", 1), monday, house).case

        assert len(case.seen) == SEEN_AT_MOST
        assert case.seen[-1] == f"payment:P-{SEEN_AT_MOST + 4}"
        assert case.balance_minor == 100_000 - SEEN_AT_MOST - 5
