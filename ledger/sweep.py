"""What a sweep knows of loans and cases, and what it found, in the ledger."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from ledger.entry import Row
from ledger.store import Ledger

SOURCE = "sweep"

KEPT = 60
"""Sweeps whose differences are kept for each lender; older ones are forgotten as a new one begins."""


@dataclass(frozen=True)
class Difference:
    """How the list and Leeway differ on a loan, and what was done about it; '' nothing yet."""

    loan_id: str
    what: str
    in_book: str
    in_case: str
    done: str


class SweepShelf:
    """One lender's sweeps."""

    def __init__(self, ledger: Ledger, lender: str) -> None:
        self._ledger = ledger
        self._lender = lender

    async def begin(self, sweep_id: str, at: datetime) -> None:
        """A sweep begins; told again, nothing changes."""
        if await self._ledger.read("begin_sweep", sweep_id=sweep_id, lender=self._lender, at=at):
            await self._ledger.read("forget_sweeps", lender=self._lender, kept=KEPT)

    async def end(self, sweep_id: str, at: datetime, loans: int, cases: int, refused: str = "") -> None:
        """It is over."""
        await self._ledger.read(
            "end_sweep", sweep_id=sweep_id, at=at, loans=loans, cases=cases, refused=refused
        )

    async def put(self, sweep_id: str, differences: Sequence[Difference]) -> None:
        """Notes what was found; of one loan the last word holds."""
        if differences:
            rows = Jsonb([asdict(one) for one in {one.loan_id: one for one in differences}.values()])
            await self._ledger.read("put_differences", sweep_id=sweep_id, rows=rows)

    async def known(self, loan_ids: Collection[str]) -> dict[str, Row]:
        """Of each loan that Leeway knows, or will in a moment: facts, latest case, and whether a word is on its way."""
        rows = await self._ledger.read(
            "sweep_known", lender=self._lender, loan_ids=list(loan_ids), source=SOURCE
        )
        return {row["loan_id"]: row for row in rows}

    async def open_cases(self, after: str, page: int, as_of: datetime | None) -> list[Row]:
        """A page of open cases: loan_id, balance_minor, currency, overdue_since."""
        return await self._ledger.read(
            "sweep_open_cases", lender=self._lender, after=after, page=page, as_of=as_of
        )

    async def absent(self, sweep_id: str, after: str, page: int) -> list[str]:
        """A page of loans that were found absent, and of which nothing was said yet."""
        rows = await self._ledger.read("absent_loans", sweep_id=sweep_id, after=after, page=page)
        return [row["loan_id"] for row in rows]

    async def sweeps(self, at_most: int) -> list[Row]:
        """The latest sweeps, with how many differences of each kind they found."""
        return await self._ledger.read("sweeps", lender=self._lender, at_most=at_most)

    async def differences(self, sweep_id: str, after: str, page: int) -> list[Row]:
        """A page of what a sweep found, by loan."""
        return await self._ledger.read("sweep_differences", sweep_id=sweep_id, after=after, page=page)
