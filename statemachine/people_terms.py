"""What a house has decided about the people who decide: how many must agree, when they are reminded, how soon a
complaint is answered."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from lending.recovery import RecoveryTerms
from lending.value import Strict
from statemachine.message import Currency


class EscalationTerms(Strict):
    """`approvals`: how many named people a referral, sale or write-off takes; a settlement, too, of a debt of more than
    `settle_alone`, in minor units by currency (a currency that is left out: of any debt; None: one person settles all).
    Undecided, a case asks again every `remind_every_days`, for ever; None: it does not. `recovery`: what the options cost
    and bring, for the dossier."""

    approvals: Annotated[int, Field(ge=1, le=2)] = 1
    settle_alone: Mapping[Currency, Annotated[int, Field(ge=0)]] | None = None
    remind_every_days: Annotated[int, Field(ge=1, le=366)] | None = None
    recovery: RecoveryTerms | None = None


class ComplaintTerms(Strict):
    """A complaint is answered within `answer_days` calendar days of its receipt."""

    answer_days: Annotated[int, Field(ge=1, le=366)] = 15
