"""What came of a call or a visit goes to its case, which records it and marks the task done in the same transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client

from contracts.desk_task import DeskTask
from entrypoints.signalling import tell
from ledger.desk import Desk, TaskRefused
from ledger.store import Ledger


async def mark_done(
    client: Client, ledger: Ledger, lender: str, task_id: int, by: str, note: str, options: Sequence[str]
) -> DeskTask:
    """`by` says that a task is done: with a note, or, of a call or a visit, with the `options` of `visit_outcome`
    (`--result met ...`). Raises NoSuchTask, TaskRefused, BadSignal."""
    desk = Desk(ledger, lender)
    task = await desk.to_be_done(task_id, by, datetime.now(UTC))
    if task.channel is None:
        if options:
            reason = f"task {task_id} is a {task.kind}, which has no such outcome; write --note"
            raise TaskRefused(options[0], reason, is_conflict=False)
        return await desk.done(task_id, by, note, datetime.now(UTC))
    if note:
        reason = "what came of a call or a visit is told by --result and --situation"
        raise TaskRefused("note", reason, is_conflict=False)
    known = await outcome_of(desk, task, by)
    named = [word for name, value in known.items() for word in (f"--{name}", str(value))]
    answer = await tell(client, ledger, lender, task.loan_id, "visit_outcome", [*options, *named])
    return await taken_in(desk, task_id, answer["accepted"], answer["reasons"])


async def outcome_of(desk: Desk, task: DeskTask, by: str) -> dict[str, Any]:
    """What a `visit_outcome` for this task says besides the result. Of two told at once, by its reference, one counts;
    after an undo it is another word."""
    undone = sum(step["kind"] == "undone" for step in await desk.steps(task.task_id))
    assert task.channel is not None
    return {"task": task.task_id, "channel": str(task.channel), "by": by,
            "reference": f"task {task.task_id} outcome {undone + 1}"}  # fmt: skip


async def taken_in(desk: Desk, task_id: int, is_accepted: bool, reasons: Sequence[str]) -> DeskTask:
    """The task after its case has answered. Raises TaskRefused where the case did not take it as this task's outcome."""
    task = await desk.task(task_id, datetime.now(UTC))
    if not is_accepted or task.done_at is None:
        raise TaskRefused(
            "result", f"the case did not take it as what came of task {task_id}: {'; '.join(reasons)}"
        )
    return task
