"""`leeway case support`: what would help a borrower, and the holds that are for few eyes. Every look is recorded."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from temporalio.client import Client

from contracts.case_run import QUERY, CaseView
from ledger.reading import latest_case
from ledger.store import Ledger
from statemachine.case import Hold
from statemachine.decision import Line
from statemachine.hold_kind import HOLD_KINDS, shown


async def support(client: Client, ledger: Ledger, lender: str, loan_id: str, by: str) -> list[dict[str, Any]]:
    """The loan's holds with who, why, since and until when, what they stop, and the support needed; `by` is who looks.

    Raises NoSuchCase, and ValueError without a name. Nothing is shown before the look stands in the ledger.
    """
    if not by.strip():
        raise ValueError("by: '': support needs are shown to a named person; write --by NAME")
    case = await latest_case(ledger, lender, loan_id)
    handle = client.get_workflow_handle(case["case_id"])
    view: CaseView = await handle.query(QUERY, result_type=CaseView)
    line = Line(kind="support_shown", reason="the support needs were shown", facts={"by": by.strip()})
    async with ledger.entry(lender, case["borrower_id"]) as entry:
        await entry.add_lines(case["case_id"], f"shown.{uuid4()}", (line,), datetime.now(UTC))
    return [_told(hold) for hold in (*view.case.holds, *view.case.past_holds)]


def _told(hold: Hold) -> dict[str, Any]:
    kind = HOLD_KINDS[hold.reason]
    return {
        "reason": str(hold.reason),
        "shown_as": shown(hold.reason),
        "since": hold.starts_at.isoformat(),
        "until": hold.until_at.isoformat() if hold.until_at else None,
        "told_at": hold.placed_at.isoformat(),
        "by": hold.by,
        "why": hold.why,
        "support_need": hold.support_need,
        "stops": sorted(kind.stops),
    }
