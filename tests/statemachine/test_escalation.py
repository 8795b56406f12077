"""Who may decide what hurts, when the decided must be looked at again, and when the undecided is asked again."""

from datetime import datetime, timedelta

import pytest

from statemachine.agenda import WaitForPerson, WaitUntil, whats_next
from statemachine.case import Case
from statemachine.decide import decide, refusal
from statemachine.events import TimeReached
from statemachine.messages import (
    EscalationDecided,
    HoldPlaced,
    Message,
    PaymentReceived,
    PaymentReversed,
    PlanAccepted,
)
from statemachine.people_terms import EscalationTerms
from statemachine.person_name import same_person
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Outcome, Stage


def decision(what: str, by: str = "Ms Chen") -> EscalationDecided:
    """A named person's decision."""
    return EscalationDecided.model_validate({"decision": what, "by": by})


@pytest.fixture(scope="module")
def strict_house(house: HousePolicy) -> HousePolicy:
    """Two people decide, and the undecided is asked again every two weeks."""
    return house.model_copy(update={"escalation": EscalationTerms(approvals=2, remind_every_days=14)})


@pytest.fixture(scope="module")
def escalated(cases: dict[Stage, Case]) -> Case:
    """A case that waits for a person."""
    return cases[Stage.ESCALATION]


class TestOnePerson:
    @pytest.mark.parametrize("what", ["refer", "sell", "write_off", "settle"])
    def test_is_enough_where_the_policy_says_so(
        self, escalated: Case, house: HousePolicy, monday: datetime, what: str
    ) -> None:
        after = decide(escalated, decision(what), monday, house).case
        outcome = {"refer": "referred", "sell": "sold", "write_off": "written_off", "settle": "settled"}
        assert after.outcome is Outcome(outcome[what])

    @pytest.mark.parametrize("what", ["settle", "back_to_revisit"])
    def test_is_always_enough_for_what_does_not_hurt(
        self, escalated: Case, strict_house: HousePolicy, monday: datetime, what: str
    ) -> None:
        proposed = decide(escalated, decision("refer"), monday, strict_house).case
        after = decide(proposed, decision(what), monday, strict_house).case
        assert after.stage is not Stage.ESCALATION
        assert after.proposal is None


class TestSettlement:
    @pytest.mark.parametrize(
        ("alone", "people"),
        [(None, 1), ({"CNY": 100_000}, 1), ({"CNY": 99_999}, 2), ({"USD": 500_000}, 2), ({}, 2)],
        ids=str,
    )
    def test_takes_two_people_above_what_one_may_settle_alone(
        self, escalated: Case, house: HousePolicy, monday: datetime, alone: dict[str, int] | None, people: int
    ) -> None:
        terms = EscalationTerms(approvals=2, settle_alone=alone)
        careful = house.model_copy(update={"escalation": terms})
        assert escalated.balance_minor == 100_000
        first = decide(escalated, decision("settle"), monday, careful).case
        assert first.is_closed == (people == 1)
        if people == 2:
            assert refusal(first, decision("settle"), monday, careful) == (
                "by: Ms Chen proposed it; another person must approve"
            )
            second = decide(first, decision("settle", "Mr Wu"), monday, careful).case
            assert second.outcome is Outcome.SETTLED


