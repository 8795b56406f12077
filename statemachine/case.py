"""What a case is: everything one overdue episode of one loan needs to go on, and nothing personal."""

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import Field, model_validator

from lending.days import local_day
from lending.held_days import Pause, moved_on
from lending.payment import Payment, Stated, owed_minor
from lending.plan import InstalmentPlan
from lending.promise import Promise, PromiseState
from lending.quote import PlanOffer
from lending.risk import Assessment
from lending.statement import Statement
from lending.value import Strict, Value
from statemachine.appointment import Appointment
from statemachine.delivery import Try
from statemachine.fact import Fact, FactName
from statemachine.findings import Findings
from statemachine.hold_kind import HOLD_KINDS, Stops, shown
from statemachine.open_questions import Complaint, Proposal, TimeRecord
from statemachine.stage import Channel, HoldReason, Outcome, Place, Stage, Weekday

SEEN_AT_MOST = 200
"""How many message references a case remembers; older ones are known to the ledger only."""

PAST_AT_MOST = 60
"""How many promises, and how many holds that are over, a case carries from run to run; the newest stay."""

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
    monthly_outgoings_minor: int | None = None
    earlier_delinquencies: int = 0

    @property
    def case_id(self) -> str:
        """The workflow id: the same loan and episode can only ever be one case."""
        return f"case:{self.lender}:{self.loan_id}:{self.episode}"


class Hold(Value):
    """A dated fact: told at `placed_at` by `by`, in force from `since_at` until `until_at` (None: until released).

    `why` and `support_need` are for the few who need them, and never leave the case: the need, not the diagnosis.
    """

    reason: HoldReason
    placed_at: datetime
    since_at: datetime | None = None
    until_at: datetime | None = None
    by: str = ""
    why: str = ""
    support_need: str = ""

    @property
    def starts_at(self) -> datetime:
        """From when on it is in force, which may lie before it was told."""
        return self.since_at or self.placed_at

    def stops(self, what: Stops) -> bool:
        """Whether its kind stops this."""
        return what in HOLD_KINDS[self.reason].stops


class Wishes(Value):
    """What the borrower asked for: channels stopped, hours (local time), days and places that suit or do not, and
    whether someone else speaks for them."""

    stopped: tuple[Channel, ...] = ()
    not_before: time | None = None
    not_after: time | None = None
    not_on: tuple[Weekday, ...] = ()
    not_at: tuple[Place, ...] = ()
    representative: bool = False


