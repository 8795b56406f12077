"""Money received on a case, and what is still owed."""

from collections.abc import Iterable
from datetime import datetime

from lending.value import Value


class Payment(Value):
    """One payment, known by the lender's reference. A reversal keeps the payment and marks it.

    `received_at` is when the money was booked, but no later than `taken_in_at`, when the case learned of it; a day of
    booking that was still to come then is kept as `booked_at`.
    """

    reference: str
    amount_minor: int
    received_at: datetime
    taken_in_at: datetime | None = None
    is_reversed: bool = False
    booked_at: datetime | None = None
    reversed_at: datetime | None = None

    def is_in(self, stated: "Stated") -> bool:
        """Whether the loan system knew of the money when it stated the balance."""
        return (self.booked_at or self.received_at) <= stated.as_of


class Stated(Value):
    """What is overdue as the loan system knew it at `as_of`, in minor units."""

    overdue_minor: int
    as_of: datetime


def owed_minor(opened_minor: int, payments: Iterable[Payment], stated: Stated | None) -> int:
    """What is owed: what was stated, less the money that came after it, and again the money in it that did not stand
    after all. Without a statement it is what the case opened with, less the money that stands."""
    known = tuple(payments)
    if stated is None:
        return opened_minor - received_minor(known)
    after_minor = received_minor(payment for payment in known if not payment.is_in(stated))
    bounced = (
        one for one in known if one.is_in(stated) and one.reversed_at and one.reversed_at > stated.as_of
    )
    return stated.overdue_minor - after_minor + sum(one.amount_minor for one in bounced)


def received_minor(payments: Iterable[Payment], since: datetime | None = None) -> int:
    """Money that stands (not reversed), in minor units; with `since`, only what came at or after it."""
    return sum(
        payment.amount_minor
        for payment in payments
        if not payment.is_reversed and (since is None or payment.received_at >= since)
    )
