"""Complaints: what each pauses, how several lie together, by when they are answered."""

from datetime import date, datetime, timedelta

import pytest

from statemachine.agenda import WaitForPerson, WantContact, whats_next
from statemachine.case import Case
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade
from statemachine.decide import decide, refusal
from statemachine.hold_kind import Stops
from statemachine.messages import EscalationDecided, HoldPlaced, HoldReleased
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, HoldReason, Stage


def complaint(about: str, reference: str = "C-1", **more: object) -> ComplaintMade:
    """A complaint under this reference."""
    return ComplaintMade.model_validate({"reference": reference, "about": about, **more})


def answered(reference: str = "C-1", result: str = "rejected") -> ComplaintAnswered:
    """Its answer."""
    return ComplaintAnswered.model_validate({"complaint": reference, "result": result, "by": "Mr Wu"})


class TestComplaint:
    @pytest.mark.parametrize(
        ("about", "channel", "holds"),
        [
            *((about, None, True) for about in ("amount", "plan", "data", "conduct", "contact", "other")),
            *((about, "sms", True) for about in ("amount", "plan", "data")),
            *((about, "sms", False) for about in ("conduct", "contact", "other")),
        ],
    )
    def test_holds_all_routine_or_only_the_channel_it_is_about(
        self, case: Case, house: HousePolicy, monday: datetime, about: str, channel: str | None, holds: bool
    ) -> None:
        after = decide(case, complaint(about, channel=channel), monday, house).case
        assert after.is_stopped(Stops.CONTACT) is holds
        assert after.paused_channels == ((Channel.SMS,) if channel else ())

    def test_lets_a_resting_channel_out_until_it_is_answered(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        resting = decide(case, complaint("contact", channel="email"), monday, house).case
        coming = whats_next(resting, house, monday)
        assert isinstance(coming, WantContact)
        assert coming.contact.channel is Channel.SMS
        again = whats_next(decide(resting, answered(), monday, house).case, house, monday)
        assert isinstance(again, WantContact)
        assert again.contact.channel is Channel.EMAIL

    def test_holds_until_the_last_of_several_is_answered(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        for reference in ("C-1", "C-2", "C-3"):
            case = decide(case, complaint("data", reference), monday, house).case
        for reference in ("C-2", "C-1"):
            case = decide(case, answered(reference), monday, house).case
            assert case.shown_holds == ("complaint",)
            assert isinstance(whats_next(case, house, monday), WaitForPerson)
        assert decide(case, answered("C-3"), monday, house).case.holds == ()

    @pytest.mark.parametrize(("days", "late"), [(0, 0), (15, 0), (16, 1), (40, 25)])
    def test_is_answered_in_time_or_late_by_named_days(
        self, case: Case, house: HousePolicy, monday: datetime, days: int, late: int
    ) -> None:
        made = decide(case, complaint("amount"), monday, house)
        assert made.tasks[0].due_on == date(2026, 3, 24)
        decision = decide(made.case, answered(), monday + timedelta(days=days), house)
        assert decision.lines[0].facts["late_days"] == late
        assert ("late" in decision.lines[0].reason) is bool(late)

    def test_counts_its_days_from_the_day_it_was_received(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        made = decide(case, complaint("amount", received_on="2026-03-01"), monday, house)
        assert made.tasks[0].due_on == date(2026, 3, 16)

    @pytest.mark.parametrize("what", ["refer", "sell", "write_off"])
    def test_lets_nothing_be_decided_that_hurts(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime, what: str
    ) -> None:
        held = decide(cases[Stage.ESCALATION], complaint("conduct"), monday, house).case
        decision = EscalationDecided.model_validate({"decision": what, "by": "Ms Chen"})
        assert "complaint" in str(refusal(held, decision, monday, house))

    def test_is_refused_by_the_field_that_is_wrong(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(case, complaint("amount"), monday, house).case
        done = decide(case, answered(), monday, house).case
        for event, known, field in (
            (complaint("data"), case, "reference: "),
            (complaint("data", "C-2", received_on="2026-03-10"), case, "received_on: "),
            (answered("C-9"), case, "complaint: "),
            (answered(), done, "complaint: "),
            (HoldPlaced(reason=HoldReason.COMPLAINT), case, "reason: "),
            (HoldReleased(reason=HoldReason.COMPLAINT, by="Mr Wu"), case, "reason: "),
        ):
            why = refusal(known, event, monday, house)
            assert why is not None, event
            assert why.startswith(field), why
            assert decide(known, event, monday, house).case.complaints == known.complaints
