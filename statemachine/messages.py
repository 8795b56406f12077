"""What people and loan systems may tell a case. Each is plain JSON; `kind` is the signal's name.

`reference` makes a message count once, however often it is sent. `by` names who says it.
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StrictInt, TypeAdapter

from lending.days import LocalTime
from lending.value import Strict
from statemachine.stage import Channel, HoldReason

# PostgreSQL keeps no NUL: a message with one could be read, but writing it down would be tried for ever.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("has control characters; write plain text")
    return text


AmountMinor = Annotated[StrictInt, Field(gt=0, le=10**15)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(max_length=500), AfterValidator(_plain)]
Reference = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]


class _Message(Strict):
    reference: Reference | None = None
    by: Text = ""


class PaymentReceived(_Message):
    """Money came in. `received_at` is when it was booked; left out, it is now."""

    kind: Literal["payment"] = "payment"
    reference: Reference
    amount_minor: AmountMinor
    currency: Currency
    received_at: AwareDatetime | None = None


class PaymentReversed(_Message):
    """An earlier payment, named by `payment`, did not stand."""

    kind: Literal["payment_reversed"] = "payment_reversed"
    payment: Reference
    reason: Text = ""


class PromiseMade(_Message):
    """The borrower promises an amount on a day of their own calendar."""

    kind: Literal["promise"] = "promise"
    amount_minor: AmountMinor
    due_on: date


class DisputeOpened(_Message):
    """The borrower says the debt is wrong."""

    kind: Literal["dispute_opened"] = "dispute_opened"
    reason: Text


class DisputeResolved(_Message):
    """The lender has answered the dispute; upheld means the borrower was right and the case ends."""

    kind: Literal["dispute_resolved"] = "dispute_resolved"
    result: Literal["upheld", "rejected"]
    note: Text = ""


class HardshipReported(_Message):
    """The borrower is in difficulty. Say what support they need, not what they suffer from."""

    kind: Literal["hardship_reported"] = "hardship_reported"
    support_need: Text
    until: date | None = None


class PlanAccepted(_Message):
    """The borrower agrees to the plan on offer, or to fewer instalments or another first day."""

    kind: Literal["plan_accepted"] = "plan_accepted"
    instalments: Annotated[StrictInt, Field(ge=2, le=60)] | None = None
    first_due_on: date | None = None


class PlanDeclined(_Message):
    """The borrower says no to the plan."""

    kind: Literal["plan_declined"] = "plan_declined"
    reason: Text = ""


class HoldPlaced(_Message):
    """Routine contact stops; `until` is the last day of it, left out it lasts until released."""

    kind: Literal["hold"] = "hold"
    reason: HoldReason
    until: date | None = None
    note: Text = ""


class HoldReleased(_Message):
    """The hold for `reason` is over."""

    kind: Literal["release"] = "release"
    reason: HoldReason


class VisitReported(_Message):
    """What a person learned by calling or visiting, and what should happen next."""

    kind: Literal["visit_outcome"] = "visit_outcome"
    channel: Literal[Channel.PHONE, Channel.VISIT] = Channel.VISIT
    result: Literal["met", "not_met", "wrong_person"]
    situation: Text = ""
    next_step: Literal["none", "plan", "hold", "escalate"] = "none"


class PreferenceChanged(_Message):
    """When and how the borrower wants to be reached. A field left out stays as it was."""

    kind: Literal["contact_preference"] = "contact_preference"
    stop: tuple[Channel, ...] = ()
    allow: tuple[Channel, ...] = ()
    not_before: LocalTime | None = None
    not_after: LocalTime | None = None
    language: Literal["en", "zh-CN"] | None = None


class EscalationDecided(_Message):
    """A named person decides an escalated case."""

    kind: Literal["escalation_decision"] = "escalation_decision"
    decision: Literal["refer", "write_off", "settle", "back_to_revisit"]
    by: Annotated[Text, Field(min_length=1)]
    note: Text = ""


class Withdrawn(_Message):
    """The lender takes the case back."""

    kind: Literal["withdraw"] = "withdraw"
    reason: Text


Message = Annotated[
    PaymentReceived
    | PaymentReversed
    | PromiseMade
    | DisputeOpened
    | DisputeResolved
    | HardshipReported
    | PlanAccepted
    | PlanDeclined
    | HoldPlaced
    | HoldReleased
    | VisitReported
    | PreferenceChanged
    | EscalationDecided
    | Withdrawn,
    Field(discriminator="kind"),
]

MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)

MESSAGE_TYPES: dict[str, type[_Message]] = {
    model.model_fields["kind"].default: model for model in _Message.__subclasses__()
}
