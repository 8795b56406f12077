"""Calls and visits: what may be told of them, what that takes, and what is refused before anything changes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from statemachine.agenda import WaitUntil, WantContact, whats_next
from statemachine.case import Case
from statemachine.decide import decide, refusal
from statemachine.decision import Decision
from statemachine.events import ContactMade, ContactRefused, TimeReached
from statemachine.findings import Findings
from statemachine.messages import VisitBooked, VisitReported
from statemachine.policy import HousePolicy, VisitTerms
from statemachine.stage import Channel, Stage
from statemachine.strategy import risk_facts

TASK = 7
TWO = ("Ms Lin", "Mr Wu")


@pytest.fixture(scope="module")
def visiting_house(patient_house: HousePolicy) -> HousePolicy:
    """The patient house, which sets visits up five days ahead, and again at most once."""
    return patient_house.model_copy(update={"visits": VisitTerms(notice_days=5, report_hours=2, tries=1)})


@pytest.fixture(scope="module")
def revisited(cases: dict[Stage, Case], house: HousePolicy, contact_made: Callable[..., Decision]) -> Case:
    """A case that has just come to its revisits; the first one is a call."""
    return contact_made(cases[Stage.PLAN_OFFER], house).case


def handed_over(case: Case, house: HousePolicy) -> tuple[Case, datetime]:
    """The next call or visit in a person's hands for three hours, and when that was."""
    coming = whats_next(case, house, case.wanted_at)
    if isinstance(coming, WaitUntil):
        case = decide(case, TimeReached(), coming.at, house).case
        coming = whats_next(case, house, coming.at)
    assert isinstance(coming, WantContact), coming
    at = coming.from_at
    made = ContactMade(
        contact=coming.contact, at=at, planned_at=at, closes_at=at + timedelta(hours=3), task=TASK
    )
    return decide(case, made, at, house).case, at


def told(case: Case, house: HousePolicy, at: datetime, **report: Any) -> Case:
    """The case once a report was taken in."""
    decision = decide(case, VisitReported(**report), at, house)
    assert decision.accepted, decision.lines
    return decision.case


class TestCallOrVisit:
    def test_is_taken_when_its_outcome_is_told_and_counted_from_when_it_was_handed_over(
        self, revisited: Case, visiting_house: HousePolicy
    ) -> None:
        case, at = handed_over(revisited, visiting_house)
        assert (case.revisits_made, case.contacts_made) == (revisited.revisits_made, revisited.contacts_made)

        case = told(
            case, visiting_house, at + timedelta(hours=1), channel="phone", result="no_answer", task=TASK
        )

        assert (case.revisits_made, case.contacts_made) == (1, revisited.contacts_made + 1)
        assert case.wanted_at == at + timedelta(days=40)
        assert case.appointment is None

    def test_that_nobody_reported_comes_again_under_another_key_and_is_given_up_in_the_end(
        self, revisited: Case, visiting_house: HousePolicy
    ) -> None:
        first, at = handed_over(revisited, visiting_house)
        told_by = at + timedelta(hours=5)
        assert decide(first, TimeReached(), told_by - timedelta(seconds=1), visiting_house).lines == ()
        again = decide(first, TimeReached(), told_by, visiting_house).case
        second, later = handed_over(again, visiting_house)
        assert first.appointment is not None
        assert second.appointment is not None
        assert second.appointment.step == first.appointment.step
        assert second.appointment.key != first.appointment.key

        given_up = decide(second, TimeReached(), later + timedelta(hours=5), visiting_house)

        assert [line.kind for line in given_up.lines] == ["visit_not_done", "visit_given_up"]
        assert [task.kind for task in given_up.tasks] == ["visit_overdue"]
        assert (given_up.case.revisits_made, given_up.case.given_up) == (1, 1)
        assert given_up.case.wanted_at == later + timedelta(days=40)

    def test_set_anew_says_nothing_of_the_borrowers_risk(
        self, revisited: Case, visiting_house: HousePolicy
    ) -> None:
        case, at = handed_over(revisited, visiting_house)
        again = decide(case, TimeReached(), at + timedelta(hours=5), visiting_house).case

        assert again.attempt == 2
        assert risk_facts(again, at).failed_contacts_in_a_row == 0

    def test_stays_where_it_was_under_a_policy_from_before_appointments(
        self, revisited: Case, patient_house: HousePolicy
    ) -> None:
        case, _ = handed_over(revisited, patient_house)

        assert (case.appointment, case.revisits_made) == (None, 1)

    def test_that_the_door_moves_keeps_its_place_in_peoples_calendars(
        self, revisited: Case, visiting_house: HousePolicy
    ) -> None:
        case, at = handed_over(revisited, visiting_house)
        case = told(case, visiting_house, at, channel="phone", result="no_answer")
        coming = whats_next(case, visiting_house, at)
        assert isinstance(coming, WaitUntil)
        set_up = decide(case, TimeReached(), coming.at, visiting_house).case
        wanted = whats_next(set_up, visiting_house, coming.at)
        assert isinstance(wanted, WantContact)
        assert wanted.from_at - coming.at == timedelta(days=5)
        no = ContactRefused(contact=wanted.contact, rule="cap", reason="used up", reachable=tuple(Channel),
                            next_at=wanted.from_at + timedelta(days=2))  # fmt: skip

        moved = decide(set_up, no, wanted.from_at, visiting_house).case

        assert moved.appointment == set_up.appointment
        assert whats_next(moved, visiting_house, wanted.from_at) == wanted.model_copy(
            update={"from_at": wanted.from_at + timedelta(days=2)}
        )