class TestTwoPeople:
    @pytest.mark.parametrize("what", ["refer", "sell", "write_off"])
    def test_carry_it_out_together(
        self, escalated: Case, strict_house: HousePolicy, monday: datetime, what: str
    ) -> None:
        first = decide(escalated, decision(what), monday, strict_house)
        assert first.case.stage is Stage.ESCALATION
        assert [task.kind for task in first.tasks] == ["escalation_approval"]
        second = decide(first.case, decision(what, "Mr Wu"), monday, strict_house)
        assert second.case.is_closed
        assert second.lines[0].facts["proposed_by"] == "Ms Chen"

    @pytest.mark.parametrize(
        "by", ["Ms Chen", "ms chen", " Ms  Chen ", "ＭＳ Ｃｈｅｎ", "MsChen", "Ms\u200b Chen"]
    )
    def test_are_not_one_who_says_it_twice(
        self, escalated: Case, strict_house: HousePolicy, monday: datetime, by: str
    ) -> None:
        proposed = decide(escalated, decision("refer"), monday, strict_house).case
        why = refusal(proposed, decision("refer", by), monday, strict_house)
        assert why == "by: Ms Chen proposed it; another person must approve"

    def test_differ_by_more_than_how_a_name_is_typed(self) -> None:
        assert not same_person("Ms Chen", "Ms Cheng")
        assert same_person("陈 伟", "陈伟")

    @pytest.mark.parametrize(
        ("one", "other", "is_same"),
        [
            ("Ms Chen <u-7>", "Mr Wu <u-7>", True),
            ("Ms Chen <u-7>", "Ms Chen <u7>", False),
            ("Ms Chen <u-7>", "ms chen", True),
            ("Ms Chen <u-7>", "Mr Wu", False),
        ],
    )
    def test_are_told_apart_by_what_they_cannot_change(self, one: str, other: str, is_same: bool) -> None:
        assert same_person(one, other) is is_same

    @pytest.mark.parametrize("by", [" ", "\u200b", "\u3000"])
    def test_have_names(self, escalated: Case, strict_house: HousePolicy, monday: datetime, by: str) -> None:
        why = refusal(escalated, decision("refer", by), monday, strict_house)
        assert why is not None
        assert why.startswith("by: ")

    def test_may_propose_something_else_instead(
        self, escalated: Case, strict_house: HousePolicy, monday: datetime
    ) -> None:
        proposed = decide(escalated, decision("refer"), monday, strict_house).case
        other = decide(proposed, decision("sell"), monday, strict_house)
        assert other.case.proposal is not None
        assert (other.case.proposal.decision, other.case.proposal.by) == ("sell", "Ms Chen")
        assert other.lines[0].facts["in_place_of"] == "refer by Ms Chen"

    @pytest.mark.parametrize(
        "event",
        [
            PaymentReceived(reference="P-9", amount_minor=1, currency="CNY"),
            PaymentReversed(payment="P-1"),
            HoldPlaced(reason=HoldReason.BANKRUPTCY),
            PlanAccepted(),
        ],
        ids=lambda event: event.kind,
    )
    def test_look_again_when_what_they_saw_has_changed(
        self, escalated: Case, strict_house: HousePolicy, monday: datetime, event: Message
    ) -> None:
        paid = decide(
            escalated, PaymentReceived(reference="P-1", amount_minor=5, currency="CNY"), monday, strict_house
        )
        proposed = decide(paid.case, decision("refer"), monday, strict_house).case
        after = decide(proposed, event, monday, strict_house)
        assert after.case.proposal is None
        assert after.lines[-1].kind == "proposal_lapsed"

    def test_need_not_look_again_for_a_hold_that_stops_no_decision(
        self, escalated: Case, strict_house: HousePolicy, monday: datetime
    ) -> None:
        proposed = decide(escalated, decision("refer"), monday, strict_house).case
        held = decide(proposed, HoldPlaced(reason=HoldReason.OPERATOR), monday, strict_house).case
        assert held.proposal is not None


class TestUndecided:
    def test_is_asked_again_in_its_rhythm_and_once_for_what_was_missed(
        self, escalated: Case, strict_house: HousePolicy
    ) -> None:
        assert escalated.remind_from is not None
        case, since, day = escalated, escalated.remind_from, timedelta(days=1)
        assert whats_next(case, strict_house, since) == WaitUntil(
            at=since + 14 * day, why="a named person decides; a reminder"
        )
        first = decide(case, TimeReached(), since + 14 * day, strict_house)
        assert [task.kind for task in first.tasks] == ["escalation_reminder"]
        assert whats_next(first.case, strict_house, since + 14 * day).at == since + 28 * day  # type: ignore[union-attr]
        late = decide(first.case, TimeReached(), since + 100 * day, strict_house)
        assert [line.facts["missed"] for line in late.lines] == [5]
        assert whats_next(late.case, strict_house, since + 100 * day).at == since + 112 * day  # type: ignore[union-attr]

    def test_is_left_alone_by_a_house_that_reminds_nobody(
        self, escalated: Case, house: HousePolicy, monday: datetime
    ) -> None:
        assert whats_next(escalated, house, monday) == WaitForPerson(why="a named person decides")
