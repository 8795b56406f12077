"""Tasks that ask people something: closed by the fact that answers them, and by a later task that asks the same."""

from collections.abc import Iterable

from contracts.carry_out import CarryOut
from ledger.entry import Entry
from statemachine.complaints import task_key
from statemachine.decision import Line
from statemachine.stage import Stage

_DECISIONS = ["escalation", "escalation_approval", "escalation_reminder"]

_ASKED_ANEW = {
    "proposal": ["escalation_approval"],
    "proposal_lapsed": ["escalation_approval"],
    "escalation_reminder": ["escalation_reminder"],
    "limitation": ["limitation"],
    "time_barred": ["limitation"],
}
"""By what a line says, the kinds of tasks that an earlier one had asked for."""


async def close_answered(
    entry: Entry, request: CarryOut, lines: Iterable[Line], stage_before: str | None
) -> None:
    """Before the request's own tasks are added. `lines` are those that are new, `stage_before` where the case stood."""
    is_decided = False
    for line in lines:
        if line.kind == "complaint_answered":
            await _close(entry, request, key=task_key(line.facts["complaint"]), done=True)
        await _close(entry, request, _ASKED_ANEW.get(line.kind, []))
        is_decided = is_decided or ("decision" in line.facts and line.kind in ("closed", "stage"))
    if stage_before == Stage.ESCALATION and request.projection.stage != Stage.ESCALATION:
        await _close(entry, request, _DECISIONS, done=is_decided)


async def _close(
    entry: Entry, request: CarryOut, kinds: Iterable[str] = (), key: str = "", done: bool = False
) -> None:
    """Done, where the fact is what was asked for; withdrawn, where nobody needs to answer any more."""
    kinds = list(kinds)
    if kinds or key:
        await entry.run("close_tasks", {"case_id": request.case_id, "at": request.decided_at, "kinds": kinds,
                                        "key": f"{request.case_id}/{key}", "done": done})  # fmt: skip
