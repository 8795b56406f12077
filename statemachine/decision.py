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
    "representative",
    "contact_stopped",
    "case_check",
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
    it from the ledger. `key` names the one question it asks, where a later fact answers it."""

    kind: TaskKind
    note: str
    due_on: date | None = None
    key: str = ""


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

    def key(self, case_id: str) -> str:
        """The contact's idempotency key, derived and never drawn: the same wish is the same contact."""
        return f"{case_id}/{self.step}/{self.attempt}"


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
