"""What the shell reports back: the door's answer to a contact, and the passing of time."""

from datetime import datetime
from typing import Literal

from lending.value import Value
from statemachine.decision import Contact
from statemachine.stage import Channel


class ContactMade(Value):
    """The contact went out at `at`, or nobody can tell that it did not (`is_certain` False).

    `moved_by` names the rule that moved it away from the instant the ladder wanted. A call or visit is to be done
    before `closes_at`, as the task of this number.
    """

    kind: Literal["contact_made"] = "contact_made"
    contact: Contact
    at: datetime
    planned_at: datetime
    moved_by: str | None = None
    is_certain: bool = True
    is_unreachable: bool | None = None
    closes_at: datetime | None = None
    task: int | None = None


class ContactRefused(Value):
    """The door said no. `next_at` is the next permitted instant; None means nobody knows one: stalled."""

    kind: Literal["contact_refused"] = "contact_refused"
    contact: Contact
    rule: str
    reason: str
    next_at: datetime | None
    reachable: tuple[Channel, ...]
    zones: tuple[str, ...] | None = None
    citation: str = ""
    closed: tuple[Channel, ...] = ()


class ContactFailed(Value):
    """This channel does not reach the borrower (bad address, rejected)."""

    kind: Literal["contact_failed"] = "contact_failed"
    contact: Contact
    reason: str


class ContactLapsed(Value):
    """The window closed before the contact could be made (provider or database down)."""

    kind: Literal["contact_lapsed"] = "contact_lapsed"
    contact: Contact


class TimeReached(Value):
    """A wait ended: a hold, a promise or an instalment is due to be judged."""

    kind: Literal["time_reached"] = "time_reached"


Report = ContactMade | ContactRefused | ContactFailed | ContactLapsed | TimeReached
