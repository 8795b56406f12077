"""A borrower's budget in the groups of the UK Standard Financial Statement: what they say comes in and goes out.

Every amount is in minor units a month, in the statement's currency. It holds no names: other lenders stand there
by the borrower's own reference ("card 1").
"""

from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt, model_validator

from lending.money import EXPONENTS, MAX_MINOR
from lending.payday import Pay
from lending.value import Strict

MOST_MONTHLY_MINOR = 10**12
MOST_BALANCE_MINOR = MAX_MINOR


def _monthly(amount_minor: int) -> int:
    if amount_minor < 0:
        raise ValueError(f"{amount_minor} is below zero: write what it is in a month, 0 where there is none")
    if amount_minor > MOST_MONTHLY_MINOR:
        raise ValueError(f"{amount_minor} is above {MOST_MONTHLY_MINOR}: write minor units of one month")
    return amount_minor


def _balance(amount_minor: int) -> int:
    if not 0 < amount_minor <= MOST_BALANCE_MINOR:
        raise ValueError(
            f"{amount_minor} is not owed: write from 1 to {MOST_BALANCE_MINOR} minor units, or leave the debt out"
        )
    return amount_minor


def _currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError(f"{code!r} is not an ISO 4217 code: write three capital letters, such as GBP")
    return code


MonthlyMinor = Annotated[
    StrictInt,
    AfterValidator(_monthly),
    Field(json_schema_extra={"minimum": 0, "maximum": MOST_MONTHLY_MINOR}),
]
BalanceMinor = Annotated[
    StrictInt,
    AfterValidator(_balance),
    Field(json_schema_extra={"minimum": 1, "maximum": MOST_BALANCE_MINOR}),
]
Currency = Annotated[
    str, AfterValidator(_currency), Field(json_schema_extra={"pattern": "^[A-Z]{3}$"})
]  # the pattern is for forms: the validator says it better
DebtReference = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Income(Strict):
    """What comes in."""

    wages_minor: MonthlyMinor = Field(0, description="wages, after tax")
    benefits_minor: MonthlyMinor = Field(0, description="benefits and tax credits")
    pension_minor: MonthlyMinor = Field(0, description="pensions")
    other_minor: MonthlyMinor = Field(0, description="anything else, such as maintenance or a lodger")


class FixedCosts(Strict):
    """What must be paid, and hardly changes from month to month."""

    housing_minor: MonthlyMinor = Field(0, description="rent or mortgage")
    local_tax_minor: MonthlyMinor = Field(0, description="council tax or the like")
    energy_minor: MonthlyMinor = Field(0, description="gas, electricity and other fuel")
    water_minor: MonthlyMinor = Field(0, description="water")
    health_and_care_minor: MonthlyMinor = Field(0, description="health, care for children and adults")
    school_minor: MonthlyMinor = Field(0, description="school and training")
    travel_minor: MonthlyMinor = Field(0, description="travel to work, the car")
    insurance_minor: MonthlyMinor = Field(0, description="insurance")
    pension_contributions_minor: MonthlyMinor = Field(0, description="contributions to a pension")
    other_minor: MonthlyMinor = Field(0, description="anything else that must be paid")


class FlexibleCosts(Strict):
    """What is spent by choice and need, in the statement's three groups."""

    communications_and_leisure_minor: MonthlyMinor = Field(
        0, description="telephone, internet, leisure, gifts"
    )
    food_and_housekeeping_minor: MonthlyMinor = Field(0, description="food, cleaning, pets, school meals")
    personal_minor: MonthlyMinor = Field(0, description="clothes, shoes, hair, toiletries")


class PriorityArrears(Strict):
    """Arrears that come first (home, energy, tax, courts, maintenance): what is being repaid a month."""

    reference: DebtReference = Field(description='which arrears, such as "rent"')
    monthly_minor: MonthlyMinor = Field(description="repaid a month")


class OtherDebt(Strict):
    """Another debt that is not a priority; its lender by a reference, not a name."""

    reference: DebtReference = Field(description='a word of your own, such as "card 1"')
    balance_minor: BalanceMinor = Field(description="what is owed")
    asked_minor: MonthlyMinor | None = Field(None, description="what that lender asks for a month")


class Household(Strict):
    """Who lives from this budget."""

    adults: Annotated[StrictInt, Field(ge=1, le=20)] = 1
    children: Annotated[StrictInt, Field(ge=0, le=20)] = 0


class Statement(Strict):
    """The whole budget, a month. Groups and lines left out are zero."""

    currency: Currency = Field(description="ISO 4217, such as GBP")
    household: Household = Household()
    income: Income = Income()
    fixed_costs: FixedCosts = FixedCosts()
    flexible_costs: FlexibleCosts = FlexibleCosts()
    savings_minor: MonthlyMinor | None = Field(
        None, description="to be put by a month; left out, the house's usual share of what is over"
    )
    priority_arrears: Annotated[tuple[PriorityArrears, ...], Field(max_length=20)] = ()
    other_debts: Annotated[tuple[OtherDebt, ...], Field(max_length=100)] = ()
    pay: Pay | None = Field(
        None, description="{rhythm: monthly, day: 25} or {rhythm: fortnightly, paid_on: 2026-03-06}"
    )
    spending_explained: Annotated[str, Field(max_length=500)] = Field(
        "", description="a word on spending above the usual, if you like"
    )

    @model_validator(mode="after")
    def _names_each_debt_once(self) -> "Statement":
        for field, listed in (("priority_arrears", self.priority_arrears), ("other_debts", self.other_debts)):
            names = [one.reference for one in listed]
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise ValueError(f"{field}: {twice!r} stands there twice: give each a reference of its own")
        return self
