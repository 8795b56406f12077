"""A story told on the real server: cases moved through skipped time while their borrowers answer.

Each case has its own clock. Cases of one borrower are moved together, event by event, because the caps
count their contacts together.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError

from contracts.case_run import QUERY, UPDATE, Answer, CaseView
from ledger.store import Ledger
from lending.days import local_day
from simulator.borrowers import Borrower, Contacted, Message
from simulator.time import SkippedTime

_A_MOMENT = timedelta(minutes=2)


@dataclass
class Character:
    """One case in the story. `clock` is the case's virtual time, as far as the story knows it."""

    handle: WorkflowHandle[Any, Any]
    borrower: Borrower
    clock: datetime
    seen: set[str] = field(default_factory=set)
    coming: list[tuple[datetime, int, Message]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)
    paid_instalments: set[tuple[int, int]] = field(default_factory=set)
    is_over: bool = False


class Story:
    """Drives characters to `until`; `told` hears how far each has come."""

    def __init__(
        self, time: SkippedTime, ledger: Ledger, until: datetime, told: Callable[[timedelta], None]
    ) -> None:
        self._time = time
        self._ledger = ledger
        self._until = until
        self._told = told

    async def tell(self, households: Iterable[list[Character]]) -> None:
        """Every household to the end of the story."""
        await asyncio.gather(*(self._household(members) for members in households))

    async def _household(self, members: list[Character]) -> None:
        for one in members:  # in turn: who is contacted first decides what the caps leave to the others
            await self._time.advance(one.handle, one.clock - datetime.now(UTC) + _A_MOMENT)
            one.clock += _A_MOMENT
            await self._listen(one)
        while awake := [one for one in members if not one.is_over]:
            goal = min([await self._goal(one) for one in awake])
            for one in awake:
                await self._step(one, goal)

    async def _goal(self, one: Character) -> datetime:
        """The next instant at which something happens in this case, and a moment more."""
        view = await self._view(one)
        said = one.coming[0][0] if one.coming else None
        goal = min(filter(None, (self._until, view.next_at, said)))
        return max(goal, one.clock) + _A_MOMENT

    async def _step(self, one: Character, goal: datetime) -> None:
        await self._time.advance(one.handle, goal - one.clock)
        self._told(min(goal, self._until) - min(one.clock, self._until))
        one.clock = goal
        await self._listen(one)
        await self._speak(one)
        is_open = await self._time.settle(one.handle)
        one.is_over = not is_open or one.clock >= self._until
        if one.is_over and one.clock < self._until:
            self._told(self._until - one.clock)

    async def _view(self, one: Character) -> CaseView:
        view: CaseView = await one.handle.query(QUERY, result_type=CaseView)
        return view

    async def _listen(self, one: Character) -> None:
        """The borrower hears of new contacts, and of instalments that fall due."""
        view = await self._view(one)
        contacts = await self._ledger.read("contacts", case_id=one.handle.id)
        for number, row in enumerate(contacts, start=1):
            if row["status"] == "made" and row["key"] not in one.seen:
                one.seen.add(row["key"])
                contact = Contacted(step=row["step"], channel=row["channel"], number=number)
                for reply in one.borrower.answers(contact, view.case):
                    self._later(one, row["reserved_at"] + reply.after, reply.message)
        plan = view.case.plan
        due = plan.next_unpaid(view.case.payments) if plan else None
        if due and (view.case.plans_made, due[0]) not in one.paid_instalments:
            one.paid_instalments.add((view.case.plans_made, due[0]))
            days = (due[1].due_on - local_day(one.clock, view.case.account.zones)).days
            message = one.borrower.instalment_paid(due[0], due[1].amount_minor, view.case)
            if message:
                self._later(one, one.clock + timedelta(days=max(0, days), hours=5), message)

    def _later(self, one: Character, at: datetime, message: Message) -> None:
        heapq.heappush(one.coming, (max(at, one.clock), next(one.order), message))

    async def _speak(self, one: Character) -> None:
        while one.coming and one.coming[0][0] <= one.clock:
            _, _, message = heapq.heappop(one.coming)
            try:
                await one.handle.execute_update(UPDATE, self._dated(one, message), result_type=Answer)
            except (WorkflowUpdateFailedError, RPCError):
                continue  # too late, or no longer possible: people do say such things

    def _dated(self, one: Character, message: Message) -> Mapping[str, Any]:
        if "due_in_days" not in message:
            return message
        due_on = (one.clock + timedelta(days=message["due_in_days"])).date()
        return {**{k: v for k, v in message.items() if k != "due_in_days"}, "due_on": due_on.isoformat()}