class TestReport:
    @pytest.mark.parametrize(
        ("field", "report"),
        [
            ("result", {"channel": "visit", "result": "no_answer"}),
            ("result", {"channel": "visit", "result": "conversation"}),
            ("task", {"channel": "phone", "result": "no_answer", "task": 99}),
            ("channel", {"channel": "visit", "result": "met", "task": TASK}),
            ("next_step", {"channel": "phone", "result": "no_answer", "next_step": "plan"}),
            ("next_visit_on", {"result": "met", "next_visit_on": date(2026, 12, 1)}),
            ("next_visit_on", {"result": "met", "next_step": "visit", "next_visit_on": date(2020, 1, 1)}),
            ("remind_on", {"result": "met", "next_step": "reminder", "remind_on": date(2030, 1, 1)}),
            ("remind_on", {"result": "met", "next_step": "visit", "remind_on": date(2026, 12, 1)}),
        ],
    )
    def test_that_cannot_be_is_refused_by_its_field_and_changes_nothing(
        self, revisited: Case, visiting_house: HousePolicy, field: str, report: dict[str, Any]
    ) -> None:
        case, at = handed_over(revisited, visiting_house)
        event = VisitReported(**report)

        reason = refusal(case, event, at, visiting_house)

        assert reason is not None
        assert reason.startswith(f"{field}: ")
        assert decide(case, event, at, visiting_house).case == case

    @pytest.mark.parametrize(
        ("stage", "step", "says"),
        [
            (Stage.PLAN_ACTIVE, "plan", "a plan is already running"),
            (Stage.PLAN_ACTIVE, "escalate", "a plan is being kept"),
            (Stage.ESCALATION, "escalate", "a person already has this case"),
            (Stage.ESCALATION, "visit", "the stage is escalation"),
            (Stage.NOTICE, "visit", "the stage is notice"),
            (Stage.PLAN_ACTIVE, "reminder", "the stage is plan_active"),
        ],
    )
    def test_whose_next_step_cannot_be_taken_is_refused_with_the_reason(
        self, cases: dict[Stage, Case], visiting_house: HousePolicy, stage: Stage, step: Any, says: str
    ) -> None:
        case = cases[stage]

        reason = refusal(case, VisitReported(result="met", next_step=step), case.wanted_at, visiting_house)

        assert reason is not None
        assert reason.startswith("next_step: ")
        assert says in reason

    def test_on_the_same_task_again_is_a_later_word(
        self, revisited: Case, visiting_house: HousePolicy
    ) -> None:
        case, at = handed_over(revisited, visiting_house)
        case = told(case, visiting_house, at, channel="phone", result="no_answer", task=TASK)

        corrected = told(case, visiting_house, at, channel="phone", result="conversation", task=TASK)

        assert (corrected.revisits_made, corrected.contacts_made) == (case.revisits_made, case.contacts_made)

    def test_keeps_a_support_need_out_of_the_ledger_and_tells_a_person(
        self, revisited: Case, visiting_house: HousePolicy
    ) -> None:
        case, at = handed_over(revisited, visiting_house)
        findings = Findings(support_needs="an interpreter", household="two children", income="less")

        decision = decide(case, VisitReported(channel="phone", result="conversation", findings=findings), at,
                          visiting_house)  # fmt: skip

        facts = decision.lines[0].facts
        assert (facts["income"], facts["situation"]) == ("less", "household: two children")
        assert "interpreter" not in str(decision.lines)
        assert decision.case.findings == findings
        assert [task.kind for task in decision.tasks] == ["hardship_review"]

    def test_that_finds_a_way_is_none_of_the_revisits_after_which_a_person_decides(
        self, revisited: Case, visiting_house: HousePolicy, house: HousePolicy
    ) -> None:
        last = visiting_house.model_copy(
            update={"revisits": house.revisits.model_copy(update={"escalate_after": 1})}
        )
        case, at = handed_over(revisited, last)

        nothing = told(case, last, at, channel="phone", result="no_answer")
        a_word = told(case, last, at, channel="phone", result="conversation", next_step="reminder")

        assert (nothing.stage, a_word.stage) == (Stage.ESCALATION, Stage.REVISIT)


