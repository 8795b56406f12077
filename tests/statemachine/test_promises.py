"""Promises on a case: one payment honours one promise, and every fact that comes late is judged as if in time."""

from datetime import date, datetime, timedelta

import pytest

from lending.days import day_ends
from lending.promise import PromiseState
from statemachine.agenda import WaitUntil, WantContact, whats_next
from statemachine.case import PAST_AT_MOST, Case
from statemachine.decide import decide, refusal
from statemachine.decision import Decision
from statemachine.events import TimeReached
from statemachine.messages import HoldPlaced, HoldReleased, PaymentReceived, PaymentReversed, PromiseMade
from statemachine.policy import HousePolicy
from statemachine.promises import AT_MOST_DAYS, latest_day
from statemachine.stage import HoldReason

ZONES = ("Asia/Shanghai",)
DUE_ON = date(2026, 3, 20)
GRACE_ENDS = day_ends(date(2026, 3, 22), ZONES)


def promise(amount_minor: int, due_on: date = DUE_ON) -> PromiseMade:
    """A promise."""
    return PromiseMade(amount_minor=amount_minor, due_on=due_on)


def payment(reference: str, amount_minor: int, received_at: datetime | None = None) -> PaymentReceived:
    """A payment in the loan's currency."""
    return PaymentReceived(
        reference=reference, amount_minor=amount_minor, currency="CNY", received_at=received_at
    )


def states(decision: Decision) -> list[str]:
    """The states of the case's promises, as they were made."""
    return [str(one.state) for one in decision.case.promises]


def kinds(decision: Decision) -> list[str]:
    """The kinds of the lines of a decision."""
    return [line.kind for line in decision.lines]


@pytest.fixture(scope="module")
def promising(case: Case, house: HousePolicy, monday: datetime) -> Case:
    """1000 minor units promised for 20 March."""
    return decide(case, promise(1000), monday, house).case


@pytest.fixture(scope="module")
def strict_house(house: HousePolicy) -> HousePolicy:
    """The same house, which pauses for fourteen days after two broken promises."""
    return house.model_copy(update={"promise": house.promise.model_copy(update={"review_pause_days": 14})})


class TestTwoPromises:
    @pytest.fixture
    def both(self, promising: Case, house: HousePolicy, monday: datetime) -> Case:
        """And 500 more for the end of the month."""
        return decide(promising, promise(500, date(2026, 3, 31)), monday, house).case

    def test_are_waited_for_one_after_the_other(self, both: Case, house: HousePolicy) -> None:
        assert whats_next(both, house, both.opened_at) == WaitUntil(
            at=GRACE_ENDS, why="promise due 2026-03-20"
        )

    def test_are_not_both_kept_by_one_payment(self, both: Case, house: HousePolicy, monday: datetime) -> None:
        paid = decide(both, payment("P-1", 1500), monday, house)

        assert states(paid) == ["kept", "open"]

    def test_are_each_kept_by_their_own(self, both: Case, house: HousePolicy, monday: datetime) -> None:
        first = decide(both, payment("P-1", 1000), monday, house).case

        second = decide(first, payment("P-2", 500), monday, house)

        assert states(second) == ["kept", "kept"]
        assert [one.payments for one in second.case.promises] == [("P-1",), ("P-2",)]

    def test_promise_together_no_more_than_is_owed(
        self, both: Case, house: HousePolicy, monday: datetime
    ) -> None:
        too_much = decide(both, promise(98_501, date(2026, 3, 25)), monday, house)
        the_rest = decide(both, promise(98_500, date(2026, 3, 25)), monday, house)

        assert (too_much.accepted, too_much.case) == (False, both)
        assert the_rest.accepted
        assert not decide(the_rest.case, promise(1), monday, house).accepted  # three are open


