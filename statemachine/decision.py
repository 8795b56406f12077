"""What the core answers: the case after the event, and everything it wants done, as values."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from lending.plan import Instalment, InstalmentPlan
from lending.value import Value
from statemachine.case import Case
from statemachine.stage import Channel, Stage, Tone

TaskKind = Literal[
    "counselling",
    "hardship_review",
    "hold_review",
    "promise_review",
    "plan_review",
    "strategy_review",
    "escalation",
    "escalation_approval",
    "escalation_reminder",
    "complaint",
    "limitation",
    "refund",
    "find_contact",
    "third_person",
    "representative",
    "contact_stopped",
    "case_check",
    "unknown_outcome",
    "visit_overdue",
    "visit",
    "phone",
]


class Line(Value):
    """One line of the ledger: what was decided, by which rule, on which facts, and the next time."""

    kind: str
    reason: str
    rule: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    next_at: datetime | None = None


class Task(Value):
    """Something a person must do, `due_on` a day where it has one. `note` holds no personal data; the task page joins
    it from the ledger. `key` names the one question it asks, where a later fact answers it.

    A call or visit has the key of its `contact`, a permitted window (`starts_at`, `due_at`), how many `people` it
    takes, and the names of the `visitors` where it was booked.
    """

    kind: TaskKind
    note: str
    due_on: date | None = None
    key: str = ""
    contact: str = ""
    starts_at: datetime | None = None
    due_at: datetime | None = None
    people: int | None = None
    visitors: tuple[str, ...] = ()


class Contact(Value):
    """A contact the case wants, not before `wanted_at`. `channel` None: no way to reach the borrower is left."""

    step: str
    stage: Stage
    attempt: int
    channel: Channel | None
    template: str
    tone: Tone = Tone.PLAIN
    wanted_at: datetime
    plan: InstalmentPlan | None = None
    instalment: Instalment | None = None
    instalment_number: int = 0
    time_barred: bool = False
    """Its words must say that the debt can no longer be claimed in court."""
    people: int = 0
    """How many go, as booked; 0: as many as the house sends."""

    def key(self, case_id: str) -> str:
        """The contact's idempotency key, derived and never drawn: the same wish is the same contact."""
        return f"{case_id}/{self.step}/{self.attempt}"


def task_of(
    contact: Contact, key: str, window: tuple[datetime, datetime], people: int, visitors: tuple[str, ...] = ()
) -> Task:
    """The task by which a person makes a call or visit, from the start of its window to before its end."""
    starts_at, due_at = window
    return Task(
        kind="counselling"
        if contact.template == "counselling"
        else "visit"
        if contact.channel is Channel.VISIT
        else "phone",
        note=f"{contact.channel} for {contact.step}",
        contact=key,
        starts_at=starts_at,
        due_at=due_at,
        people=people,
        visitors=visitors,
    )


class Decision(Value):
    """`accepted` is False when the event changed nothing; the lines say why."""

    case: Case
    lines: tuple[Line, ...]
    tasks: tuple[Task, ...] = ()
    accepted: bool = True

    def then(self, *lines: Line, case: Case | None = None, tasks: tuple[Task, ...] = ()) -> "Decision":
        """This decision with more lines, tasks, and a later case."""
        return Decision(
            case=case or self.case,
            lines=(*self.lines, *lines),
            tasks=(*self.tasks, *tasks),
            accepted=self.accepted,
        )


def joined(decisions: Sequence[Decision]) -> Decision:
    """Decisions taken one after the other, as one; accepted when any was."""
    return Decision(
        case=decisions[-1].case,
        lines=tuple(line for decision in decisions for line in decision.lines),
        tasks=tuple(task for decision in decisions for task in decision.tasks),
        accepted=any(decision.accepted for decision in decisions),
    )


def absorbed(case: Case, reason: str, **facts: Any) -> Decision:
    """Doing nothing, with its reason."""
    return Decision(case=case, lines=(Line(kind="absorbed", reason=reason, facts=facts),), accepted=False)
