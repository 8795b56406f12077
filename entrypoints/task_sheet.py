"""Tasks in the terminal: the route, and one task with its talk sheet."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.desk_task import DeskTask
from statemachine.stage import Channel

_STYLE = {"overdue": "red", "claimed": "cyan", "done": "green", "withdrawn": "dim"}


def print_route(console: Console, tasks: Sequence[DeskTask]) -> None:
    """One block a task, in the order of the route; fits 80 columns."""
    if not tasks:
        console.print("No task.")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0), expand=False)
    table.add_column("Task", justify="right", no_wrap=True)
    table.add_column("Local time", no_wrap=True)
    table.add_column("What", no_wrap=True)
    table.add_column("Whom and where", ratio=1, overflow="fold")
    table.add_column("Who", overflow="fold", max_width=14)
    for task in tasks:
        table.add_row(str(task.task_id), _when(task), _what(task), _whom(task), _who(task))
    console.print(table)


def print_task(console: Console, task: DeskTask, steps: Iterable[Mapping[str, Any]]) -> None:
    """Everything a person needs to do the task."""
    console.print(Text(sentence(task), "bold"))
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(task):
        if value:
            facts.add_row(name, Text(value))
    console.print(facts)
    for step in steps:
        to = f" to {step['passed_to']}" if step["passed_to"] else ""
        note = f": {step['note']}" if step["note"] else ""
        verb = step["kind"].replace("_", " ")
        console.print(
            Text(f"{step['at']:%Y-%m-%d %H:%M} UTC  {verb}{to} by {step['by'] or 'somebody'}{note}", "dim")
        )
    if task.talk_sheet:
        console.print()
        console.print(Text(task.talk_sheet))


def sentence(task: DeskTask) -> str:
    """Where the task stands: `Task 12, visit for A-1003: claimed, Ms Chen`."""
    who = f", {task.holder}" if task.holder else ""
    return f"Task {task.task_id}, {task.kind.replace('_', ' ')} for {task.loan_id}: {task.state}{who}"


def _facts(task: DeskTask) -> list[tuple[str, str]]:
    return [
        ("When", f"{task.window} {task.zone}" if task.window else ""),
        ("Whom", task.name),
        ("Where", task.where if task.channel is not Channel.PHONE else ""),
        ("Phone", ", ".join(task.phones) if task.channel is Channel.PHONE else ""),
        ("People", str(task.people) if task.people > 1 else ""),
        ("Booked for", ", ".join(task.visitors)),
        ("Try", str(task.attempt) if task.attempt else ""),
        ("What", task.note),
    ]


def _when(task: DeskTask) -> str:
    """The day, and below it the hours; `+1` says that they end on the next."""
    if task.due_at is None:
        return task.window
    weekday, day, hours = task.window.split(" ", 2)
    start, _, end = hours.partition("-")
    return f"{weekday} {day}\n{start}-{end}" if " " not in end else f"{weekday} {day}\n{start}-{end[-5:]} +1"


def _what(task: DeskTask) -> Text:
    small = [f"try {task.attempt}"] if task.attempt and task.attempt > 1 else []
    if task.people > 1:
        small.append(f"{task.people} people")
    return Text.assemble(task.kind.replace("_", " "), ("\n" + ", ".join(small) if small else "", "dim"))


def _whom(task: DeskTask) -> Text:
    where = {Channel.VISIT: task.where, Channel.PHONE: ", ".join(task.phones)}.get(
        task.channel or Channel.EMAIL, ""
    )
    small = where if task.channel else task.note
    return Text.assemble(f"{task.name} · {task.loan_id}", ("\n" + small if small else "", "dim"))


def _who(task: DeskTask) -> Text:
    names = dict.fromkeys(
        filter(None, (task.holder or (task.claimed_by if task.done_at else None), *task.visitors))
    )
    state = "" if task.state in ("open", "claimed") else task.state
    return Text("\n".join(filter(None, (state, *names))), _STYLE.get(task.state, ""))
