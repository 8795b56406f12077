"""What the outside is told, as CloudEvents 1.0; ids are derived, so that a retry announces once."""

from datetime import datetime
from typing import Any

from contracts.carry_out import CarryOut, PlannedContact
from statemachine.decision import Line
from statemachine.hold_kind import shown_rule

TOLD = {
    "hold": "leeway.hold.placed",
    "hold_ended": "leeway.hold.ended",
    "promise": "leeway.promise.made",
    "promise_kept": "leeway.promise.kept",
    "promise_broken": "leeway.promise.broken",
    "promise_reopened": "leeway.promise.reopened",
    "plan": "leeway.plan.agreed",
    "instalment_missed": "leeway.plan.instalment_missed",
    "plan_broken": "leeway.plan.broken",
    "plan_ended": "leeway.plan.ended",
}
"""The lines a loan system acts upon, each with the type of its event. None carries a word that a person wrote."""

_TOLD_FACTS = frozenset({"hold", "since", "until", "amount_minor", "due_on", "instalments"})


def contact_made(request: CarryOut, planned: PlannedContact, at: datetime) -> dict[str, Any]:
    """A contact went out."""
    contact = planned.contact
    data = {
        "step": contact.step,
        "channel": contact.channel,
        "stage": contact.stage,
        "moved_by": planned.moved_by and shown_rule(planned.moved_by),
    }
    return _event(request, f"{planned.key}/made", "leeway.contact.made", at, data)


def told(request: CarryOut, line: Line, key: str, at: datetime) -> dict[str, Any] | None:
    """What a line of the ledger means outside; None: nothing. `key` is the line's own."""
    kind = TOLD.get(line.kind)
    if kind is None:
        return None
    facts = {name: value for name, value in line.facts.items() if name in _TOLD_FACTS}
    data = {**facts, "rule": shown_rule(line.rule), "stage": request.projection.stage,
            "balance_minor": request.projection.balance_minor}  # fmt: skip
    return _event(request, f"{request.case_id}/{key}", kind, at, data)


def stage_moved(request: CarryOut, before: str | None, at: datetime) -> dict[str, Any]:
    """The case moved from one stage to another: what moved it and by which rule. Free text stays in the ledger."""
    because = [
        {"what": line.kind, "rule": shown_rule(line.rule)} for line in request.lines if line.kind != "planned"
    ]
    data = {"from": before, "to": request.projection.stage, "outcome": request.projection.outcome,
            "balance_minor": request.projection.balance_minor, "because": because}  # fmt: skip
    event_id = f"{request.case_id}/{request.projection.number}/moved"
    return _event(request, event_id, "leeway.case.moved", at, data)


def _event(request: CarryOut, event_id: str, kind: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "type": kind,
        "source": f"leeway/{request.lender}",
        "subject": request.case_id,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
