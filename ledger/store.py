"""The ledger: where entries are made, and where people read."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from compliance.pack import RulePack, rewritten
from contracts.loan import OverdueLoan
from contracts.snapshot import PolicySnapshot
from ledger.entry import Entry, Row, chained


class RewrittenLaw(ValueError):
    """A rule that was in force has been changed or removed. One line for each: what to do instead."""


class Ledger:
    """A pool of connections to the lender's PostgreSQL. Use as an async context manager."""

    def __init__(self, database_url: str, connections: int = 10) -> None:
        # The session speaks UTC: what is written as an instant is read as the same instant, everywhere. And whoever waited
        # for a borrower's lock sees what was written under it, whatever the database's default.
        options = r"-c TimeZone=UTC -c default_transaction_isolation=read\ committed"
        settings = {"row_factory": dict_row, "autocommit": True, "options": options}
        self._pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
            database_url, min_size=1, max_size=connections, open=False, kwargs=settings, timeout=30
        )

    async def __aenter__(self) -> Self:
        try:
            await self._pool.open(wait=True, timeout=10)
        except PoolTimeout:
            await self._pool.close()
            raise OperationalError(
                "the ledger's PostgreSQL does not answer within 10 s: see DATABASE_URL"
            ) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def entry(self, lender: str, borrower_id: str) -> AsyncIterator[Entry]:
        """One transaction that alone touches this borrower. Leaves nothing behind when it raises."""
        async with self._pool.connection() as connection, connection.transaction():
            entry = Entry(connection)
            await entry.run("lock_borrower", {"lender": lender, "borrower_id": borrower_id})
            yield entry

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Entry]:
        """One transaction under no borrower's lock. Leaves nothing behind when it raises."""
        async with self._pool.connection() as connection, connection.transaction():
            yield Entry(connection)

    async def read(self, name: str, /, **params: Any) -> list[Row]:
        """The rows of a named statement, outside any lock."""
        async with self._pool.connection() as connection:
            return await Entry(connection).run(name, params)

    async def publish(self, snapshot: PolicySnapshot) -> str:
        """Keeps the snapshot under its content hash; the same content is kept once."""
        sha256 = snapshot.sha256()
        await self.read("put_snapshot", sha256=sha256, policy=snapshot.house.name,
                        body=Jsonb(snapshot.model_dump(mode="json")))  # fmt: skip
        return sha256

    async def put_loans(self, loans: Sequence[OverdueLoan], at: datetime) -> int:
        """One lender's loans and their borrowers as imported, all or none; how many say something new."""
        if not loans:
            return 0
        new = 0
        async with self.transaction() as entry:
            people = sorted({loan.borrower_id for loan in loans})
            await entry.run("lock_borrowers", {"lender": loans[0].lender, "borrower_ids": people})
            for some in _each_once(loans):
                rows = Jsonb([loan.model_dump(mode="json") for loan in some])
                await entry.run("put_borrowers", {"loans": rows})
                new += len(await entry.run("put_loans", {"loans": rows, "imported_at": at}))
        return new

    async def check_packs(self, packs: Mapping[str, RulePack], at: datetime) -> None:
        """Raises RewrittenLaw where one that was published has another past than it should have at `at`."""
        rows = await self.read("packs_published")
        before = {row["jurisdiction"]: RulePack.model_validate(row["body"]) for row in rows}
        gone = [f"{place}: its pack is gone: end its rules with effective_to instead"
                for place in before.keys() - packs.keys()]  # fmt: skip
        found = [
            line
            for place in before.keys() & packs.keys()
            for line in rewritten(before[place], packs[place], at.date())
        ]
        if found := [*gone, *found]:
            raise RewrittenLaw("\n".join(found))

    async def publish_packs(self, packs: Mapping[str, RulePack], at: datetime) -> None:
        """Keeps each pack that is new. Raises RewrittenLaw, keeping nothing, where one was changed in the past."""
        await self.check_packs(packs, at)
        for place, pack in packs.items():
            body = pack.model_dump(mode="json")
            await self.read("publish_pack", sha256=pack.sha256(), jurisdiction=place, body=Jsonb(body),
                            published_at=at)  # fmt: skip

    async def snapshot(self, sha256: str) -> PolicySnapshot:
        """The published rules under this hash. Raises LookupError."""
        async with self._pool.connection() as connection:
            return await Entry(connection).snapshot(sha256)

    async def broken_chain(self, case_id: str) -> int | None:
        """The first line of the case that was changed, or that follows a missing one; None: all is as written."""
        chain = ""
        for expected, line in enumerate(await self.read("lines", case_id=case_id), start=1):
            utc = {name: line[name].astimezone(UTC) if line[name] else None for name in ("at", "next_at")}
            chain = chained(chain, line | utc)
            if line["seq"] != expected or line["chain"] != chain:
                return expected
        return None


def _each_once(loans: Sequence[OverdueLoan]) -> Iterable[list[OverdueLoan]]:
    """The loans in turns, in their order: in one turn no borrower and no loan is named twice."""
    turns: defaultdict[int, list[OverdueLoan]] = defaultdict(list)
    turn_of: Counter[tuple[str, str]] = Counter()
    for loan in loans:
        names = (("borrower", loan.borrower_id), ("loan", loan.loan_id))
        turn = max(turn_of[name] for name in names)
        turns[turn].append(loan)
        for name in names:
            turn_of[name] = turn + 1
    return (turns[turn] for turn in sorted(turns))
