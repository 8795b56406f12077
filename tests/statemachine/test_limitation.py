"""A debt near its limitation is told of; a time-barred one goes to a person, and only a knowing word revives it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from lending.limitation import LimitationTerms, Restarts
from statemachine.agenda import WaitUntil, WantContact, whats_next
from statemachine.appointment import Appointment
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case, refusal
from statemachine.decision import Contact, Decision
from statemachine.events import ContactMade, TimeReached
from statemachine.limitation import limitation_of
from statemachine.machine_messages import DeliveryReported
from statemachine.messages import (
    EscalationDecided,
    Message,
    PaymentReceived,
    PaymentReversed,
    PlanAccepted,
    PromiseMade,
    VisitReported,
)
from statemachine.policy import HousePolicy, VisitTerms
from statemachine.stage import Channel, Stage

TERMS = LimitationTerms(years=3, restarts=(Restarts.ACKNOWLEDGEMENT, Restarts.DEMAND), alert_days=180)
BARRED_AT = datetime(2029, 2, 27, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def watching(house: HousePolicy) -> HousePolicy:
    """The house watches limitation, and offers its first message by e-mail."""
    return house.model_copy(update={"limitation": TERMS})


@pytest.fixture(scope="module")
def barred(case: Case, watching: HousePolicy) -> Case:
    """A case nobody was contacted in until its time had ended."""
    return decide(case, TimeReached(), BARRED_AT, watching).case


@pytest.fixture(scope="module")
def sent_back(barred: Case, watching: HousePolicy) -> Case:
    """The same, sent back to its revisits by a person who knew."""
    back = EscalationDecided(decision="back_to_revisit", by="Mr Wu")
    return decide(barred, back, BARRED_AT, watching).case


def ends_on(case: Case, house: HousePolicy) -> date:
    """The last day on which the debt can be claimed."""
    found = limitation_of(case, house)
    assert found is not None
    return found.ends_on


class TestLimitation:
    def test_runs_from_the_day_the_debt_was_overdue(self, case: Case, watching: HousePolicy) -> None:
        assert ends_on(case, watching) == date(2029, 2, 27)

    @pytest.mark.parametrize(
        "event",
        [
            PaymentReceived(reference="P-1", amount_minor=5, currency="CNY"),
            PromiseMade(amount_minor=5, due_on=date(2026, 3, 20)),
            PlanAccepted(),
            VisitReported(result="met"),
            VisitReported(channel=Channel.PHONE, result="conversation"),
        ],
        ids=lambda event: f"{event.kind} {getattr(event, 'result', '')}",
    )
    def test_runs_anew_from_an_acknowledgement_or_a_demand(
        self, case: Case, watching: HousePolicy, monday: datetime, event: Message
    ) -> None:
        assert ends_on(decide(case, event, monday, watching).case, watching) == date(2029, 3, 9)

    def test_does_not_for_money_that_did_not_stand_or_a_message_that_came_back(
        self, case: Case, watching: HousePolicy, monday: datetime, contact_made: Callable[..., Decision]
    ) -> None:
        paid = decide(
            case, PaymentReceived(reference="P-1", amount_minor=5, currency="CNY"), monday, watching
        ).case
        assert ends_on(decide(paid, PaymentReversed(payment="P-1"), monday, watching).case, watching) == date(
            2029, 2, 27
        )
        noticed = contact_made(case, watching).case
        assert ends_on(noticed, watching) == date(2029, 3, 9)
        bounced = DeliveryReported.model_validate(
            {"step": "notice", "channel": "email", "status": "hard_bounce"}
        )
        assert ends_on(decide(noticed, bounced, monday, watching).case, watching) == date(2029, 2, 27)

    def test_is_told_once_before_its_last_day(self, case: Case, watching: HousePolicy) -> None:
        alert_at = BARRED_AT - timedelta(days=181)
        told = decide(case, TimeReached(), alert_at, watching)
        assert [(task.kind, task.due_on) for task in told.tasks] == [("limitation", date(2029, 2, 27))]
        assert told.case.stage is case.stage
        again = decide(told.case, TimeReached(), alert_at + timedelta(days=1), watching)
        assert (again.tasks, again.lines) == ((), ())

    def test_is_not_watched_by_a_house_that_does_not_ask_for_it(self, case: Case, house: HousePolicy) -> None:
        assert limitation_of(case, house) is None
        assert decide(case, TimeReached(), BARRED_AT, house).case.stage is case.stage


class TestTimeBarredDebt:
    def test_goes_to_a_person_whatever_it_waited_for(
        self, barred: Case, case: Case, watching: HousePolicy
    ) -> None:
        assert (barred.stage, barred.time.barred_on) == (Stage.ESCALATION, date(2029, 2, 27))
        late = whats_next(case, watching, BARRED_AT + timedelta(days=9))
        assert isinstance(late, WaitUntil), "a contact that is moved past the last day is not made"

    def test_is_so_from_the_start_where_it_comes_so(
        self, account: Account, watching: HousePolicy, monday: datetime
    ) -> None:
        old = account.model_copy(update={"overdue_since": date(2019, 1, 1)})
        opened = open_case(old, monday, watching)
        assert opened.case.stage is Stage.ESCALATION
        assert [task.kind for task in opened.tasks] == ["escalation"]

    def test_is_never_referred_and_sold_only_with_a_reason(self, barred: Case, watching: HousePolicy) -> None:
        def why(what: str, note: str = "") -> str | None:
            decision = EscalationDecided.model_validate({"decision": what, "by": "Ms Chen", "note": note})
            return refusal(barred, decision, BARRED_AT, watching)

        assert str(why("refer")).startswith("decision: the debt is time-barred since 2029-02-27")
        assert why("refer", "all the same") is not None
        assert str(why("sell")).startswith("note: ")
        assert (
            why("sell", "the buyer knows")
            is why("write_off")
            is why("settle")
            is why("back_to_revisit")
            is None
        )

    def test_says_so_in_every_contact_once_a_person_sent_it_back(
        self, sent_back: Case, watching: HousePolicy, contact_made: Callable[..., Decision]
    ) -> None:
        coming = whats_next(sent_back, watching, BARRED_AT)
        assert isinstance(coming, WantContact)
        assert coming.contact.time_barred
        assert sent_back.time.accepted_by == "Mr Wu"

    def test_is_revived_by_a_promise_only_after_the_borrower_was_told(
        self, sent_back: Case, watching: HousePolicy
    ) -> None:
        now = BARRED_AT + timedelta(days=1)
        promise = PromiseMade(amount_minor=5, due_on=now.date() + timedelta(days=3))
        money = PaymentReceived(reference="P-9", amount_minor=5, currency="CNY")
        for event in (promise, money):
            assert decide(sent_back, event, now, watching).case.is_time_barred
        met = decide(sent_back, VisitReported(result="met"), now, watching).case
        assert decide(met, money, now, watching).case.is_time_barred
        revived = decide(met, promise, now, watching)
        assert not revived.case.is_time_barred
        assert ends_on(revived.case, watching) == date(2032, 2, 28)
        assert "runs anew" in revived.lines[-1].reason

    @pytest.mark.parametrize(("channel", "is_told"), [(Channel.EMAIL, True), (Channel.SMS, False)])
    def test_is_not_told_by_a_text_which_may_not_speak_of_a_debt(
        self, sent_back: Case, watching: HousePolicy, channel: Channel, is_told: bool
    ) -> None:
        contact = Contact(step="revisit1", stage=Stage.REVISIT, attempt=1, channel=channel, template="notice",
                          wanted_at=BARRED_AT, time_barred=True)  # fmt: skip
        made = ContactMade(contact=contact, at=BARRED_AT, planned_at=BARRED_AT)
        after = decide(sent_back, made, BARRED_AT, watching).case
        assert (after.time.told_on is not None) is is_told

    def test_goes_to_a_person_again_when_its_plan_ends(self, barred: Case, watching: HousePolicy) -> None:
        agreed = decide(barred, PlanAccepted(), BARRED_AT + timedelta(days=1), watching).case
        assert agreed.is_time_barred, "nobody had told them"
        assert agreed.stage is Stage.PLAN_ACTIVE
        over = decide(agreed, TimeReached(), BARRED_AT + timedelta(days=60), watching).case
        assert over.stage is Stage.ESCALATION


class TestDemand:
    def test_is_none_where_nobody_knows_whether_it_left_until_it_is_proven(
        self, case: Case, watching: HousePolicy, monday: datetime
    ) -> None:
        coming = whats_next(case, watching, monday)
        assert isinstance(coming, WantContact)
        sent = ContactMade(contact=coming.contact, at=monday, planned_at=monday, is_certain=False)
        unknown = decide(case, sent, monday, watching).case
        assert ends_on(unknown, watching) == date(2029, 2, 27)
        word = {"step": "notice", "channel": "email", "status": "delivered"}
        proven = decide(unknown, DeliveryReported.model_validate(word), monday, watching).case
        assert ends_on(proven, watching) == date(2029, 3, 9)

    def test_by_a_visit_counts_from_the_day_on_which_it_was_made(
        self, case: Case, watching: HousePolicy, monday: datetime
    ) -> None:
        house = watching.model_copy(update={"visits": VisitTerms()})
        visit = Appointment(
            key="K", step="revisit_1", stage=Stage.REVISIT, channel=Channel.VISIT, made_at=monday,
            due_at=monday + timedelta(hours=9), task=7,
        )  # fmt: skip
        in_hands = case.model_copy(update={"stage": Stage.REVISIT, "appointment": visit})
        told_at = monday + timedelta(days=2)
        met = decide(in_hands, VisitReported(result="met", task=7), told_at, house).case
        assert met.time.met_on == date(2026, 3, 9)
        unasked = decide(in_hands, VisitReported(channel=Channel.PHONE, result="met"), told_at, house).case
        assert unasked.time.met_on == date(2026, 3, 11)
