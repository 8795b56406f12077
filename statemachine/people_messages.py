"""What people learn of a borrower, are asked by them, and decide about them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictInt

from lending.days import LocalTime
from lending.reason import Language
from statemachine.fact import FactName
from statemachine.findings import Findings
from statemachine.message import Said, Text
from statemachine.stage import Channel, Place, Weekday

CallResult = Literal["no_answer", "wrong_number", "right_party", "conversation", "third_person"]
VisitResult = Literal["met", "not_met", "wrong_person"]
NextStep = Literal["none", "visit", "plan", "hold", "reminder", "escalate"]


class VisitReported(Said):
    """What a person learned by calling or visiting, and what should happen next. `task` is the number of the task they
    did, as `leeway case show` gives it; left out, it is the one that is waited for.

    A call ends with no_answer, wrong_number, right_party (reached, the debt was not spoken of), conversation or
    third_person; a visit with met, not_met or wrong_person, words that a call may use as well. `next_visit_on` goes
    with the next step visit, `remind_on` with reminder (left out: a week on).
    """

    kind: Literal["visit_outcome"] = "visit_outcome"
    channel: Literal[Channel.PHONE, Channel.VISIT] = Channel.VISIT
    result: Literal[VisitResult, CallResult]
    task: Annotated[StrictInt, Field(ge=1, le=2**63 - 1)] | None = None
    situation: Text = ""
    findings: Findings = Findings()
    next_step: NextStep = "none"
    next_visit_on: date | None = None
    remind_on: date | None = None


class VisitBooked(Said):
    """An appointment for the call or visit that comes next, or is waited for, at `at`; booked again, it is moved.
    `people` are the names of those who go."""

    kind: Literal["visit_booked"] = "visit_booked"
    at: AwareDatetime
    people: Annotated[
        tuple[Annotated[Text, Field(min_length=1, max_length=60)], ...], Field(min_length=1, max_length=9)
    ]


class PreferenceChanged(Said):
    """When and how the borrower wants to be reached. A field left out stays as it was."""

    kind: Literal["contact_preference"] = "contact_preference"
    stop: tuple[Channel, ...] = ()
    allow: tuple[Channel, ...] = ()
    not_before: LocalTime | None = None
    not_after: LocalTime | None = None
    language: Language | None = None
    not_on: tuple[Weekday, ...] | None = None
    not_at: tuple[Place, ...] | None = None
    representative: bool | None = None


class FactTold(Said):
    """Something the law asks about: a consent, a refusal, a request. `given` False ends it."""

    kind: Literal["fact"] = "fact"
    name: FactName
    given: bool = True
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class StrategyChosen(Said):
    """A named person chooses the strategy, one of the policy's."""

    kind: Literal["strategy"] = "strategy"
    strategy: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    by: Annotated[Text, Field(min_length=1)]


class EscalationDecided(Said):
    """A named person decides an escalated case. Where the policy wants two, the first one's referral, sale or write-off is a
    proposal, and the same decision by another person carries it out."""

    kind: Literal["escalation_decision"] = "escalation_decision"
    decision: Literal["refer", "sell", "write_off", "settle", "back_to_revisit"]
    by: Annotated[Text, Field(min_length=1)]
    note: Text = ""


class Withdrawn(Said):
    """The lender takes the case back; `by` answers for it."""

    kind: Literal["withdraw"] = "withdraw"
    reason: Text
