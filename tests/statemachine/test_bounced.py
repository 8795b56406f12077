"""A rung whose message did not arrive goes out again by another channel: once, in its rhythm, whatever the order."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.agenda import WantContact, whats_next
from statemachine.bounced import contact_again
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case
from statemachine.decision import Contact
from statemachine.events import ContactFailed, ContactMade, ContactRefused
from statemachine.machine_messages import DeliveryReported
from statemachine.messages import PlanAccepted, PreferenceChanged
from statemachine.policy import HousePolicy, VisitTerms
from statemachine.stage import Channel, Stage

EMAIL, SMS = Channel.EMAIL, Channel.SMS
WORDS = ("delivered", "soft_bounce", "hard_bounce", "rejected", "opted_out")
CAME_BACK = ("soft_bounce", "hard_bounce", "rejected", "opted_out")


def wanted(case: Case, house: HousePolicy, now: datetime) -> tuple[Contact, datetime]:
    """The contact that comes next, and from when on."""
    coming = whats_next(case, house, now)
    assert isinstance(coming, WantContact), coming
    return coming.contact, coming.from_at


def made(case: Case, house: HousePolicy, contact: Contact, at: datetime) -> Case:
    """The case after the contact went out."""
    return decide(case, ContactMade(contact=contact, at=at, planned_at=at), at, house).case


def word(step: str, channel: Channel, status: str, attempt: int = 1, **more: Any) -> DeliveryReported:
    """A provider's word."""
    return DeliveryReported(step=step, channel=channel, status=status, attempt=attempt, **more)


@pytest.fixture
def noticed(case: Case, house: HousePolicy, monday: datetime) -> Case:
    """The notice went out by e-mail on Monday."""
    return made(case, house, wanted(case, house, monday)[0], monday)


