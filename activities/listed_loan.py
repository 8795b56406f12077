"""One loan of the lender's list beside what Leeway knows of it: what is to be told, and how the two differ."""

import hashlib
import json
from datetime import date, datetime
from typing import Any, NamedTuple

from contracts.loan import OverdueLoan
from contracts.loan_event import BalanceStated, LoanEvent, LoanOverdue, Unread
from gateways.loan_book import ListedLoan
from ledger.entry import Row
from ledger.sweep import SOURCE, Difference
from lending.money import format_minor
from statemachine.stage import Outcome

_TOLD = "told"
_MONEY = {"balance_minor", "overdue_since"}


class Compared(NamedTuple):
    """Neither of them: both say the same."""

    event: LoanEvent | Unread | None = None
    difference: Difference | None = None


def compare(lender: str, listed: ListedLoan, known: Row | None, read_at: datetime) -> Compared:
    """A loan that is in the list. `known` is what Leeway has of it; `read_at` is when the list was read, and true unless
    it says otherwise itself."""
    if listed.mistakes:
        return _unreadable(lender, listed)
    if known and known["is_on_its_way"]:
        return Compared()  # told a moment ago, and not applied yet
    as_of = min(listed.as_of or read_at, read_at)
    if listed.loan is None:
        return Compared()  # nothing is overdue: as one that is not in the list, counted before it is cured
    if known is None or known["case_id"] is None:
        return _overdue(listed.loan, as_of, "new", "no case")
    if not known["outcome"]:
        return _of_open(listed.loan, known, as_of)
    return _of_closed(listed.loan, known, as_of)


def cured(lender: str, case: Row, as_of: datetime, in_book: str) -> Compared:
    """An open case whose loan is not overdue any more."""
    loan_id = case["loan_id"]
    event = BalanceStated(
        lender=lender, loan_id=loan_id, source=SOURCE, event_id=_event_id("cured", loan_id, as_of),
        overdue_minor=0, currency=case["currency"], as_of=as_of,
    )  # fmt: skip
    return Compared(event, Difference(loan_id, "cured", in_book, owed(case), _TOLD))


def owed(case: Row) -> str:
    """What a case says is overdue."""
    return _owed(case["balance_minor"], case["currency"], case["overdue_since"])


def _of_open(loan: OverdueLoan, known: Row, as_of: datetime) -> Compared:
    facts, before = loan.model_dump(mode="json"), known["imported"]
    same_money = (loan.balance_minor, loan.overdue_since) == (known["balance_minor"], known["overdue_since"])
    changed = sorted(
        name for name, value in facts.items() if name not in _MONEY and before.get(name) != value
    )
    if same_money and not changed:
        return Compared()
    in_case = owed(known) + (f"; other {', '.join(changed)}" if changed else "")
    return _overdue(loan, as_of, "changed", in_case)


def _of_closed(loan: OverdueLoan, known: Row, as_of: datetime) -> Compared:
    closed_at: datetime = known["closed_at"]
    is_later = loan.overdue_since > closed_at.date()
    if is_later or (known["outcome"] == Outcome.CURED and as_of > closed_at):
        return _overdue(loan, as_of, "again", f"the case ended as {known['outcome']}")
    if known["outcome"] == Outcome.CURED:
        return Compared()  # the list is older than the cure
    in_case, done = f"the case ended as {known['outcome']}", "nothing: for a person to settle"
    return Compared(difference=Difference(loan.loan_id, "ended", _in_book(loan), in_case, done))


def _overdue(loan: OverdueLoan, as_of: datetime, what: str, in_case: str) -> Compared:
    event = LoanOverdue(
        source=SOURCE, event_id=_event_id("overdue", loan.loan_id, as_of), loan=loan, as_of=as_of
    )
    return Compared(event, Difference(loan.loan_id, what, _in_book(loan), in_case, _TOLD))


def _unreadable(lender: str, listed: ListedLoan) -> Compared:
    """Kept for a person, as an envelope that is read again when it is replayed; the same row counts once. Noted of the
    loan that is meant, so that its case is not taken for absent."""
    loan_id = listed.loan_id.strip()[:64]
    data = {name: value for name, value in sorted(listed.row.items()) if value}
    digest = hashlib.sha256(json.dumps([data, listed.mistakes]).encode()).hexdigest()
    body: dict[str, Any] = {"specversion": "1.0", "id": digest, "source": "overdue_loans", "type": "loan.overdue",
                            "data": data}  # fmt: skip
    event = Unread(lender=lender, source=SOURCE, event_id=f"row/{digest}", body=body, reason="unreadable",
                   note="; ".join(listed.mistakes)[:500], loan_id=loan_id)  # fmt: skip
    fields = ", ".join(one.partition(":")[0] for one in listed.mistakes)
    return Compared(event, Difference(loan_id, "unreadable", fields, "", "parked in the inbox"))


def _event_id(what: str, loan_id: str, as_of: datetime) -> str:
    return f"{what}/{loan_id}/{as_of:%Y%m%dT%H%M%S%f}"


def _in_book(loan: OverdueLoan) -> str:
    return _owed(loan.balance_minor, loan.currency, loan.overdue_since)


def _owed(minor: int, currency: str, since: date) -> str:
    return f"{format_minor(minor, currency)} since {since}"
