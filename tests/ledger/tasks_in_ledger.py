"""Tasks of a borrower in the real ledger, as the door and the core write them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from case_in_ledger import AT, SINCE, open_loan

from contracts.loan import OverdueLoan
from ledger.store import Ledger

NINE = AT.replace(hour=1, minute=0, second=0, microsecond=0)
"""Nine o'clock where the borrowers live, in Shanghai."""
SIX = NINE + timedelta(hours=9)
HOME = {"street": "银杏里12号", "city": "北京", "postcode": "100020"}


async def a_case(ledger: Ledger, **address: Any) -> str:
    """The id of a new case of a borrower who lives at `address`."""
    unique = uuid4().hex[:12]
    case_id = await open_loan(ledger, f"L-{unique}", f"B-{unique}", SINCE)
    loan = OverdueLoan(
        lender="harbour", loan_id=f"L-{unique}", borrower_id=f"B-{unique}", name="Li Wei", balance_minor=500,
        currency="CNY", overdue_since=SINCE, language="en", country="CN", zones=("Asia/Shanghai",),
        policy="platform-c", phones=("+8612000000001",), **HOME | address,
    )  # fmt: skip
    await ledger.put_loans([loan], AT)
    return case_id


async def a_visit(
    ledger: Ledger, case_id: str, starts_at: datetime = NINE, due_at: datetime = SIX, **changes: Any
) -> int:
    """The number of a new visit in this window."""
    return await _added(ledger, case_id, {"starts_at": starts_at, "due_at": due_at} | changes)


async def a_review(ledger: Ledger, case_id: str, due_on: date | None = None) -> int:
    """The number of a new review."""
    note = "the hold is reviewed"
    return await _added(
        ledger, case_id, {"kind": "hold_review", "note": note, "due_on": due_on, "talk_sheet": None}
    )


async def _added(ledger: Ledger, case_id: str, changes: dict[str, Any]) -> int:
    key = f"{case_id}/{case_id}/revisit_{uuid4().hex[:6]}/2/task"
    row = {
        "key": key, "case_id": case_id, "kind": "visit", "note": "visit for revisit_1", "talk_sheet": "Good morning.",
        "created_at": AT, "starts_at": None, "due_at": None, "due_on": None, "people": 2, "visitors": [],
    }  # fmt: skip
    async with ledger.entry("harbour", case_id) as entry:
        await entry.run("add_task", row | changes)
    [task] = [
        task
        for task in await ledger.read("tasks", case_id=case_id)
        if task["note"] == (row | changes)["note"]
    ][-1:]
    return int(task["task_id"])
