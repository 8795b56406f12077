"""Revisits: a rhythm for long-overdue accounts, for ever or until a person decides."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from statemachine.agenda import WantContact, whats_next
from statemachine.case import Case
from statemachine.decide import decide
from statemachine.decision import Decision
from statemachine.messages import EscalationDecided, VisitReported
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, Stage


def wanted(case: Case, house: HousePolicy) -> WantContact:
    """What the case wants; it must be a contact."""
    coming = whats_next(case, house, case.wanted_at)
    assert isinstance(coming, WantContact), coming
    return coming


@pytest.fixture(scope="module")
def revisited(cases: dict[Stage, Case], house: HousePolicy, contact_made: Callable[..., Decision]) -> Case:
    """A case that has just come to its revisits."""
    return contact_made(cases[Stage.PLAN_OFFER], house).case


class TestRevisits:
    def test_keep_their_rhythm_and_take_channels_in_turn(
        self, revisited: Case, patient_house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        case, gaps, channels, steps = revisited, [], [], []
        for _ in range(6):
            made_at = wanted(case, patient_house).from_at
            channels.append(wanted(case, patient_house).contact.channel)
            steps.append(wanted(case, patient_house).contact.step)
            case = contact_made(case, patient_house).case
            gaps.append((wanted(case, patient_house).from_at - made_at).days)

        assert gaps == [40, 60, 60, 60, 60, 60]
        assert channels == [Channel.PHONE, Channel.VISIT] * 3
        assert len(set(steps)) == 6

    def test_begin_their_first_interval_after_the_last_rung(
        self, revisited: Case, house: HousePolicy, cases: dict[Stage, Case]
    ) -> None:
        offered_at = wanted(cases[Stage.PLAN_OFFER], house).from_at

        assert wanted(revisited, house).from_at == offered_at + timedelta(days=30)

    def test_end_with_a_persons_decision_after_as_many_as_the_house_says(
        self, revisited: Case, house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        case = revisited
        for _ in range(3):
            case = contact_made(case, house).case
            assert case.stage is Stage.REVISIT

        decision = contact_made(case, house)

        assert decision.case.stage is Stage.ESCALATION
        assert [task.kind for task in decision.tasks] == ["escalation"]

    def test_never_use_a_key_again_after_a_person_has_sent_the_case_back(
        self, revisited: Case, house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        case, keys = revisited, []
        for _ in range(8):
            keys.append(wanted(case, house).contact.key(case.case_id))
            case = contact_made(case, house).case
            if case.stage is Stage.ESCALATION:
                back = EscalationDecided(decision="back_to_revisit", by="Ms Tan")
                case = decide(case, back, case.wanted_at, house).case
                assert (case.stage, case.revisits_made) == (Stage.REVISIT, 0)

        assert len(set(keys)) == 8

    def test_go_on_for_ever_where_the_house_never_escalates(
        self, revisited: Case, patient_house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        case = revisited
        for _ in range(60):
            case = contact_made(case, patient_house).case

        assert (case.stage, case.revisits_made) == (Stage.REVISIT, 60)
        assert len(case.model_dump_json()) < len(revisited.model_dump_json()) + 100

    def test_lead_to_a_person_when_a_visit_finds_that_one_must_decide(
        self, revisited: Case, house: HousePolicy
    ) -> None:
        found = VisitReported(result="met", next_step="escalate")

        decision = decide(revisited, found, revisited.wanted_at, house)

        assert decision.case.stage is Stage.ESCALATION
        assert [task.kind for task in decision.tasks] == ["escalation"]
