"""What a loan system said, told to the loan's case; or why it cannot be told."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import UPDATE, Answer
from contracts.loan import OverdueLoan
from contracts.loan_event import (
    BalanceStated,
    LoanClosed,
    LoanEvent,
    LoanOverdue,
    PaymentPosted,
    PaymentReversed,
)
from entrypoints.book import Book, Opening
from ledger.entry import Row
from ledger.inbox import Settled
from ledger.store import Ledger
from statemachine.stage import Outcome, Stage

_ANSWER_WITHIN = timedelta(seconds=20)
_NOTE_AT_MOST = 500
_UNKNOWN = "no case of this loan is known; it waits until the loan is overdue here"


class CaseMoved(Exception):
    """The case ended, or moved on, while it was told: told again, it is known where it stands."""


class Applied(NamedTuple):
    """What came of an event, and whether it changed something or opened a case."""

    settled: Settled
    changed: bool = False
    opened: bool = False


class _Refused(Exception):
    """The case's no, before anything was changed: the field, the value, what to do."""


class Applier:
    """Tells cases, one event at a time. Told again after a crash, an event has its effect once: payments count by their
    reference, balances by their instant, and an update is known by the event's number and try."""

    def __init__(self, client: Client, ledger: Ledger, book: Book) -> None:
        self._client = client
        self._ledger = ledger
        self._book = book

    async def apply(self, event: LoanEvent, update_id: str, now: datetime) -> Applied:
        """Raises RPCError, WorkflowUpdateRPCTimeoutOrCancelledError and CaseMoved: to be tried again."""
        if isinstance(event, LoanOverdue):
            return await self._overdue(event, update_id, now)
        case = await self._latest(event)
        if isinstance(event, LoanClosed) and event.reason == "paid":
            return Applied(_paid_off(case))
        return await self._told(event, _message(event), case, update_id, now)

    async def _overdue(self, event: LoanOverdue, update_id: str, now: datetime) -> Applied:
        if problem := self._book.unfit(event.loan, now):
            return Applied(_parked("refused", problem))
        opening = await self._book.open(event.loan, now, as_of=event.as_of)
        case = await self._latest(event)
        if opening is Opening.ALREADY_CLOSED:
            return _overdue_after_the_end(event, case)
        is_new = opening is Opening.OPENED
        if event.as_of is None:
            return Applied(Settled("done", note=f"case {opening}"), changed=is_new, opened=is_new)
        stated = _stated(event.loan, event.as_of, event.source)
        told = await self._told(event, stated, case, update_id, now)
        note = f"case {opening}: {told.settled.note}"[:_NOTE_AT_MOST]
        return told._replace(settled=told.settled._replace(note=note), opened=is_new)

    async def _told(
        self, event: LoanEvent, message: dict[str, Any], case: Row | None, update_id: str, now: datetime
    ) -> Applied:
        """The message told to the open case; where the ledger knows none, to one that may just have been opened."""
        episode = (case["episode"] if case else 0) + (0 if case and not case["outcome"] else 1)
        try:
            answer = await self._ask(f"case:{event.lender}:{event.loan_id}:{episode}", message, update_id)
        except _Refused as no:
            return Applied(_refused(event, str(no)))
        if answer is not None and (answer.accepted or answer.stage != Stage.CLOSED):
            note = "; ".join(answer.reasons)[:_NOTE_AT_MOST]
            return Applied(Settled("done", note=note), changed=answer.accepted)
        if case is None and answer is None:
            return Applied(_parked("unknown_loan", _UNKNOWN))
        if case is None or not case["outcome"]:
            raise CaseMoved(f"{event.loan_id}: the case ended meanwhile")
        return await self._after_the_end(event, case, update_id, now)

    async def _ask(self, case_id: str, message: dict[str, Any], update_id: str) -> Answer | None:
        """The case's answer; None where no such case runs."""
        handle = self._client.get_workflow_handle(case_id)
        try:
            answer: Answer = await handle.execute_update(
                UPDATE, message, id=update_id, result_type=Answer, rpc_timeout=_ANSWER_WITHIN
            )
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            if isinstance(cause, ApplicationError) and cause.type == "BadMessage":
                raise _Refused(cause.message) from None
            raise CaseMoved(f"{case_id}: {cause}") from None
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None
        return answer

    async def _after_the_end(self, event: LoanEvent, case: Row, update_id: str, now: datetime) -> Applied:
        """Something told of a loan whose case is closed, and whose next episode has not begun."""
        ended = f"the case ended as {case['outcome']}"
        if isinstance(event, LoanClosed) or (isinstance(event, BalanceStated) and not event.overdue_minor):
            return Applied(Settled("done", note=f"{ended} already"))
        if isinstance(event, PaymentPosted | PaymentReversed) and await self._is_known(event, case):
            return Applied(Settled("done", note=f"{ended}; this was counted already"))
        is_again = isinstance(event, BalanceStated) and event.as_of > case["closed_at"]
        if isinstance(event, BalanceStated) and is_again and case["outcome"] == Outcome.CURED:
            return await self._reopened(event, update_id, now)
        note = f"{ended}; it waits until the loan is overdue again"
        return Applied(_parked("closed_case", note, case))

    async def _is_known(self, event: PaymentPosted | PaymentReversed, case: Row) -> bool:
        is_reversal = isinstance(event, PaymentReversed)
        reference = event.payment if isinstance(event, PaymentReversed) else event.reference
        rows = await self._ledger.read("payments", case_id=case["case_id"])
        return any(row["reference"] == reference and (row["is_reversed"] or not is_reversal) for row in rows)

    async def _reopened(self, event: BalanceStated, update_id: str, now: datetime) -> Applied:
        """The loan system says, later than the cure, that money is overdue: a new episode, on the facts on record."""
        rows = await self._ledger.read("loan_imported", lender=event.lender, loan_id=event.loan_id)
        loan = OverdueLoan.model_validate_json(rows[0]["imported"]).model_copy(
            update={"balance_minor": event.overdue_minor,
                    "overdue_since": event.overdue_since or event.as_of.date()}
        )  # fmt: skip
        if event.currency != loan.currency:
            return Applied(
                _parked("refused", f"currency: {event.currency} given, this loan is in {loan.currency}")
            )
        overdue = LoanOverdue(source=event.source, event_id=event.event_id, loan=loan, as_of=event.as_of)
        return await self._overdue(overdue, update_id, now)

    async def _latest(self, event: LoanEvent) -> Row | None:
        rows = await self._ledger.read("latest_case", lender=event.lender, loan_id=event.loan_id)
        return rows[0] if rows else None


