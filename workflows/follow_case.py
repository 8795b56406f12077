"""One overdue episode of one loan, from its first notice to its end: wait, ask the core, carry out, again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from contracts.carry_out import ACTIVITY, CarryOut, Refused, Reply
    from contracts.case_run import (
        ADOPT_SIGNAL,
        QUERY,
        ROLL_SIGNAL,
        UPDATE,
        WORKFLOW,
        Adoption,
        Answer,
        CaseRun,
        CaseView,
    )
    from statemachine import events
    from statemachine.case import Case
    from statemachine.decide import decide, open_case, refusal
    from statemachine.decision import Contact, Decision, absorbed, joined
    from statemachine.messages import MESSAGE_TYPES
    from statemachine.people import unnamed
    from workflows.adoption import adopted
    from workflows.attributes import attributes, show
    from workflows.booking import refused_by_law
    from workflows.details import markdown
    from workflows.inbox import BadMessage, Inbox, Ticket, counted_once, parse
    from workflows.replies import of_a_ledger_ahead, reported, untold_of
    from workflows.requests import contact_request, opening_request, record_request
    from workflows.upcoming import Upcoming, upcoming

ROLL_AFTER_EVENTS = 300
"""A run longer than this continues as new at its next step, so that replay stays short."""

_AT_ONCE = timedelta(milliseconds=1)  # a timer even for no wait: the commands never depend on the calendar
_ONE_TRY = timedelta(minutes=2)
_WINDOW_UNKNOWN = timedelta(minutes=10)
_WRITING = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
_CONTACTING = RetryPolicy(initial_interval=timedelta(seconds=30), maximum_interval=timedelta(minutes=15))


def _receiver(kind: str) -> Callable[..., None]:
    @workflow.signal(name=kind)
    def receive(case: Any, *bodies: Any) -> None:
        case.inbox.receive(kind, bodies)

    return receive


@workflow.defn(name=WORKFLOW)
class FollowCase:
    """The durable case. Handlers only queue; the loop alone changes the case."""

    # On the class, not in __init__: a signal that waits for the first step of a run would reach the wrong handler.
    for kind in MESSAGE_TYPES:
        vars()[f"receive_{kind}"] = _receiver(kind)
    del kind

    @workflow.init
    def __init__(self, run: CaseRun) -> None:
        self.snapshot, self.house = run.snapshot, run.snapshot.house
        self.sha256 = run.sha256 or run.snapshot.sha256()
        opened = open_case(run.account, workflow.now(), self.house)
        self.opening = opened if run.case is None else None
        self.case = run.case or opened.case
        self.number = run.next_request
        self.inbox = Inbox()
        self.timer: asyncio.Task[None] | None = None
        self.waited_for: Upcoming | None = None
        self.must_roll = False
        self.shown = attributes(run.case) if run.case else ("notice", (), "")

    @workflow.run
    async def run(self, run: CaseRun) -> str:
        """The whole path. Returns the outcome."""
        if self.opening:
            request = opening_request(self.opening, self.snapshot, self.sha256, workflow.now())
            await self.write(self.opening, request)
        while not self.case.is_closed:
            await self.roll_if_due(run)
            await self.wait()
            if self.inbox:
                await self.take_in_messages()
            elif not self.must_roll:
                await self.act()
                self.waited_for = None
        await self.answer_the_last()
        return str(self.case.outcome)

    async def wait(self) -> None:
        """One timer, kept while messages come, restarted only when the wait itself changes."""
        coming = upcoming(self.case, self.snapshot, workflow.now())
        workflow.set_current_details(markdown(self.case, coming, workflow.now(), self.house))
        before = self.waited_for
        if before is None or coming.wait_key != before.wait_key:
            if self.timer is not None:
                self.timer.cancel()
            self.timer, self.waited_for = _timer(coming), coming
        timer = self.timer
        await workflow.wait_condition(
            lambda: bool(self.inbox) or self.must_roll or (timer is not None and timer.done())
        )

    async def act(self) -> None:
        """The timer has run: make the contact that is due, or judge what has come due."""
        now = workflow.now()
        coming = upcoming(self.case, self.snapshot, now)
        if coming.contact is not None:
            await self.knock(coming, coming.contact)
            return
        # A wait that was for this very time is over, whatever the zone data say today: replayed with newer data, the
        # same is decided. A wait for a contact that is no longer wanted judges nothing before its time.
        waited = self.waited_for
        was_for_this = waited is not None and waited.contact is None
        reached_at = max(now, coming.wake_at or now) if was_for_this else now
        await self.record(decide(self.case, events.TimeReached(), reached_at, self.house))

    async def knock(self, coming: Upcoming, contact: Contact) -> None:
        """Asks the door for one contact. A message that comes meanwhile is written at once, and the door reads it."""
        made = self.foreseen(coming, contact)
        if_made = decide(self.case, made, made.at, self.house)
        number = self.take_number()
        request = contact_request(self.case, made, if_made, self.snapshot, self.sha256, number)
        window = coming.closes_at - made.at if coming.closes_at else _WINDOW_UNKNOWN
        door = workflow.start_activity(
            ACTIVITY, request, result_type=Reply, schedule_to_close_timeout=max(window, _ONE_TRY),
            start_to_close_timeout=_ONE_TRY, retry_policy=_CONTACTING, summary=f"{contact.step} by {contact.channel}",
        )  # fmt: skip
        while not door.done():
            await workflow.wait_condition(lambda: door.done() or bool(self.inbox))
            await self.take_in_messages()
        event = await self.reply(door, made, number)
        decision = decide(self.case, event, workflow.now(), self.house)
        self.adopt(decision)
        told = isinstance(event, events.ContactRefused) or (
            isinstance(event, events.ContactMade) and event.is_certain
        )
        untold = untold_of(decision, event) if told else decision
        if untold.lines or untold.tasks or self.number != number:
            await self.write(untold, self.recording(untold))

    def foreseen(self, coming: Upcoming, contact: Contact) -> events.ContactMade:
        """The contact as made, now. When it was planned, and by which rule moved, is known from the wait."""
        now, waited = workflow.now(), self.waited_for
        planned_at = waited.wake_at if waited and waited.wake_at else now
        moved_by = (waited.moved_by if waited else None) or self.case.moved_by
        return events.ContactMade(contact=contact, at=now, planned_at=planned_at, moved_by=moved_by,
                                  closes_at=coming.closes_at)  # fmt: skip

    async def reply(self, door: Awaitable[Reply], made: events.ContactMade, number: int) -> events.Report:
        """The door's answer, as an event for the core. No answer before the window closed: lapsed."""
        try:
            result = (await door).result
        except ActivityError:
            return events.ContactLapsed(contact=made.contact)
        if isinstance(result, Refused) and result.number >= number == self.number:
            self.number, result = result.number, of_a_ledger_ahead(result)  # what is written next counts
        return reported(result, made)

    async def take_in_messages(self) -> None:
        """Everything queued, decided in order and written in one request; then each sender has an answer."""
        tickets = self.inbox.take()
        if not tickets:
            return
        decisions: list[Decision] = []
        for ticket in tickets:
            decisions.append(self.decided(ticket, decisions[-1].case if decisions else self.case))
        await self.record(joined(decisions))
        for ticket, decision in zip(tickets, decisions, strict=True):
            ticket.answered(decision)

    def decided(self, ticket: Ticket, case: Case) -> Decision:
        """One message against the case as the messages before it left it."""
        if isinstance(ticket.message, Adoption):
            return self.under_new_rules(ticket.message, case)
        if isinstance(ticket.message, BadMessage):
            return absorbed(case, f"unreadable: {ticket.message}")
        now, by_law = workflow.now(), None
        if not ticket.is_update:
            by_law = refused_by_law(case, ticket.message, self.snapshot, now)
        return absorbed(case, by_law) if by_law else decide(case, ticket.message, now, self.house)

    def under_new_rules(self, adoption: Adoption, case: Case) -> Decision:
        """The rules change here and nowhere else; what the case waited for is planned again."""
        decision = adopted(case, adoption, self.sha256)
        if decision.accepted:
            self.snapshot, self.house = adoption.snapshot, adoption.snapshot.house
            self.sha256, self.waited_for = adoption.sha256, None
        return decision

    async def record(self, decision: Decision) -> None:
        """Takes a decision on and has it written."""
        self.adopt(decision)
        await self.write(decision, self.recording(decision))

    def recording(self, decision: Decision) -> CarryOut:
        """The request that writes `decision`."""
        return record_request(decision, self.snapshot, self.sha256, self.take_number(), workflow.now())

    async def write(self, decision: Decision, request: CarryOut) -> None:
        """Tries until the ledger has it: a decision is never lost."""
        what = ", ".join(dict.fromkeys(line.kind for line in decision.lines)) or "record"
        await workflow.execute_activity(
            ACTIVITY, request, result_type=Reply, start_to_close_timeout=_ONE_TRY, retry_policy=_WRITING,
            summary=f"write down: {what}",
        )  # fmt: skip

    def adopt(self, decision: Decision) -> None:
        """The case changes here and nowhere else; search attributes only with stage, hold or stall."""
        self.case = decision.case
        self.shown = show(self.case, self.shown)

    def take_number(self) -> int:
        """The next request's number; numbers rise over all runs of a case."""
        self.number += 1
        return self.number

    async def answer_the_last(self) -> None:
        """Messages that came while the case closed are answered, and recorded as come too late."""
        workflow.set_current_details(markdown(self.case, Upcoming.nothing(), workflow.now(), self.house))
        while self.inbox or not workflow.all_handlers_finished():
            await workflow.wait_condition(lambda: bool(self.inbox) or workflow.all_handlers_finished())
            await self.take_in_messages()

    async def roll_if_due(self, run: CaseRun) -> None:
        """Continues as new at a step boundary, with nothing in the air."""
        info = workflow.info()
        is_long = info.get_current_history_length() > ROLL_AFTER_EVENTS or info.is_continue_as_new_suggested()
        if not (is_long or self.must_roll or info.is_target_worker_deployment_version_changed()):
            return
        await workflow.wait_condition(lambda: bool(self.inbox) or workflow.all_handlers_finished())
        if not self.inbox:
            carried = run.model_copy(
                update={"case": self.case, "snapshot": self.snapshot, "next_request": self.number,
                        "sha256": self.sha256}
            )  # fmt: skip
            workflow.continue_as_new(carried)

    @workflow.signal(name=ROLL_SIGNAL)
    def roll(self) -> None:
        """Operators: continue as new at the next step (batch, after a deployment)."""
        self.must_roll = True

    @workflow.signal(name=ADOPT_SIGNAL)
    def adopt_rules(self, body: Any) -> None:
        """`leeway policy move`: other rules for this case."""
        self.inbox.put_rules(body)

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal nobody knows is recorded, so that a typo is seen."""
        self.inbox.put_unknown(name)

    @workflow.query(name=QUERY)
    def view(self) -> CaseView:
        """The case and what it waits for."""
        coming = Upcoming.nothing() if self.case.is_closed else self.waited_for or Upcoming.nothing()
        return CaseView(case=self.case, balance_minor=self.case.balance_minor, waiting_for=coming.why,
                        next_at=coming.wake_at, policy_sha256=self.sha256)  # fmt: skip

    @workflow.update(name=UPDATE)
    async def tell(self, message: dict[str, Any]) -> Answer:
        """People: any message, as {"kind": "promise", ...}; the answer says what it changed, and why."""
        ticket = self.inbox.put(None, counted_once(message))
        await workflow.wait_condition(lambda: ticket.answer is not None)
        if ticket.answer is None:
            raise ApplicationError("the case ended before it could answer")
        return ticket.answer

    @tell.validator
    def _refuse_what_cannot_be(self, message: dict[str, Any]) -> None:
        try:
            parse(None, message)
            told = parse(None, counted_once(message))
            now = workflow.now()
            reason = unnamed(told) or refusal(self.case, told, now, self.house)
            reason = reason or refused_by_law(self.case, told, self.snapshot, now)
        except BadMessage as error:
            reason = str(error)
        if reason:
            raise ApplicationError(reason, type="BadMessage", non_retryable=True)


def _timer(coming: Upcoming) -> "asyncio.Task[None] | None":
    if coming.wake_at is None:
        return None
    pause = max(coming.wake_at - workflow.now(), _AT_ONCE)
    return asyncio.create_task(workflow.sleep(pause, summary=coming.why[:200]))
