"""`leeway import` on the real servers: killed in the middle it goes on, and everything has its effect once."""

import asyncio
import csv
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psycopg
import pytest
from rich.console import Console

from entrypoints.embedded.parts import Endpoints
from entrypoints.importing import BATCH, Import, import_file, import_transactions
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.time import SkippedTime

LOANS, TRANSACTIONS = 1200, 30_000
QUIET = Console(quiet=True)


class TwoDaysOn(datetime):
    """A clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """In two days."""
        return super().now(tz) + timedelta(days=2)


class Files:
    """Files of one lender, and what of them is in the ledger."""

    def __init__(self, folder: Path, servers: Endpoints) -> None:
        self.folder, self.servers = folder, servers
        self.lender = f"f-{uuid4().hex[:8]}"
        self.file = folder / "file.csv"

    def import_(self, file: Path | None = None) -> Import:
        """This file, or another."""
        return Import(file or self.file, None, self.lender, None)

    def write(self, header: str, row: Callable[[int], str], rows: int) -> None:
        """So many rows under the header."""
        self.file.write_text("\n".join((header, *(row(number) for number in range(rows)))) + "\n", "utf-8")

    def placement(self, loans: int) -> None:
        """Loans of one borrower each."""
        self.write(
            "loan_id,borrower_id,name,balance,currency,overdue_since,language,country,policy",
            lambda number: f"L-{number},B-{number},Li Wei,12.50,CNY,2026-03-01,en,CN,platform-a",
            loans,
        )

    def transactions(self, rows: int) -> None:
        """Payments of unknown loans."""
        self.write("loan_id,reference,amount,currency,at",
                   lambda number: f"L-{number % 99},TX-{number},1.00,CNY,2026-03-01T00:00:00Z", rows)  # fmt: skip

    def count(self, table: str) -> int:
        """Rows of this lender."""
        with psycopg.connect(self.servers.database_url) as connection:
            row = connection.execute(
                f"select count(*) from {table} where lender = %s", (self.lender,)
            ).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return int(row[0])

    async def killed_after(self, rows: int, table: str, *options: str) -> None:
        """`leeway import` in a process of its own, killed once so many rows are there."""
        known = os.environ | {"DATABASE_URL": self.servers.database_url, "LEEWAY_LENDER": self.lender,
                              "TEMPORAL_ADDRESS": self.servers.temporal_address}  # fmt: skip
        leeway = Path(sys.executable).with_name("leeway")
        process = await asyncio.create_subprocess_exec(
            leeway, "import", self.file, *options, env=known, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(120):
            while self.count(table) < rows:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        process.kill()
        assert await process.wait() < 0, "it was over before it was killed"


@pytest.fixture
def files(tmp_path: Path, servers: Endpoints) -> Files:
    """Of a lender of its own."""
    return Files(tmp_path, servers)


class TestAPlacementThatIsKilled:
    async def test_goes_on_and_opens_every_loan_once(
        self, files: Files, ledger: Ledger, skipped_time: SkippedTime
    ) -> None:
        files.placement(LOANS)
        await files.killed_after(LOANS // 2, "loan")

        result = await import_file(skipped_time.client, ledger, files.import_(), QUIET)

        assert 0 < result.after < LOANS
        assert result.counts["opened"] + result.counts["already open"] == LOANS
        assert files.count("loan") == LOANS
        handles = [
            skipped_time.client.get_workflow_handle(f"case:{files.lender}:L-{number}:1")
            for number in range(LOANS)
        ]
        runs = [(await handle.describe()).run_id for handle in handles]
        assert len(set(runs)) == LOANS

    async def test_has_whole_rejects_though_they_were_found_before(
        self, files: Files, ledger: Ledger, skipped_time: SkippedTime
    ) -> None:
        files.placement(LOANS)
        text = files.file.read_text().replace("B-3,Li Wei", "B-3,").replace(f"L-{LOANS - 1},", "L-5,")
        files.file.write_text(text)
        await files.killed_after(LOANS // 2, "loan")

        result = await import_file(skipped_time.client, ledger, files.import_(), QUIET)

        assert (result.after, result.rejected) == (0, 2)
        assert result.rejects is not None
        rejects = list(csv.reader(result.rejects.open(encoding="utf-8")))
        assert [(row[0], row[1]) for row in rejects[1:]] == [("5", "name"), (str(LOANS + 1), "loan_id")]


class TestAPlacementThatIsImportedAgain:
    async def test_changes_nothing_and_begins_at_its_first_row(
        self, files: Files, ledger: Ledger, skipped_time: SkippedTime
    ) -> None:
        files.placement(7)
        first = await import_file(skipped_time.client, ledger, files.import_(), QUIET)
        again = await import_file(skipped_time.client, ledger, files.import_(), QUIET)

        assert (first.text, again.text) == (
            "7 opened, 0 already open, 0 already closed, 0 rejected",
            "0 opened, 7 already open, 0 already closed, 0 rejected",
        )

    async def test_of_a_borrower_with_two_loans_keeps_what_each_row_says(
        self, files: Files, ledger: Ledger, skipped_time: SkippedTime
    ) -> None:
        files.write(
            "loan_id,borrower_id,name,balance,currency,overdue_since,language,country,policy,email",
            lambda number: (
                f"L-{number},B-1,Li Wei,1,CNY,2026-03-01,en,CN,platform-a,{'' if number else 'a@b.example'}"
            ),
            3,
        )
        result = await import_file(skipped_time.client, ledger, files.import_(), QUIET)

        assert result.counts["opened"] == 3
        assert files.count("borrower") == 1
        rows = await ledger.read("loan_imported", lender=files.lender, loan_id="L-0")
        assert "a@b.example" in rows[0]["imported"]


class TestATransactionsFile:
    async def test_that_is_killed_goes_on_and_every_event_is_accepted_once(
        self, files: Files, ledger: Ledger
    ) -> None:
        files.transactions(TRANSACTIONS)
        await files.killed_after(TRANSACTIONS // 3, "inbound_event", "--transactions")

        result = await import_transactions(ledger, files.import_(), QUIET)

        assert 0 < result.after < TRANSACTIONS
        assert result.counts["accepted"] + result.counts["known already"] == TRANSACTIONS
        assert files.count("inbound_event") == TRANSACTIONS

    async def test_that_was_stopped_takes_in_a_row_that_was_still_to_come(
        self, files: Files, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        files.write("loan_id,reference,amount,currency,at,time_zone",
                    lambda number: f"L-1,TX-{number},1.00,CNY,{'2026-03-01' if number else tomorrow},UTC",
                    4 * BATCH)  # fmt: skip
        accept, batches = Inbox.accept, count()

        async def breaks_off(inbox: Inbox, events: Sequence[Any], at: datetime) -> int:
            if next(batches) == 2:
                raise ConnectionError("away")
            return await accept(inbox, events, at)

        with monkeypatch.context() as stopped:
            stopped.setattr(Inbox, "accept", breaks_off)
            with pytest.raises(ConnectionError):
                await import_transactions(ledger, files.import_(), QUIET)
        assert BATCH <= files.count("inbound_event") < 4 * BATCH
        monkeypatch.setattr("entrypoints.importing.datetime", TwoDaysOn)

        result = await import_transactions(ledger, files.import_(), QUIET)

        assert result.rejected == 0
        assert files.count("inbound_event") == 4 * BATCH

    async def test_in_another_file_counts_a_transaction_once(self, files: Files, ledger: Ledger) -> None:
        files.transactions(5)
        first = await import_transactions(ledger, files.import_(), QUIET)
        other = files.folder / "other.csv"
        other.write_text(files.file.read_text().replace(",", "|"))
        again = await import_transactions(ledger, files.import_(other), QUIET)

        assert first.text == "5 accepted, 0 known already, 0 rejected"
        assert again.text == "0 accepted, 5 known already, 0 rejected"
