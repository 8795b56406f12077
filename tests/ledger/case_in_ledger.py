"""Requests of one case, as the workflow would send them, written into the real ledger."""

from datetime import UTC, date, datetime
from functools import cache
from uuid import uuid4

from activities.carry_out import write_down
from contracts.carry_out import CarryOut, OpenedCase, Projection
from contracts.loan import OverdueLoan
from contracts.snapshot import PolicySnapshot
from gateways.policy_file import policies_in
from ledger.store import Ledger
from statemachine.case import Wishes
from statemachine.decision import Line, Task

_policies = cache(policies_in)
AT = datetime(2027, 3, 3, 12, 0, 0, 123456, tzinfo=UTC)
SINCE = date(2027, 1, 1)


def request(case_id: str, number: int, *reasons: str, **row: object) -> CarryOut:
    """Request `number` of an open case: a line for each reason; `row` is what its projection shows differently."""
    lines = tuple(
        Line(
            kind="test",
            reason=reason,
            facts={"place": place, "\u4e2d": [1.5, None, {"b": 1, "a": "x"}]},
            next_at=AT,
        )
        for place, reason in enumerate(reasons)
    )
    usual = {
        "number": number, "as_of": AT, "stage": "notice", "outcome": None, "held": (), "stalled": None,
        "balance_minor": 500, "strategy": "standard", "risk_tier": None, "wishes": Wishes(), "language": "en",
        "next_at": AT, "waiting_for": "notice",
    }  # fmt: skip
    return CarryOut(
        case_id=case_id, lender="harbour", borrower_id=f"B-{case_id.split(':')[2]}", policy_sha256="", lines=lines,
        tasks=(Task(kind="find_contact", note="test"),), projection=Projection.model_validate(usual | row),
        decided_at=AT,
    )  # fmt: skip


async def write(ledger: Ledger, asked: CarryOut) -> None:
    """Writes one request down, as the activity does."""
    async with ledger.entry(asked.lender, asked.borrower_id) as entry:
        await write_down(entry, asked)


async def open_case(ledger: Ledger) -> str:
    """A new case whose first request wrote the lines `one`, `two` and `three`; answers its id."""
    loan_id = f"L-{uuid4().hex[:12]}"
    return await open_loan(ledger, loan_id, f"B-{loan_id}", SINCE)


async def open_loan(ledger: Ledger, loan_id: str, borrower_id: str, overdue_since: date) -> str:
    """The case of a loan of this borrower."""
    asked = request(f"case:harbour:{loan_id}:1", 1, "one", "two", "three")
    asked = asked.model_copy(update={"borrower_id": borrower_id})
    loan = OverdueLoan(
        lender="harbour", loan_id=loan_id, borrower_id=borrower_id, name="Li", balance_minor=500, currency="CNY",
        overdue_since=overdue_since, language="en", country="CN", zones=("Asia/Shanghai",), policy="platform-c",
    )  # fmt: skip
    await ledger.put_loans([loan], AT)
    policy = _policies()["platform-c"]
    sha256 = await ledger.publish(PolicySnapshot(house=policy.house, contact=policy.contact, calendar=None))
    opens = OpenedCase(loan_id=loan_id, episode=1, policy="platform-c@2", currency="CNY", opened_balance_minor=500,
                       overdue_since=overdue_since, opened_at=AT)  # fmt: skip
    await write(ledger, asked.model_copy(update={"opens": opens, "policy_sha256": sha256}))
    return asked.case_id