class TestBouncedRung:
    @pytest.mark.parametrize("status", CAME_BACK)
    def test_goes_out_again_at_once_by_the_next_channel_as_a_new_attempt(
        self, noticed: Case, house: HousePolicy, monday: datetime, status: str
    ) -> None:
        now = monday + timedelta(hours=3)
        case = decide(noticed, word("notice", EMAIL, status), now, house).case
        again, from_at = wanted(case, house, now)
        assert (again.step, again.channel, again.attempt, again.template) == ("notice", SMS, 2, "notice")
        assert (again.stage, from_at) == (Stage.REMINDER, now)

    def test_is_taken_once_and_the_rhythm_counts_from_what_went_out_again(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        later = monday + timedelta(days=2)
        case = decide(noticed, word("notice", EMAIL, "hard_bounce"), later, house).case
        case = made(case, house, wanted(case, house, later)[0], later)
        assert case.taken == ("notice",)
        contact, from_at = wanted(case, house, later)
        assert (contact.step, contact.attempt, from_at) == ("reminder_1", 1, later + timedelta(days=5))

    def test_was_taken_where_it_came_back_by_every_channel(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, word("notice", EMAIL, "hard_bounce"), monday, house).case
        case = made(case, house, wanted(case, house, monday)[0], monday)
        case = decide(case, word("notice", SMS, "rejected", attempt=2), monday, house).case
        assert wanted(case, house, monday)[0].step == "reminder_1"

    def test_stays_taken_where_the_word_came_that_it_arrived(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, word("notice", EMAIL, "soft_bounce"), monday, house).case
        case = decide(case, word("notice", EMAIL, "delivered"), monday, house).case
        contact, from_at = wanted(case, house, monday)
        assert (contact.step, from_at) == ("reminder_1", monday + timedelta(days=5))

    def test_uses_no_channel_that_the_borrower_stopped(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, PreferenceChanged(stop=(SMS,)), monday, house).case
        case = decide(case, word("notice", EMAIL, "hard_bounce"), monday, house).case
        assert wanted(case, house, monday)[0].step == "reminder_1"

    def test_goes_out_again_after_the_ladder_was_used_up_before_any_revisit(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        now = monday
        while case.stage is not Stage.REVISIT:
            contact, now = wanted(case, house, now)
            case = made(case, house, contact, now)
        case = decide(case, word("plan_offer", EMAIL, "hard_bounce"), now, house).case
        again, _ = wanted(case, house, now)
        assert (again.step, again.channel, again.stage) == ("plan_offer", SMS, Stage.REVISIT)
        assert again.plan is not None
        case = made(case, house, again, now)
        assert (wanted(case, house, now)[0].step, case.revisits_made) == ("revisit_6", 0)

    def test_is_nothing_any_more_once_a_plan_is_agreed(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, PlanAccepted(), monday, house).case
        case = decide(case, word("notice", EMAIL, "hard_bounce"), monday, house).case
        assert contact_again(case, house, monday) is None

    def test_that_fails_at_once_leaves_the_channels_of_the_next_rung_alone(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, word("notice", EMAIL, "rejected"), monday, house).case
        again = wanted(case, house, monday)[0]
        case = decide(case, ContactFailed(contact=again, reason="no"), monday, house).case
        contact, from_at = wanted(case, house, monday)
        assert (contact.step, contact.channel, contact.attempt) == ("reminder_1", EMAIL, 1)
        assert from_at == monday + timedelta(days=5)

    def test_that_the_law_bars_from_its_last_channel_was_taken_after_all(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, word("notice", EMAIL, "rejected"), monday, house).case
        again = wanted(case, house, monday)[0]
        no = ContactRefused(contact=again, rule="XA/consent", reason="needs consent", next_at=None,
                            reachable=tuple(Channel), closed=(SMS,))  # fmt: skip
        case = decide(case, no, monday, house).case
        assert case.stalled is None
        assert wanted(case, house, monday)[0].step == "reminder_1"

    def test_that_nobody_may_make_by_any_channel_stalls_like_every_other(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, word("notice", EMAIL, "rejected"), monday, house).case
        again = wanted(case, house, monday)[0]
        no = ContactRefused(contact=again, rule="hold", reason="held", next_at=None,
                            reachable=tuple(Channel))  # fmt: skip
        case = decide(case, no, monday, house).case
        assert (case.stalled, wanted(case, house, monday)[0].step) == ("hold", "notice")


class TestInstalmentReminder:
    def test_that_came_back_goes_out_by_the_next_channel_and_not_where_it_arrived_after_all(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        case = decide(noticed, PlanAccepted(), monday, house).case
        contact, now = wanted(case, house, monday)
        case = made(case, house, contact, now)
        assert (contact.step, contact.channel) == ("plan1_due_1", SMS)
        back = decide(case, word("plan1_due_1", SMS, "soft_bounce"), now, house).case
        again = wanted(back, house, now)[0]
        assert (again.step, again.channel, again.attempt) == ("plan1_due_1", EMAIL, 2)
        arrived = decide(back, word("plan1_due_1", SMS, "delivered"), now, house).case
        assert not isinstance(whats_next(arrived, house, now), WantContact)


class TestWord:
    @pytest.mark.parametrize("after", WORDS)
    @pytest.mark.parametrize("before", WORDS)
    def test_holds_where_it_is_further_whatever_the_order(
        self, noticed: Case, house: HousePolicy, monday: datetime, before: str, after: str
    ) -> None:
        def told(*words: str) -> tuple[Any, ...]:
            case = noticed
            for one in words:
                case = decide(case, word("notice", EMAIL, one), monday, house).case
            return case.tries, contact_again(case, house, monday)

        assert told(before, after) == told(after, before) == told(before, after, before, after)

    def test_about_a_closed_case_is_absorbed(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime
    ) -> None:
        decision = decide(cases[Stage.CLOSED], word("notice", EMAIL, "delivered"), monday, house)
        assert not decision.accepted

    def test_says_which_channels_are_left_on_record(
        self, noticed: Case, house: HousePolicy, monday: datetime
    ) -> None:
        left = (SMS, Channel.PHONE, Channel.VISIT)
        case = decide(noticed, word("notice", EMAIL, "hard_bounce", reachable=left), monday, house).case
        assert case.account.channels == left

    def test_about_a_step_with_a_strange_name_changes_nothing_else(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime
    ) -> None:
        for step in ("plan1_due_x", "plan1_due_", "nobody-knows"):
            for case in cases.values():
                after = decide(case, word(step, SMS, "hard_bounce"), monday, house).case
                assert after.model_copy(update={"tries": case.tries}) == case


reports = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(WORDS), st.integers(0, 9)), max_size=30)


class TestLadder:
    @given(reports=reports, failing=st.sets(st.integers(0, 9)), left=st.sets(st.sampled_from(Channel)))
    def test_makes_no_rung_twice_by_one_channel_and_skips_none(
        self,
        account: Account,
        house: HousePolicy,
        monday: datetime,
        reports: list[tuple[int, str, int]],
        failing: set[int],
        left: set[Channel],
    ) -> None:
        """Words about any contact, early (before it is settled), late, doubled, contradicting each other."""
        channels = (*left, EMAIL)
        case = open_case(account.model_copy(update={"channels": channels}), monday, house).case
        sent: list[Contact] = []
        now, waiting = monday, list(reports)
        for number in range(40):
            contact, now = wanted(case, house, now)
            if case.stage is Stage.REVISIT and contact.step.startswith("revisit"):
                break
            assert contact.channel is not None
            if number in failing:
                case = decide(case, ContactFailed(contact=contact, reason="no"), now, house).case
                if wanted(case, house, now)[0].channel is None:
                    return  # stalled: no channel is left for this rung
                continue
            for which, status, _ in [one for one in waiting if one[2] == number]:
                about = ([*sent, contact])[which % (len(sent) + 1)]
                assert about.channel in (EMAIL, SMS)
                case = decide(case, word(about.step, about.channel, status, about.attempt), now, house).case
            sent.append(contact)
            case = made(case, house, contact, now)
        ways = [(one.step, one.channel) for one in sent]
        assert len(set(ways)) == len(ways)
        assert len({(one.step, one.attempt) for one in sent}) == len(sent)
        steps = [rung.step for rung in house.strategies["standard"]]
        assert list(dict.fromkeys(one.step for one in sent)) == steps == list(case.taken)


class TestBouncedRevisit:
    @pytest.fixture
    def writing_house(self, patient_house: HousePolicy) -> HousePolicy:
        """A house that revisits by e-mail, text and phone in turn."""
        channels = (EMAIL, SMS, Channel.PHONE)
        revisits = patient_house.revisits.model_copy(update={"channels": channels})
        return patient_house.model_copy(update={"revisits": revisits, "visits": VisitTerms()})

    @pytest.fixture
    def revisited(
        self, case: Case, writing_house: HousePolicy, monday: datetime
    ) -> tuple[Case, Contact, datetime]:
        """The first revisit went out by e-mail."""
        now = monday
        while not case.revisits_made:
            contact, from_at = wanted(case, writing_house, now)
            now = max(now, from_at)
            case = made(case, writing_house, contact, now)
        return case, contact, now

    def test_goes_out_again_at_once_by_the_next_channel_and_is_one_revisit(
        self, revisited: tuple[Case, Contact, datetime], writing_house: HousePolicy
    ) -> None:
        case, first, now = revisited
        assert first.channel is EMAIL
        case = decide(case, word(first.step, EMAIL, "hard_bounce", first.attempt), now, writing_house).case
        again, from_at = wanted(case, writing_house, now)
        assert (again.step, again.channel, again.attempt, from_at) == (first.step, SMS, 2, now)
        case = made(case, writing_house, again, now)
        assert case.revisits_made == 1
        following, from_at = wanted(case, writing_house, now)
        assert (following.step != first.step, from_at) == (True, now + timedelta(days=40))

    def test_goes_on_to_the_last_channel_and_then_waits_for_the_next_one(
        self, revisited: tuple[Case, Contact, datetime], writing_house: HousePolicy
    ) -> None:
        case, first, now = revisited
        for channel in (EMAIL, SMS):
            attempt = (EMAIL, SMS).index(channel) + 1
            case = decide(case, word(first.step, channel, "hard_bounce", attempt), now, writing_house).case
            again, _ = wanted(case, writing_house, now)
            case = made(case, writing_house, again, now)
        assert again.channel is Channel.PHONE
        assert contact_again(case, writing_house, now) is None
        assert case.revisits_made == 1

    def test_of_long_ago_does_not(
        self, revisited: tuple[Case, Contact, datetime], writing_house: HousePolicy
    ) -> None:
        case, first, now = revisited
        following, later = wanted(case, writing_house, now)
        case = made(case, writing_house, following, later)
        case = decide(case, word(first.step, EMAIL, "hard_bounce", first.attempt), later, writing_house).case
        assert contact_again(case, writing_house, later) is None

    def test_that_came_back_is_forgotten_with_the_next_revisit(
        self, revisited: tuple[Case, Contact, datetime], writing_house: HousePolicy
    ) -> None:
        case, first, now = revisited
        case = decide(case, word(first.step, EMAIL, "hard_bounce", first.attempt), now, writing_house).case
        again, _ = wanted(case, writing_house, now)
        case = made(case, writing_house, again, now)
        following, later = wanted(case, writing_house, now)
        case = made(case, writing_house, following, later)
        assert first.step not in case.taken
        case = decide(case, word(first.step, SMS, "hard_bounce", 2), later, writing_house).case
        assert contact_again(case, writing_house, later) is None

    def test_stays_away_under_rules_of_before_there_were_visits(
        self, revisited: tuple[Case, Contact, datetime], writing_house: HousePolicy
    ) -> None:
        """A case that runs under them decided so, and is replayed."""
        old = writing_house.model_copy(update={"visits": None})
        case, first, now = revisited
        case = decide(case, word(first.step, EMAIL, "hard_bounce", first.attempt), now, old).case
        assert contact_again(case, old, now) is None
        assert first.step not in case.taken
