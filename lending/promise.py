"""Promises to pay: each judged by the payments that honour it, each payment honouring one promise."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lending.days import local_day
from lending.payment import Payment
from lending.value import Strict, Value


class PromiseTerms(Strict):
    """How a house judges promises: days of grace, and the share of the amount that counts as kept.

    `review_pause_days`: after two broken ones routine contact pauses so long, while a person looks at what can be
    afforded; 0 does without the pause.
    """

    grace_days: Annotated[int, Field(ge=0, le=31)] = 2
    threshold_percent: Annotated[int, Field(ge=1, le=100)] = 95
    review_pause_days: Annotated[int, Field(ge=0, le=90)] = 0


class PromiseState(StrEnum):
    """An open promise is waited for. A kept one is open or broken again when its money is reversed."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


class Promise(Value):
    """`amount_minor` promised for `due_on` (the borrower's calendar), made at `made_at` (UTC).

    `payments` are the references of those that honour it.
    """

    amount_minor: int
    due_on: date
    made_at: datetime
    state: PromiseState = PromiseState.OPEN
    payments: tuple[str, ...] = ()

    def last_day(self, terms: PromiseTerms) -> date:
        """The last day on which money still keeps the promise, where no hold lies on the way."""
        return self.due_on + timedelta(days=terms.grace_days)

    def received_minor(self, payments: Iterable[Payment]) -> int:
        """What came for it and stands."""
        return sum(
            payment.amount_minor
            for payment in payments
            if payment.reference in self.payments and not payment.is_reversed
        )

    def is_kept(self, payments: Iterable[Payment], terms: PromiseTerms) -> bool:
        """Kept when what came for it reaches the threshold's share, rounded up to a minor unit."""
        needed_minor = -(-self.amount_minor * terms.threshold_percent // 100)
        return self.received_minor(payments) >= needed_minor

    def may_be_honoured_by(self, payment: Payment, last_day: date | None, zones: Sequence[str]) -> bool:
        """Whether the money is of a day within the promise, and was told after it was made.

        Banks date by the day: of the promise's own day counts what was not known before the promise. `last_day` None
        is beyond reach, under a hold without an end.
        """
        if (payment.taken_in_at or payment.received_at) < self.made_at:
            return False
        day = local_day(payment.received_at, zones)
        return local_day(self.made_at, zones) <= day and (last_day is None or day <= last_day)
