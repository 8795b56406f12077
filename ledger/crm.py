"""What a CRM has accepted of a borrower's history, and the owner and notes it told."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.entry import Row
from ledger.store import Ledger


class CrmShelf:
    """One lender's borrowers as their CRM knows them."""

    def __init__(self, ledger: Ledger, lender: str) -> None:
        self._ledger = ledger
        self._lender = lender

    async def borrowers(self, after: str, page: int) -> list[str]:
        """The next borrowers by id who have unsent events, an open case, or notes that may be taken back."""
        rows = await self._ledger.read("borrowers_for_crm", lender=self._lender, after=after, page=page)
        return [row["borrower_id"] for row in rows]

    async def unsent(self, borrower_id: str, page: int) -> list[Row]:
        """The first events the CRM has not accepted, in the order written down; `recorded` is each one's number."""
        return await self._ledger.read(
            "unsent_events", lender=self._lender, borrower_id=borrower_id, page=page
        )

    async def accepted(self, borrower_id: str, recorded: int) -> None:
        """The CRM has everything up to this number. A cursor never goes back."""
        await self._ledger.read(
            "crm_accepted", lender=self._lender, borrower_id=borrower_id, recorded=recorded
        )

    async def mark(self, borrower_id: str) -> str | None:
        """The CRM's own mark of what it last told; None: it has told nothing yet."""
        rows = await self._ledger.read("crm_mark", lender=self._lender, borrower_id=borrower_id)
        return rows[0]["mark"] if rows else None

    async def take(
        self,
        borrower_id: str,
        asked: str | None,
        mark: str,
        owner: Mapping[str, Any] | None,
        notes: Iterable[Mapping[str, Any]],
    ) -> bool:
        """Owner, notes and mark, all or none. False: another run has been told more since `asked`; nothing is taken."""
        person: Row = {"lender": self._lender, "borrower_id": borrower_id}
        async with self._ledger.entry(self._lender, borrower_id) as entry:
            if not await entry.run("move_crm_mark", person | {"asked": asked, "mark": mark}):
                return False
            await (entry.run("put_owner", {**person, **owner}) if owner else entry.run("drop_owner", person))
            for note in notes:
                statement = "drop_remark" if note["is_deleted"] else "put_remark"
                await entry.run(statement, {**person, **note})
        return True
