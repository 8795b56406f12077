"""`/v1/tasks`: the people's desk."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from temporalio.client import Client

from contracts.desk_task import DeskTask, PersonName, StepNote
from entrypoints.access.caller import Caller
from entrypoints.access.gate import Calling, guarded
from entrypoints.access.repeats import NamedKey
from entrypoints.routes.paging import Paged, Place
from entrypoints.routes.telling import told, update_id
from entrypoints.task_outcome import outcome_of, taken_in
from ledger.desk import Desk, TaskRefused
from ledger.store import Ledger
from lending.value import Strict

TaskId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Why = Annotated[StepNote, Field(min_length=1)]


class Claim(Strict):
    """Who takes the task; left out, whoever calls."""

    by: PersonName | None = None


class Done(Strict):
    """Who did it. `outcome`, of a call or a visit, is the `visit_outcome` for its case, without task, channel and by;
    other tasks may have a `note`."""

    by: PersonName | None = None
    note: StepNote = ""
    outcome: dict[str, Any] | None = None


class Undo(Strict):
    """Who opens the task again, and why."""

    by: PersonName | None = None
    reason: Why


class HandOn(Strict):
    """Who passes the task on, to whom, and why."""

    by: PersonName | None = None
    to: PersonName
    reason: Why


def task_routes(client: Client, ledger: Ledger) -> APIRouter:
    """Tasks of the caller's lender."""
    routes = guarded("/v1/tasks", "tasks")

    def desk_of(caller: Caller) -> Desk:
        return Desk(ledger, caller.lender)

    @routes.get("")
    async def tasks(
        caller: Calling,
        kind: Annotated[str | None, Query(pattern="^[a-z_]{1,40}$")] = None,
        on: date | None = None,
        person: Annotated[PersonName | None, Query(alias="for")] = None,
        is_open: Annotated[bool, Query(alias="open")] = True,
        *,
        pages: Paged,
    ) -> list[DeskTask]:
        """Tasks as a route: by day, then postal code, city and street. `open=false` brings those that are over, too."""
        found = await desk_of(caller).tasks(_now(), kind=kind, on=on, person=person, is_open=is_open)
        return pages.of(found, _place, str, str, str, str, str, int)

    @routes.get("/{task_id}")
    async def task(caller: Calling, task_id: TaskId) -> dict[str, Any]:
        """One task with its talk sheet, and who did what with it."""
        found, steps = await desk_of(caller).task(task_id, _now()), await desk_of(caller).steps(task_id)
        return found.model_dump(mode="json") | {"steps": steps}

    _steps(routes, client, desk_of)
    return routes


def _steps(routes: APIRouter, client: Client, desk_of: Callable[[Caller], Desk]) -> None:
    @routes.post("/{task_id}/claim")
    async def claim(caller: Calling, task_id: TaskId, said: Claim) -> DeskTask:
        """Takes the task."""
        return await desk_of(caller).claim(task_id, caller.acting(said.by), _now())

    @routes.post("/{task_id}/done")
    async def done(caller: Calling, task_id: TaskId, said: Done, named: NamedKey) -> DeskTask:
        """Says that the task is done; what came of a call or visit is told to its case. The same key is the same step."""
        key = named and update_id(caller, named, said.model_dump(mode="json"))
        return await _done(client, desk_of(caller), task_id, said, caller.acting(said.by), key)

    @routes.post("/{task_id}/undo")
    async def undo(caller: Calling, task_id: TaskId, said: Undo) -> DeskTask:
        """Opens a task again that was marked done by mistake."""
        return await desk_of(caller).undo(task_id, caller.acting(said.by), said.reason, _now())

    @routes.post("/{task_id}/hand-on")
    async def hand_on(caller: Calling, task_id: TaskId, said: HandOn) -> DeskTask:
        """Passes the task to another person."""
        return await desk_of(caller).hand_on(task_id, caller.acting(said.by), said.to, said.reason, _now())


def _place(task: DeskTask) -> Place:
    """Where it stands on the route."""
    address = (part or "\uffff" for part in (task.postcode, task.city, task.street))
    day = task.day or date.max
    return (day.isoformat(), *address, (task.starts_at or task.created_at).isoformat(), task.task_id)


async def _done(client: Client, desk: Desk, task_id: int, said: Done, by: str, key: str | None) -> DeskTask:
    task = await desk.task(task_id, _now())
    is_told_again = task.channel is not None and task.done_at is not None and key is not None
    if task.channel is None:
        if said.outcome is not None:
            reason = f"task {task_id} is a {task.kind}, which has none; write a note"
            raise TaskRefused("outcome", reason, is_conflict=False)
        return await desk.done(task_id, by, said.note, _now(), key)
    if not is_told_again:
        await desk.to_be_done(task_id, by, _now())
    if said.outcome is None or said.note:
        field = "note" if said.note else "outcome"
        raise TaskRefused(
            field, 'a call or visit has an outcome, such as {"result": "met"}', is_conflict=False
        )
    known = await outcome_of(desk, task, by)
    message = {"kind": "visit_outcome"} | said.outcome | known
    case = {"case_id": task.case_id, "loan_id": task.loan_id, "outcome": None}
    # The case answers the same key as it did before, and takes another for what it is: told already.
    answer = await told(client, case, message, key or str(uuid.uuid4()))
    if is_told_again and not answer.accepted:
        await desk.to_be_done(task_id, by, _now())
    return await taken_in(desk, task_id, answer.accepted, answer.reasons)


def _now() -> datetime:
    return datetime.now(UTC)
