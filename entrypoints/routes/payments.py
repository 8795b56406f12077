"""`/v1/payments`: money that came in, and money that did not stand. Kept for good, then told to the case in order."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from contracts.loan import CurrencyCode, Reference
from contracts.loan_event import Instant, LoanEvent, PaymentPosted, PaymentReversed
from entrypoints.access.gate import Calling, guarded
from entrypoints.routes.strictly import strictly
from ledger.inbox import Inbox
from ledger.store import Ledger
from lending.money import MAX_MINOR
from lending.value import Value
from statemachine.message import Reference as PaymentReference
from statemachine.message import Text

SOURCE = "api"


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    loan_id: Reference


class Payment(_Told):
    """Money that was booked at `received_at`; `reference` is the loan system's own number of the transaction."""

    reference: PaymentReference
    amount_minor: Annotated[int, Field(gt=0, le=MAX_MINOR)]
    currency: CurrencyCode
    received_at: Instant


class Reversal(_Told):
    """The payment with the reference `payment` did not stand, since `reversed_at`."""

    payment: PaymentReference
    reason: Text = ""
    reversed_at: Instant


class Accepted(Value):
    """Kept for good under `event_id`; `is_new` false: the same was told before. `/v1/inbox` says what came of it."""

    event_id: str
    is_new: bool


_PAYMENT = {"loan_id": "A-1001", "reference": "TX-77", "amount_minor": 50000, "currency": "CNY",
            "received_at": "2026-11-03T09:30:00+08:00"}  # fmt: skip
_REVERSAL = {"loan_id": "A-1001", "payment": "TX-77", "reason": "returned",
             "reversed_at": "2026-11-05T16:00:00+08:00"}  # fmt: skip


def payment_routes(ledger: Ledger) -> APIRouter:
    """Payments and their reversals, into the inbox."""
    routes, inbox = guarded("/v1/payments", "payments"), Inbox(ledger)

    async def accept(event: LoanEvent) -> Accepted:
        return Accepted(event_id=event.event_id, is_new=await inbox.accept([event], datetime.now(UTC)) == 1)

    @routes.post("", status_code=202)
    async def pay(
        caller: Calling, told: Annotated[Payment, strictly(Payment), Body(examples=[_PAYMENT])]
    ) -> Accepted:
        """Money came in. The same payment again, by whichever way, counts once."""
        return await accept(PaymentPosted(lender=caller.lender, **_of(told)))

    @routes.post("/reversals", status_code=202)
    async def reverse(
        caller: Calling, told: Annotated[Reversal, strictly(Reversal), Body(examples=[_REVERSAL])]
    ) -> Accepted:  # fmt: skip
        """A payment did not stand after all; told before the payment, it waits for it."""
        return await accept(PaymentReversed(lender=caller.lender, **_of(told)))

    return routes


def _of(told: _Told) -> dict[str, Any]:
    """The event's fields; what says the same has the same id."""
    said = json.dumps(told.model_dump(mode="json"), sort_keys=True)
    event_id = f"{type(told).__name__.lower()}:{hashlib.sha256(said.encode()).hexdigest()[:40]}"
    return {"source": SOURCE, "event_id": event_id} | dict(told)
