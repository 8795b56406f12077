"""`/v1/tasks`: the people's desk."""

import uuid
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from temporalio.client import Client

from contracts.desk_task import DeskTask, PersonName, StepNote
from entrypoints.routes.telling import IdempotencyKey, told
from entrypoints.task_outcome import outcome_of, taken_in
from ledger.desk import Desk, TaskRefused
from ledger.store import Ledger
from lending.value import Strict

TaskId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Why = Annotated[StepNote, Field(min_length=1)]


class Claim(Strict):
    """Who takes the task."""

    by: PersonName


class Done(Strict):
    """Who did it. `outcome`, of a call or a visit, is the `visit_outcome` for its case, without task, channel and by;
    other tasks may have a `note`."""

    by: PersonName
    note: StepNote = ""
    outcome: dict[str, Any] | None = None


class Undo(Strict):
    """Who opens the task again, and why."""

    by: PersonName
    reason: Why


class HandOn(Strict):
    """Who passes the task on, to whom, and why."""

    by: PersonName
    to: PersonName
    reason: Why


def task_routes(client: Client, ledger: Ledger, lender: str) -> APIRouter:
    """One lender's tasks."""
    routes, desk = APIRouter(prefix="/v1/tasks", tags=["tasks"]), Desk(ledger, lender)

    @routes.get("")
    async def tasks(
        kind: Annotated[str | None, Query(max_length=40)] = None,
        on: date | None = None,
        person: Annotated[PersonName | None, Query(alias="for")] = None,
        is_open: Annotated[bool, Query(alias="open")] = True,
    ) -> list[DeskTask]:
        """Tasks as a route: by day, then postal code, city and street. `open=false` brings those that are over, too."""
        return await desk.tasks(_now(), kind=kind, on=on, person=person, is_open=is_open)

    @routes.get("/{task_id}")
    async def task(task_id: TaskId) -> dict[str, Any]:
        """One task with its talk sheet, and who did what with it."""
        found, steps = await desk.task(task_id, _now()), await desk.steps(task_id)
        return found.model_dump(mode="json") | {"steps": steps}

    @routes.post("/{task_id}/claim")
    async def claim(task_id: TaskId, said: Claim) -> DeskTask:
        """Takes the task."""
        return await desk.claim(task_id, said.by, _now())

    @routes.post("/{task_id}/done")
    async def done(task_id: TaskId, said: Done, idempotency_key: IdempotencyKey = None) -> DeskTask:
        """Says that the task is done; what came of a call or visit is told to its case. The same key is the same step."""
        return await _done(client, desk, task_id, said, idempotency_key)

    @routes.post("/{task_id}/undo")
    async def undo(task_id: TaskId, said: Undo) -> DeskTask:
        """Opens a task again that was marked done by mistake."""
        return await desk.undo(task_id, said.by, said.reason, _now())

    @routes.post("/{task_id}/hand-on")
    async def hand_on(task_id: TaskId, said: HandOn) -> DeskTask:
        """Passes the task to another person."""
        return await desk.hand_on(task_id, said.by, said.to, said.reason, _now())

    return routes


async def _done(client: Client, desk: Desk, task_id: int, said: Done, key: str | None) -> DeskTask:
    task = await desk.task(task_id, _now())
    is_told_again = task.channel is not None and task.done_at is not None and key is not None
    if task.channel is None:
        if said.outcome is not None:
            reason = f"task {task_id} is a {task.kind}, which has none; write a note"
            raise TaskRefused("outcome", reason, is_conflict=False)
        return await desk.done(task_id, said.by, said.note, _now(), key)
    if not is_told_again:
        await desk.to_be_done(task_id, said.by, _now())
    if said.outcome is None or said.note:
        field = "note" if said.note else "outcome"
        raise TaskRefused(
            field, 'a call or visit has an outcome, such as {"result": "met"}', is_conflict=False
        )
    known = await outcome_of(desk, task, said.by)
    message = {"kind": "visit_outcome"} | said.outcome | known
    case = {"case_id": task.case_id, "loan_id": task.loan_id, "outcome": None}
    # The case answers the same key as it did before, and takes another for what it is: told already.
    answer = await told(client, case, message, key or str(uuid.uuid4()))
    if is_told_again and not answer.accepted:
        await desk.to_be_done(task_id, said.by, _now())
    return await taken_in(desk, task_id, answer.accepted, answer.reasons)


def _now() -> datetime:
    return datetime.now(UTC)
