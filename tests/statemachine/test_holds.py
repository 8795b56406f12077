"""Holds stop routine contact, lie across stages, and return to where the case was."""

from datetime import date, datetime, timedelta

import pytest

from lending.days import day_ends
from statemachine.agenda import WaitForPerson, WaitUntil, WantContact, whats_next
from statemachine.case import Case
from statemachine.decide import decide
from statemachine.events import TimeReached
from statemachine.messages import (
    DisputeOpened,
    DisputeResolved,
    HardshipReported,
    HoldPlaced,
    HoldReleased,
    Message,
    PromiseMade,
)
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Outcome, Stage

OPEN = tuple(stage for stage in Stage if stage is not Stage.CLOSED)
LAST_DAY = date(2026, 3, 31)
LAST_DAY_ENDS = day_ends(LAST_DAY, ("Asia/Shanghai",))


class TestHold:
    @pytest.mark.parametrize("reason", HoldReason)
    @pytest.mark.parametrize("stage", OPEN)
    def test_stops_the_agenda_in_every_stage(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime, stage: Stage, reason: HoldReason
    ) -> None:
        held = decide(cases[stage], HoldPlaced(reason=reason), monday, house).case

        assert whats_next(held, house, monday) == WaitForPerson(why=f"on hold: {reason}")

    @pytest.mark.parametrize("stage", OPEN)
    def test_returns_to_where_the_case_was(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime, stage: Stage
    ) -> None:
        before = cases[stage]
        held = decide(before, HoldPlaced(reason=HoldReason.DISASTER), monday, house).case

        after = decide(held, HoldReleased(reason=HoldReason.DISASTER), monday, house).case

        assert after == before.model_copy(update={"wanted_at": max(monday, before.wanted_at)})

    def test_catches_nothing_up_in_a_burst(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.DISASTER), monday, house).case
        later = monday + timedelta(days=300)

        released = decide(held, HoldReleased(reason=HoldReason.DISASTER), later, house).case

        coming = whats_next(released, house, later)
        assert isinstance(coming, WantContact)
        assert (coming.contact.step, coming.from_at) == ("notice", later)

    def test_lasts_to_the_end_of_its_last_day(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY), monday, house).case

        assert whats_next(held, house, monday) == WaitUntil(at=LAST_DAY_ENDS, why="on hold: operator")
        almost = decide(held, TimeReached(), LAST_DAY_ENDS - timedelta(seconds=1), house)
        over = decide(held, TimeReached(), LAST_DAY_ENDS, house)
        assert (almost.case, almost.lines) == (held, ())
        assert over.case.holds == ()
        assert [line.kind for line in over.lines] == ["hold_ended"]

    def test_goes_on_while_another_reason_holds(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY), monday, house).case
        both = decide(held, DisputeOpened(reason="paid"), monday, house).case

        over = decide(both, TimeReached(), LAST_DAY_ENDS, house).case

        assert [hold.reason for hold in over.holds] == [HoldReason.DISPUTE]
        assert isinstance(whats_next(over, house, LAST_DAY_ENDS), WaitForPerson)

    def test_that_ends_first_is_waited_for_first(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        longer = HoldPlaced(reason=HoldReason.DISASTER, until=LAST_DAY + timedelta(days=30))
        held = decide(case, longer, monday, house).case
        both = decide(held, HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY), monday, house).case

        coming = whats_next(both, house, monday)

        assert coming == WaitUntil(at=LAST_DAY_ENDS, why="on hold: disaster, operator")

    def test_lets_no_promise_be_judged(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        promised = PromiseMade(amount_minor=1000, due_on=date(2026, 3, 10))
        promising = decide(case, promised, monday, house).case
        held = decide(promising, HoldPlaced(reason=HoldReason.DISPUTE), monday, house).case

        later = decide(held, TimeReached(), LAST_DAY_ENDS, house).case

        assert (later.promise, later.broken_promises) == (promising.promise, 0)

    def test_placed_again_for_the_same_reason_is_one_hold_and_never_shorter(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        open_end, ends = (
            HoldPlaced(reason=HoldReason.OPERATOR),
            HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY),
        )
        lengthened = decide(decide(case, ends, monday, house).case, open_end, monday, house).case
        not_shortened = decide(decide(case, open_end, monday, house).case, ends, monday, house).case

        assert [hold.until_at for hold in lengthened.holds] == [None]
        assert [hold.until_at for hold in not_shortened.holds] == [None]

    def test_of_a_kind_that_a_person_must_end_names_that_person(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.DEATH), monday, house).case

        assert not decide(held, HoldReleased(reason=HoldReason.DEATH), monday, house).accepted
        assert (
            decide(held, HoldReleased(reason=HoldReason.DEATH, by="Ms Chen"), monday, house).case.holds == ()
        )

    @pytest.mark.parametrize(
        "message", [HoldReleased(reason=HoldReason.DISASTER), DisputeResolved(result="rejected")]
    )
    def test_that_is_not_there_cannot_be_ended(
        self, case: Case, house: HousePolicy, monday: datetime, message: Message
    ) -> None:
        decision = decide(case, message, monday, house)

        assert not decision.accepted
        assert decision.lines[0].reason.startswith("there is no ")


class TestDispute:
    def test_rejected_lets_the_case_go_on(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        disputed = decide(case, DisputeOpened(reason="paid"), monday, house).case

        after = decide(disputed, DisputeResolved(result="rejected"), monday, house).case

        assert (after.stage, after.holds) == (Stage.NOTICE, ())

    def test_upheld_ends_the_case(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        disputed = decide(case, DisputeOpened(reason="paid"), monday, house).case

        after = decide(disputed, DisputeResolved(result="upheld"), monday, house).case

        assert (after.stage, after.outcome) == (Stage.CLOSED, Outcome.WITHDRAWN)


class TestHardship:
    def test_pauses_for_the_houses_days_and_asks_a_person(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        decision = decide(case, HardshipReported(support_need="smaller parts"), monday, house)

        assert decision.case.holds[0].until_at == monday + timedelta(days=house.hardship_pause_days)
        assert [task.kind for task in decision.tasks] == ["hardship_review"]
