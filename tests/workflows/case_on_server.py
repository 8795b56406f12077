"""Drives one case on the real servers: opened through the book on ids of its own, moved day by day."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from temporalio.api.enums.v1 import EventType, PendingWorkflowTaskState
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from contracts.case_run import QUERY, UPDATE, Answer, CaseView
from contracts.lender_voice import LenderVoice
from contracts.loan import OverdueLoan
from entrypoints.book import Book, Opening
from entrypoints.worker import case_worker, ways_out
from gateways.policy_file import Policy
from ledger.entry import Row
from ledger.store import Ledger
from simulator.outside import Delivered, Outside
from simulator.time import SkippedTime

VOICE = LenderVoice(
    name="Harbour Savings", reply_to="care@harbour.example", help_line="a free advice service"
)

SHORTEST_SKIP = timedelta(seconds=1)
"""A skip of a millisecond may run away to the end of the case (measured: one in two hundred)."""

REPORTED_AFTER = timedelta(hours=2)
"""So long after a call or visit was handed over the field team tells what came of it."""

CLOCK_EVENTS = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
)
"""What only a skipped clock writes into a history; real time leaves none of it."""


def a_loan(**changes: Any) -> OverdueLoan:
    """A loan of a borrower of its own in Shanghai, ten days past due, reachable by every channel."""
    unique = uuid4().hex[:12]
    fields: dict[str, Any] = {
        "lender": "harbour", "loan_id": f"L-{unique}", "borrower_id": f"B-{unique}", "name": f"Li Wei {unique}",
        "balance_minor": 120_000, "currency": "CNY", "overdue_since": datetime.now(UTC).date() - timedelta(days=10),
        "email": f"li.wei.{unique}@example.test", "phones": (f"+86{int(unique, 16) % 10**11:011d}",),
        "language": "en", "country": "CN", "zones": ("Asia/Shanghai",), "policy": "platform-c",
    }  # fmt: skip
    return OverdueLoan(**fields | changes)


def next_monday(zones: tuple[str, ...], now: datetime) -> datetime:
    """Monday 08:00 where the borrower lives: before any window, whatever hour the tests run at."""
    here = now.astimezone(ZoneInfo((*zones, "UTC")[0]))
    day = here.date() + timedelta(days=7 - here.weekday())
    return datetime.combine(day, time(8), here.tzinfo)


@dataclass
class CaseOnServer:
    """A case that is open on the server, and every way a test looks at it."""

    loan: OverdueLoan
    handle: WorkflowHandle[Any, Any]
    time: SkippedTime
    ledger: Ledger
    outside: Outside
    has_field_team: bool = True
    """Whether somebody does each call and visit: nobody is met, and that is told two hours later."""

    async def advance(self, *, days: float = 0, **more: float) -> None:
        """Moves the case's clock; what came due on the way has happened afterwards."""
        until = await self.clock() + timedelta(days=days, **more)
        while await self.alive() and (left := until - await self.clock()) > SHORTEST_SKIP:
            await self._skipper.fast_forward(self.handle, await self._as_far_as_the_field_team(left))
        while await self.alive() and await self._is_due():
            pass  # a timer in the act of firing

    async def _as_far_as_the_field_team(self, left: timedelta) -> timedelta:
        """Tells what came of a call or visit when it is time; no further than to the next one is gone at once."""
        if not self.has_field_team:
            return left
        view, now = await self.view(), await self.clock()
        visit = view.case.appointment
        if visit is None or visit.made_at is None or visit.due_at is None:
            next_in = (view.next_at or now + left) - now + timedelta(seconds=3)
            return min(left, max(next_in, SHORTEST_SKIP * 2))
        told_at = min(visit.made_at + REPORTED_AFTER, visit.due_at - timedelta(minutes=1))
        if told_at <= now:
            await self.tell(
                "visit_outcome", channel=visit.channel, result="not_met", task=visit.task, by="field team"
            )
        return min(left, max(told_at - now, SHORTEST_SKIP * 2))

    async def _is_due(self) -> bool:
        due_at = (await self.view()).next_at
        return due_at is not None and due_at <= await self.clock()

    async def until(self, instant: datetime) -> None:
        """Waits in real time for an instant of the case's clock."""
        await asyncio.sleep((instant - await self.clock()).total_seconds())

    async def skip(self, by: timedelta) -> None:
        """Moves the clock while something waits for its next try, which comes due on the way."""
        await self._skipper.fast_forward(self.handle, by)
        await self.alive()

    async def advance_until_tried(self) -> None:
        """Moves the clock to the next contact, whose first try fails; the next one comes half a minute later."""
        view = await self.view()
        assert view.next_at is not None, f"nothing comes next: {view.waiting_for}"
        by = view.next_at - await self.clock() + timedelta(seconds=5)
        await self._skipper.fast_forward(self.handle, by)
        await self.first_try_has_failed()

    async def first_try_has_failed(self) -> None:
        """Waits until an activity was tried once and waits for its second try."""
        while True:
            raw = (await self.handle.describe()).raw_description
            if any(activity.attempt > 1 for activity in raw.pending_activities):
                return
            await asyncio.sleep(0.004)

    async def clock(self) -> datetime:
        """The case's own time."""
        return await self._skipper.get_current_time(self.handle)

    @property
    def _skipper(self) -> TimeSkipper:
        return TimeSkipper(
            self.time.client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=10**6)
        )

    async def advance_until(self, reached: Callable[[CaseView], bool], at_most_steps: int = 30) -> CaseView:
        """Moves the clock from step to step until the case is there."""
        for _ in range(at_most_steps):
            view = await self.view()
            if reached(view) or view.next_at is None:
                break
            await self.advance(seconds=(view.next_at - await self.clock()).total_seconds() + 3)
        assert reached(view), f"not reached in {at_most_steps} steps: {view}"
        return view

    async def alive(self) -> bool:
        """Waits until nothing is in the air. A case whose workflow task fails is stuck: AssertionError. True: open."""
        while True:
            description = await self.handle.describe()
            raw = description.raw_description
            task = raw.pending_workflow_task
            if task.attempt > 1:
                raise AssertionError(f"{self.handle.id} is stuck: {await self.last_failure()}")
            if description.status not in (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED):
                raise AssertionError(f"{self.handle.id} ended as {description.status}")
            if task.state == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_UNSPECIFIED and not (
                raw.pending_activities
            ):
                return description.status == WorkflowExecutionStatus.RUNNING
            await asyncio.sleep(0.004)

    async def last_failure(self) -> str:
        """Why the last workflow task failed."""
        kind = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        failed = [event for event in await self.events() if event.event_type == kind]
        return failed[-1].workflow_task_failed_event_attributes.failure.message if failed else "no answer"

    async def tell(self, kind: str, update_id: str | None = None, **body: Any) -> Answer:
        """A person's message, answered."""
        message = {"kind": kind, **body}
        answer: Answer = await self.handle.execute_update(UPDATE, message, id=update_id, result_type=Answer)
        return answer

    async def view(self) -> CaseView:
        """The case as it answers a query."""
        view: CaseView = await self.handle.query(QUERY, result_type=CaseView)
        return view

    async def today(self) -> date:
        """The borrower's calendar day on the case's own clock."""
        return (await self.clock()).astimezone(ZoneInfo((*self.loan.zones, "UTC")[0])).date()

    async def lines(self, *kinds: str) -> list[Row]:
        """The case's lines in the ledger, of these kinds or of all."""
        lines = await self.ledger.read("lines", case_id=self.handle.id)
        return [line for line in lines if not kinds or line["kind"] in kinds]

    async def contacts(self, *statuses: str) -> list[Row]:
        """The case's contacts in the ledger."""
        rows = await self.ledger.read("contacts", case_id=self.handle.id)
        return [row for row in rows if not statuses or row["status"] in statuses]

    async def tasks(self) -> Counter[str]:
        """How many tasks of each kind people were given."""
        return Counter(task["kind"] for task in await self.ledger.read("tasks", case_id=self.handle.id))

    async def row(self) -> Row:
        """The case's row in the ledger."""
        rows = await self.ledger.read("cases", lender=self.loan.lender, loan_id=self.loan.loan_id)
        return next(row for row in rows if row["case_id"] == self.handle.id)

    def received(self) -> list[Delivered]:
        """What reached the borrower by e-mail and SMS."""
        ways = (self.loan.email, *self.loan.phones)
        return [message for message in self.outside.messages if message.to in ways]

    async def events(self) -> list[HistoryEvent]:
        """The history of the latest run."""
        return list((await self.handle.fetch_history()).events)

    async def runs(self) -> list[list[HistoryEvent]]:
        """The histories of all runs, the first one first."""
        handles = [
            self.time.client.get_workflow_handle(self.handle.id, run_id=run) for run in await self.run_ids()
        ]
        return [list((await handle.fetch_history()).events) for handle in handles]

    async def run_ids(self) -> list[str]:
        """The ids of all runs, the first one first."""
        ids = [(await self.handle.describe()).raw_description.workflow_execution_info.first_run_id]
        while True:
            handle = self.time.client.get_workflow_handle(self.handle.id, run_id=ids[-1])
            last = (await handle.fetch_history()).events[-1]
            if not last.HasField("workflow_execution_continued_as_new_event_attributes"):
                return ids
            ids.append(last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id)


