"""The people's desk: tasks to read, claim, do, undo and hand on. Every step is recorded with its actor and instant."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from contracts.desk_task import DeskTask, TaskState, as_route
from ledger.entry import OUTLIVING, Entry, Row
from ledger.store import Ledger
from statemachine.decision import Line
from statemachine.stage import Channel

CLAIM_DAYS = 7
"""How long a claim of a task without a window holds at least: nobody's holiday keeps a borrower waiting."""


class NoSuchTask(LookupError):
    """This lender has no task with that number."""


class TaskRefused(ValueError):
    """What was asked cannot be done with this task; nothing was changed. `field` says what stands against it."""

    def __init__(self, field: str, reason: str, *, is_conflict: bool = True) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.is_conflict = is_conflict
        """The task stands otherwise than the caller thought; else the caller's own words cannot be."""


class Desk:
    """One lender's tasks. `now` is aware, UTC."""

    def __init__(self, ledger: Ledger, lender: str) -> None:
        self._ledger = ledger
        self._lender = lender

    async def tasks(
        self,
        now: datetime,
        *,
        kind: str | None = None,
        on: date | None = None,
        person: str | None = None,
        is_open: bool = False,
    ) -> list[DeskTask]:
        """The tasks as a route: of a kind, for the borrower's local day `on`, of a person, only those still to do."""
        rows = await self._ledger.read(
            "desk_tasks", lender=self._lender, task_id=None, kind=kind, is_open=is_open
        )
        found = [desk_task(row, now) for row in rows]
        return as_route(
            [
                task
                for task in found
                if (on is None or task.day == on) and (person is None or task.is_for(person))
            ]
        )

    async def task(self, task_id: int, now: datetime) -> DeskTask:
        """One task with its talk sheet. Raises NoSuchTask."""
        return desk_task(await self._row(task_id), now)

    async def steps(self, task_id: int) -> list[Row]:
        """Who did what with the task, in order: `at`, `kind`, `by`, `passed_to`, `note`."""
        return await self._ledger.read("task_events", task_id=task_id)

    async def claim(self, task_id: int, by: str, now: datetime) -> DeskTask:
        """`by` takes the task; claiming what one has already changes nothing. Of two at once, one gets it.
        Raises NoSuchTask, TaskRefused."""
        row = await self._row(task_id)
        async with self._ledger.entry(self._lender, row["borrower_id"]) as entry:
            task = await self._locked(entry, task_id, now)
            _refuse_over(task)
            _refuse_elses(task, by)
            if task.holder != by:
                await entry.run("claim_task", {"task_id": task_id, "person": by, "at": now})
                await _record(entry, task_id, "claimed", by, now)
            return await self._locked(entry, task_id, now)

    async def to_be_done(self, task_id: int, by: str, now: datetime) -> DeskTask:
        """The task, which `by` may say is done: also late, also without having claimed it. Raises NoSuchTask,
        TaskRefused."""
        task = await self.task(task_id, now)
        _refuse_done(task)
        if task.withdrawn_at and not await self._is_undone(task_id):
            raise _withdrawn(task)
        _refuse_elses(task, by)
        return task

    async def done(
        self, task_id: int, by: str, note: str, now: datetime, request_key: str | None = None
    ) -> DeskTask:
        """Marks a task done that is neither call nor visit: what came of those, their case is told. Asked again by the same
        `request_key`, it is answered and not done again. Raises NoSuchTask, TaskRefused."""
        row = await self._row(task_id)
        async with self._ledger.entry(self._lender, row["borrower_id"]) as entry:
            task = await self._locked(entry, task_id, now)
            if await entry.run("task_asked_before", {"task_id": task_id, "request_key": request_key}):
                return task
            if task.channel is not None:
                raise TaskRefused("result", f"what came of a {_word(task)} must be told", is_conflict=False)
            _refuse_done(task)
            if task.withdrawn_at:
                raise _withdrawn(task)
            _refuse_elses(task, by)
            await entry.run("do_task", {"task_id": task_id, "at": now})
            await _record(entry, task_id, "done", by, now, note, request_key=request_key)
            return await self._locked(entry, task_id, now)

    async def undo(self, task_id: int, by: str, reason: str, now: datetime) -> DeskTask:
        """Opens a task again that was marked done by mistake; what a case that is held or closed by now does not need is
        withdrawn. What was told of a call or a visit counts no more: until it is told anew, it counts as everything it may
        have been; a number that it had closed is open again. Raises NoSuchTask, TaskRefused."""
        row = await self._row(task_id)
        async with self._ledger.entry(self._lender, row["borrower_id"]) as entry:
            task = await self._locked(entry, task_id, now)
            if task.done_at is None:
                raise TaskRefused("done_at", f"task {task_id} is not done, it is {task.state}")
            await entry.run("undo_task", {"task_id": task_id, "now": now, "outliving": OUTLIVING})
            await _record(entry, task_id, "undone", by, now, reason)
            if task.channel is not None:
                known = {
                    "task_id": task_id,
                    "lender": self._lender,
                    "borrower_id": row["borrower_id"],
                    "now": now,
                }
                [taken_back] = await entry.run("forget_result", known)
                line = Line(kind="outcome_undone", reason=f"what was told of the {_word(task)} was a mistake",
                            facts={"task": task_id, "channel": task.channel, "by": by}
                            | {name: value for name, value in taken_back.items() if value})  # fmt: skip
                await entry.add_lines(task.case_id, f"undone.{uuid4()}", (line,), now)
            return await self._locked(entry, task_id, now)

    async def hand_on(self, task_id: int, by: str, to: str, reason: str, now: datetime) -> DeskTask:
        """`by` passes the task, theirs or nobody's, to another person, who has it from now. Raises NoSuchTask,
        TaskRefused."""
        row = await self._row(task_id)
        async with self._ledger.entry(self._lender, row["borrower_id"]) as entry:
            task = await self._locked(entry, task_id, now)
            _refuse_over(task)
            _refuse_elses(task, by)
            if to == by:
                raise TaskRefused(
                    "to", f"{to} hands on to themself; name another person, or claim it", is_conflict=False
                )
            if to == task.holder:
                raise TaskRefused("to", f"{to} has task {task_id} already", is_conflict=False)
            await entry.run("claim_task", {"task_id": task_id, "person": to, "at": now})
            await _record(entry, task_id, "handed_on", by, now, reason, passed_to=to)
            return await self._locked(entry, task_id, now)

    async def _row(self, task_id: int) -> Row:
        rows = await self._ledger.read("desk_tasks", **self._asked(task_id))
        return self._found(rows, task_id)

    async def _locked(self, entry: Entry, task_id: int, now: datetime) -> DeskTask:
        return desk_task(self._found(await entry.run("desk_tasks", self._asked(task_id)), task_id), now)

    def _asked(self, task_id: int) -> dict[str, Any]:
        return {"lender": self._lender, "task_id": task_id, "kind": None, "is_open": False}

    def _found(self, rows: list[Row], task_id: int) -> Row:
        if not rows:
            raise NoSuchTask(
                f"task: {self._lender} has no task {task_id}; `leeway task list` shows their numbers"
            )
        return rows[0]

    async def _is_undone(self, task_id: int) -> bool:
        steps = await self.steps(task_id)
        return bool(steps) and bool(steps[-1]["kind"] == "undone")


