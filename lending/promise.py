"""A promise to pay: judged only on money received after it was made."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from lending.payment import Payment, received_minor
from lending.value import Strict, Value


class PromiseTerms(Strict):
    """How a house judges promises: days of grace, and the share of the amount that counts as kept."""

    grace_days: Annotated[int, Field(ge=0, le=31)] = 2
    threshold_percent: Annotated[int, Field(ge=1, le=100)] = 95


class Promise(Value):
    """`amount_minor` promised for `due_on` (the borrower's calendar), made at `made_at` (UTC)."""

    amount_minor: int
    due_on: date
    made_at: datetime

    def last_day(self, terms: PromiseTerms) -> date:
        """The last day on which money still keeps the promise."""
        return self.due_on + timedelta(days=terms.grace_days)

    def is_kept(self, payments: Iterable[Payment], terms: PromiseTerms) -> bool:
        """Kept when what came since the promise reaches the threshold, rounded up to a minor unit."""
        needed_minor = -(-self.amount_minor * terms.threshold_percent // 100)
        return received_minor(payments, since=self.made_at) >= needed_minor