class TestBooking:
    @pytest.mark.parametrize(
        ("field", "hours", "people"),
        [("at", -1, TWO), ("at", 24 * 400, TWO), ("people", 24, ("Ms Lin", "Ms Lin"))],
    )
    def test_that_cannot_be_is_refused_by_its_field(
        self, revisited: Case, visiting_house: HousePolicy, field: str, hours: int, people: tuple[str, ...]
    ) -> None:
        now = revisited.wanted_at
        event = VisitBooked(at=now + timedelta(hours=hours), people=people)

        reason = refusal(revisited, event, now, visiting_house)

        assert reason is not None
        assert reason.startswith(f"{field}: ")

    def test_is_refused_where_no_call_or_visit_comes_next(
        self, case: Case, visiting_house: HousePolicy, patient_house: HousePolicy, revisited: Case
    ) -> None:
        event = VisitBooked(at=case.wanted_at + timedelta(days=1), people=TWO)

        for asked, house, says in (
            (case, visiting_house, "only a call or a visit"),
            (revisited, patient_house, "makes no appointments"),
        ):
            reason = refusal(asked, event, case.wanted_at, house)
            assert reason is not None
            assert says in reason

    def test_while_somebody_is_on_the_way_takes_the_place_of_what_was_arranged(
        self, revisited: Case, visiting_house: HousePolicy
    ) -> None:
        case, at = handed_over(revisited, visiting_house)
        event = VisitBooked(at=at + timedelta(days=2), people=TWO)

        booked = decide(case, event, at, visiting_house)

        assert case.appointment is not None
        assert booked.lines[0].facts["in_place_of"] == case.appointment.key
        coming = whats_next(booked.case, visiting_house, at)
        assert isinstance(coming, WantContact)
        assert (coming.from_at, coming.contact.people) == (event.at, 2)
        late = ContactMade(contact=coming.contact.model_copy(update={"attempt": 1}), at=at, planned_at=at)
        assert decide(booked.case, late, at, visiting_house).case == booked.case
