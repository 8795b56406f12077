"""What came of a call or a visit, as a person reports it: the limits count anew."""

from activities.stranger import tell_of_stranger
from compliance.ask import Result
from contracts.carry_out import CarryOut
from ledger.entry import Entry, Row
from statemachine.decision import Line

_RESULTS = {
    ("phone", "met"): Result.CONVERSATION,
    ("phone", "not_met"): Result.NO_ANSWER,
    ("phone", "wrong_person"): Result.CONNECTED,
    ("phone", "no_answer"): Result.NO_ANSWER,
    ("phone", "wrong_number"): Result.CONNECTED,
    ("phone", "right_party"): Result.CONNECTED,
    ("phone", "conversation"): Result.CONVERSATION,
    ("phone", "third_person"): Result.CONNECTED,
    ("visit", "met"): Result.VISITED,
}
_FREES_NOTHING = (Result.CONVERSATION, Result.VISITED)


async def tell_result(entry: Entry, request: CarryOut, loan_id: str, line: Line, reference: str) -> None:
    """Finishes the task and tells the contact what came of it: the task's own, where the report names one (told again,
    the later word holds), otherwise the latest that nobody has told of.

    Where the case knows which `contact` it waited for, that is meant; it is empty for one that nobody waited for. Where
    two may be meant, a word that would free a limit is taken for neither. Where none is, a contact was made that
    Leeway did not ask for: it counts, too, under `reference`.
    """
    channel, task = line.facts["channel"], line.facts.get("task")
    result = _RESULTS.get((channel, line.facts["result"]), Result.NOT_MET)
    told_of = {
        "case_id": request.case_id,
        "task": task,
        "by": line.facts.get("by", ""),
        "result": line.facts["result"],
    }
    found = await entry.run("contacts_told_of", told_of | {"channel": channel})
    meant = [row for row in found if _is_meant(row, task, line.facts.get("contact"))]
    if task is not None and not meant:
        reason = f"task {task} is no {channel} of this case: nothing is counted; see `leeway case show` for the number"
        await entry.add_lines(request.case_id, f"{reference}.task", (Line(kind="absorbed", reason=reason),),
                              request.decided_at)  # fmt: skip
        return
    if meant or "contact" not in line.facts:
        told_of["task"] = meant[0]["task_id"] if "contact" in line.facts else task
        await entry.run("finish_tasks", told_of | {"at": request.decided_at})
    called = meant[0]["key"] if len(meant) == 1 else None
    await tell_of_stranger(entry, request, loan_id, line, called, reference)
    if not meant:
        await entry.run("report_contact", {
            "lender": request.lender, "reference": reference, "borrower_id": request.borrower_id,
            "at": request.decided_at, "channel": channel, "result": result, "debts": [loan_id], "number": "",
            "collector": "lender", "purpose": "routine", "recipient": "borrower",
            "recorded_at": request.decided_at})  # fmt: skip
    elif len(meant) == 1 or result in _FREES_NOTHING:
        await entry.run("tell_result", {"key": meant[0]["key"], "task_id": meant[0]["task_id"],
                                        "result": result, "at": request.decided_at})  # fmt: skip


def _is_meant(row: Row, task: int | None, contact: str | None) -> bool:
    if task is None and contact is not None:
        return bool(row["key"] == contact)
    return task is None or bool(row["task_id"] == task)


async def withdraw_visit(entry: Entry, request: CarryOut, line: Line) -> None:
    """Takes back the task of a call or visit that is withdrawn, moved, or was not done in time. One that was not done
    or is moved counts for no limit; what became of one that is withdrawn, nobody knows."""
    if line.kind not in ("visit_withdrawn", "visit_booked", "visit_not_done"):
        return
    key = line.facts["in_place_of" if line.kind == "visit_booked" else "contact"]
    await entry.run("withdraw_task", {"key": f"{request.case_id}/{key}/task", "at": request.decided_at})
    if line.kind != "visit_withdrawn":
        await entry.run("release_contact", {"key": key, "reason": line.reason})
