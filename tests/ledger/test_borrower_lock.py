"""One lock per borrower: whoever waited for it sees what was written under it."""

import asyncio

import psycopg
import pytest
from case_in_ledger import AT
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ledger.migrate import migrate
from ledger.store import Ledger

WHO = {"lender": "harbour", "borrower_id": "B-1"}
REPORT = WHO | {
    "at": AT, "channel": "phone", "result": "connected", "debts": [], "number": "", "collector": "agency",
    "purpose": "routine", "recipient": "borrower", "recorded_at": AT,
}  # fmt: skip


class TestBorrowersLock:
    @pytest.mark.parametrize("default", ["read committed", "repeatable read", "serializable"])
    async def test_shows_each_what_the_one_before_wrote_whatever_the_databases_default(
        self, empty_database: str, superuser: psycopg.Connection, default: str
    ) -> None:
        migrate(empty_database)
        name = sql.Identifier(str(conninfo_to_dict(empty_database)["dbname"]))
        superuser.execute(
            sql.SQL("alter database {} set default_transaction_isolation = {}").format(
                name, sql.Literal(default)
            )
        )

        async def counts_and_adds(ledger: Ledger, reference: str) -> int:
            async with ledger.entry(**WHO) as entry:
                before = await entry.run(
                    "borrower_contacts", WHO | {"since": AT.replace(year=2000), "key": ""}
                )
                await entry.run("report_contact", REPORT | {"reference": reference})
                return len(before)

        async with Ledger(empty_database) as ledger:
            seen = await asyncio.gather(*(counts_and_adds(ledger, f"R-{n}") for n in range(8)))
        assert sorted(seen) == list(range(8))
