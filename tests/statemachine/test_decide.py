"""The core answers every message and every report in every stage, always alike, and never raises."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import product
from typing import get_args

import pytest

from lending.payday import MonthlyPay
from lending.statement import FixedCosts, Income, Statement
from statemachine.case import Case
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade, Grievance
from statemachine.decide import decide, refusal
from statemachine.decision import Contact, Decision
from statemachine.events import (
    ContactFailed,
    ContactLapsed,
    ContactMade,
    ContactRefused,
    Report,
    TimeReached,
)
from statemachine.fact import FactName
from statemachine.findings import Findings
from statemachine.machine_messages import DeliveryReported
from statemachine.messages import (
    MESSAGE_TYPES,
    BalanceStated,
    BudgetStated,
    DisputeOpened,
    DisputeResolved,
    EscalationDecided,
    FactTold,
    HardshipReported,
    HoldPlaced,
    HoldReleased,
    Message,
    PaymentReceived,
    PaymentReversed,
    PlanAccepted,
    PlanDeclined,
    PreferenceChanged,
    PromiseMade,
    StrategyChosen,
    VisitBooked,
    VisitReported,
    Withdrawn,
)
from statemachine.people_messages import CallResult, NextStep, VisitResult
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, HoldReason, Place, Stage

FAR = date(9999, 12, 31)
FAR_AT = datetime(9999, 12, 30, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

STATEMENTS = (
    Statement(currency="CNY"),
    Statement(currency="CNY", income=Income(wages_minor=10**12), pay=MonthlyPay(day=31)),
    Statement(currency="CNY", income=Income(wages_minor=1000)),
    Statement(currency="CNY", fixed_costs=FixedCosts(housing_minor=10**12)),
    Statement(currency="GBP"),
)
MESSAGES: tuple[Message, ...] = (
    PaymentReceived(reference="P", amount_minor=1, currency="CNY"),
    PaymentReceived(reference="P", amount_minor=10**15, currency="CNY"),
    PaymentReceived(reference="P", amount_minor=1, currency="USD"),
    PaymentReversed(payment="before"),
    PaymentReversed(payment="nobody knows"),
    PaymentReversed(payment="before", reversed_at=FAR_AT),
    BalanceStated(overdue_minor=0, currency="CNY"),
    BalanceStated(overdue_minor=1, currency="EUR"),
    BalanceStated(
        overdue_minor=10**15, currency="CNY", as_of=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    ),
    BalanceStated(overdue_minor=1, currency="CNY", as_of=FAR_AT, overdue_since=FAR),
    BalanceStated(overdue_minor=1, currency="CNY", overdue_since=date.min),
    PromiseMade(amount_minor=1, due_on=date(2026, 3, 20)),
    PromiseMade(amount_minor=1, due_on=FAR),
    DisputeOpened(reason="paid"),
    DisputeResolved(result="upheld"),
    DisputeResolved(result="rejected"),
    HardshipReported(support_need="time"),
    HardshipReported(support_need="time", until=FAR),
    PlanAccepted(),
    PlanAccepted(instalments=60, first_due_on=FAR),
    PlanAccepted(amount_minor=10**15, day=31),
    *(BudgetStated(statement=statement) for statement in STATEMENTS),
    PlanDeclined(),
    *(HoldPlaced(reason=reason) for reason in HoldReason),
    HoldPlaced(reason=HoldReason.OPERATOR, until=FAR),
    HoldPlaced(reason=HoldReason.OPERATOR, until=date.min),
    *(HoldReleased(reason=reason) for reason in HoldReason),
    *(VisitReported(result="met", next_step=step) for step in get_args(NextStep)),
    *(
        VisitReported(channel=Channel.PHONE, result=result, findings=Findings(support_needs="time"))
        for result in (*get_args(CallResult), *get_args(VisitResult))
    ),
    VisitReported(result="not_met", next_step="visit", next_visit_on=FAR),
    VisitReported(result="not_met", next_step="reminder", remind_on=date(2026, 3, 20)),
    VisitReported(result="met", task=7),
    VisitBooked(at=FAR_AT, people=("Ms Lin", "Mr Wu")),
    VisitBooked(at=datetime(2026, 3, 20, 2, tzinfo=UTC), people=("Ms Lin", "Ms Lin")),
    PreferenceChanged(stop=tuple(Channel)),
    PreferenceChanged(not_before=time(20), not_after=time(8), language="en"),
    PreferenceChanged(not_on=("sat",), not_at=(Place.WORKPLACE,), representative=True),
    *(FactTold(name=name) for name in FactName),
    StrategyChosen(strategy="long_overdue", by="Ms Tan"),
    StrategyChosen(strategy="unheard-of", by="Ms Tan"),
    FactTold(name=FactName.CEASE_REQUESTED, given=False),
    FactTold(name=FactName.TEXT_CONSENT, since=LONG_AGO, until=FAR_AT),
    *(
        EscalationDecided(decision=what, by="Ms Tan")
        for what in ("refer", "sell", "write_off", "settle", "back_to_revisit")
    ),
    DeliveryReported(step="notice", channel=Channel.EMAIL, status="hard_bounce"),
    *(ComplaintMade(reference=f"C-{about}", about=about) for about in Grievance),
    ComplaintMade(
        reference="C-sms", about=Grievance.CONTACT, channel=Channel.SMS, received_on=date(2026, 3, 1)
    ),
    ComplaintMade(reference="C-old", about=Grievance.OTHER, received_on=date.min),
    ComplaintAnswered(complaint="C-before", result="upheld", by="Ms Tan"),
    ComplaintAnswered(complaint="nobody knows", result="rejected", by="Ms Tan"),
    Withdrawn(reason="sold"),
)


def reports(contact: Contact, at: datetime) -> Iterator[Report]:
    """Everything the door and the clock can say."""
    yield ContactMade(contact=contact, at=at, planned_at=at)
    yield ContactMade(
        contact=contact, at=at, planned_at=at - timedelta(days=9), moved_by="r", is_certain=False
    )
    for next_at, reachable in product((None, at), ((), tuple(Channel))):
        yield ContactRefused(contact=contact, rule="r", reason="why", next_at=next_at, reachable=reachable)
    yield ContactFailed(contact=contact, reason="bounced")
    yield ContactLapsed(contact=contact)
    yield TimeReached()


def burdened(case: Case, now: datetime, house: HousePolicy) -> Iterator[Case]:
    """The case as it stands, held, promising, and with a payment behind it."""
    yield case
    yield decide(case, HoldPlaced(reason=HoldReason.DISPUTE), now, house).case
    yield decide(case, ComplaintMade(reference="C-before", about=Grievance.PLAN), now, house).case
    due_on = now.date() + timedelta(days=3)
    yield decide(case, PromiseMade(amount_minor=10, due_on=due_on), now, house).case
    yield decide(case, PaymentReceived(reference="before", amount_minor=10, currency="CNY"), now, house).case


Answers = list[tuple[Case, Message | Report, datetime, Decision]]


@pytest.fixture(scope="module", params=Stage)
def answers(
    request: pytest.FixtureRequest, cases: dict[Stage, Case], monday: datetime, house: HousePolicy
) -> Answers:
    """Every message and report, at several times, to a case in one stage."""
    found = []
    for case in burdened(cases[request.param], monday, house):
        for stage, channel in product(Stage, (Channel.EMAIL, None)):
            contact = Contact(
                step="s", stage=stage, attempt=1, channel=channel, template="t", wanted_at=monday
            )
            events = (
                (*MESSAGES, *reports(contact, monday)) if stage is Stage.NOTICE else reports(contact, monday)
            )
            for event, later_days in product(events, (0, 100, 400)):
                now = monday + timedelta(days=later_days)
                found.append((case, event, now, decide(case, event, now, house)))
    return found


class TestDecide:
    def test_is_asked_here_about_every_kind_of_message(self) -> None:
        assert {message.kind for message in MESSAGES} == MESSAGE_TYPES.keys()

    def test_answers_everything_in_every_stage(self, answers: Answers) -> None:
        """The fixture has asked; reaching this line is the proof that nothing raised."""
        assert len(answers) > 1000

    def test_gives_the_same_answer_to_the_same_question(self, answers: Answers, house: HousePolicy) -> None:
        again = [decide(case, event, now, house) for case, event, now, _ in answers]

        assert again == [decision for *_, decision in answers]

    def test_says_why_whenever_it_does_nothing(self, answers: Answers) -> None:
        silent = [event for _, event, _, answer in answers if not answer.accepted and not answer.lines]

        assert silent == []

    def test_changes_nothing_it_does_not_accept(self, answers: Answers) -> None:
        for case, _, _, decision in answers:
            if not decision.accepted:
                assert decision.case.model_copy(update={"seen": case.seen}) == case

    def test_leaves_a_closed_case_alone(self, answers: Answers) -> None:
        for case, event, _, decision in answers:
            if case.is_closed:
                assert not decision.accepted, event
                assert decision.tasks == ()

    def test_writes_a_line_for_every_change(self, answers: Answers) -> None:
        for case, event, _, decision in answers:
            changed = decision.case.model_copy(update={"seen": case.seen}) != case
            assert decision.lines or not changed, event

    def test_answers_in_values_that_survive_json(self, answers: Answers) -> None:
        for *_, decision in answers[::7]:
            assert Decision.model_validate_json(decision.model_dump_json()).case == decision.case


class TestDuplicate:
    @pytest.mark.parametrize("message", [m for m in MESSAGES if m.kind != "payment"], ids=lambda m: m.kind)
    def test_counts_once_under_its_reference(
        self, case: Case, house: HousePolicy, monday: datetime, message: Message
    ) -> None:
        named = message.model_copy(update={"reference": "once"})
        first = decide(case, named, monday, house)
        if refusal(case, named, monday, house):
            return

        second = decide(first.case, named, monday, house)

        assert not second.accepted
        assert second.case == first.case
        assert "already taken in" in second.lines[0].reason


class TestRefusal:
    @pytest.mark.parametrize(
        ("message", "field", "named"),
        [
            (PaymentReceived(reference="P", amount_minor=1, currency="USD"), "currency", ("USD", "CNY")),
            (PromiseMade(amount_minor=1, due_on=date(2026, 3, 8)), "due_on", ("2026-03-08", "2026-03-09")),
            (PromiseMade(amount_minor=1, due_on=date(2026, 5, 11)), "due_on", ("2026-05-11", "62 days")),
            (
                PromiseMade(amount_minor=100_001, due_on=date(2026, 3, 9)),
                "amount_minor",
                ("100001", "100000"),
            ),
            (HoldPlaced(reason=HoldReason.DISASTER, until=date(2026, 3, 8)), "until", ("2026-03-08",)),
            (HoldPlaced(reason=HoldReason.DISASTER, until=FAR), "until", ("9999-12-31", "leave it out")),
            (HardshipReported(support_need="", until=date(2026, 3, 8)), "until", ("2026-03-08",)),
            (PlanAccepted(instalments=5), "instalments", ("5", "at most 4")),
            (PlanAccepted(first_due_on=date(2026, 3, 8)), "first_due_on", ("2026-03-08", "2026-03-09")),
            (PlanAccepted(first_due_on=date(2026, 5, 11)), "first_due_on", ("2026-05-11", "2026-05-10")),
            (BudgetStated(statement=Statement(currency="GBP")), "statement.currency", ("GBP", "CNY")),
            (PlanAccepted(amount_minor=5), "amount_minor", ("5", "send a budget")),
            (PlanAccepted(day=25), "day", ("25", "send a budget")),
            (
                PaymentReceived(reference="P", amount_minor=1, currency="CNY", received_at=LONG_AGO),
                "received_at",
                ("2020-01-01", "2026-02-27"),
            ),
            (PreferenceChanged(not_before=time(12), not_after=time(12)), "not_before", ("12:00:00",)),
        ],
        ids=lambda value: getattr(value, "kind", None),
    )
    def test_names_the_field_the_value_and_the_rule(
        self,
        case: Case,
        house: HousePolicy,
        monday: datetime,
        message: Message,
        field: str,
        named: tuple[str, ...],
    ) -> None:
        reason = refusal(case, message, monday, house)

        assert reason is not None
        assert reason.startswith(f"{field}: ")
        assert [text for text in named if text not in reason] == []
        assert decide(case, message, monday, house).case == case

    @pytest.mark.parametrize(
        "message",
        [
            PromiseMade(amount_minor=100_000, due_on=date(2026, 3, 9)),
            PromiseMade(amount_minor=1, due_on=date(2026, 5, 10)),
            HoldPlaced(reason=HoldReason.DISASTER, until=date(2026, 3, 9)),
            PlanAccepted(instalments=4, first_due_on=date(2026, 3, 9)),
            PlanAccepted(instalments=2, first_due_on=date(2026, 5, 10)),
        ],
        ids=lambda message: message.kind,
    )
    def test_begins_just_beyond_what_is_allowed(
        self, case: Case, house: HousePolicy, monday: datetime, message: Message
    ) -> None:
        assert refusal(case, message, monday, house) is None
        assert decide(case, message, monday, house).accepted

    def test_weighs_new_wishes_against_the_ones_already_noted(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        wished = decide(case, PreferenceChanged(not_after=time(12)), monday, house).case

        reason = refusal(wished, PreferenceChanged(not_before=time(12)), monday, house)

        assert reason is not None
        assert reason.startswith("not_before: 12:00:00")

    def test_takes_hours_over_midnight_for_a_borrower_who_works_at_night(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        assert refusal(case, PreferenceChanged(not_before=time(20), not_after=time(2)), monday, house) is None

    def test_leaves_a_borrower_at_least_one_day_to_be_reached(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        barred = PreferenceChanged(not_on=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))

        assert str(refusal(case, barred, monday, house)).startswith("not_on: ")

    @pytest.mark.parametrize(
        ("fact", "field"),
        [({"since": FAR_AT}, "since: "), ({"until": LONG_AGO}, "until: ")],
    )
    def test_takes_a_fact_only_from_when_it_is_known_and_to_a_later_end(
        self, case: Case, house: HousePolicy, monday: datetime, fact: dict[str, datetime], field: str
    ) -> None:
        told = FactTold(name=FactName.TEXT_CONSENT, **fact)  # type: ignore[arg-type]

        assert str(refusal(case, told, monday, house)).startswith(field)

    def test_counts_days_by_the_borrowers_calendar(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        """At 16:30 UTC it is already Tuesday in Shanghai."""
        tuesday = monday.replace(hour=16, minute=30)

        assert refusal(case, PromiseMade(amount_minor=1, due_on=monday.date()), tuesday, house)
        assert not refusal(case, PromiseMade(amount_minor=1, due_on=date(2026, 3, 10)), tuesday, house)


class TestOpenCase:
    def test_wants_its_notice_at_once(
        self, case: Case, house: HousePolicy, contact_made: Callable[..., Decision], monday: datetime
    ) -> None:
        made = contact_made(case, house)

        assert made.lines[0].facts["step"] == "notice"
        assert case.wanted_at == monday
