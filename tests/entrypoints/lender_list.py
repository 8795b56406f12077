"""A lender with a database of its own, in which `overdue_loans` is; and what Leeway makes of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from contracts.sweep import SweepRun, Swept
from entrypoints.applying import Applier
from entrypoints.book import Book
from entrypoints.intake import Drain
from entrypoints.sweeping import run_sweep
from gateways.overdue_view import OverdueView
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, policies_in
from ledger.entry import Row
from ledger.inbox import Inbox
from ledger.store import Ledger
from ledger.sweep import SweepShelf
from simulator.time import SkippedTime

TABLE = """create table overdue_loans (loan_id text primary key, borrower_id text, name text, balance numeric(19, 4),
    currency char(3), overdue_since date, language text, country text, policy text, email text)"""


class Lender:
    """Loans are named by numbers. Made by `made`."""

    def __init__(
        self, time: SkippedTime, ledger: Ledger, turns: Ledger, url: str, book_url: str, queue: str
    ) -> None:
        self.lender = f"s-{uuid4().hex[:10]}"
        self.url, self.book_url, self.queue = url, book_url, queue
        self._time, self.ledger = time, ledger
        self.inbox, self.shelf = Inbox(turns), SweepShelf(ledger, self.lender)
        book = Book(time.client, ledger, policies_in(), task_queue=queue)
        self._drain = Drain(self.inbox, Applier(time.client, ledger, book), lender=self.lender, at_once=8)

    @classmethod
    def made(cls, time: SkippedTime, ledger: Ledger, turns: Ledger, url: str, queue: str) -> "Lender":
        """With an empty list."""
        name = f"book_{uuid4().hex[:10]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        book_url = make_conninfo(url, dbname=name)
        with psycopg.connect(book_url, autocommit=True) as connection:
            connection.execute(TABLE)
        return cls(time, ledger, turns, url, book_url, queue)

    def view(self) -> OverdueView:
        """The list, as a worker reads it."""
        places = load_places(POLICIES / "places.yaml")
        return OverdueView(self.book_url, self.lender, policies_in(), places)

    def lists(self, *numbers: int, **changes: Any) -> None:
        """These loans are in the list, with these facts."""
        for number in numbers:
            row = {"loan_id": f"L-{number:03}", "borrower_id": f"B-{number}", "name": "Li Wei", "balance": "1200.00",
                   "currency": "CNY", "overdue_since": "2026-10-01", "language": "en", "country": "CN",
                   "policy": "platform-c", "email": "li.wei@example.test"} | changes  # fmt: skip
            self.unlists(number)
            names = sql.SQL(", ").join(map(sql.Identifier, row))
            values = sql.SQL(", ").join(sql.Placeholder() * len(row))
            self._execute(
                sql.SQL("insert into overdue_loans ({}) values ({})").format(names, values), *row.values()
            )

    def unlists(self, *numbers: int) -> None:
        """These are not."""
        for number in numbers:
            self._execute(sql.SQL("delete from overdue_loans where loan_id = %s"), f"L-{number:03}")

    def alters(self, statement: str) -> None:
        """The list becomes another."""
        self._execute(sql.SQL(statement))  # type: ignore[arg-type]

    async def sweeps(self, **terms: Any) -> Swept:
        """A whole sweep. Raises WorkflowFailureError."""
        sweep = SweepRun(**{"lender": self.lender, "page": 4, "per_second": 100_000} | terms)
        return await run_sweep(self._time.client, sweep, self.queue)

    async def applied(self) -> Mapping[str, tuple[int, str | None]]:
        """Balance and outcome of every loan's latest case, once all that waits was applied."""
        await self._drain.until_empty()
        rows = {row["loan_id"]: row for row in await self.cases()}
        for row in rows.values():
            await self._time.settle(self._time.client.get_workflow_handle(row["case_id"]))
        return {row["loan_id"]: (row["balance_minor"], row["outcome"]) for row in await self.cases()}

    async def cases(self) -> list[Row]:
        """Every case, loan by loan."""
        return await self.ledger.read("cases", lender=self.lender, loan_id=None)

    async def found(self) -> dict[str, tuple[str, str]]:
        """What the latest sweep found of each loan, and what was done."""
        latest = (await self.shelf.sweeps(1))[0]
        rows = await self.shelf.differences(latest["sweep_id"], "", 1000)
        return {row["loan_id"]: (row["what"], row["done"]) for row in rows}

    async def told(self) -> int:
        """How many events the inbox has of this lender."""
        return len(await self.inbox.events(self.lender, page=10_000))

    def _execute(self, statement: sql.Composable, *params: Any) -> None:
        with psycopg.connect(self.book_url, autocommit=True) as connection:
            connection.execute(statement, params)


def now() -> str:
    """This instant, as a list would say it."""
    return datetime.now(UTC).isoformat()
