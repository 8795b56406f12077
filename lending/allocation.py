"""Which debt, and which part of it, a payment pays: decided by rules, and exact to the minor unit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Annotated

from pydantic import Field, model_validator

from lending.value import Strict, Value


class Part(StrEnum):
    """What a debt is made of."""

    COSTS = "costs"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class AllocationOrder(Strict):
    """The order in which a payment pays the parts of one debt, and where that is written."""

    parts: tuple[Part, Part, Part]
    citation: str

    @model_validator(mode="after")
    def _has_each_part_once(self) -> "AllocationOrder":
        if len(set(self.parts)) < len(self.parts):
            raise ValueError(f"parts: {list(self.parts)} must name each of {list(Part)} once")
        return self


CHINA = AllocationOrder(parts=(Part.COSTS, Part.INTEREST, Part.PRINCIPAL), citation="民法典 art. 561")
"""Costs of enforcing the debt, then interest, then principal, unless agreed otherwise."""

ORDERS: Mapping[str, AllocationOrder] = {"CN": CHINA}
"""By country; where none is known, the house's agreement with the borrower says it."""

_AmountMinor = Annotated[int, Field(ge=0, le=10**15)]


class Debt(Value):
    """One debt of a borrower to this lender. `secured_minor` is what security covers; `burden` is what makes a debt
    heavy to carry, the higher the heavier, such as its yearly rate in basis points."""

    reference: str
    due_on: date
    principal_minor: _AmountMinor
    interest_minor: _AmountMinor = 0
    costs_minor: _AmountMinor = 0
    secured_minor: _AmountMinor = 0
    burden: Annotated[int, Field(ge=0)] = 0

    def of(self, part: Part) -> int:
        """What is owed of that part, in minor units."""
        amount_minor: int = getattr(self, f"{part}_minor")
        return amount_minor

    @property
    def owed_minor(self) -> int:
        """All that is owed."""
        return self.costs_minor + self.interest_minor + self.principal_minor


class Share(Value):
    """What of a payment goes to one part of one debt."""

    debt: str
    part: Part
    amount_minor: int


class Allocation(Value):
    """Shares in the order they are paid; with `overpaid_minor` they sum to the payment."""

    shares: tuple[Share, ...]
    overpaid_minor: int = 0


def allocate(
    amount_minor: int, debts: Sequence[Debt], order: AllocationOrder, today: date, designated: Sequence[str] = ()
) -> Allocation:  # fmt: skip
    """`amount_minor` over `debts`: in the order the borrower names (`designated`, debts by reference), then as 民法典
    art. 560 orders the rest: due first, least secured, most burdensome, earliest due, and equals pro rata.

    Raises ValueError, naming the field, for an amount below one, a reference twice, or one that is no debt's.
    """
    _check(amount_minor, debts, designated)
    left_minor, shares = amount_minor, list[Share]()
    for equals in _ranked(debts, today, designated):
        portions = pro_rata(left_minor, [debt.owed_minor for debt in equals])
        for debt, portion_minor in zip(equals, portions, strict=True):
            shares += _inside(debt, portion_minor, order)
        left_minor -= sum(portions)
    return Allocation(shares=tuple(shares), overpaid_minor=left_minor)


def pro_rata(amount_minor: int, owed: Sequence[int]) -> list[int]:
    """`amount_minor` in proportion to `owed`, none above it; odd minor units go to the largest remainders."""
    total_minor = sum(owed)
    if amount_minor >= total_minor:
        return list(owed)
    portions, remainders = zip(*(divmod(amount_minor * one, total_minor) for one in owed), strict=True)
    odd = amount_minor - sum(portions)
    favoured = sorted(range(len(owed)), key=lambda place: -remainders[place])[:odd]
    return [portion + (place in favoured) for place, portion in enumerate(portions)]


def _ranked(debts: Sequence[Debt], today: date, designated: Sequence[str]) -> Iterable[list[Debt]]:
    def rank(debt: Debt) -> tuple[int, bool, int, int, date]:
        if debt.reference in designated:
            return designated.index(debt.reference) - len(designated), False, 0, 0, date.min
        return 0, debt.due_on > today, debt.secured_minor, -debt.burden, debt.due_on

    return (list(equals) for _, equals in groupby(sorted(debts, key=rank), key=rank))


def _inside(debt: Debt, portion_minor: int, order: AllocationOrder) -> Iterable[Share]:
    for part in order.parts:
        paid_minor = min(portion_minor, debt.of(part))
        portion_minor -= paid_minor
        if paid_minor:
            yield Share(debt=debt.reference, part=part, amount_minor=paid_minor)


def _check(amount_minor: int, debts: Sequence[Debt], designated: Sequence[str]) -> None:
    if amount_minor < 1:
        raise ValueError(f"amount_minor: {amount_minor} is no payment: it must be above zero")
    known = [debt.reference for debt in debts]
    for field, named in (("debts", known), ("designated", list(designated))):
        twice = [name for name in named if named.count(name) > 1]
        if twice:
            raise ValueError(f"{field}: {twice[0]!r} stands there twice: name each debt once")
    for name in designated:
        if name not in known:
            raise ValueError(
                f"designated: {name!r} is none of the debts: there are {', '.join(known) or 'none'}"
            )
