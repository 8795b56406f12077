"""Whatever is said to a case and in whatever order, it stays a case: nothing is lost, doubled or stuck."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledger_reading import LedgerReading

from gateways.policy_file import policies_in
from lending.days import local_day
from lending.payday import MonthlyPay, Rhythm, WeeklyPay
from lending.statement import FixedCosts, Income, OtherDebt, Statement
from statemachine.agenda import BY_PEOPLE, WaitUntil, WantContact, whats_next
from statemachine.case import SEEN_AT_MOST, Account, Case
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade, Grievance
from statemachine.decide import decide, open_case, refusal
from statemachine.decision import Contact, Decision
from statemachine.escalation import HURTS
from statemachine.events import ContactFailed, ContactLapsed, ContactMade, ContactRefused, Report, TimeReached
from statemachine.fact import FactName
from statemachine.findings import Findings
from statemachine.hold_kind import Stops, shown
from statemachine.limitation import limitation_of
from statemachine.machine_messages import DeliveryReported
from statemachine.messages import (
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
from statemachine.person_name import same_person
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, HoldReason, Stage, Tone
from statemachine.step import next_rung
from statemachine.transitions import LADDER, MOVES

HOUSES: tuple[HousePolicy, ...] = tuple(policy.house for policy in policies_in().values())
OWED_MINOR = 10_000
NEIGHBOURS = {(source, target) for (source, _), target in MOVES.items()}
NEIGHBOURS |= {
    (Stage.PLAN_ACTIVE, Stage.ESCALATION)
}  # over revisit: the plan of a time-barred debt has ended

references = st.sampled_from(["P-1", "P-2", "P-3", "P-4", "P-5", "P-6"])
channels = st.lists(st.sampled_from(Channel), max_size=4, unique=True).map(tuple)
zones = st.sampled_from([("Asia/Shanghai",), ("America/New_York", "Pacific/Honolulu"), ()])
some_days = st.none() | st.integers(-1, 120)
names = st.sampled_from(["", "Ms Chen", "Ms Chen"])
decisions = st.sampled_from(["refer", "sell", "write_off", "settle", "back_to_revisit", "back_to_revisit"])
fortnights = st.builds(
    WeeklyPay, rhythm=st.just(Rhythm.FORTNIGHTLY), paid_on=st.dates(date(2026, 1, 1), date(2026, 2, 1))
)


class Life(RuleBasedStateMachine):
    """A case, the money that stands, and the keys of the contacts made so far."""

    case: Case
    house: HousePolicy
    now: datetime
    in_flight: Contact | None = None
    told_of_difficulty: bool = False

    @initialize(
        house=st.sampled_from(HOUSES),
        zones=zones,
        days=st.integers(0, 200),
        income_minor=st.sampled_from([None, 0, 4_000, 10**7]),
        channels=channels,
    )
    def opens(
        self,
        house: HousePolicy,
        zones: tuple[str, ...],
        days: int,
        income_minor: int | None,
        channels: tuple[Channel, ...],
    ) -> None:
        self.house, self.now = house, datetime(2026, 1, 30, 6, tzinfo=UTC)
        account = Account(
            lender="harbour", loan_id="L-1", borrower_id="B-1", episode=1, balance_minor=OWED_MINOR,
            currency="CNY", overdue_since=local_day(self.now, zones) - timedelta(days=days), zones=zones,
            channels=channels, language="en", monthly_income_minor=income_minor,
        )  # fmt: skip
        self.reading = LedgerReading(OWED_MINOR, zones, house.promise)
        opened = open_case(account, self.now, house)
        self.case = opened.case
        self.writes(opened)
        self.money: dict[str, tuple[int, datetime]] = {}
        self.bounced_at: dict[str, datetime] = {}
        self.stated: tuple[int, datetime] | None = None
        self.keys_made: list[str] = []

    def takes(self, event: Message | Report) -> Decision:
        """One event, with the rules that hold for every event."""
        before = self.case
        decision = decide(before, event, self.now, self.house)
        self.case = decision.case
        assert self.case.stage is before.stage or (before.stage, self.case.stage) in NEIGHBOURS
        assert decision.accepted or self.case.model_copy(update={"seen": before.seen}) == before
        assert decision.lines or self.case == before
        self.writes(decision)
        is_hard = isinstance(event, HardshipReported) or (
            isinstance(event, HoldPlaced) and event.reason in (HoldReason.ILLNESS, HoldReason.BEREAVEMENT)
        )
        self.told_of_difficulty |= decision.accepted and is_hard
        return decision

    def writes(self, decision: Decision) -> None:
        """The decision's lines, as the ledger keeps them."""
        for line in decision.lines:
            self.reading.read(self.now, line.kind, line.model_dump(mode="json")["facts"])

    def day(self, days: int | None) -> date | None:
        """A day of the borrower's calendar, so many days from now."""
        return None if days is None else local_day(self.now, self.case.account.zones) + timedelta(days=days)

    @rule(
        reference=references,
        amount_minor=st.sampled_from([1, 900, 2_500, 5_000, 9_999, 12_000]),
        days_ago=st.sampled_from([0, 0, 1, 9]),
    )
    def is_paid(self, reference: str, amount_minor: int, days_ago: int) -> None:
        booked_at = max(self.now - timedelta(days=days_ago), self.case.opened_at)
        if reference not in self.money and not self.case.is_closed:
            self.money[reference] = amount_minor, booked_at
        self.takes(
            PaymentReceived(
                reference=reference, amount_minor=amount_minor, currency="CNY", received_at=booked_at
            )
        )

    @rule(reference=references, days_ago=st.sampled_from([None, 0, 5]))
    def has_a_payment_reversed(self, reference: str, days_ago: int | None) -> None:
        at = None if days_ago is None else self.now - timedelta(days=days_ago)
        if not self.case.is_closed:
            self.bounced_at.setdefault(reference, at or self.now)
        self.takes(PaymentReversed(payment=reference, reversed_at=at))

    @rule(
        overdue_minor=st.sampled_from([0, 1, 5_000, 15_000, 15_000]),
        days_ago=st.sampled_from([None, 0, 3, 12]),
    )
    def has_its_balance_stated(self, overdue_minor: int, days_ago: int | None) -> None:
        as_of = None if days_ago is None else self.now - timedelta(days=days_ago)
        if not self.case.is_closed and (self.stated is None or (as_of or self.now) >= self.stated[1]):
            self.stated = overdue_minor, as_of or self.now
        self.takes(BalanceStated(overdue_minor=overdue_minor, currency="CNY", as_of=as_of))

    def owed_minor(self) -> int:
        """What was stated last, or what the case opened with, and every payment on the side of it where it belongs."""
        owed_minor, as_of = self.stated or (OWED_MINOR, datetime.min.replace(tzinfo=UTC))
        for reference, (amount_minor, booked_at) in self.money.items():
            bounced_at = self.bounced_at.get(reference)
            if booked_at > as_of and bounced_at is None:
                owed_minor -= amount_minor
            if booked_at <= as_of and bounced_at is not None and bounced_at > as_of:
                owed_minor += amount_minor
        return owed_minor

    @rule(amount_minor=st.integers(1, OWED_MINOR), days=st.integers(-1, 63))
    def is_promised(self, amount_minor: int, days: int) -> None:
        due_on = self.day(days)
        assert due_on is not None
        self.takes(PromiseMade(amount_minor=amount_minor, due_on=due_on))

    @rule(
        reason=st.sampled_from(HoldReason),
        since=st.none() | st.integers(-40, 1),
        days=some_days | st.integers(-30, 9),
        review=st.none() | st.integers(-1, 30),
    )
    def is_held(self, reason: HoldReason, since: int | None, days: int | None, review: int | None) -> None:
        dated = {"since": self.day(since), "until": self.day(days), "review_on": self.day(review)}
        self.takes(HoldPlaced(reason=reason, **dated))

    @rule(reason=st.sampled_from(HoldReason), by=names)
    def is_released(self, reason: HoldReason, by: str) -> None:
        self.takes(HoldReleased(reason=reason, by=by))

    @precondition(lambda self: self.case.holds)
    @rule(by=names)
    def is_released_from_everything(self, by: str) -> None:
        for hold in self.case.holds:
            self.takes(HoldReleased(reason=hold.reason, by=by))

    @rule(days=some_days)
    def reports_hardship(self, days: int | None) -> None:
        self.takes(HardshipReported(support_need="time", until=self.day(days)))

    @rule(result=st.sampled_from(["upheld", "rejected"]))
    def is_disputed(self, result: Literal["upheld", "rejected"]) -> None:
        self.takes(DisputeOpened(reason="paid"))
        self.takes(DisputeResolved(result=result))

    @rule(
        wages_minor=st.sampled_from([0, 400_000, 400_001, 402_000, 10**7]),
        pay=st.none() | st.builds(MonthlyPay, day=st.integers(1, 31)) | fortnights,
        debt_minor=st.sampled_from([0, 50_000]),
    )
    def states_a_budget(self, wages_minor: int, pay: MonthlyPay | WeeklyPay | None, debt_minor: int) -> None:
        debts = (OtherDebt(reference="card 1", balance_minor=debt_minor),) if debt_minor else ()
        costs = FixedCosts(housing_minor=400_000)
        statement = Statement(
            currency="CNY",
            income=Income(wages_minor=wages_minor),
            fixed_costs=costs,
            pay=pay,
            other_debts=debts,
        )
        self.takes(BudgetStated(statement=statement))

    @rule(
        instalments=st.sampled_from([None, None, 2, 6, 60]),
        amount_minor=st.sampled_from([None, None, 1, 3_000, 10**15]),
        day=st.sampled_from([None, None, 1, 31]),
        days=some_days,
    )
    def agrees_a_plan(
        self, instalments: int | None, amount_minor: int | None, day: int | None, days: int | None
    ) -> None:
        named = {"instalments": instalments, "amount_minor": amount_minor, "day": day}
        self.takes(PlanAccepted(**named, first_due_on=self.day(days)))

    @rule()
    def agrees_to_what_is_offered(self) -> None:
        self.takes(PlanAccepted())

    @rule(name=st.sampled_from(FactName), given=st.booleans(), since=some_days, until=some_days)
    def tells_a_fact(self, name: FactName, given: bool, since: int | None, until: int | None) -> None:
        at = {
            field: None if days is None else self.now + timedelta(days=days)
            for field, days in (("since", since), ("until", until))
        }
        self.takes(FactTold(name=name, given=given, **at))

    @rule()
    def declines_the_plan(self) -> None:
        self.takes(PlanDeclined())

    @rule(
        channel=st.sampled_from(BY_PEOPLE),
        result=st.sampled_from([*get_args(CallResult), *get_args(VisitResult)]),
        next_step=st.sampled_from(get_args(NextStep)),
        days=some_days,
        named=st.sampled_from(["no task", "its task", "another"]),
        needs=st.sampled_from(["", "time"]),
    )
    def is_visited(
        self, channel: Channel, result: str, next_step: str, days: int | None, named: str, needs: str
    ) -> None:
        """What came of a call or visit; what is refused changes nothing, and its field is named."""
        visit = self.case.appointment
        tasks = {"no task": None, "its task": (visit and visit.task) or 1, "another": 10**6}
        step = {"visit": "next_visit_on", "reminder": "remind_on"}.get(next_step, "next_visit_on")
        report = VisitReported(channel=channel, result=result, next_step=next_step, task=tasks[named],
                               findings=Findings(support_needs=needs), **{step: self.day(days)})  # fmt: skip
        refused = refusal(self.case, report, self.now, self.house)
        made = self.case.contacts_made
        decision = self.takes(report)
        assert decision.accepted or refused or self.case.is_closed
        assert refused is None or refused.split(":")[0] in VisitReported.model_fields
        self.told_of_difficulty |= decision.accepted and next_step == "hold"
        assert made <= self.case.contacts_made <= made + 1

    @rule(days=st.integers(-1, 400), people=st.sampled_from([("Lin",), ("Lin", "Wu"), ("Lin", "Lin")]))
    def is_booked(self, days: int, people: tuple[str, ...]) -> None:
        at = self.now + timedelta(days=days)
        booked = self.takes(VisitBooked(at=at, people=people))
        if booked.accepted:
            visit = self.case.appointment
            assert visit is not None
            assert (visit.at, visit.people, visit.made_at) == (at, people, None)

    @rule(stop=channels, allow=channels)
    def wishes(self, stop: tuple[Channel, ...], allow: tuple[Channel, ...]) -> None:
        self.takes(PreferenceChanged(stop=stop, allow=allow))

    @precondition(lambda self: self.case.tries)
    @rule(which=st.integers(0, 59), status=st.sampled_from(["delivered", "soft_bounce", "hard_bounce"]))
    def has_a_message_told_of(
        self, which: int, status: Literal["delivered", "soft_bounce", "hard_bounce"]
    ) -> None:
        one = self.case.tries[which % len(self.case.tries)]
        if one.channel in (Channel.EMAIL, Channel.SMS):
            self.takes(
                DeliveryReported(step=one.step, attempt=one.attempt, channel=one.channel, status=status)
            )

    @rule(
        decision=decisions,
        by=st.sampled_from(["Ms Chen", "ＭＳ chen", "Mr Wu"]),
        note=st.sampled_from(["", "why"]),
    )
    def is_decided_on(self, decision: str, by: str, note: str) -> None:
        before = self.case
        self.takes(EscalationDecided.model_validate({"decision": decision, "by": by, "note": note}))
        if self.case.is_closed and not before.is_closed and decision in HURTS:
            assert before.proposal is not None
            assert before.proposal.decision == decision
            assert not same_person(before.proposal.by, by)
            assert not before.is_stopped(Stops.DECISIONS)

    @rule(reference=st.sampled_from(["C-1", "C-2", "C-3"]), about=st.sampled_from(Grievance),
          channel=st.none() | st.sampled_from(Channel), days=st.none() | st.integers(-20, 1))  # fmt: skip
    def complains(self, reference: str, about: Grievance, channel: Channel | None, days: int | None) -> None:
        self.takes(
            ComplaintMade(reference=reference, about=about, channel=channel, received_on=self.day(days))
        )

    @rule(reference=st.sampled_from(["C-1", "C-2", "C-3"]), result=st.sampled_from(["upheld", "rejected"]))
    def is_answered(self, reference: str, result: str) -> None:
        answer = {"complaint": reference, "result": result, "by": "Mr Wu"}
        self.takes(ComplaintAnswered.model_validate(answer))

    @precondition(lambda self: self.in_flight is None)
    @rule()
    def is_forgotten_for_years(self) -> None:
        """Nothing ran: what is judged then is judged once."""
        self.now += timedelta(days=1100)
        self.takes(TimeReached())

    @rule(strategy=st.sampled_from(["standard", "gentle", "plan_first", "long_overdue"]))
    def has_its_strategy_chosen(self, strategy: str) -> None:
        self.takes(StrategyChosen(strategy=strategy, by="Ms Tan"))

    @precondition(lambda self: len(self.keys_made) > 6)
    @rule()
    def is_withdrawn(self) -> None:
        self.takes(Withdrawn(reason="sold"))

    @precondition(lambda self: self.in_flight is None and not self.case.is_closed)
    @rule(days_without_news=st.integers(1, 40))
    def waits(self, days_without_news: int) -> None:
        """The wait ends: a contact goes to the door, or what has come due is judged and no longer waited for."""
        coming = whats_next(self.case, self.house, self.now)
        if isinstance(coming, WantContact):
            self.now = max(self.now, coming.from_at)
            again = whats_next(self.case, self.house, self.now)
            self.in_flight = again.contact if isinstance(again, WantContact) else None
        elif isinstance(coming, WaitUntil):
            self.now = max(self.now, coming.at)
            self.takes(TimeReached())
            assert self.case.is_closed or whats_next(self.case, self.house, self.now) != coming
        else:
            self.now += timedelta(days=days_without_news)

    @precondition(lambda self: self.in_flight is not None)
    @rule(hours_late=st.sampled_from([0, 0, 0, 2, 900]), hours_open=st.sampled_from([None, 0, 7]))
    def is_contacted(self, hours_late: int, hours_open: int | None) -> None:
        contact, planned_at = self.landed(), self.now
        self.now += timedelta(hours=hours_late)
        self.keys_made.append(contact.key(self.case.case_id))
        closes_at = None if hours_open is None else self.now + timedelta(hours=hours_open)
        self.takes(
            ContactMade(contact=contact, at=self.now, planned_at=planned_at, closes_at=closes_at,
                        task=len(self.keys_made))
        )  # fmt: skip

    @precondition(lambda self: self.in_flight is not None)
    @rule(days=st.none() | st.integers(0, 20), reachable=channels)
    def is_not_contacted(self, days: int | None, reachable: tuple[Channel, ...]) -> None:
        next_at = None if days is None else self.now + timedelta(days=days)
        self.takes(ContactRefused(contact=self.landed(), rule="r", reason="why", next_at=next_at,
                                  reachable=reachable))  # fmt: skip

    @precondition(lambda self: self.in_flight is not None)
    @rule(bounced=st.booleans())
    def is_missed(self, bounced: bool) -> None:
        contact = self.landed()
        self.takes(
            ContactFailed(contact=contact, reason="bounced") if bounced else ContactLapsed(contact=contact)
        )

    def landed(self) -> Contact:
        """The contact that was in flight."""
        contact, self.in_flight = self.in_flight, None
        assert contact is not None
        return contact

    @invariant()
    def owes_what_was_stated_last_less_the_payments_after_it_that_stand(self) -> None:
        assert self.case.balance_minor == self.owed_minor()
        assert self.case.is_closed or self.case.balance_minor > 0

    @invariant()
    def is_what_its_lines_alone_tell(self) -> None:
        assert (self.reading.stage, self.reading.balance_minor) == (self.case.stage, self.case.balance_minor)
        told = [(one.due_on, one.state, tuple(one.payments)) for one in self.reading.promises]
        assert told == [(one.due_on, one.state, one.payments) for one in self.case.promises]
        assert self.reading.holds == Counter(
            (shown(hold.reason), hold.starts_at.isoformat(), hold.until_at and hold.until_at.isoformat())
            for hold in self.case.holds
        )

    @invariant()
    def agrees_no_plan_over_more_or_less_than_is_owed(self) -> None:
        assert all(planned_minor == owed_minor for planned_minor, owed_minor in self.reading.plans)

    @invariant()
    def has_an_outcome_only_when_closed_and_a_plan_only_while_it_runs(self) -> None:
        assert self.case.is_closed == (self.case.outcome is not None)
        assert self.case.is_closed or (self.case.plan is not None) == (self.case.stage is Stage.PLAN_ACTIVE)

    @invariant()
    def knows_what_comes_next_and_contacts_nobody_on_hold(self) -> None:
        if self.case.is_closed:
            return
        coming = whats_next(self.case, self.house, self.now)
        assert not (isinstance(coming, WantContact) and (self.case.holds or self.case.open_promises))
        assert self.case.stage not in LADDER or next_rung(self.case, self.house) is not None

    @invariant()
    def is_never_spoken_to_in_a_dunning_voice_once_a_difficulty_was_told(self) -> None:
        if self.told_of_difficulty and not self.case.is_closed:
            coming = whats_next(self.case, self.house, self.now)
            assert not isinstance(coming, WantContact) or coming.contact.tone is Tone.CARING

    @invariant()
    def waits_for_its_complaints_and_no_longer(self) -> None:
        held = any(hold.reason is HoldReason.COMPLAINT for hold in self.case.holds)
        assert self.case.is_closed or held == any(one.holds for one in self.case.open_complaints)

    @invariant()
    def keeps_a_proposal_only_where_it_can_be_approved(self) -> None:
        if self.case.proposal:
            assert self.case.stage is Stage.ESCALATION
            assert not self.case.is_stopped(Stops.DECISIONS)

    @invariant()
    def chases_no_time_barred_debt_silently(self) -> None:
        if self.case.is_closed:
            return
        coming = whats_next(self.case, self.house, self.now)
        limit = limitation_of(self.case, self.house)
        if isinstance(coming, WantContact) and limit and self.now >= limit.barred_at:
            assert coming.contact.time_barred
            assert self.case.time.accepted_by or self.case.stage is Stage.PLAN_ACTIVE
        if isinstance(coming, WantContact):
            assert coming.contact.channel not in self.case.paused_channels

    @invariant()
    def knows_of_the_visit_that_its_lines_tell_of(self) -> None:
        visit = self.case.appointment
        assert (self.reading.visit, self.reading.not_done) == (visit and visit.step, self.case.not_done)

    @invariant()
    def keeps_a_visit_only_while_somebody_may_make_it(self) -> None:
        visit = self.case.appointment
        if visit is None:
            return
        assert self.case.stage in (*LADDER, Stage.REVISIT)
        assert not self.case.holds
        assert not self.case.open_promises
        assert (visit.made_at is None) == (visit.due_at is None)

    @invariant()
    def gives_a_visit_up_after_as_many_tries_as_the_house_says(self) -> None:
        assert self.house.visits is not None
        assert self.case.not_done <= self.house.visits.tries

    @invariant()
    def is_the_same_after_a_journey_through_json(self) -> None:
        assert Case.model_validate_json(self.case.model_dump_json()) == self.case

    @invariant()
    def remembers_a_bounded_number_of_messages(self) -> None:
        assert len(self.case.seen) <= SEEN_AT_MOST

    @invariant()
    def makes_no_contact_twice(self) -> None:
        assert len(set(self.keys_made)) == len(self.keys_made)


Life.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnySequence = Life.TestCase
