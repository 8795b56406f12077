"""The decision table is append-only, and shows when somebody tampered with it all the same."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from case_in_ledger import request, write

from ledger.store import Ledger


@contextmanager
def triggers_off(superuser: psycopg.Connection) -> Iterator[None]:
    """What only a superuser can do."""
    superuser.execute("set session_replication_role = replica")
    yield
    superuser.execute("set session_replication_role = default")


class TestDecisionTable:
    @pytest.mark.parametrize(
        "statement",
        [
            "update decision set reason = 'better' where case_id = %(case_id)s",
            "delete from decision where case_id = %(case_id)s",
            "truncate decision",
            "update decision set reason = reason",
            "delete from decision where false",
        ],
    )
    async def test_refuses(self, superuser: psycopg.Connection, case_id: str, statement: str) -> None:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only: add a line that corrects"):
            superuser.execute(statement.encode(), {"case_id": case_id} if "%" in statement else None)

    async def test_takes_the_lines_of_a_request_once_however_often_it_is_sent(
        self, ledger: Ledger, case_id: str
    ) -> None:
        second = request(case_id, 2, "four", "five")
        await asyncio.gather(*(write(ledger, second) for _ in range(8)))
        lines = await ledger.read("lines", case_id=case_id)
        assert [line["reason"] for line in lines] == ["one", "two", "three", "four", "five"]
        assert len(await ledger.read("tasks", case_id=case_id)) == 2
        assert await ledger.broken_chain(case_id) is None

    async def test_keeps_one_chain_when_many_write_at_once(self, ledger: Ledger, case_id: str) -> None:
        await asyncio.gather(*(write(ledger, request(case_id, number, "a", "b")) for number in range(2, 22)))
        lines = await ledger.read("lines", case_id=case_id)
        assert [line["seq"] for line in lines] == list(range(1, 44))
        assert await ledger.broken_chain(case_id) is None


class TestChain:
    async def test_is_whole_as_written(self, ledger: Ledger, case_id: str) -> None:
        assert await ledger.broken_chain(case_id) is None

    @pytest.mark.parametrize(
        "change",
        [
            "reason = 'better'",
            "kind = 'made'",
            "rule = 'another'",
            "facts = '{}'",
            "at = at + interval '1 microsecond'",
            "next_at = null",
            "chain = repeat('0', 64)",
        ],
    )
    async def test_breaks_at_a_changed_line(
        self, ledger: Ledger, superuser: psycopg.Connection, case_id: str, change: str
    ) -> None:
        with triggers_off(superuser):
            statement = f"update decision set {change} where case_id = %s and seq = 2"
            assert superuser.execute(statement.encode(), (case_id,)).rowcount == 1
        assert await ledger.broken_chain(case_id) == 2

    @pytest.mark.parametrize("missing", [1, 2])
    async def test_breaks_at_a_missing_line(
        self, ledger: Ledger, superuser: psycopg.Connection, case_id: str, missing: int
    ) -> None:
        with triggers_off(superuser):
            superuser.execute("delete from decision where case_id = %s and seq = %s", (case_id, missing))
        assert await ledger.broken_chain(case_id) == missing

    async def test_breaks_where_lines_were_swapped(
        self, ledger: Ledger, superuser: psycopg.Connection, case_id: str
    ) -> None:
        with triggers_off(superuser):
            for was, becomes in ((1, 99), (2, 1), (99, 2)):
                superuser.execute(
                    "update decision set seq = %s where case_id = %s and seq = %s", (becomes, case_id, was)
                )
        assert await ledger.broken_chain(case_id) == 1
