"""The drain of the inbox: events are applied to their cases, in order for each loan, many loans at once."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import psycopg
from pydantic import ValidationError
from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from contracts.loan_event import LOAN_EVENTS, LoanEvent, Unread
from entrypoints.applying import Applied, Applier, CaseMoved
from entrypoints.book import Book
from gateways.cloud_event import CloudEventError, read_cloud_event
from gateways.policy_file import policies_in
from gateways.rule_book import RuleBook
from ledger.entry import Row
from ledger.inbox import Inbox, Settled, Turn
from ledger.store import Ledger

AT_ONCE = 16
"""Loans whose events are applied at the same time; each holds one connection to the ledger for its turn."""

PER_SECOND = 500.0
"""Events applied per second at the most, so that a flood leaves room for contacts that are due."""

_TRIES_BEFORE_PARKED = 8
_LONGEST_WAIT = timedelta(minutes=5)
_IDLE_SECONDS = 0.5
_LOOK_FOR_APPEARED_SECONDS = 5.0
_PASSING = (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, CaseMoved)

log = logging.getLogger(__name__)


class Drain:
    """Takes events out of the inbox. Killed at any instant it leaves them waiting; several may run at once."""

    def __init__(
        self, inbox: Inbox, applier: Applier, *, at_once: int = AT_ONCE, per_second: float = PER_SECOND,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC), lender: str | None = None,
    ) -> None:  # fmt: skip
        self._inbox = inbox
        self._applier = applier
        self._at_once = at_once
        self._interval_seconds = 1 / per_second
        self._clock = clock
        self._lender = lender
        self._next_at = 0.0
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._look_at = 0.0
        self._failure: Exception | None = None

    async def run(self) -> None:
        """Until it is cancelled. A ledger or Temporal that is away is waited for."""
        try:
            while True:
                try:
                    await self._look_for_appeared()
                    begun = await self._begin()
                except psycopg.OperationalError as error:
                    log.warning("the inbox waits: the ledger does not answer (%s)", type(error).__name__)
                    begun = False
                if self._busy:
                    wait = None if len(self._busy) >= self._at_once else _IDLE_SECONDS
                    await asyncio.wait(self._busy.values(), timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                elif not begun:
                    await asyncio.sleep(_IDLE_SECONDS)
        finally:
            for task in self._busy.values():
                task.cancel()

    async def until_empty(self) -> None:
        """Until nothing waits that could be applied now; what waits for another try, or is parked, stays. Raises what
        kept a loan's events from being applied."""
        await self._inbox.wake_appeared()
        while await self._begin() or self._busy:
            if self._busy:
                await asyncio.wait(self._busy.values(), return_when=asyncio.FIRST_COMPLETED)
            if self._failure:
                raise self._failure

    async def _look_for_appeared(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            await self._inbox.wake_appeared()
            self._look_at = now + _LOOK_FOR_APPEARED_SECONDS

    async def _begin(self) -> bool:
        """Begins the turns of loans that wait, as many as there is room for."""
        room = self._at_once - len(self._busy)
        if room <= 0:
            return False
        waiting = await self._inbox.loans(self._clock(), self._at_once * 2, self._lender)
        fresh = [loan for loan in waiting if loan not in self._busy][:room]
        for loan in fresh:
            self._busy[loan] = asyncio.create_task(self._turn(*loan))
        return bool(fresh)

    async def _turn(self, lender: str, loan_id: str) -> None:
        try:
            await self._apply_turn(lender, loan_id)
        except psycopg.OperationalError as error:
            log.warning("an event waits: the ledger does not answer (%s)", type(error).__name__)
            await asyncio.sleep(_IDLE_SECONDS)
        except Exception as error:  # nothing of the turn counts; it is tried again
            log.exception("the events of a loan could not be applied")
            self._failure = error
            await asyncio.sleep(_IDLE_SECONDS)
        finally:
            del self._busy[lender, loan_id]

    async def _apply_turn(self, lender: str, loan_id: str) -> None:
        async with self._inbox.turn(lender, loan_id) as turn:
            for event in turn.events:
                await self._pace()
                if not await self._take(turn, event):
                    return
        if not turn.events:
            await asyncio.sleep(_IDLE_SECONDS)  # another process has the loan's turn

    async def _take(self, turn: Turn, event: Row) -> bool:
        """One event; False when it has to wait, and what comes after it with it."""
        now = self._clock()
        try:
            applied = await self._applied(turn, event, now)
        except _PASSING as error:
            applied = Applied(_again(event, f"{type(error).__name__}: {error}", now))
        except psycopg.OperationalError:
            raise
        except Exception as error:
            log.exception("event %s could not be applied", event["inbound_id"])
            settled = _again(event, f"a mistake of ours: {type(error).__name__}", now)
            is_last = event["tries"] + 1 >= _TRIES_BEFORE_PARKED
            applied = Applied(Settled("parked", "failed", settled.note) if is_last else settled)
        await turn.settle(event, applied.settled, now)
        if applied.opened:
            await turn.wake("unknown_loan", "closed_case")
        if applied.changed:
            await turn.wake("contradiction")
        return applied.settled.state != "waiting"

    async def _applied(self, turn: Turn, event: Row, now: datetime) -> Applied:
        told = read_again(turn.lender, event)
        if isinstance(told, Settled):
            return Applied(told)
        return await self._applier.apply(told, f"inbound-{event['inbound_id']}-{event['tries']}", now)

    async def _pace(self) -> None:
        loop = asyncio.get_running_loop()
        self._next_at = max(self._next_at + self._interval_seconds, loop.time())
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))


def read_again(lender: str, event: Row) -> LoanEvent | Settled:
    """The event as it was accepted; what could not be read then is tried again, by the code of today."""
    if event["kind"] == "unread":
        try:
            told = read_cloud_event(json.loads(event["body"]), lender, event["source"])
        except CloudEventError as error:
            return Settled("parked", "unreadable", str(error)[:500])
        return Settled("parked", told.reason, told.note) if isinstance(told, Unread) else told
    try:
        return LOAN_EVENTS.validate_json(event["body"])
    except ValidationError as error:
        item = error.errors()[0]
        return Settled("parked", "unreadable", f"{'.'.join(map(str, item['loc']))}: {item['msg']}"[:500])


def _again(event: Row, note: str, now: datetime) -> Settled:
    wait = min(timedelta(seconds=2 ** min(event["tries"], 10)), _LONGEST_WAIT)
    return Settled("waiting", note=note[:500], not_before=now + wait)


@asynccontextmanager
async def drain_of(
    client: Client, ledger: Ledger, database_url: str, rule_book: RuleBook | None = None,
    *, at_once: int = AT_ONCE, per_second: float = PER_SECOND,
) -> AsyncIterator[Drain]:  # fmt: skip
    """The drain of every lender's inbox, with the shipped policies; it has connections of its own for its turns."""
    book = Book(client, ledger, policies_in(), rule_book=rule_book)
    async with Ledger(database_url, connections=at_once + 2) as turns:
        yield Drain(Inbox(turns), Applier(client, ledger, book), at_once=at_once, per_second=per_second)
