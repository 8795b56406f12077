"""One transaction in the ledger, under the borrower's lock. Every write may be repeated and has its effect once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from compliance.ask import PastContact, Result
from compliance.history import History
from compliance.rule import Purpose, Recipient
from contracts.carry_out import CarryOut, OpenedCase, PaymentRow, PlannedContact, Projection, purpose_of
from contracts.snapshot import PolicySnapshot
from ledger.person import Person, person
from ledger.sql import SQL
from statemachine.decision import Line, Task
from statemachine.stage import Channel

Row = dict[str, Any]

OUTLIVING = ["complaint", "refund", "unknown_outcome"]
"""The kinds of tasks that somebody does although their case has closed."""


class Entry:
    """The verbs of a ledger transaction. Get one from `Ledger.entry`."""

    def __init__(self, connection: AsyncConnection[Row]) -> None:
        self._connection = connection

    async def run(self, name: str, params: Mapping[str, Any]) -> list[Row]:
        """Runs the statement `name` of queries.sql and returns its rows."""
        cursor = await self._connection.execute(SQL[name].encode(), params)
        return await cursor.fetchall() if cursor.description else []

    async def open_case(self, request: CarryOut, opened: OpenedCase) -> None:
        """The row of a new case."""
        row = _columns(request.projection) | opened.model_dump()
        await self.run("open_case", row | {"case_id": request.case_id, "lender": request.lender,
                                           "borrower_id": request.borrower_id,
                                           "policy_sha256": request.policy_sha256})  # fmt: skip

    async def project(self, case_id: str, projection: Projection, policy_sha256: str) -> None:
        """The case's row as of this request, unless a later one has been here."""
        row = _columns(projection) | {"case_id": case_id, "policy_sha256": policy_sha256}
        await self.run("project_case", row)
        if projection.held or projection.outcome:
            await self.run("withdraw_tasks", {"case_id": case_id, "at": projection.as_of})
        if projection.outcome:
            await self.run(
                "withdraw_all_but", {"case_id": case_id, "at": projection.as_of, "kinds": OUTLIVING}
            )
        if projection.stalled is None:
            await self.run("withdraw_stalls", {"case_id": case_id, "at": projection.as_of})
        if not projection.held:
            await self.run("withdraw_reviews", {"case_id": case_id, "at": projection.as_of})

    async def add_lines(self, case_id: str, key: str, lines: Iterable[Line], at: datetime) -> list[Line]:
        """Lines are chained: each hash covers the line and the hash before it. `key` makes them count once; returns
        those that are new."""
        last = await self.run("last_line", {"case_id": case_id})
        seq, chain = (last[0]["seq"], last[0]["chain"]) if last else (0, "")
        new = []
        for place, line in enumerate(lines):
            line_key = f"{key}.{place}"
            if await self.run("has_line", {"case_id": case_id, "key": line_key}):
                continue
            row = line.model_dump(mode="json") | {"at": at, "next_at": line.next_at}
            seq, chain = seq + 1, chained(chain, row)
            params = row | {"case_id": case_id, "seq": seq, "key": line_key, "chain": chain,
                            "facts": Jsonb(row["facts"])}  # fmt: skip
            await self.run("add_line", params)
            new.append(line)
        return new

    async def add_tasks(self, case_id: str, key: str, tasks: Iterable[Task], at: datetime) -> None:
        """Tasks for people. A call or visit has its contact's key, so that it is one task from its setting up on."""
        for place, task in enumerate(tasks):
            own_key = f"{task.contact}/task" if task.contact else task.key or f"{key}.{place}"
            await self.add_task(case_id, own_key, task, at)

    async def add_task(
        self, case_id: str, key: str, task: Task, at: datetime, talk_sheet: str | None = None
    ) -> None:
        """One task; `talk_sheet` is what the person reads."""
        row = task.model_dump(exclude={"contact", "key"}) | {"visitors": list(task.visitors)}
        await self.run("add_task", row | {"case_id": case_id, "key": f"{case_id}/{key}", "created_at": at,
                                          "talk_sheet": talk_sheet})  # fmt: skip

    async def put_payments(self, case_id: str, payments: Iterable[PaymentRow]) -> None:
        """All payments of the case, reversals marked."""
        for payment in payments:
            await self.run("put_payment", payment.model_dump() | {"case_id": case_id})

    async def announce(self, event_id: str, case_id: str, body: Row, at: datetime) -> None:
        """An event for the outside, in the same transaction as what it tells."""
        params = {"event_id": event_id, "case_id": case_id, "body": Jsonb(body), "created_at": at}
        await self.run("announce", params)

    async def case_at_door(self, case_id: str) -> Row:
        """The case's row and its borrower, as they stand at this moment."""
        return (await self.run("case_at_door", {"case_id": case_id}))[0]

    async def borrower_contacts(self, request: CarryOut, key: str, since: datetime) -> History:
        """What the limits count: every contact of the borrower since then, over all loans, except `key`."""
        params = {"lender": request.lender, "borrower_id": request.borrower_id, "since": since, "key": key}
        return History(_past(row) for row in await self.run("borrower_contacts", params))

    async def borrower(self, request: CarryOut) -> Person:
        """What is known of the borrower, over all their loans."""
        params = {"lender": request.lender, "borrower_id": request.borrower_id, "case_id": request.case_id}
        return person(await self.run("borrower_words", params), await self.run("borrower_facts", params))

    async def find_contact(self, key: str) -> Row | None:
        """The contact under this key, if any retry was here before."""
        return next(iter(await self.run("find_contact", {"key": key})), None)

    async def reserve(
        self, request: CarryOut, planned: PlannedContact, language: str, number: str, at: datetime
    ) -> None:
        """Claims the contact. From here on it counts for the caps and cannot be made a second time."""
        contact = planned.contact
        await self.run("reserve_contact", {
            "key": planned.key, "case_id": request.case_id, "lender": request.lender,
            "borrower_id": request.borrower_id, "step": contact.step, "channel": contact.channel,
            "template": contact.template, "language": language, "wanted_at": contact.wanted_at,
            "planned_at": planned.planned_at, "moved_by": planned.moved_by, "reserved_at": at,
            "number": number, "purpose": purpose_of(contact)})  # fmt: skip

    async def settle(
        self, key: str, status: str, at: datetime, reference: str | None = None, reason: str | None = None
    ) -> None:
        """The outcome of a reserved contact."""
        await self.run("settle_contact", {"key": key, "status": status, "settled_at": at,
                                          "provider_reference": reference, "reason": reason})  # fmt: skip

    async def show_refusal(
        self, case_id: str, number: int, stalled: str | None, reason: str, next_at: datetime | None
    ) -> None:
        """The door's no, in the case's row."""
        params = {
            "case_id": case_id,
            "number": number,
            "stalled": stalled,
            "reason": reason,
            "next_at": next_at,
        }
        await self.run("show_refusal", params)

    async def snapshot(self, sha256: str) -> PolicySnapshot:
        """The published rules a case is pinned to."""
        rows = await self.run("snapshot", {"sha256": sha256})
        if not rows:
            raise LookupError(
                f"policy snapshot {sha256[:12]} is not in the ledger; publish it with `leeway import`"
            )
        return PolicySnapshot.model_validate(rows[0]["body"])


def chained(before: str, row: Row) -> str:
    """sha256 over the chain so far and the line's content, in canonical JSON."""
    content = {name: row[name] for name in ("kind", "rule", "reason", "facts")}
    content |= {name: row[name].isoformat() if row[name] else None for name in ("at", "next_at")}
    return hashlib.sha256((before + json.dumps(content, sort_keys=True)).encode()).hexdigest()


def _columns(projection: Projection) -> Row:
    row = projection.model_dump()
    told = projection.model_dump(mode="json", include={"wishes", "facts"})
    proposal = projection.proposal and Jsonb(projection.proposal.model_dump(mode="json", exclude={"note"}))
    row |= {"proposal": proposal}
    return row | {"held": list(row["held"]), "wishes": Jsonb(told["wishes"]), "facts": Jsonb(told["facts"])}


def _past(row: Row) -> PastContact:
    return PastContact(
        row["at"], Channel(row["channel"]), Result(row["result"]), tuple(row["debts"]), row["number"],
        row["collector"], Purpose(row["purpose"]), Recipient(row["recipient"]),
    )  # fmt: skip
