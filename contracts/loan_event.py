"""What loan systems say, in the one language that every way in translates to: webhooks, files, statements, sweeps."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from contracts.loan import CurrencyCode, OverdueLoan, Reference, Slug
from lending.money import MAX_MINOR
from statemachine.message import Reference as PaymentReference
from statemachine.message import Text

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_ID: Callable[[str], object] = re.compile("[!-~](?:[ -~]{0,198}[!-~])?").fullmatch


def _in_utc(at: datetime) -> datetime:
    if not _FIRST <= at < _LAST:
        raise ValueError("lies outside the years 1970 to 2199; write an instant such as 2026-11-02T09:30:00Z")
    return at.astimezone(UTC)


def _plain_id(event_id: str) -> str:
    if not _ID(event_id):
        raise ValueError(
            "1 to 200 printable ASCII characters, none of them a space at either end; hash anything else"
        )
    return event_id


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""Aware, and in UTC whatever offset it was written with."""

EventId = Annotated[str, AfterValidator(_plain_id)]

Owed = Annotated[int, Field(ge=0, le=MAX_MINOR)]
"""Minor units; zero is nothing."""


class _Told(BaseModel):
    """`event_id` is the source's own, or one derived by hash: per lender and source it counts once, for ever."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    source: Slug
    event_id: EventId


class _OfLoan(_Told):
    lender: Slug
    loan_id: Reference


class LoanOverdue(_Told):
    """The loan is overdue, by the facts in `loan` as they stood at `as_of`.

    With `as_of` a payment booked by then is known to be in `loan.balance_minor` already. Without it only money of a day
    before `loan.overdue_since` is, and facts of a loan that has an open case change nothing.
    """

    kind: Literal["loan_overdue"] = "loan_overdue"
    loan: OverdueLoan
    as_of: Instant | None = None

    @property
    def lender(self) -> str:
        """The loan's lender."""
        return self.loan.lender

    @property
    def loan_id(self) -> str:
        """The loan."""
        return self.loan.loan_id


class PaymentPosted(_OfLoan):
    """Money was booked at `received_at`. `reference` is the loan system's own id of the transaction: the same money told
    by two ways has the same one."""

    kind: Literal["payment_posted"] = "payment_posted"
    reference: PaymentReference
    amount_minor: Annotated[int, Field(gt=0, le=MAX_MINOR)]
    currency: CurrencyCode
    received_at: Instant


class PaymentReversed(_OfLoan):
    """The payment with the reference `payment` did not stand, since `reversed_at`."""

    kind: Literal["payment_reversed"] = "payment_reversed"
    payment: PaymentReference
    reason: Text = ""
    reversed_at: Instant


class BalanceStated(_OfLoan):
    """What is overdue as the loan system knows it at `as_of`; zero is cured. `overdue_since` is the oldest unpaid due
    date, None where the source does not say."""

    kind: Literal["balance_stated"] = "balance_stated"
    overdue_minor: Owed
    currency: CurrencyCode
    overdue_since: date | None = None
    as_of: Instant


class LoanClosed(_OfLoan):
    """The loan has ended in the loan system."""

    kind: Literal["loan_closed"] = "loan_closed"
    reason: Literal["paid", "sold", "charged_off", "cancelled"]
    closed_at: Instant


LoanEvent = Annotated[
    LoanOverdue | PaymentPosted | PaymentReversed | BalanceStated | LoanClosed, Field(discriminator="kind")
]

LOAN_EVENTS: TypeAdapter[LoanEvent] = TypeAdapter(LoanEvent)


@dataclass(frozen=True)
class Unread:
    """Something that cannot be told to a case: kept as it came, parked for `reason`, with words for a person."""

    lender: str
    source: str
    event_id: str
    body: Mapping[str, Any]
    reason: str
    note: str
    loan_id: str = ""
    kind: str = "unread"
