"""Messages on their way into a case. Nothing here raises into Temporal: a bad message is kept, with its reason."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from temporalio import workflow

from contracts.case_run import Adoption, Answer
from statemachine.decision import Decision
from statemachine.messages import MESSAGES, Message
from workflows.adoption import read_adoption

_SHOWN_AT_MOST = 120
_AT_ONCE = 50


class BadMessage(ValueError):
    """The message cannot be read. The text names each field, its value, the rule and what to do."""


@dataclass
class Ticket:
    """One message in the queue; `answer` is filled once the loop has taken it in. `is_update`: a validator let it in,
    and that it did stands in history, whatever calendar and zones say by now."""

    message: Message | Adoption | BadMessage
    is_update: bool = False
    answer: Answer | None = None

    def answered(self, decision: Decision) -> None:
        """What the sender hears: whether it changed anything, and why."""
        self.answer = Answer(
            accepted=decision.accepted,
            stage=decision.case.stage,
            balance_minor=decision.case.balance_minor,
            reasons=tuple(line.reason for line in decision.lines),
        )


def parse(kind: str | None, body: object) -> Message:
    """The message in `body` (an object of plain JSON). Raises BadMessage."""
    if not isinstance(body, dict):
        raise BadMessage(f"{kind or 'message'}: one JSON object is expected, got {type(body).__name__}")
    fields = body if kind is None else {**body, "kind": kind}
    try:
        return MESSAGES.validate_python(fields)
    except ValidationError as error:
        raise BadMessage("; ".join(_mistake(item) for item in error.errors()[:5])) from None


def _mistake(item: Any) -> str:
    # Field names come from outside, too: whatever they hold, the line stays short and can be written.
    place = ".".join(ascii(part)[1:-1] if isinstance(part, str) else str(part) for part in item["loc"][1:])
    place = place[:_SHOWN_AT_MOST] or "kind"
    given = "" if item["type"] == "missing" else f"{item['input']!r:.{_SHOWN_AT_MOST}} given; "
    return f"{place}: {given}{item['msg']}"


@dataclass
class Inbox:
    """A queue only the case's loop empties."""

    tickets: list[Ticket] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.tickets)

    def receive(self, kind: str, bodies: tuple[Any, ...]) -> None:
        """Queues a signal, which should have one body; none counts as an empty one."""
        self.put(kind, bodies[0] if len(bodies) == 1 else {} if not bodies else list(bodies))

    def put(self, kind: str | None, body: object) -> Ticket:
        """Queues a message; an unreadable one is queued as its reason, so that it is recorded."""
        try:
            ticket = Ticket(parse(kind, body), is_update=kind is None)
        except BadMessage as error:
            ticket = Ticket(error)
        self.tickets.append(ticket)
        return ticket

    def put_rules(self, body: object) -> None:
        """Queues other rules for the case."""
        read = read_adoption(body)
        self.tickets.append(Ticket(BadMessage(read) if isinstance(read, str) else read))

    def put_unknown(self, name: str) -> None:
        """Queues the fact that a signal of an unknown name came."""
        self.tickets.append(
            Ticket(BadMessage(f"{name[:60]!r}: no such signal; see the README for the names"))
        )

    def take(self) -> list[Ticket]:
        """The oldest of what is queued, few enough that they fit into one request."""
        tickets, self.tickets = self.tickets[:_AT_ONCE], self.tickets[_AT_ONCE:]
        return tickets


def counted_once(message: dict[str, Any]) -> dict[str, Any]:
    """A message without a reference of its own counts once by its update's id, over all runs of a case."""
    update = workflow.current_update_info()
    return (
        message
        if update is None or message.get("reference")
        else message | {"reference": f"update {update.id}"}
    )
