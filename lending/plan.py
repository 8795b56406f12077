"""An instalment plan: equal parts that sum exactly, on days that exist."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from lending.payment import Payment
from lending.value import Strict, Value


class PlanTerms(Strict):
    """What a house offers without asking a person: how many parts, and how it treats a late one."""

    instalments: Annotated[int, Field(ge=2, le=60)] = 6  # 60: China, credit card rules (2011) art. 70
    grace_days: Annotated[int, Field(ge=0, le=31)] = 5
    remind_before_days: Annotated[int, Field(ge=1, le=14)] = 3


class Instalment(Value):
    """One part of a plan, due on a day of the borrower's calendar."""

    due_on: date
    amount_minor: int


class InstalmentPlan(Value):
    """The parts in order of date. `agreed_at` is empty while the plan is only an offer."""

    instalments: tuple[Instalment, ...]
    agreed_at: datetime | None = None

    def next_unpaid(self, payments: Iterable[Payment]) -> tuple[int, Instalment] | None:
        """The first part (counted from 1) that money taken in since the agreement does not cover.

        The plan's sum is the balance when it was agreed; so what counts is what the case learned of after that,
        however early the bank dates it.
        """
        paid_minor = sum(
            payment.amount_minor
            for payment in payments
            if not payment.is_reversed
            and (self.agreed_at is None or (payment.taken_in_at or payment.received_at) >= self.agreed_at)
        )
        for number, instalment in enumerate(self.instalments, start=1):
            paid_minor -= instalment.amount_minor
            if paid_minor < 0:
                return number, instalment
        return None


def monthly_plan(balance_minor: int, instalments: int, first_due_on: date) -> InstalmentPlan:
    """`balance_minor` in monthly parts that sum to it exactly; earlier parts carry the odd minor units.

    The day of the month is kept where it exists; a shorter month takes its last day.
    A balance with fewer minor units than parts gets fewer parts, so that none is zero.
    """
    parts = min(instalments, balance_minor)
    if parts < 1:
        raise ValueError(
            f"balance_minor: {balance_minor} cannot be paid in instalments; it must be above zero"
        )
    base, odd = divmod(balance_minor, parts)
    return InstalmentPlan(
        instalments=tuple(
            Instalment(due_on=_months_later(first_due_on, n), amount_minor=base + (n < odd))
            for n in range(parts)
        )
    )


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