class TestReversal:
    def test_of_its_money_in_time_opens_a_kept_promise_again(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        kept = decide(promising, payment("P-1", 1000), monday, house).case

        reopened = decide(kept, PaymentReversed(payment="P-1"), monday, house)

        assert (kinds(reopened)[-1], states(reopened)) == ("promise_reopened", ["open"])
        assert isinstance(whats_next(reopened.case, house, monday), WaitUntil)

    def test_of_its_money_too_late_breaks_it(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        kept = decide(promising, payment("P-1", 1000), monday, house).case

        broken = decide(kept, PaymentReversed(payment="P-1"), GRACE_ENDS, house)

        assert (kinds(broken)[-1], states(broken)) == ("promise_broken", ["broken"])
        assert broken.case.broken_promises == 1

    def test_of_other_money_leaves_it_kept(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        kept = decide(promising, payment("P-1", 1000), monday, house).case
        more = decide(kept, payment("P-2", 300), monday, house).case

        assert states(decide(more, PaymentReversed(payment="P-2"), monday, house)) == ["kept"]


class TestToldLate:
    def test_money_of_its_days_keeps_a_promise_that_was_broken(
        self, promising: Case, house: HousePolicy
    ) -> None:
        broken = decide(promising, TimeReached(), GRACE_ENDS, house).case

        told = decide(
            broken,
            payment("P-1", 1000, GRACE_ENDS - timedelta(hours=1)),
            GRACE_ENDS + timedelta(days=3),
            house,
        )

        assert (kinds(told)[-1], told.case.broken_promises) == ("promise_kept", 0)

    def test_money_of_the_day_after_does_not(self, promising: Case, house: HousePolicy) -> None:
        broken = decide(promising, TimeReached(), GRACE_ENDS, house).case

        told = decide(broken, payment("P-1", 1000, GRACE_ENDS), GRACE_ENDS + timedelta(days=3), house)

        assert told.case.broken_promises == 1

    def test_a_hold_over_its_days_opens_a_promise_that_was_broken(
        self, promising: Case, house: HousePolicy
    ) -> None:
        broken = decide(promising, TimeReached(), GRACE_ENDS, house).case
        ill = HoldPlaced(reason=HoldReason.ILLNESS, since=date(2026, 3, 18), until=date(2026, 3, 21))

        told = decide(broken, ill, GRACE_ENDS, house)

        assert (kinds(told)[-1], states(told), told.case.broken_promises) == ("promise_reopened", ["open"], 0)
        assert whats_next(told.case, house, GRACE_ENDS) == WaitUntil(
            at=GRACE_ENDS + timedelta(days=4), why="promise due 2026-03-20"
        )


class TestHold:
    def test_moves_the_last_day_by_the_days_it_held_after_that_of_the_promise(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        held = decide(promising, HoldPlaced(reason=HoldReason.DISASTER), monday, house).case
        five_days_on = monday + timedelta(days=5)

        released = decide(held, HoldReleased(reason=HoldReason.DISASTER), five_days_on, house).case

        assert whats_next(released, house, five_days_on) == WaitUntil(
            at=GRACE_ENDS + timedelta(days=4), why="promise due 2026-03-20"
        )

    def test_of_a_kind_that_stops_contact_alone_moves_nothing(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        held = decide(promising, HoldPlaced(reason=HoldReason.OPERATOR), monday, house).case
        five_days_on = monday + timedelta(days=5)

        released = decide(held, HoldReleased(reason=HoldReason.OPERATOR), five_days_on, house).case

        assert whats_next(released, house, five_days_on) == WaitUntil(
            at=GRACE_ENDS, why="promise due 2026-03-20"
        )


class TestTwoBroken:
    @pytest.fixture
    def broken_twice(self, promising: Case, strict_house: HousePolicy) -> Decision:
        """A second one, broken as well."""
        once = decide(promising, TimeReached(), GRACE_ENDS, strict_house).case
        again = decide(once, promise(1000, date(2026, 4, 1)), GRACE_ENDS, strict_house).case
        return decide(again, TimeReached(), GRACE_ENDS + timedelta(days=30), strict_house)

    def test_bring_a_person_and_a_pause_and_no_more_calls(
        self, broken_twice: Decision, strict_house: HousePolicy
    ) -> None:
        at = GRACE_ENDS + timedelta(days=30)

        assert [task.kind for task in broken_twice.tasks] == ["promise_review"]
        assert whats_next(broken_twice.case, strict_house, at) == WaitUntil(
            at=at + timedelta(days=14), why="on hold: affordability_review"
        )

    def test_let_the_case_go_on_once_the_pause_is_over(
        self, broken_twice: Decision, strict_house: HousePolicy
    ) -> None:
        at = GRACE_ENDS + timedelta(days=44)

        over = decide(broken_twice.case, TimeReached(), at, strict_house)

        assert isinstance(whats_next(over.case, strict_house, at), WantContact)


class TestLatestDay:
    def test_is_counted_from_today_or_from_when_the_first_open_promise_was_made(
        self, case: Case, promising: Case, monday: datetime
    ) -> None:
        today = monday.date()
        later = today + timedelta(days=10)
        assert latest_day(case, later) == later + timedelta(days=AT_MOST_DAYS)
        assert latest_day(promising, later) == today + timedelta(days=AT_MOST_DAYS)

    def test_is_the_last_that_the_case_takes(
        self, promising: Case, house: HousePolicy, monday: datetime
    ) -> None:
        now = monday + timedelta(days=10)
        latest = latest_day(promising, now.date())
        assert refusal(promising, promise(1_000, latest), now, house) is None
        refused = refusal(promising, promise(1_000, latest + timedelta(days=1)), now, house)
        assert refused is not None
        assert refused.startswith("due_on: ")


class TestManyPromises:
    def test_are_carried_in_a_bounded_number_and_every_broken_one_counts(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        for month in range(PAST_AT_MOST + 5):
            at = monday + timedelta(days=30 * month)
            case = decide(case, promise(10, (at + timedelta(days=2)).date()), at, house).case
            case = decide(case, TimeReached(), at + timedelta(days=20), house).case

        assert len(case.promises) == PAST_AT_MOST
        assert case.broken_promises == PAST_AT_MOST + 5
        assert {one.state for one in case.promises} == {PromiseState.BROKEN}

    def test_are_read_from_a_run_that_knew_only_one_and_a_count(self, promising: Case) -> None:
        carried = promising.model_dump(mode="json")
        [one] = carried.pop("promises")
        del carried["broken_before"]
        old = {name: one[name] for name in ("amount_minor", "due_on", "made_at")}

        read = Case.model_validate({**carried, "promise": old, "broken_promises": 3})

        assert (read.promises, read.broken_promises) == (promising.promises, 3)
