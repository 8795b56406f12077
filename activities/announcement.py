"""What the outside is told, as CloudEvents 1.0; ids are derived, so that a retry announces once."""

from datetime import datetime
from typing import Any

from contracts.carry_out import CarryOut, PlannedContact


def contact_made(request: CarryOut, planned: PlannedContact, at: datetime) -> dict[str, Any]:
    """A contact went out."""
    contact = planned.contact
    data = {
        "step": contact.step,
        "channel": contact.channel,
        "stage": contact.stage,
        "moved_by": planned.moved_by,
    }
    return _event(request, f"{planned.key}/made", "leeway.contact.made", at, data)


def stage_moved(request: CarryOut, before: str | None, at: datetime) -> dict[str, Any]:
    """The case moved from one stage to another: what moved it and by which rule. Free text stays in the ledger."""
    because = [{"what": line.kind, "rule": line.rule} for line in request.lines if line.kind != "planned"]
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
