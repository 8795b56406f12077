"""`leeway case allocate`: how one payment of a borrower with several loans is to be shared among them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.reading import latest_case
from ledger.store import Ledger
from lending.allocation import CHINA, Debt, allocate
from lending.money import MoneyError, minor_units


async def allocated(
    ledger: Ledger, lender: str, loan_id: str, amount: str, designated: Sequence[str], today: date
) -> dict[str, Any]:
    """The shares of `amount` (plain decimals) in the borrower's open loans of the loan's currency, by 民法典 art. 560:
    the borrower's designation first. It proposes; each share is then told as a payment of its loan.

    Raises NoSuchCase, and ValueError naming the field.
    """
    case = await latest_case(ledger, lender, loan_id)
    rows = await ledger.read("open_loans_of_borrower", case_id=case["case_id"], currency=case["currency"])
    if not rows:
        raise ValueError(
            f"loan: {loan_id}: its borrower owes nothing in {case['currency']}; refund the payment"
        )
    debts = [
        Debt(reference=row["loan_id"], due_on=row["overdue_since"], principal_minor=row["balance_minor"])
        for row in rows
    ]
    try:
        amount_minor = minor_units(amount, case["currency"])
    except MoneyError as error:
        raise ValueError(f"amount: {amount} {case['currency']}: {error}") from None
    found = allocate(amount_minor, debts, CHINA, today, designated)
    shares = [{"loan": share.debt, "amount_minor": share.amount_minor} for share in found.shares]
    return {"currency": case["currency"], "shares": shares, "overpaid_minor": found.overpaid_minor,
            "citation": "民法典 art. 560"}  # fmt: skip
