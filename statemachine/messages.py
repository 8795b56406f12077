"""What people and loan systems may tell a case. Each is plain JSON; `kind` is the signal's name.

`reference` makes a message count once, however often it is sent. `by` names who says it.
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StrictInt, TypeAdapter

from lending.days import LocalTime
from lending.statement import Statement
from lending.value import Strict
from statemachine.fact import FactName
from statemachine.stage import Channel, HoldReason, Place, Weekday

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


class BudgetStated(_Message):
    """What comes in and goes out, in the groups of the Standard Financial Statement: `leeway plan form` shows them."""

    kind: Literal["budget"] = "budget"
    statement: Statement


class PlanAccepted(_Message):
    """The borrower agrees to the plan on offer; or, naming something, makes a counter-offer: an amount each time, or a
    number of parts; a day of the month, or the first day."""

    kind: Literal["plan_accepted"] = "plan_accepted"
    instalments: Annotated[StrictInt, Field(ge=2, le=520)] | None = None
    amount_minor: AmountMinor | None = None
    day: Annotated[StrictInt, Field(ge=1, le=31)] | None = None
    first_due_on: date | None = None

    @property
    def names_something(self) -> bool:
        """Whether it is a counter-offer."""
        return any((self.instalments, self.amount_minor, self.day, self.first_due_on))


class PlanDeclined(_Message):
    """The borrower says no to the plan."""

    kind: Literal["plan_declined"] = "plan_declined"
    reason: Text = ""


class HoldPlaced(_Message):
    """Routine contact stops; `until` is the last day of it, left out it lasts as its kind does, or until released.

    `since` is its first day, today when left out; it may have passed. `note` says why, `support_need` what would help
    (the need, not the diagnosis), `review_on` when a person looks again.
    """

    kind: Literal["hold"] = "hold"
    reason: HoldReason
    since: date | None = None
    until: date | None = None
    review_on: date | None = None
    note: Text = ""
    support_need: Text = ""


class HoldReleased(_Message):
    """The hold for `reason` is over."""

    kind: Literal["release"] = "release"
    reason: HoldReason


class VisitReported(_Message):
    """What a person learned by calling or visiting, and what should happen next. `task` is the number of the task they
    did, as `leeway case show` gives it; left out, it is the latest that nobody has reported on."""

    kind: Literal["visit_outcome"] = "visit_outcome"
    channel: Literal[Channel.PHONE, Channel.VISIT] = Channel.VISIT
    result: Literal["met", "not_met", "wrong_person"]
    task: Annotated[StrictInt, Field(ge=1, le=2**63 - 1)] | None = None
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
    not_on: tuple[Weekday, ...] | None = None
    not_at: tuple[Place, ...] | None = None
    representative: bool | None = None


class FactTold(_Message):
    """Something the law asks about: a consent, a refusal, a request. `given` False ends it."""

    kind: Literal["fact"] = "fact"
    name: FactName
    given: bool = True
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class StrategyChosen(_Message):
    """A named person chooses the strategy, one of the policy's."""

    kind: Literal["strategy"] = "strategy"
    strategy: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    by: Annotated[Text, Field(min_length=1)]


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
    | BudgetStated
    | PlanAccepted
    | PlanDeclined
    | HoldPlaced
    | HoldReleased
    | VisitReported
    | PreferenceChanged
    | FactTold
    | StrategyChosen
    | EscalationDecided
    | Withdrawn,
    Field(discriminator="kind"),
]

MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)

MESSAGE_TYPES: dict[str, type[_Message]] = {
    model.model_fields["kind"].default: model for model in _Message.__subclasses__()
}
