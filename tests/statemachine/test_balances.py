"""Rules of a balance that the loan system states: in whatever order things are told, the latest word holds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.case import Account, Case
from statemachine.decide import decide, open_case, refusal
from statemachine.messages import BalanceStated, Message, PaymentReceived, PaymentReversed
from statemachine.policy import HousePolicy
from statemachine.stage import Outcome, Stage

MONDAY = datetime(2026, 3, 9, 2, tzinfo=UTC)
LATER = MONDAY + timedelta(days=60)
FIRST = datetime(2026, 2, 28, tzinfo=UTC)


def at(hour: int) -> datetime:
    """So many hours after the loan fell overdue."""
    return FIRST + timedelta(hours=hour)


def stated(overdue_minor: int, hour: int, **fields: object) -> BalanceStated:
    return BalanceStated(overdue_minor=overdue_minor, currency="CNY", as_of=at(hour), **fields)  # type: ignore[arg-type]


def paid(reference: str, amount_minor: int, hour: int) -> PaymentReceived:
    return PaymentReceived(
        reference=reference, amount_minor=amount_minor, currency="CNY", received_at=at(hour)
    )


def bounced(payment: str, hour: int) -> PaymentReversed:
    return PaymentReversed(payment=payment, reversed_at=at(hour))


@dataclass(frozen=True)
class Movement:
    """A payment as the loan system booked it, and when it bounced, if it did."""

    reference: str
    amount_minor: int
    hour: int
    bounces_after: int | None

    def messages(self) -> tuple[Message, ...]:
        """What the loan system says of it."""
        money = paid(self.reference, self.amount_minor, self.hour)
        if self.bounces_after is None:
            return (money,)
        return money, bounced(self.reference, self.hour + self.bounces_after)

    def moves(self, from_hour: int, until_hour: int) -> int:
        """What it takes off what is owed, from after the one hour to the end of the other."""
        paid_minor = self.amount_minor if from_hour < self.hour <= until_hour else 0
        if self.bounces_after is None or not from_hour < self.hour + self.bounces_after <= until_hour:
            return paid_minor
        return paid_minor - self.amount_minor


@st.composite
def told(draw: st.DrawFn) -> tuple[list[Message], int]:
    """What a loan system with books of its own says, in any order and repeated; and what is owed by those books."""
    hours = st.integers(0, 200)
    movements = [
        Movement(f"P-{number}", *parts)
        for number, parts in enumerate(
            draw(st.lists(st.tuples(st.integers(1, 900), hours, st.none() | st.integers(0, 90)), max_size=8))
        )
    ]
    # Nothing on the way may cure the case: what follows a cure is another rule.
    statements = {hour: draw(st.integers(50_000, 90_000)) for hour in draw(st.sets(hours, max_size=5))}
    last = max(statements, default=-1)
    owed_minor = statements.get(last, 100_000) - sum(movement.moves(last, 10**6) for movement in movements)
    said = [stated(overdue_minor, hour) for hour, overdue_minor in statements.items()]
    every = [*said, *(one for movement in movements for one in movement.messages())]
    repeated = draw(st.lists(st.sampled_from(every), max_size=6)) if every else []
    return draw(st.permutations([*every, *repeated])), owed_minor


class TestABalance:
    @given(told=told())
    def test_is_the_latest_statement_and_what_came_after_it_in_whatever_order_that_is_told(
        self, account: Account, house: HousePolicy, told: tuple[list[Message], int]
    ) -> None:
        messages, owed_minor = told
        case = open_case(account, MONDAY, house).case

        for message in messages:
            case = decide(case, message, LATER, house).case

        assert case.balance_minor == owed_minor

    def test_is_what_was_stated(self, case: Case, house: HousePolicy) -> None:
        decision = decide(case, stated(70_000, 10), LATER, house)

        assert (decision.case.balance_minor, decision.case.stage) == (70_000, Stage.NOTICE)
        assert decision.lines[0].kind == "balance"
        assert decision.lines[0].facts["before_minor"] == 100_000

    @pytest.mark.parametrize("order", [*permutations(range(3))])
    def test_has_a_payment_in_it_that_was_booked_by_then(
        self, case: Case, house: HousePolicy, order: tuple[int, ...]
    ) -> None:
        messages = (stated(70_000, 10), paid("P-1", 30_000, 10), paid("P-2", 1_000, 11))

        for place in order:
            case = decide(case, messages[place], LATER, house).case

        assert case.balance_minor == 69_000

    def test_is_owed_again_when_a_payment_in_it_bounced_since(self, case: Case, house: HousePolicy) -> None:
        for message in (bounced("P-1", 12), stated(70_000, 10), paid("P-1", 30_000, 9)):
            case = decide(case, message, LATER, house).case

        assert case.balance_minor == 100_000

    def test_of_zero_cures(self, case: Case, house: HousePolicy) -> None:
        decision = decide(case, stated(0, 10), LATER, house)

        assert (decision.case.stage, decision.case.outcome) == (Stage.CLOSED, Outcome.CURED)
        assert not decision.tasks

    def test_of_less_than_came_since_cures_and_is_refunded(self, case: Case, house: HousePolicy) -> None:
        before = decide(case, paid("P-1", 30_000, 11), LATER, house).case

        decision = decide(before, stated(20_000, 10), LATER, house)

        assert decision.case.outcome is Outcome.CURED
        assert [task.kind for task in decision.tasks] == ["refund"]

    def test_that_is_older_changes_nothing(self, case: Case, house: HousePolicy) -> None:
        newer = decide(case, stated(70_000, 10), LATER, house).case

        decision = decide(newer, stated(0, 9), LATER, house)

        assert not decision.accepted
        assert decision.case == newer

    def test_may_move_the_day_since_which_the_loan_is_overdue(self, case: Case, house: HousePolicy) -> None:
        moved = decide(case, stated(70_000, 10, overdue_since=date(2026, 3, 3)), LATER, house).case

        assert moved.account.overdue_since == date(2026, 3, 3)
        assert decide(moved, paid("P-1", 5, 20), LATER, house).case.balance_minor == 69_995

    @pytest.mark.parametrize(
        ("message", "field"),
        [
            (BalanceStated(overdue_minor=1, currency="EUR"), "currency"),
            (BalanceStated(overdue_minor=1, currency="CNY", as_of=LATER + timedelta(days=2)), "as_of"),
            (BalanceStated(overdue_minor=1, currency="CNY", overdue_since=date(2027, 1, 1)), "overdue_since"),
        ],
    )
    def test_is_refused_by_its_field(
        self, case: Case, house: HousePolicy, message: BalanceStated, field: str
    ) -> None:
        assert (refusal(case, message, LATER, house) or "").startswith(f"{field}: ")
        assert decide(case, message, LATER, house).case == case

    def test_changes_no_closed_case(self, cases: dict[Stage, Case], house: HousePolicy) -> None:
        closed = cases[Stage.CLOSED]

        decision = decide(closed, stated(500, 10), LATER, house)

        assert (decision.accepted, decision.case) == (False, closed)