@dataclass
class Office:
    """Opens cases for tests, on a task queue that its worker serves."""

    time: SkippedTime
    ledger: Ledger
    outside: Outside
    policies: dict[str, Policy]
    task_queue: str = "office"

    def worker(self) -> Worker:
        """A worker for this office's cases; use it as an async context manager."""
        sms_url, sms_token = self.outside.sms_url, self.outside.sms_token
        gateways = ways_out(self.outside.smtp_url, "Harbour <care@harbour.example>", sms_url, sms_token)
        return case_worker(self.client, self.ledger, gateways, VOICE, task_queue=self.task_queue)

    def away(self, policy: Policy) -> "Office":
        """An office with one policy of its own and a task queue of its own, which nobody serves yet."""
        return replace(self, policies={policy.house.id: policy}, task_queue=f"away-{uuid4().hex[:8]}")

    @property
    def client(self) -> Client:
        """A client whose workflows run on skipped time."""
        return self.time.client

    def book(self) -> Book:
        """The book, as the application has it."""
        return Book(self.client, self.ledger, self.policies, self.task_queue)

    async def opened(self, loan: OverdueLoan | None = None, **changes: Any) -> CaseOnServer:
        """A case at its beginning: Monday 08:00 where the borrower lives, before any window."""
        loan = loan or a_loan(**changes)
        now = datetime.now(UTC)
        delay = next_monday(loan.zones, now) - now
        assert await self.book().open(loan, now, opens_after=delay) is Opening.OPENED
        case = self.case(loan)
        case.has_field_team = False  # until it has begun, nobody can ask it
        await case.advance(days=0, seconds=delay.total_seconds() + 3)
        case.has_field_team = True
        return case

    def case(self, loan: OverdueLoan, episode: int = 1) -> CaseOnServer:
        """The case of this loan and episode."""
        handle = self.client.get_workflow_handle(f"case:{loan.lender}:{loan.loan_id}:{episode}")
        return CaseOnServer(loan, handle, self.time, self.ledger, self.outside)


async def counted(client: Client, query: str, expected: int) -> bool:
    """Whether the server's list filter finds so many; it follows the cases at a little distance."""
    for _ in range(200):
        if (await client.count_workflows(query)).count == expected:
            return True
        await asyncio.sleep(0.05)
    return False
