"""What a case is: everything one overdue episode of one loan needs to go on, and nothing personal."""

from datetime import date, datetime, time
from typing import Annotated

from pydantic import Field

from lending.payment import Payment, received_minor
from lending.plan import InstalmentPlan
from lending.promise import Promise
from lending.risk import Assessment
from lending.value import Strict, Value
from statemachine.stage import Channel, HoldReason, Outcome, Stage

SEEN_AT_MOST = 200
"""How many message references a case remembers; older ones are known to the ledger only."""

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Account(Strict):
    """The overdue loan as a case needs it: no name, no address. Amounts in minor units of `currency`."""

    lender: Slug
    loan_id: Slug
    borrower_id: Slug
    episode: Annotated[int, Field(ge=1)]
    balance_minor: Annotated[int, Field(gt=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    overdue_since: date
    zones: tuple[str, ...]
    channels: tuple[Channel, ...]
    language: str
    monthly_income_minor: int | None = None
    earlier_delinquencies: int = 0

    @property
    def case_id(self) -> str:
        """The workflow id: the same loan and episode can only ever be one case."""
        return f"case:{self.lender}:{self.loan_id}:{self.episode}"


class Hold(Value):
    """A dated fact: routine contact stops from `placed_at` until `until_at`, or until released."""

    reason: HoldReason
    placed_at: datetime
    until_at: datetime | None = None
    by: str = ""


class Wishes(Value):
    """What the borrower asked for: channels stopped, and the hours that suit (local time)."""

    stopped: tuple[Channel, ...] = ()
    not_before: time | None = None
    not_after: time | None = None


class Case(Value):
    """The whole state. Carried whole from run to run; a field added later has a default."""

    account: Account
    policy: str
    opened_at: datetime
    stage: Stage = Stage.NOTICE
    outcome: Outcome | None = None
    strategy: str = "standard"
    assessment: Assessment | None = None
    taken: tuple[str, ...] = ()
    attempt: int = 1
    failed_channels: tuple[Channel, ...] = ()
    wanted_at: datetime
    retry_at: datetime | None = None
    moved_by: str | None = None
    stalled: str | None = None
    revisits_made: int = 0
    holds: tuple[Hold, ...] = ()
    wishes: Wishes = Wishes()
    payments: tuple[Payment, ...] = ()
    reversed_early: tuple[str, ...] = ()
    promise: Promise | None = None
    broken_promises: int = 0
    offer: InstalmentPlan | None = None
    plan: InstalmentPlan | None = None
    plans_made: int = 0
    reminded_instalment: int = 0
    contacts_made: int = 0
    seen: tuple[str, ...] = ()

    @property
    def case_id(self) -> str:
        """The workflow id."""
        return self.account.case_id

    @property
    def balance_minor(self) -> int:
        """What is still owed; below zero when too much came in."""
        return self.account.balance_minor - received_minor(self.payments)

    @property
    def is_closed(self) -> bool:
        """Nothing moves a closed case."""
        return self.stage is Stage.CLOSED

    def remember(self, reference: str) -> "Case":
        """The case with `reference` among the messages it has seen."""
        return self.model_copy(update={"seen": (*self.seen, reference)[-SEEN_AT_MOST:]})
