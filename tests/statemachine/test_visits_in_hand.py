"""Calls and visits that are in a person's hands: nobody goes once it is no longer wanted, and nobody's neglect is the
borrower's."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from statemachine.agenda import WaitUntil, WantContact, whats_next
from statemachine.case import Case
from statemachine.decide import decide, refusal
from statemachine.events import ContactMade, TimeReached
from statemachine.fact import FactName
from statemachine.findings import Findings
from statemachine.messages import HoldPlaced, HoldReleased, Message, VisitBooked, VisitReported
from statemachine.people_messages import FactTold, PreferenceChanged
from statemachine.person_name import is_nobody, same_person
from statemachine.policy import HousePolicy, VisitTerms
from statemachine.stage import Channel, HoldReason, Stage, Tone
from statemachine.tone import tone_of

_HOURS = timedelta(hours=7)


@pytest.fixture(scope="module")
def visiting(house: HousePolicy) -> HousePolicy:
    """The house with appointments; it revisits by visit alone, and asks a person after three."""
    revisits = house.revisits.model_copy(update={"channels": (Channel.VISIT,), "escalate_after": 3})
    return house.model_copy(update={"visits": VisitTerms(notice_days=3, tries=1), "revisits": revisits})


def goes_on(case: Case, house: HousePolicy, now: datetime) -> tuple[Case, datetime]:
    """What comes next comes, as soon as it is wanted."""
    coming = whats_next(case, house, now)
    if isinstance(coming, WaitUntil):
        now = max(now, coming.at)
        return decide(case, TimeReached(), now, house).case, now
    assert isinstance(coming, WantContact), coming
    now = max(now, coming.from_at)
    made = ContactMade(contact=coming.contact, at=now, planned_at=now, closes_at=now + _HOURS, task=7)
    return decide(case, made, now, house).case, now


@pytest.fixture
def in_hand(case: Case, visiting: HousePolicy) -> tuple[Case, datetime]:
    """The first revisit, handed over to those who visit."""
    now = case.wanted_at
    while not (case.appointment and case.appointment.made_at):
        case, now = goes_on(case, visiting, now)
    return case, now


def told(at: tuple[Case, datetime], message: Message, house: HousePolicy) -> Case:
    """The case an hour later, with a word that was taken in."""
    case, now = at
    assert refusal(case, message, now + timedelta(hours=1), house) is None
    decision = decide(case, message, now + timedelta(hours=1), house)
    assert decision.accepted
    return decision.case


class TestVisitInHand:
    @pytest.mark.parametrize(
        "message",
        [
            PreferenceChanged(stop=(Channel.VISIT,)),
            PreferenceChanged(representative=True),
            FactTold(name=FactName.CEASE_REQUESTED),
            FactTold(name=FactName.HOSPITAL),
        ],
    )
    def test_is_withdrawn_once_the_borrower_wants_none(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy, message: Message
    ) -> None:
        case, now = in_hand

        decision = decide(case, message, now, visiting)

        assert decision.case.appointment is None
        assert "visit_withdrawn" in [line.kind for line in decision.lines]

    def test_stays_where_another_channel_is_stopped(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy
    ) -> None:
        assert (
            told(in_hand, PreferenceChanged(stop=(Channel.SMS,)), visiting).appointment
            == in_hand[0].appointment
        )

    def test_is_withdrawn_under_rules_that_know_no_appointments(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy
    ) -> None:
        case, now = in_hand
        without = visiting.model_copy(update={"visits": None})

        after = decide(case, TimeReached(), now + timedelta(days=2), without).case

        assert after.appointment is None

    def test_that_nobody_makes_is_no_ground_to_let_a_person_decide(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy
    ) -> None:
        case, now = in_hand
        for _ in range(40):
            case, now = goes_on(case, visiting, now)

        assert case.stage is Stage.REVISIT
        assert case.given_up >= 3

    def test_that_is_the_last_may_propose_that_a_person_decides(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy
    ) -> None:
        case, now = in_hand
        last = case.model_copy(update={"revisits_made": 2})
        report = VisitReported(
            result="met", next_step="escalate", findings=Findings(situation="has moved away")
        )

        after = told((last, now), report, visiting)

        assert after.stage is Stage.ESCALATION
        assert after.appointment is None

    @pytest.mark.parametrize("found", [{"support_needs": "someone to talk to"}, {"income": "none"}])
    def test_that_finds_a_difficulty_is_followed_by_a_kind_voice(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy, found: dict[str, Any]
    ) -> None:
        assert tone_of(in_hand[0]) is Tone.PLAIN

        after = told(
            in_hand, VisitReported(result="met", next_step="reminder", findings=Findings(**found)), visiting
        )

        assert tone_of(after) is Tone.CARING

    @pytest.mark.parametrize("people", [("Lin Mei", "lin mei "), ("Lin Mei", " "), ("Lin Mei", "\u3164")])
    def test_is_not_booked_for_one_who_is_counted_twice(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy, people: tuple[str, ...]
    ) -> None:
        case, now = in_hand
        booked = VisitBooked(at=now + timedelta(days=2), people=people, by="the office")

        reason = refusal(case, booked, now, visiting)

        assert reason is not None
        assert reason.startswith("people: ")


class TestVisitWithdrawnByAHold:
    @pytest.fixture
    def held(self, in_hand: tuple[Case, datetime], visiting: HousePolicy) -> tuple[Case, datetime]:
        """It was in a person's hands when the hold came, an hour ago."""
        hold = HoldPlaced(reason=HoldReason.OPERATOR)
        return told(in_hand, hold, visiting), in_hand[1] + timedelta(hours=1)

    @pytest.mark.parametrize("task", [7, None])
    def test_is_taken_in_once_where_it_was_made_all_the_same(
        self,
        in_hand: tuple[Case, datetime],
        held: tuple[Case, datetime],
        visiting: HousePolicy,
        task: int | None,
    ) -> None:
        visit = in_hand[0].appointment
        assert visit is not None
        now = held[1] + timedelta(hours=1)

        decision = decide(held[0], VisitReported(result="met", task=task), now, visiting)

        assert decision.lines[0].facts["contact"] == visit.key
        after = decision.case
        assert (after.revisits_made, after.contacts_made) == (
            held[0].revisits_made + 1,
            held[0].contacts_made + 1,
        )
        assert (after.withdrawn, after.told_tasks) == (None, (*held[0].told_tasks,))
        again = decide(after, VisitReported(result="met", task=7), now, visiting)
        assert again.accepted, "a later word on the same task"
        assert (again.case.revisits_made, again.case.contacts_made) == (
            after.revisits_made,
            after.contacts_made,
        )

    def test_counts_and_leaves_the_new_one_where_it_has_been_set_up_anew(
        self, held: tuple[Case, datetime], visiting: HousePolicy
    ) -> None:
        free = told(held, HoldReleased(reason=HoldReason.OPERATOR, by="Ms Tan"), visiting)
        anew, now = goes_on(free, visiting, held[1] + timedelta(hours=1))
        assert anew.appointment is not None

        after = told((anew, now), VisitReported(result="not_met", task=7), visiting)

        assert after.appointment == anew.appointment
        assert after.revisits_made == anew.revisits_made

    def test_is_none_that_a_report_means_which_comes_too_late_and_names_no_task(
        self, held: tuple[Case, datetime], visiting: HousePolicy
    ) -> None:
        later = held[1] + timedelta(days=3)

        decision = decide(held[0], VisitReported(result="met"), later, visiting)

        assert decision.lines[0].facts["contact"] == ""
        assert decision.case.revisits_made == held[0].revisits_made

    def test_that_nobody_had_in_hand_is_forgotten(
        self, in_hand: tuple[Case, datetime], visiting: HousePolicy
    ) -> None:
        case, now = in_hand
        assert case.appointment is not None
        set_up = case.appointment.model_copy(update={"made_at": None, "due_at": None, "task": None})
        after = told(
            (case.model_copy(update={"appointment": set_up}), now),
            HoldPlaced(reason=HoldReason.OPERATOR),
            visiting,
        )
        assert (after.appointment, after.withdrawn) == (None, None)


class TestName:
    @pytest.mark.parametrize(
        "typed",
        [
            "lin mei",
            "Lin  Mei.",
            "Lin\ufe0f Mei",
            "Lin\u034f Mei",
            "\u3164Lin Mei",
            "\u2800Lin Mei",
            "ＬＩＮ ＭＥＩ",
        ],
    )
    def test_is_the_same_person_however_it_is_typed(self, typed: str) -> None:
        assert same_person("Lin Mei", typed)

    @pytest.mark.parametrize("typed", ["", " ", ".", "\u3164", "\ufe0f", "\u2800", "--"])
    def test_without_a_letter_is_nobody(self, typed: str) -> None:
        assert is_nobody(typed)

    def test_of_another_is_another(self) -> None:
        assert not same_person("Lin Mei", "Lin Wei")
