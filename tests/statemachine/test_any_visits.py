"""Whatever is told of calls and visits, booked and left undone: each step is taken once, and nobody goes in vain."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger_reading import LedgerReading

from gateways.policy_file import policies_in
from statemachine.agenda import BY_PEOPLE, WaitUntil, WantContact, whats_next
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case, refusal
from statemachine.decision import Decision
from statemachine.events import ContactMade, ContactRefused, Report, TimeReached
from statemachine.findings import Findings
from statemachine.messages import (
    EscalationDecided,
    HoldPlaced,
    HoldReleased,
    Message,
    PaymentReceived,
    PlanDeclined,
    PreferenceChanged,
    PromiseMade,
    VisitBooked,
    VisitReported,
)
from statemachine.people_messages import NextStep
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, HoldReason, Stage
from statemachine.transitions import LADDER

HOUSES: tuple[HousePolicy, ...] = tuple(policy.house for policy in policies_in().values())
AT_WORK = (*LADDER, Stage.REVISIT)


class Visited(RuleBasedStateMachine):
    """A case long overdue, the tasks of its calls and visits that stand, and the steps that were finished."""

    case: Case
    house: HousePolicy
    now: datetime

    @initialize(house=st.sampled_from(HOUSES))
    def opens(self, house: HousePolicy) -> None:
        self.house, self.now = house, datetime(2026, 1, 30, 6, tzinfo=UTC)
        account = Account(
            lender="harbour", loan_id="L-1", borrower_id="B-1", episode=1, balance_minor=10_000, currency="CNY",
            overdue_since=date(2025, 8, 1), zones=("Asia/Shanghai",), channels=tuple(Channel), language="en",
        )  # fmt: skip
        self.case = open_case(account, self.now, house).case
        self.reading = LedgerReading(10_000, ("Asia/Shanghai",), house.promise)
        self.keys: list[str] = []
        self.tasks: set[str] = set()
        self.finished: list[str] = []
        self.withdrawn: set[str] = set()
        for _ in range(4):
            self.goes_on(0)

    def takes(self, event: Message | Report) -> Decision:
        """One event; what its lines say of tasks is kept as the ledger would."""
        before = self.case
        decision = decide(before, event, self.now, self.house)
        self.case = decision.case
        for line in decision.lines:
            self.reading.read(self.now, line.kind, line.model_dump(mode="json")["facts"])
        for line in decision.lines:
            if line.kind in ("visit_withdrawn", "visit_not_done", "visit_booked"):
                key = line.facts.get("in_place_of") or line.facts["contact"]
                self.withdrawn |= self.tasks & {key} if line.kind == "visit_withdrawn" else set()
                self.tasks.discard(key)
            if line.kind == "visit" and line.facts.get("contact"):
                (self.tasks if line.facts["contact"] in self.tasks else self.withdrawn).remove(
                    line.facts["contact"]
                )
                self.finished.append(line.facts["contact"])
        return decision

    @rule(hours_open=st.sampled_from([0, 7, 7]))
    def goes_on(self, hours_open: int) -> None:
        """What comes next comes: the wait ends, and the door permits what is wanted."""
        coming = whats_next(self.case, self.house, self.now)
        if isinstance(coming, WaitUntil):
            self.now = max(self.now, coming.at)
            self.takes(TimeReached())
            assert self.case.is_closed or whats_next(self.case, self.house, self.now) != coming
        elif isinstance(coming, WantContact):
            self.now = max(self.now, coming.from_at)
            contact = coming.contact
            key = contact.key(self.case.case_id)
            self.keys.append(key)
            in_hands = contact.channel in BY_PEOPLE and contact.instalment is None
            self.tasks |= {key} if in_hands else set()
            closes_at = self.now + timedelta(hours=hours_open) if contact.channel in BY_PEOPLE else None
            self.takes(ContactMade(contact=contact, at=self.now, planned_at=self.now, closes_at=closes_at,
                                   task=len(self.keys)))  # fmt: skip

    @rule(
        days=st.integers(1, 20), reachable=st.sampled_from([tuple(Channel), (Channel.EMAIL, Channel.SMS), ()])
    )
    def is_refused(self, days: int, reachable: tuple[Channel, ...]) -> None:
        coming = whats_next(self.case, self.house, self.now)
        if isinstance(coming, WantContact):
            self.now = max(self.now, coming.from_at)
            self.takes(ContactRefused(contact=coming.contact, rule="cap", reason="used up", reachable=reachable,
                                      next_at=self.now + timedelta(days=days)))  # fmt: skip

    @rule(
        met=st.booleans(),
        next_step=st.sampled_from(get_args(NextStep)),
        days=st.sampled_from([None, -1, 3, 40, 400]),
        named=st.booleans(),
    )
    def is_reported(self, met: bool, next_step: NextStep, days: int | None, named: bool) -> None:
        visit = self.case.appointment
        channel = visit.channel if visit and visit.channel in BY_PEOPLE else Channel.VISIT
        day = None if days is None else (self.now + timedelta(days=days)).date()
        field = {"reminder": "remind_on"}.get(next_step, "next_visit_on")
        report = VisitReported(
            channel=channel, result="met" if met else "not_met", next_step=next_step,
            task=visit.task if visit and named else None, findings=Findings(support_needs="time"), **{field: day},
        )  # fmt: skip
        refused, before, tasks = refusal(self.case, report, self.now, self.house), self.case, set(self.tasks)
        self.takes(report)
        if refused:
            assert refused.partition(":")[0] in VisitReported.model_fields
            assert (self.case, self.tasks) == (before, tasks)
        elif visit and visit.made_at:
            assert visit.key in self.finished

    @rule(task=st.sampled_from([1, 2, 10**6]))
    def is_reported_as_another_task(self, task: int) -> None:
        before, visit = self.case, self.case.appointment
        if task in before.told_tasks or (visit and visit.task == task):
            return
        assert not self.takes(VisitReported(result="met", task=task)).accepted
        assert self.case == before

    @rule(hours=st.integers(-1, 400), people=st.sampled_from([("Lin",), ("Lin", "Wu"), ("Lin", "Lin")]))
    def is_booked(self, hours: int, people: tuple[str, ...]) -> None:
        before = self.case
        booked = self.takes(VisitBooked(at=self.now + timedelta(hours=hours), people=people))
        if not booked.accepted:
            assert self.case == before
            return
        coming = whats_next(self.case, self.house, self.now)
        assert self.case.appointment is not None
        assert self.case.appointment.at == self.now + timedelta(hours=hours)
        assert not isinstance(coming, WantContact) or coming.from_at >= self.case.appointment.at

    @rule(what=st.sampled_from(["hold", "release", "promise", "part", "stop", "allow", "decline", "back"]))
    def hears(self, what: str) -> None:
        due_on = (self.now + timedelta(days=5)).date()
        said: dict[str, Message] = {
            "hold": HoldPlaced(reason=HoldReason.ILLNESS, until=due_on),
            "release": HoldReleased(reason=HoldReason.ILLNESS),
            "promise": PromiseMade(amount_minor=100, due_on=due_on),
            "part": PaymentReceived(reference=f"P{len(self.keys)}", amount_minor=10, currency="CNY"),
            "stop": PreferenceChanged(stop=(Channel.VISIT,)),
            "allow": PreferenceChanged(allow=(Channel.VISIT,)),
            "decline": PlanDeclined(),
            "back": EscalationDecided(decision="back_to_revisit", by="Ms Tan"),
        }
        self.takes(said[what])

    @invariant()
    def sends_nobody_to_whom_nobody_may_go(self) -> None:
        """Every task that stands is the one the case waits for."""
        visit = self.case.appointment
        assert self.tasks <= ({visit.key} if visit and visit.made_at else set())
        if visit is None:
            return
        assert self.case.stage in AT_WORK
        assert not self.case.holds
        assert not self.case.open_promises

    @invariant()
    def is_what_its_lines_alone_tell(self) -> None:
        visit = self.case.appointment
        told = (self.reading.visit, self.reading.not_done)
        assert told == (visit.step if visit else None, self.case.not_done)

    @invariant()
    def makes_no_contact_twice_and_finishes_none_twice(self) -> None:
        assert len(set(self.keys)) == len(self.keys)
        assert len(set(self.finished)) == len(self.finished)

    @invariant()
    def gives_a_visit_up_after_as_many_tries_as_the_house_says(self) -> None:
        assert self.house.visits is not None
        assert self.case.not_done <= self.house.visits.tries

    @invariant()
    def is_the_same_after_a_journey_through_json(self) -> None:
        assert Case.model_validate_json(self.case.model_dump_json()) == self.case


Visited.TestCase.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyVisits = Visited.TestCase
