"""The ladder: every rung once, in order, by a channel that works, whatever went wrong before."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from statemachine.agenda import WantContact, whats_next
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case
from statemachine.decision import Contact, Decision
from statemachine.events import ContactFailed, ContactLapsed, ContactMade, ContactRefused
from statemachine.ladder import STALL_RETRY_DAYS
from statemachine.messages import PlanAccepted, PreferenceChanged, Withdrawn
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, Stage

STEPS = ["notice", "reminder_1", "reminder_2", "plan_offer"]


def wanted(case: Case, house: HousePolicy) -> WantContact:
    """What the case wants; it must be a contact."""
    coming = whats_next(case, house, case.wanted_at)
    assert isinstance(coming, WantContact), coming
    return coming


def refused(contact: Contact, next_at: datetime | None, *reachable: Channel) -> ContactRefused:
    """The door's no."""
    return ContactRefused(
        contact=contact,
        rule="window",
        reason="closed",
        next_at=next_at,
        reachable=reachable or tuple(Channel),
    )


class TestLadder:
    def test_takes_every_rung_once_in_order_and_then_revisits(
        self, case: Case, house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        steps, stages = [], [case.stage]
        while case.stage is not Stage.REVISIT:
            steps.append(wanted(case, house).contact.step)
            case = contact_made(case, house).case
            stages.append(case.stage)

        assert steps == STEPS
        assert stages == ["notice", "reminder", "reminder", "plan_offer", "revisit"]
        assert case.taken == tuple(STEPS)

    def test_counts_the_days_of_a_rung_from_the_contact_before_it(
        self, case: Case, house: HousePolicy, monday: datetime, contact_made: Callable[..., Decision]
    ) -> None:
        late = timedelta(days=3)

        noticed = contact_made(case, house, late).case

        assert wanted(noticed, house).from_at == monday + late + timedelta(days=5)

    def test_skips_nothing_after_an_outage_and_names_it(
        self, case: Case, house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        steps = []
        for _ in STEPS:
            decision = contact_made(case, house, timedelta(days=40))
            line = decision.lines[0]
            steps.append(line.facts["step"])
            assert line.facts["late_hours"] == 40 * 24
            assert line.reason.startswith("made late: it was planned for ")
            case = decision.case

        assert steps == STEPS

    def test_calls_nothing_late_that_was_made_within_the_hour(
        self, case: Case, house: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        line = contact_made(case, house, timedelta(hours=1)).lines[0]

        assert line.reason == "inside the permitted window"
        assert "late_hours" not in line.facts

    def test_serves_a_long_overdue_account_by_its_own_strategy(
        self, account: Account, house: HousePolicy, monday: datetime, contact_made: Callable[..., Decision]
    ) -> None:
        old = account.model_copy(update={"overdue_since": monday.date() - timedelta(days=90)})
        younger = account.model_copy(update={"overdue_since": monday.date() - timedelta(days=89)})
        case = open_case(old, monday, house).case
        steps = []
        while case.stage is not Stage.REVISIT:
            steps.append(wanted(case, house).contact.step)
            case = contact_made(case, house).case

        assert open_case(younger, monday, house).case.strategy == "standard"
        assert case.strategy == "long_overdue"
        assert steps == ["notice", "plan_offer"]

    def test_says_when_nobody_can_tell_whether_a_contact_went_out(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact = wanted(case, house).contact
        event = ContactMade(contact=contact, at=monday, planned_at=monday, is_certain=False)

        decision = decide(case, event, monday, house)

        assert decision.lines[0].kind == "unknown"
        assert decision.case.taken == ("notice",)

    def test_asks_nothing_of_a_case_that_closed_meanwhile(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact = wanted(case, house).contact
        closed = decide(case, Withdrawn(reason="sold"), monday, house).case

        decision = decide(closed, ContactMade(contact=contact, at=monday, planned_at=monday), monday, house)

        assert decision.case == closed
        assert decision.lines[0].reason == "the case is closed"

    def test_leaves_a_plan_alone_that_was_agreed_while_the_contact_went_out(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact = wanted(case, house).contact
        planned = decide(case, PlanAccepted(), monday, house).case

        made = decide(planned, ContactMade(contact=contact, at=monday, planned_at=monday), monday, house).case

        assert made.model_copy(update={"contacts_made": 0, "tries": ()}) == planned
        assert made.contacts_made == 1


class TestChannel:
    def test_is_the_next_one_when_the_first_fails(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        first = wanted(case, house).contact
        failed = decide(case, ContactFailed(contact=first, reason="bounced"), monday, house).case

        second = wanted(failed, house).contact

        assert (first.channel, second.channel) == (Channel.EMAIL, Channel.SMS)
        assert (second.step, second.attempt) == (first.step, 2)
        assert first.key(case.case_id) != second.key(case.case_id)

    def test_is_none_when_all_have_failed(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        for _ in range(2):
            event = ContactFailed(contact=wanted(case, house).contact, reason="bounced")
            case = decide(case, event, monday, house).case

        assert wanted(case, house).contact.channel is None

    def test_that_failed_is_tried_again_for_the_next_rung(
        self, case: Case, house: HousePolicy, monday: datetime, contact_made: Callable[..., Decision]
    ) -> None:
        event = ContactFailed(contact=wanted(case, house).contact, reason="bounced")
        noticed = contact_made(decide(case, event, monday, house).case, house).case

        assert wanted(noticed, house).contact.channel is Channel.EMAIL
        assert wanted(noticed, house).contact.attempt == 1

    def test_that_was_stopped_is_not_used_until_it_is_allowed_again(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        stopped = decide(case, PreferenceChanged(stop=(Channel.EMAIL,)), monday, house).case
        allowed = decide(stopped, PreferenceChanged(allow=(Channel.EMAIL,)), monday, house).case

        assert wanted(stopped, house).contact.channel is Channel.SMS
        assert wanted(allowed, house).contact.channel is Channel.EMAIL

    def test_that_failed_is_tried_again_once_the_borrower_has_said_how_to_reach_them(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        first = wanted(case, house).contact
        failed = decide(case, ContactFailed(contact=first, reason="bounced"), monday, house).case

        again = wanted(decide(failed, PreferenceChanged(language="en"), monday, house).case, house).contact

        assert again.channel is Channel.EMAIL
        assert again.key("c") != first.key("c")

    def test_is_one_the_borrower_has(self, account: Account, house: HousePolicy, monday: datetime) -> None:
        by_text = account.model_copy(update={"channels": (Channel.SMS,)})

        assert wanted(open_case(by_text, monday, house).case, house).contact.channel is Channel.SMS


class TestRefusedContact:
    def test_is_wanted_again_from_the_next_permitted_instant(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact, later = wanted(case, house).contact, monday + timedelta(days=1)

        decision = decide(case, refused(contact, later), monday, house)

        again = wanted(decision.case, house)
        assert (again.contact.key("c"), again.from_at) == (contact.key("c"), later)
        assert (decision.lines[0].rule, decision.lines[0].next_at) == ("window", later)

    def test_stalls_the_case_when_nobody_knows_an_instant(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact, look_again_at = wanted(case, house).contact, monday + timedelta(days=STALL_RETRY_DAYS)

        stalled = decide(case, refused(contact, None), monday, house)
        again = decide(stalled.case, refused(contact, None), look_again_at, house)

        assert stalled.case.stalled == "window"
        assert wanted(stalled.case, house).from_at == look_again_at
        assert [task.kind for task in stalled.tasks] == ["find_contact"]
        assert again.tasks == ()

    @pytest.mark.parametrize(
        ("rule", "reason", "kind", "note"),
        [
            ("representative", "named", "representative", "speak to the representative"),
            ("CN/cease", "cease_requested since 2026-01-05", "contact_stopped", "contact is stopped: cease_requested"),
            ("hold", "release it there", "contact_stopped", "contact is stopped: release it there"),
            ("case_changed", "its stage is reminder", "case_check", "its stage is reminder, as the ledger has it"),
            ("no_channel", "add an e-mail", "find_contact", "add an e-mail"),
        ],
    )  # fmt: skip
    def test_that_stalls_the_case_says_what_a_person_can_do(
        self, case: Case, house: HousePolicy, monday: datetime, rule: str, reason: str, kind: str, note: str
    ) -> None:
        no = refused(wanted(case, house).contact, None).model_copy(update={"rule": rule, "reason": reason})

        [task] = decide(case, no, monday, house).tasks

        assert (task.kind, task.note[: len(note)]) == (kind, note)

    def test_no_longer_stalls_once_a_contact_is_made(
        self, case: Case, house: HousePolicy, monday: datetime, contact_made: Callable[..., Decision]
    ) -> None:
        stalled = decide(case, refused(wanted(case, house).contact, None), monday, house).case

        assert contact_made(stalled, house).case.stalled is None

    def test_is_tried_at_once_when_the_borrowers_record_has_changed(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact = wanted(case, house).contact

        decision = decide(case, refused(contact, None, Channel.SMS), monday, house)

        again = wanted(decision.case, house)
        assert (again.contact.channel, again.from_at) == (Channel.SMS, monday)
        assert decision.case.stalled is None


class TestLapsedContact:
    def test_is_wanted_again_under_the_same_key(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact, later = wanted(case, house).contact, monday + timedelta(hours=9)

        again = wanted(decide(case, ContactLapsed(contact=contact), later, house).case, house)

        assert (again.contact.key("c"), again.from_at) == (contact.key("c"), later)

    def test_that_is_made_days_later_names_the_outage(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        contact, back_at = wanted(case, house).contact, monday + timedelta(days=14)
        for day in range(3):
            case = decide(case, ContactLapsed(contact=contact), monday + timedelta(days=day), house).case

        made = decide(case, ContactMade(contact=contact, at=back_at, planned_at=back_at), back_at, house)

        assert made.lines[0].facts["late_hours"] == 14 * 24
        assert f"planned for {monday:%Y-%m-%d}" in made.lines[0].reason
        assert made.case.lapsed_at is None
