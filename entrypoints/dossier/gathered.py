"""What a dossier is made of: the case as it stands, its ledger, and the rules it is pinned to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import QUERY, CaseView
from contracts.snapshot import PolicySnapshot
from ledger.entry import Row
from ledger.reading import latest_case
from ledger.store import Ledger
from statemachine.case import Case
from statemachine.decision import Line


class NoDossier(ValueError):
    """It cannot be shown; says which field, and what to do."""


@dataclass(frozen=True)
class Gathered:
    """Everything of one case, read `at`, for the reader named `by`."""

    by: str
    at: datetime
    row: Row
    case: Case
    waiting_for: str
    next_at: datetime | None
    snapshot: PolicySnapshot
    lines: list[Row]
    contacts: list[Row]
    complaints: list[Row]
    first_broken_line: int | None

    def told(self, *kinds: str) -> list[Row]:
        """The ledger's lines of these kinds, in order."""
        return [line for line in self.lines if line["kind"] in kinds]

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """What the lines of a kind tell, each with the day it was written."""
        return [{"on": line["at"].date(), **line["facts"]} for line in self.told(kind)]


async def gathered(
    client: Client, ledger: Ledger, lender: str, loan_id: str, by: str, now: datetime
) -> Gathered:
    """Records that `by` reads the dossier of the loan's latest case, then reads it. Nothing is shown before the look
    stands in the ledger. Raises NoSuchCase, NoDossier."""
    if not by.strip():
        raise NoDossier("by: '': a dossier is shown to a named person; write who reads it")
    row = await latest_case(ledger, lender, loan_id)
    case_id = row["case_id"]
    view = await _view(client, case_id, loan_id)
    line = Line(kind="dossier_shown", reason="the dossier was shown", facts={"by": by.strip()})
    async with ledger.entry(lender, row["borrower_id"]) as entry:
        await entry.add_lines(case_id, f"shown.{uuid4()}", (line,), now)
    lines = await ledger.read("lines", case_id=case_id)
    return Gathered(
        by=by.strip(),
        at=max([now, *(line["at"].astimezone(UTC) for line in lines)]),  # skipped time runs ahead of ours
        row=row,
        case=view.case,
        waiting_for=view.waiting_for,
        next_at=view.next_at,
        snapshot=await ledger.snapshot(view.policy_sha256),
        lines=lines,
        contacts=await ledger.read("contacts", case_id=case_id),
        complaints=await ledger.read("complaints", case_id=case_id),
        first_broken_line=await ledger.broken_chain(case_id),
    )


async def _view(client: Client, case_id: str, loan_id: str) -> CaseView:
    try:
        view: CaseView = await client.get_workflow_handle(case_id).query(QUERY, result_type=CaseView)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        text = f"loan_id: {loan_id}: its case has closed, and Temporal keeps it no more; see `leeway case explain`"
        raise NoDossier(text) from None
    return view
