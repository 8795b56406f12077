"""The one activity of a case: write down what was decided and, where one is due, make one contact."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from compliance.ask import Ask
from compliance.house import ContactRules
from compliance.rule import Purpose
from lending.value import Value
from statemachine.case import Wishes
from statemachine.decision import Contact, Line, Task
from statemachine.fact import Fact
from statemachine.open_questions import Proposal
from statemachine.stage import Channel

ACTIVITY = "carry_out"
CASE_CHANGED = "case_changed"
"""The door's rule where the ledger knows better than the request."""


class Projection(Value):
    """The case as the ledger's row shows it. `number` rises with every request; a later one wins."""

    number: int
    as_of: datetime
    stage: str
    outcome: str | None
    held: tuple[str, ...]
    stalled: str | None
    balance_minor: int
    overdue_since: date | None = None
    strategy: str
    risk_tier: str | None
    wishes: Wishes
    facts: tuple[Fact, ...] = ()
    language: str
    next_at: datetime | None
    waiting_for: str
    limitation_on: date | None = None
    is_time_barred: bool = False
    in_difficulty: bool = False
    proposal: Proposal | None = None


class PaymentRow(Value):
    """A payment as the ledger keeps it."""

    reference: str
    amount_minor: int
    received_at: datetime
    is_reversed: bool


class PlannedContact(Value):
    """The contact to make. The lines and the projection take effect only if it is made."""

    contact: Contact
    key: str
    planned_at: datetime
    moved_by: str | None
    lines_if_made: tuple[Line, ...]
    tasks_if_made: tuple[Task, ...]
    projection_if_made: Projection


class OpenedCase(Value):
    """The row of a new case."""

    loan_id: str
    episode: int
    policy: str
    currency: str
    opened_balance_minor: int
    overdue_since: date
    opened_at: datetime


class CarryOut(Value):
    """One request. Carried out twice (a retry) it has its effect once."""

    case_id: str
    lender: str
    borrower_id: str
    policy_sha256: str
    opens: OpenedCase | None = None
    lines: tuple[Line, ...]
    tasks: tuple[Task, ...] = ()
    payments: tuple[PaymentRow, ...] = ()
    projection: Projection
    decided_at: datetime
    contact: PlannedContact | None = None


class Recorded(Value):
    """Nothing had to be sent; all is written."""

    kind: Literal["recorded"] = "recorded"


class Made(Value):
    """The contact went out at `at`; not certain when the provider never answered. `is_unreachable`: the borrower does not
    answer calls and visits; None where that was not looked at. A call or visit was handed to a person as `task`, to be
    done before `closes_at`."""

    kind: Literal["made"] = "made"
    at: datetime
    is_certain: bool = True
    is_unreachable: bool | None = None
    closes_at: datetime | None = None
    task: int | None = None


class Refused(Value):
    """The door's no: rule, reason, the next permitted instant if one is known, and the channels on record."""

    kind: Literal["refused"] = "refused"
    rule: str
    reason: str
    next_at: datetime | None
    reachable: tuple[Channel, ...]
    zones: tuple[str, ...] | None = None
    citation: str = ""
    closed: tuple[Channel, ...] = ()
    """The reachable channels by which no instant is known either."""
    number: int = 0
    """The request as of which the ledger's row stands."""


class Failed(Value):
    """The channel does not reach the borrower."""

    kind: Literal["failed"] = "failed"
    reason: str


class Reply(Value):
    """What the activity answers."""

    result: Annotated[Recorded | Made | Refused | Failed, Field(discriminator="kind")]


def ask_of(contact: Contact, debt: str, house: ContactRules, number: str = "") -> Ask | None:
    """A contact of the ladder as a question to the law; None where no channel is left."""
    if contact.channel is None:
        return None
    return Ask(
        contact.channel,
        purpose_of(contact),
        debt=debt,
        number=number,
        people=contact.people or house.visit_people,
    )


def people_of(contact: Contact, house: ContactRules) -> int:
    """How many people the contact takes: a visit as many as are booked, or as the house sends."""
    return contact.people or house.visit_people if contact.channel is Channel.VISIT else 1


def purpose_of(contact: Contact) -> Purpose:
    """Why the law sees a contact of the ladder made: about an instalment of a running plan, or for money."""
    return Purpose.DUE_REMINDER if contact.instalment is not None else Purpose.ROUTINE