async def _record(
    entry: Entry, task_id: int, kind: str, by: str, at: datetime, note: str = "", passed_to: str | None = None,
    request_key: str | None = None,
) -> None:  # fmt: skip
    await entry.run("add_task_event", {"task_id": task_id, "at": at, "kind": kind, "by": by, "passed_to": passed_to,
                                       "note": note, "request_key": request_key})  # fmt: skip


def _refuse_over(task: DeskTask) -> None:
    """Nobody starts a task that is done, withdrawn, or whose permitted window has passed."""
    _refuse_done(task)
    if task.withdrawn_at:
        raise _withdrawn(task)
    if task.state == "overdue" and task.due_at:
        raise TaskRefused("due_at", f"the window of task {task.task_id} closed at {task.due_at:%Y-%m-%d %H:%M}Z: nobody "
                          f"may begin the {_word(task)} now; if it was made in time, say that it is done")  # fmt: skip


def _refuse_done(task: DeskTask) -> None:
    if task.done_at:
        raise TaskRefused("done_at", f"task {task.task_id} was done at {task.done_at:%Y-%m-%d %H:%M}Z; if that was a "
                          "mistake, undo it first")  # fmt: skip


def _withdrawn(task: DeskTask) -> TaskRefused:
    made = f"; if the {_word(task)} was made all the same, tell `leeway signal {task.loan_id} visit_outcome`"
    return TaskRefused("withdrawn_at", f"task {task.task_id} was withdrawn at {task.withdrawn_at:%Y-%m-%d %H:%M}Z"
                       + (made if task.channel else ""))  # fmt: skip


def _refuse_elses(task: DeskTask, by: str) -> None:
    if task.holder and by not in (task.holder, *task.visitors):
        raise TaskRefused(
            "claimed_by", f"task {task.task_id} is {task.holder}'s; ask them to hand it on to {by}"
        )
    if task.visitors and by not in (task.holder, *task.visitors):
        raise TaskRefused("visitors", f"task {task.task_id} is booked for {', '.join(task.visitors)}")


def _word(task: DeskTask) -> str:
    return "visit" if task.channel is Channel.VISIT else "call"


def desk_task(row: Row, now: datetime) -> DeskTask:
    """A row of `desk_tasks` or `calendar_tasks` as it stands at `now`."""
    # A task that people make in a window is written as `visit for revisit_3`, under its contact's key.
    word = row["note"].split(" ")[0]
    channel = Channel(word) if row["due_at"] and word in tuple(Channel) else None
    attempt = row["key"].split("/")[-2] if channel else ""
    holder = row["claimed_by"] if _is_held(row, now) else None
    plain = {name: row[name] for name in row if name in DeskTask.model_fields}
    return DeskTask.model_validate(
        plain
        | {"channel": channel, "attempt": int(attempt) if attempt.isdecimal() else None, "holder": holder,
           "state": _state(row, holder, now), "zone": (*row["zones"], "UTC")[0], "people": row["people"] or 1}
    )  # fmt: skip


def _is_held(row: Row, now: datetime) -> bool:
    """A claim lapses with the task's window; without one, when its day is over, and after a week at the earliest."""
    if not row["claimed_by"] or row["done_at"] or row["withdrawn_at"]:
        return False
    if row["due_at"]:
        return bool(now < row["due_at"])
    lapses_at = row["claimed_at"] + timedelta(days=CLAIM_DAYS)
    return bool(now < (max(lapses_at, _day_after(row["due_on"])) if row["due_on"] else lapses_at))


def _day_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _state(row: Row, holder: str | None, now: datetime) -> TaskState:
    if row["done_at"]:
        return "done"
    if row["withdrawn_at"]:
        return "withdrawn"
    is_late = row["due_at"] <= now if row["due_at"] else row["due_on"] and _day_after(row["due_on"]) <= now
    return "overdue" if is_late else "claimed" if holder else "open"
