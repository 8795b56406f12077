"""The inbox: what loan systems say is accepted for good in one commit, and taken out in order, loan by loan."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from contracts.loan_event import LoanEvent, Unread
from ledger.entry import Entry, Row
from ledger.store import Ledger

TURN_AT_MOST = 20
"""How many events of one loan are applied in one turn, and written down as applied in one commit."""

FORGOTTEN_AT_ONCE = 10_000
"""Events whose bodies are emptied in one commit."""


class OtherBody(ValueError):
    """A delivery of this id was accepted before, with another body."""


class NoSuchEvent(ValueError):
    """The inbox has no such event."""


class NotParked(ValueError):
    """Only a parked event can be replayed."""


@dataclass(frozen=True)
class Delivery:
    """A signed message as it came; `id` counts once per lender and source."""

    lender: str
    source: str
    id: str
    body: bytes


class Settled(NamedTuple):
    """What came of an event: done, parked for a reason, or waiting for another try until `not_before`. `episode` is the
    loan's latest when it was parked, 0 for none."""

    state: str
    reason: str = ""
    note: str = ""
    episode: int = 0
    not_before: datetime | None = None


class Turn:
    """One loan's events, oldest first, for one process alone until the turn ends."""

    def __init__(self, entry: Entry, lender: str, loan_id: str, events: Sequence[Row]) -> None:
        self._entry = entry
        self.lender, self.loan_id, self.events = lender, loan_id, events

    async def settle(self, event: Row, settled: Settled, at: datetime) -> None:
        """Writes down what came of it, with the end of the turn."""
        await self._entry.run(
            "settle_event", settled._asdict() | {"inbound_id": event["inbound_id"], "at": at}
        )

    async def wake(self, *reasons: str) -> None:
        """What is parked for one of these reasons waits again."""
        params = {"lender": self.lender, "loan_id": self.loan_id, "reasons": list(reasons)}
        await self._entry.run("wake_parked", params)


class Inbox:
    """Bound to a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def accept(
        self, events: Sequence[LoanEvent | Unread], at: datetime, delivery: Delivery | None = None
    ) -> int:
        """Keeps each event for good, and returns how many are new: one that was accepted before changes nothing.

        With `delivery` all or none: 0 where it came before. Raises OtherBody, keeping nothing, when it came with other
        bytes.
        """
        sha256 = hashlib.sha256(delivery.body).hexdigest() if delivery else None
        params = _columns(events) | {
            "at": at,
            "lender": delivery.lender if delivery else None,
            "source": delivery.source if delivery else None,
            "delivery_id": delivery.id if delivery else None,
            "sha256": sha256,
        }
        row = (await self._ledger.read("accept_events", **params))[0]
        if delivery and not row["is_first_delivery"]:
            if row["delivered_sha256"] is None:  # it came twice at once, and the other was a moment earlier
                row = (await self._ledger.read("accept_events", **params))[0]
            if row["delivered_sha256"] != sha256:
                raise OtherBody(
                    f"webhook-id: {delivery.id} was accepted before with another body; choose a new id"
                )
        return int(row["accepted"])

    async def loans(self, now: datetime, at_most: int, lender: str | None = None) -> list[tuple[str, str]]:
        """Lender and id of the loans whose events wait, those that wait longest first."""
        rows = await self._ledger.read("loans_waiting", now=now, at_most=at_most, lender=lender)
        return [(row["lender"], row["loan_id"]) for row in rows]

    @asynccontextmanager
    async def turn(self, lender: str, loan_id: str) -> AsyncIterator[Turn]:
        """The loan's turn; without events when another process has it. What is settled in it counts once it ends: a
        process that dies leaves every event of the turn waiting."""
        async with self._ledger.transaction() as entry:
            loan = {"lender": lender, "loan_id": loan_id}
            is_taken = (await entry.run("take_turn", loan))[0]["is_taken"]
            rows = await entry.run("events_waiting", loan | {"at_most": TURN_AT_MOST}) if is_taken else []
            yield Turn(entry, lender, loan_id, rows)

    async def wake_appeared(self) -> int:
        """Parked events whose loan has a case, or a new episode, by now: how many wait again."""
        return len(await self._ledger.read("wake_appeared"))

    async def events(
        self,
        lender: str,
        *,
        state: str | None = None,
        loan_id: str | None = None,
        after: int = 0,
        page: int = 200,
    ) -> list[Row]:
        """Events without their bodies, which tell of people; in the order in which they were accepted."""
        return await self._ledger.read("inbound_events", lender=lender, state=state, loan_id=loan_id, after=after,
                                       page=page)  # fmt: skip

    async def event(self, lender: str, inbound_id: int) -> Row:
        """One event with its body. Raises NoSuchEvent."""
        rows = await self._ledger.read("inbound_event", lender=lender, inbound_id=inbound_id)
        if not rows:
            raise NoSuchEvent(f"id: the inbox has no event {inbound_id}; see `leeway intake list`")
        return rows[0]

    async def replay(self, lender: str, inbound_id: int | None, by: str = "command line") -> int:
        """By `by`, a parked event, or with None all of them, waits again; how many. Raises NoSuchEvent and NotParked."""
        rows = await self._ledger.read("replay_parked", lender=lender, inbound_id=inbound_id, by=by)
        if inbound_id is not None and not rows:
            state = (await self.event(lender, inbound_id))["state"]
            raise NotParked(f"id: event {inbound_id} is {state}; only a parked one can be replayed")
        return len(rows)

    async def forget(self, lender: str, before: datetime) -> int:
        """What events said that were applied before this instant is gone, and their webhooks' ids; how many. That they were
        told stays known."""
        await self._ledger.read("forget_deliveries", lender=lender, before=before)
        forgotten = 0
        while some := len(
            await self._ledger.read("forget_bodies", lender=lender, before=before, at_most=FORGOTTEN_AT_ONCE)
        ):
            forgotten += some
        return forgotten

    async def counts(self, now: datetime) -> list[Row]:
        """What waits and what is parked, by lender and reason, with the age of the oldest in seconds."""
        return await self._ledger.read("inbound_counts", now=now)


def _columns(events: Sequence[LoanEvent | Unread]) -> dict[str, Any]:
    rows = [_unread(one) if isinstance(one, Unread) else _told(one) for one in events]
    names = ("lenders", "sources", "event_ids", "loan_ids", "kinds", "bodies", "states", "reasons", "notes")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _told(event: LoanEvent) -> tuple[str, ...]:
    return (event.lender, event.source, event.event_id, event.loan_id, event.kind, event.model_dump_json(),
            "waiting", "", "")  # fmt: skip


def _unread(event: Unread) -> tuple[str, ...]:
    return (event.lender, event.source, event.event_id, event.loan_id, event.kind, json.dumps(event.body),
            "parked", event.reason, event.note)  # fmt: skip
