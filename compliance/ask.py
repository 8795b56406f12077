"""What is asked, and what is known: the inputs of every judgement. Instants are aware, UTC."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from compliance.rule import Purpose, Recipient
from statemachine.case import Wishes
from statemachine.fact import Fact as Fact
from statemachine.stage import Channel, Place


class Result(StrEnum):
    """What came of a contact. `unknown` counts as everything it may have been, until its outcome is told."""

    UNKNOWN = "unknown"
    NO_ANSWER = "no_answer"
    MISDIALLED = "misdialled"
    CONNECTED = "connected"
    CONVERSATION = "conversation"
    SENT = "sent"
    FAILED = "failed"
    VISITED = "visited"
    NOT_MET = "not_met"


@dataclass(frozen=True, slots=True)
class Ask:
    """May this contact be made? `debt` is the loan's id, `number` the number or address, `by` who collects.

    `people` is how many go on a visit.
    """

    channel: Channel
    purpose: Purpose = Purpose.ROUTINE
    recipient: Recipient = Recipient.BORROWER
    place: Place = Place.HOME
    debt: str = ""
    number: str = ""
    by: str = "lender"
    people: int = 1


@dataclass(frozen=True, slots=True)
class PastContact:
    """A contact that was made or tried, over all of the borrower's loans, by the lender or an agency.

    `debts` are the loans it was about; empty means all of them.
    """

    at: datetime
    channel: Channel
    result: Result = Result.UNKNOWN
    debts: tuple[str, ...] = ()
    number: str = ""
    by: str = "lender"
    purpose: Purpose = Purpose.ROUTINE
    recipient: Recipient = Recipient.BORROWER


@dataclass(frozen=True, slots=True)
class Borrower:
    """What the rules ask about a borrower. `zones`: each may be theirs, and a contact must be permitted in all.

    `overdue_since` is the oldest unpaid due date of the debt asked about; None where it is not known.
    """

    zones: tuple[str, ...]
    wishes: Wishes = field(default_factory=Wishes)
    facts: Sequence[Fact] = ()
    overdue_since: date | None = None
    spread_key: str = ""