def _parked(reason: str, note: str, case: Row | None = None) -> Settled:
    return Settled("parked", reason, note[:_NOTE_AT_MOST], case["episode"] if case else 0)


def _refused(event: LoanEvent, no: str) -> Settled:
    if isinstance(event, PaymentPosted) and no.startswith("received_at: "):
        return Settled(
            "done", note=no[:_NOTE_AT_MOST]
        )  # before the loan was overdue: it is in the balance already
    return _parked("refused", no)


def _paid_off(case: Row | None) -> Settled:
    """Nothing is left to do when the case has ended; while money is owed here, one of the two is wrong."""
    if case is None:
        return _parked("unknown_loan", _UNKNOWN)
    if case["outcome"]:
        return Settled("done", note=f"the case ended as {case['outcome']} already")
    note = (
        f"the loan system says that it was paid off; {case['balance_minor']} minor units are owed here: "
        "have the payments sent, or state the balance"
    )
    return _parked("contradiction", note, case)


def _overdue_after_the_end(event: LoanOverdue, case: Row | None) -> Applied:
    outcome = case["outcome"] if case else "closed"
    if event.as_of is not None or outcome != Outcome.CURED:
        return Applied(Settled("done", note=f"older than the end of the case, which ended as {outcome}"))
    note = "the case was cured after this due date; if it is overdue again, say as of when"
    return Applied(_parked("closed_case", note, case))


def _stated(loan: OverdueLoan, as_of: datetime, by: str) -> dict[str, Any]:
    return {"kind": "balance", "overdue_minor": loan.balance_minor, "currency": loan.currency,
            "as_of": as_of.isoformat(), "overdue_since": loan.overdue_since.isoformat(), "by": by}  # fmt: skip


def _message(event: PaymentPosted | PaymentReversed | BalanceStated | LoanClosed) -> dict[str, Any]:
    """The event as a case reads it."""
    match event:
        case PaymentPosted():
            return {"kind": "payment", "reference": event.reference, "amount_minor": event.amount_minor,
                    "currency": event.currency, "received_at": event.received_at.isoformat(),
                    "by": event.source}  # fmt: skip
        case PaymentReversed():
            return {"kind": "payment_reversed", "payment": event.payment, "reason": event.reason,
                    "reversed_at": event.reversed_at.isoformat(), "by": event.source}  # fmt: skip
        case BalanceStated():
            since = event.overdue_since.isoformat() if event.overdue_since else None
            return {"kind": "balance", "overdue_minor": event.overdue_minor, "currency": event.currency,
                    "as_of": event.as_of.isoformat(), "overdue_since": since, "by": event.source}  # fmt: skip
        case LoanClosed():
            return {"kind": "withdraw", "reason": f"the loan system says: {event.reason}", "by": event.source}
