"""An instalment plan: parts that sum exactly, on days that exist."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from lending.affordability import AffordabilityTerms
from lending.payday import months_later
from lending.payment import Payment
from lending.statement import MonthlyMinor
from lending.value import Strict, Value


class PlanTerms(Strict):
    """What a house offers without asking a person: how many parts, which days, how it treats a late one.

    Due days come `after_payday_days` after a payday, the first later than `first_after_days` from the offer; a
    borrower may name a first day up to `first_within_days`. Interest of zero is interest frozen (FCA PS24/2).
    `review_days` after a missed instalment's grace the plan still stands: one kind word, and a person looks at why; 0
    ends it with the grace.
    """

    instalments: Annotated[int, Field(ge=2, le=60)] = 6  # 60: China, credit card rules (2011) art. 70
    grace_days: Annotated[int, Field(ge=0, le=31)] = 5
    remind_before_days: Annotated[int, Field(ge=1, le=14)] = 3
    review_days: Annotated[int, Field(ge=0, le=62)] = 0
    longest_plan_months: Annotated[int, Field(ge=2, le=60)] = 60
    first_after_days: Annotated[int, Field(ge=0, le=60)] = 7
    first_within_days: Annotated[int, Field(ge=1, le=366)] = 62
    after_payday_days: Annotated[int, Field(ge=0, le=14)] = 1
    valid_days: Annotated[int, Field(ge=1, le=90)] = 14
    interest_while_kept_minor_per_month: MonthlyMinor = 0
    affordability: AffordabilityTerms = AffordabilityTerms()


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
    return InstalmentPlan(
        instalments=tuple(
            Instalment(due_on=months_later(first_due_on, n), amount_minor=amount_minor)
            for n, amount_minor in enumerate(even_parts(balance_minor, parts))
        )
    )


def even_parts(total_minor: int, parts: int) -> tuple[int, ...]:
    """`total_minor` in `parts` amounts that differ by a minor unit at most, the larger first."""
    base_minor, odd = divmod(total_minor, parts)
    return (base_minor + 1,) * odd + (base_minor,) * (parts - odd)


def parts_needed(balance_minor: int, amount_minor: int, interest_minor: int = 0) -> int:
    """How many parts of at most `amount_minor` pay the balance, where `interest_minor`, less than a part, is added
    before each: ceil(balance / (amount - interest))."""
    return -(-balance_minor // (amount_minor - interest_minor))


def parts_of(balance_minor: int, amount_minor: int, interest_minor: int = 0) -> tuple[int, ...]:
    """Parts of `amount_minor`, the last one the rest. They sum to the balance and the interest on the way, and the
    debt falls with each."""
    parts = parts_needed(balance_minor, amount_minor, interest_minor)
    rest_minor = balance_minor + parts * interest_minor - (parts - 1) * amount_minor
    return (amount_minor,) * (parts - 1) + (rest_minor,)
