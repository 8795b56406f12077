"""In which voice a case is spoken to."""

from datetime import datetime, timedelta

import pytest

from statemachine.agenda import WantContact, whats_next
from statemachine.case import Case
from statemachine.complaint_message import ComplaintMade, Grievance
from statemachine.decide import decide
from statemachine.messages import HardshipReported, HoldPlaced, HoldReleased
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Tone
from statemachine.tone import tone_of


class TestTone:
    def test_is_plain_while_nothing_hard_is_known(self, case: Case) -> None:
        assert tone_of(case) is Tone.PLAIN

    @pytest.mark.parametrize("reason", [HoldReason.ILLNESS, HoldReason.BEREAVEMENT, HoldReason.DISASTER])
    def test_is_caring_during_a_hold_for_a_difficulty_and_after_it(
        self, case: Case, house: HousePolicy, monday: datetime, reason: HoldReason
    ) -> None:
        held = decide(case, HoldPlaced(reason=reason), monday, house).case
        later = monday + timedelta(days=9)

        released = decide(held, HoldReleased(reason=reason, by="Ms Chen"), later, house).case

        assert tone_of(held) is Tone.CARING
        assert released.holds == ()
        wanted = whats_next(released, house, later)
        assert isinstance(wanted, WantContact)
        assert wanted.contact.tone is Tone.CARING

    @pytest.mark.parametrize("reason", [HoldReason.DISPUTE, HoldReason.OPERATOR])
    def test_stays_plain_for_a_hold_that_tells_of_no_difficulty(
        self, case: Case, house: HousePolicy, monday: datetime, reason: HoldReason
    ) -> None:
        held = decide(case, HoldPlaced(reason=reason), monday, house).case

        assert tone_of(held) is Tone.PLAIN

    def test_stays_caring_when_the_hold_itself_is_long_forgotten(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        told = decide(case, HardshipReported(support_need="a call in the evening"), monday, house).case

        forgotten = told.model_copy(update={"holds": (), "past_holds": ()})

        assert tone_of(forgotten) is Tone.CARING


class TestComplaint:
    def test_tells_of_no_difficulty(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        complained = decide(case, ComplaintMade(reference="C-1", about=Grievance.CONDUCT), monday, house).case
        assert complained.open_complaints
        assert tone_of(complained) is Tone.PLAIN
