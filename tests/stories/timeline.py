"""A case's story as a table: (days since its case opened, what happened), from what the ledger keeps."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from case_on_server import CaseOnServer

from ledger.entry import Row
from statemachine.transitions import LADDER

Timeline = list[tuple[int, str]]

_UNTOLD = ("opened", "planned")


def is_told(line: Row) -> bool:
    """Plans for later are not; nor are the ladder's stages, which the contacts show."""
    return line["kind"] not in _UNTOLD and line["facts"].get("stage") not in LADDER


async def timeline(case: CaseOnServer) -> Timeline:
    """The lines that tell something, and the tasks beside contacts, in order of time; day 0 is a Monday."""
    first = await first_day(case)
    lines = [line for line in await case.lines() if is_told(line)]
    tasks = await case.ledger.read("tasks", case_id=case.handle.id)
    found = [(line["at"], 0, told(line, first)) for line in lines]
    found += [
        (task["created_at"], 1, f"a person: {task['kind']}") for task in tasks if task["due_at"] is None
    ]
    return [
        ((local(at, case).date() - first).days, text)
        for at, _, text in sorted(found, key=lambda one: one[:2])
    ]


async def first_day(case: CaseOnServer) -> date:
    """The borrower's day on which the case opened."""
    [opened] = await case.lines("opened")
    return local(opened["at"], case).date()


async def to_day(case: CaseOnServer, day: int, at: time = time(12)) -> None:
    """Moves the case's clock to this time of the borrower's day, so many days after the case opened."""
    instant = datetime.combine(await day_of(case, day), at, ZoneInfo(case.loan.zones[0]))
    await case.advance(seconds=(instant - await case.clock()).total_seconds())


async def day_of(case: CaseOnServer, day: int) -> date:
    """The calendar day so many days after the case opened."""
    return await first_day(case) + timedelta(days=day)


async def contact_times(case: CaseOnServer) -> list[tuple[int, str, str]]:
    """(day, weekday, step) of every contact that was made."""
    first = await first_day(case)
    made = [(local(row["reserved_at"], case), row["step"]) for row in await case.contacts("made")]
    return [((at.date() - first).days, f"{at:%a}", step) for at, step in made]


def local(at: datetime, case: CaseOnServer) -> datetime:
    """An instant on the borrower's clock."""
    return at.astimezone(ZoneInfo(case.loan.zones[0]))


def told(line: Row, first: date) -> str:
    """One line in a few words; days are counted from `first`."""
    tell = _TOLD.get(line["kind"])
    return tell(line["facts"], first) if tell else f"{line['kind'].replace('_', ' ')}"


def _money(amount_minor: int) -> str:
    return f"{amount_minor / 100:.2f}"


def _day(text: str, first: date) -> str:
    return f"day {(date.fromisoformat(text[:10]) - first).days}"


def _promise(what: str) -> Callable[[Mapping[str, Any], date], str]:
    return lambda facts, first: (
        f"{what} of {_money(facts['amount_minor'])} for {_day(facts['due_on'], first)}"
    )


def _visit(what: str) -> Callable[[Mapping[str, Any], date], str]:
    return lambda facts, first: f"{what}: {facts['step']} by {facts['channel']}"


_TOLD: Mapping[str, Callable[[Mapping[str, Any], date], str]] = {
    "made": lambda facts, first: f"{facts['step']} by {facts['channel']}",
    "delivery": lambda facts, first: f"{facts['step']} by {facts['channel']}: {facts['status']}",
    "visit": lambda facts, first: (
        f"{facts['channel']}: {facts['result']}"
        + (f", next {facts['next_step']}" if facts["next_step"] != "none" else "")
    ),
    "visit_set_up": _visit("set up"),
    "visit_not_done": _visit("not done"),
    "visit_given_up": _visit("given up"),
    "visit_withdrawn": _visit("withdrawn"),
    "visit_booked": lambda facts, first: f"booked: {facts['step']} for {_day(facts['at'], first)}",
    "payment": lambda facts, first: f"paid {_money(facts['amount_minor'])}",
    "payment_reversed": lambda facts, first: f"reversed, owing {_money(facts['balance_minor'])} again",
    "promise": _promise("promise"),
    "promise_kept": _promise("kept: promise"),
    "promise_broken": _promise("broken: promise"),
    "promise_reopened": _promise("open again: promise"),
    "hold": lambda facts, first: f"hold: {facts['hold']}",
    "hold_ended": lambda facts, first: f"over: {facts['hold']}",
    "hold_told_late": lambda facts, first: f"told late: {facts['hold']}",
    "plan": lambda facts, first: f"plan of {len(facts['instalments'])} parts",
    "plan_offered": lambda facts, first: f"offered {len(facts['instalments'])} parts",
    "instalment_missed": lambda facts, first: f"missed: part due {_day(facts['due_on'], first)}",
    "plan_broken": lambda facts, first: f"plan broken: part due {_day(facts['due_on'], first)}",
    "risk": lambda facts, first: f"strategy: {facts['strategy']}",
    "stage": lambda facts, first: f"stage: {facts['stage']}",
}
