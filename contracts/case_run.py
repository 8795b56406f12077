"""The workflow's input, and what it answers to people."""

from datetime import datetime

from contracts.snapshot import PolicySnapshot
from lending.value import Value
from statemachine.case import Account, Case

TASK_QUEUE = "leeway"
WORKFLOW = "FollowCase"
UPDATE = "tell"
QUERY = "case"
ROLL_SIGNAL = "roll"
ADOPT_SIGNAL = "adopt"

SEARCH_ATTRIBUTES = {
    "CaseStage": "Keyword",
    "LeewayPolicy": "Keyword",
    "OverdueSince": "Datetime",
    "HoldReason": "KeywordList",
    "Stalled": "Keyword",
    "Lender": "Keyword",
}
"""Registered by start-up. Plain text on the server: nothing personal ever goes here."""


class CaseRun(Value):
    """One run of a case. `case` is empty for the first run and carried whole into every later one.

    `sha256` names the snapshot in the ledger; it is carried, as newer code may write the same rules differently.
    """

    account: Account
    snapshot: PolicySnapshot
    case: Case | None = None
    next_request: int = 1
    sha256: str = ""


class Adoption(Value):
    """Other rules for a running case, published in the ledger under `sha256` before they are sent."""

    snapshot: PolicySnapshot
    sha256: str
    reason: str
    by: str = ""


class CaseView(Value):
    """What a query answers: the case, and what it waits for."""

    case: Case
    balance_minor: int
    waiting_for: str
    next_at: datetime | None
    policy_sha256: str


class Answer(Value):
    """What an update answers: whether the message changed anything, and the ledger's reasons."""

    accepted: bool
    stage: str
    balance_minor: int
    reasons: tuple[str, ...]
