"""What lifts a rule, or is needed by one: why a contact is made, a fact, or the age of the arrears."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from lending.value import Strict
from statemachine.fact import FactName


class Purpose(StrEnum):
    """Why a contact is made. Everything that asks for money outside a kept plan is routine."""

    ROUTINE = "routine"
    DUE_REMINDER = "due_reminder"
    REQUIRED_BY_LAW = "required_by_law"
    REPLY = "reply"
    """The borrower started it, or asked for it."""


OVERDUE = "overdue"
"""What an exemption by the age of the arrears asks about."""


class Exemption(Strict):
    """One thing that lifts a rule: a purpose, a fact (not older than `within_days`), or the age of the arrears."""

    purpose: Purpose | None = None
    fact: FactName | None = None
    within_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    days_past_due_over: Annotated[int, Field(ge=0, le=3660)] | None = None

    @property
    def name(self) -> str:
        """The purpose or the fact by name, or `overdue`."""
        return self.purpose or self.fact or OVERDUE

    @property
    def words(self) -> str:
        """`text_consent within 60 days`."""
        if self.purpose is not None:
            return f"purpose {self.purpose}"
        if self.days_past_due_over is not None:
            return f"more than {counted(self.days_past_due_over, 'day')} past due"
        within = f" within {counted(self.within_days, 'day')}" if self.within_days else ""
        return f"{self.fact}{within}"

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Exemption":
        given = [
            name for name in ("purpose", "fact", "days_past_due_over") if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError("an exemption is one of purpose, fact or days_past_due_over")
        if self.within_days is not None and self.fact is None:
            raise ValueError("within_days: goes with a fact")
        return self


def counted(count: int, one: str) -> str:
    """`1 day`, `7 days`."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"
