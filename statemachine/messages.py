"""What people and loan systems may tell a case. Each is plain JSON; `kind` is the signal's name."""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, Field, StrictInt, TypeAdapter

from lending.statement import Statement
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade
from statemachine.machine_messages import DeliveryReported
from statemachine.message import AmountMinor, Currency, OwedMinor, Reference, Said, Text
from statemachine.people_messages import (
    EscalationDecided,
    FactTold,
    PreferenceChanged,
    StrategyChosen,
    VisitBooked,
    VisitReported,
    Withdrawn,
)
from statemachine.stage import HoldReason


class PaymentReceived(Said):
    """Money came in. `received_at` is when it was booked; left out, it is now."""

    kind: Literal["payment"] = "payment"
    reference: Reference
    amount_minor: AmountMinor
    currency: Currency
    received_at: AwareDatetime | None = None


class PaymentReversed(Said):
    """An earlier payment, named by `payment`, did not stand."""

    kind: Literal["payment_reversed"] = "payment_reversed"
    payment: Reference
    reason: Text = ""
    reversed_at: AwareDatetime | None = None


class BalanceStated(Said):
    """What is overdue by the loan system's books as of an instant, now when left out; zero cures. Payments booked later
    are taken off it. `overdue_since` is the oldest due date that is still unpaid; left out, it stays as it is known."""

    kind: Literal["balance"] = "balance"
    overdue_minor: OwedMinor
    currency: Currency
    as_of: AwareDatetime | None = None
    overdue_since: date | None = None


class PromiseMade(Said):
    """The borrower promises an amount on a day of their own calendar."""

    kind: Literal["promise"] = "promise"
    amount_minor: AmountMinor
    due_on: date


class DisputeOpened(Said):
    """The borrower says the debt is wrong."""

    kind: Literal["dispute_opened"] = "dispute_opened"
    reason: Text


class DisputeResolved(Said):
    """The lender has answered the dispute; upheld means the borrower was right and the case ends."""

    kind: Literal["dispute_resolved"] = "dispute_resolved"
    result: Literal["upheld", "rejected"]
    note: Text = ""


class HardshipReported(Said):
    """The borrower is in difficulty. Say what support they need, not what they suffer from."""

    kind: Literal["hardship_reported"] = "hardship_reported"
    support_need: Text
    until: date | None = None


class BudgetStated(Said):
    """What comes in and goes out, in the groups of the Standard Financial Statement: `leeway plan form` shows them."""

    kind: Literal["budget"] = "budget"
    statement: Statement


class PlanAccepted(Said):
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


class PlanDeclined(Said):
    """The borrower says no to the plan."""

    kind: Literal["plan_declined"] = "plan_declined"
    reason: Text = ""


class HoldPlaced(Said):
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


class HoldReleased(Said):
    """The hold for `reason` is over."""

    kind: Literal["release"] = "release"
    reason: HoldReason


Message = Annotated[
    PaymentReceived
    | PaymentReversed
    | BalanceStated
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
    | VisitBooked
    | PreferenceChanged
    | FactTold
    | StrategyChosen
    | EscalationDecided
    | Withdrawn
    | DeliveryReported
    | ComplaintMade
    | ComplaintAnswered,
    Field(discriminator="kind"),
]

MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)

MESSAGE_TYPES: dict[str, type[Said]] = {
    model.model_fields["kind"].default: model for model in get_args(get_args(Message)[0])
}