class Case(Value):
    """The whole state. Carried whole from run to run; a field added later has a default."""

    account: Account
    policy: str
    opened_at: datetime
    stage: Stage = Stage.NOTICE
    outcome: Outcome | None = None
    strategy: str = "standard"
    strategy_by: str = ""
    """Who chose it, where a person did; then no score changes it."""
    assessment: Assessment | None = None
    taken: tuple[str, ...] = ()
    attempt: int = 1
    failed_channels: tuple[Channel, ...] = ()
    tries: tuple[Try, ...] = ()
    """Every contact tried, and the furthest word on what became of it."""
    wanted_at: datetime
    retry_at: datetime | None = None
    lapsed_at: datetime | None = None
    """When the first window closed in which the contact that comes next could not be made."""
    moved_by: str | None = None
    stalled: str | None = None
    is_unreachable: bool = False
    """The borrower has not answered on as many days as the law asks for before anyone else may be asked."""
    revisits_made: int = 0
    revisits_unmade: int = 0
    """Of these, those that nobody made in time and that were given up."""
    holds: tuple[Hold, ...] = ()
    past_holds: tuple[Hold, ...] = ()
    wishes: Wishes = Wishes()
    facts: tuple[Fact, ...] = ()
    payments: tuple[Payment, ...] = ()
    stated: Stated | None = None
    """The latest balance the loan system stated."""
    reversed_early: tuple[str, ...] = ()
    reversed_early_at: dict[str, datetime] = Field(default_factory=dict)
    """Reversals that came before their payment, and since when each holds."""
    promises: tuple[Promise, ...] = ()
    broken_before: int = 0
    """Promises broken before the case carried each of them."""
    budget: Statement | None = None
    """The borrower's own figures, as last stated; never in the ledger."""
    quoted: PlanOffer | None = None
    offer: InstalmentPlan | None = None
    plan: InstalmentPlan | None = None
    plans_made: int = 0
    term_from: date | None = None
    """When the running plan was first agreed, however often it was reworked since."""
    reminded_instalment: int = 0
    missed_instalment: int = 0
    missed_told: int = 0
    """The last instalment that was missed, and the last about which a kind word went out."""
    in_difficulty: bool = False
    """Whether a difficulty was ever told in this episode: from then on nothing is said in a dunning voice."""
    contacts_made: int = 0
    escalated_at: datetime | None = None
    remind_from: datetime | None = None
    """The instant from which the days to the next reminder of the undecided count."""
    proposal: Proposal | None = None
    complaints: tuple[Complaint, ...] = ()
    """The open ones, and the latest that were answered."""
    time: TimeRecord = TimeRecord()
    appointment: Appointment | None = None
    withdrawn: Appointment | None = None
    """The call or visit of this step that was withdrawn while it was in a person's hands: it may have been made."""
    not_done: int = 0
    """How often the call or visit of this step was not done in time."""
    set_anew: int = 0
    """How many attempts of this step were appointments set anew: those are no failures to reach the borrower."""
    given_up: int = 0
    """How many steps were given up because nobody did their call or visit."""
    told_tasks: tuple[int, ...] = ()
    """The latest tasks whose outcome was told: of these a later word may be told."""
    findings: Findings | None = None
    """What the last call or visit learned; never whole in the ledger."""
    next_by: Channel | None = None
    """How the next revisit goes, where a visit asked for it."""
    remind_at: datetime | None = None
    """When the written reminder goes out that a visit asked for."""
    seen: tuple[str, ...] = ()

    @property
    def case_id(self) -> str:
        """The workflow id."""
        return self.account.case_id

    @property
    def balance_minor(self) -> int:
        """What is still owed; below zero when too much came in."""
        return owed_minor(self.account.balance_minor, self.payments, self.stated)

    @property
    def is_closed(self) -> bool:
        """Nothing moves a closed case."""
        return self.stage is Stage.CLOSED

    @property
    def open_promises(self) -> tuple[Promise, ...]:
        """The promises waited for, the earliest due first."""
        still_open = (promise for promise in self.promises if promise.state is PromiseState.OPEN)
        return tuple(sorted(still_open, key=lambda promise: (promise.due_on, promise.made_at)))

    @property
    def open_complaints(self) -> tuple[Complaint, ...]:
        """The complaints that nobody has answered yet, the oldest first."""
        return tuple(complaint for complaint in self.complaints if complaint.is_open)

    @property
    def paused_channels(self) -> tuple[Channel, ...]:
        """The channels that an open complaint is about."""
        return tuple(sorted({one.channel for one in self.open_complaints if one.channel is not None}))

    @property
    def is_time_barred(self) -> bool:
        """Whether its time has ended: the debt can no longer be claimed in court."""
        return self.time.barred_on is not None

    @property
    def broken_promises(self) -> int:
        """How many promises were broken in this episode."""
        return self.broken_before + sum(promise.state is PromiseState.BROKEN for promise in self.promises)

    @property
    def is_decided_by_people(self) -> bool:
        """Whether no score may choose the strategy: the borrower refused that, or a person has chosen."""
        return bool(self.strategy_by) or any(fact.name is FactName.AUTOMATION_REFUSED for fact in self.facts)

    @property
    def shown_holds(self) -> tuple[str, ...]:
        """The holds in force, as everybody may read them."""
        return tuple(sorted({shown(hold.reason) for hold in self.holds}))

    def is_stopped(self, what: Stops) -> bool:
        """Whether a hold in force stops this."""
        return any(hold.stops(what) for hold in self.holds)

    def moved_on(self, day: date, since_at: datetime) -> date | None:
        """What was due on `day`, as agreed at `since_at`, with the days that were held on the way; None: out of reach."""
        zones = self.account.zones
        pauses = [
            Pause(hold.starts_at, hold.until_at)
            for hold in (*self.past_holds, *self.holds)
            if hold.stops(Stops.DEADLINES)
        ]
        return moved_on(day, local_day(since_at, zones), pauses, zones)

    @property
    def known_facts(self) -> tuple[Fact, ...]:
        """What the law may ask about: what was told, the holds with their ends, and a plan that is being kept."""
        held = (
            Fact(fact, hold.starts_at, hold.until_at, is_hold=True)
            for hold in (*self.past_holds, *self.holds)
            if (fact := HOLD_KINDS[hold.reason].fact) is not None
        )
        kept = (Fact(FactName.SIGNED_PLAN, self.opened_at),) if self.stage is Stage.PLAN_ACTIVE else ()
        return (*self.facts, *held, *kept)

    def remember(self, reference: str) -> "Case":
        """The case with `reference` among the messages it has seen."""
        return self.model_copy(update={"seen": (*self.seen, reference)[-SEEN_AT_MOST:]})

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_carried(cls, data: Any) -> Any:
        """A case of a run from before promises were kept one by one: an open one, and a count of broken ones."""
        if not isinstance(data, dict) or "broken_promises" not in data:
            return data
        kept = {name: value for name, value in data.items() if name not in ("promise", "broken_promises")}
        earlier = (data["promise"],) if data.get("promise") else ()
        return {**kept, "promises": earlier, "broken_before": data["broken_promises"]}
