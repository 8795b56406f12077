"""Money received on a case, and what is still owed."""

from collections.abc import Iterable
from datetime import datetime

from lending.value import Value


class Payment(Value):
    """One payment, known by the lender's reference. A reversal keeps the payment and marks it.

    `received_at` is when the money was booked, `taken_in_at` when the case learned of it.
    """

    reference: str
    amount_minor: int
    received_at: datetime
    taken_in_at: datetime | None = None
    is_reversed: bool = False


def received_minor(payments: Iterable[Payment], since: datetime | None = None) -> int:
    """Money that stands (not reversed), in minor units; with `since`, only what came at or after it."""
    return sum(
        payment.amount_minor
        for payment in payments
        if not payment.is_reversed and (since is None or payment.received_at >= since)
    )
