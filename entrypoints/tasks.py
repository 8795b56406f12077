"""`leeway task`: the people's desk. Tasks as a route, claimed, done, undone, handed on, and followed in a calendar."""

import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from contracts.desk_task import DeskTask, PersonName, StepNote
from entrypoints import task_sheet
from entrypoints.command import AsJson, print_json, with_ledger, with_servers
from entrypoints.task_outcome import mark_done
from gateways.visit_calendar import visit_calendar
from ledger.calendar_link import CalendarLinks
from ledger.desk import Desk

app = typer.Typer(no_args_is_help=True, help="Work tasks: calls, visits, reviews.")

TaskId = Annotated[
    int, typer.Argument(help="The task's number, as `leeway task list` shows it.", min=1, max=2**63 - 1)
]
By = Annotated[str, typer.Option("--by", help="Who does this: it is recorded.")]
Person = Annotated[str, typer.Option("--for", help="Whose calendar.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is recorded.")]
Step = Callable[[Desk], Coroutine[Any, Any, DeskTask]]


@app.command("list")
def list_tasks(
    kind: Annotated[str | None, typer.Option(help="Only these, such as visit.")] = None,
    on: Annotated[
        str | None, typer.Option(help="Only of this day, YYYY-MM-DD, as the borrowers live it.")
    ] = None,
    person: Annotated[str | None, typer.Option("--for", help="Only this person's.")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only what is still to do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tasks as a route: by day, then postal code, city and street."""
    day = _day(on)
    found = with_ledger(lambda ledger, known: Desk(ledger, known.lender).tasks(
        _now(), kind=kind, on=day, person=person, is_open=is_open))  # fmt: skip
    print_json([_plain(task) for task in found]) if as_json else task_sheet.print_route(Console(), found)


@app.command()
def show(task: TaskId, as_json: AsJson = False) -> None:
    """One task: whom, where and when, its talk sheet, and who did what with it."""

    async def read(desk: Desk) -> tuple[DeskTask, list[dict[str, Any]]]:
        return await desk.task(task, _now()), await desk.steps(task)

    found, steps = with_ledger(lambda ledger, known: read(Desk(ledger, known.lender)))
    if as_json:
        print_json(_plain(found) | {"steps": steps})
    else:
        task_sheet.print_task(Console(), found, steps)


@app.command()
def claim(task: TaskId, by: By) -> None:
    """Takes a task. It stays yours until its window closes; without one, until its day is over, or a week."""
    who = _person("by", by)
    _step(lambda desk: desk.claim(task, who, _now()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def done(
    context: typer.Context,
    task: TaskId,
    by: By,
    note: Annotated[
        str, typer.Option(help="What came of it; for a call or visit, --result and what goes with it.")
    ] = "",
) -> None:
    """Says that a task is done. A call or visit needs --result and may have every option of `visit_outcome`
    (`leeway signal --help`): its case is told."""
    who, what = _person("by", by), _text("note", note)
    print(task_sheet.sentence(with_servers(lambda client, ledger, known: mark_done(
        client, ledger, known.lender, task, who, what, context.args))))  # fmt: skip


@app.command()
def undo(task: TaskId, by: By, reason: Reason) -> None:
    """Opens a task again that was marked done by mistake."""
    who, why = _person("by", by), _text("reason", reason)
    _step(lambda desk: desk.undo(task, who, why, _now()))


@app.command("hand-on")
def hand_on(
    task: TaskId, by: By, to: Annotated[str, typer.Option(help="Who has it from now on.")], reason: Reason
) -> None:
    """Passes a task of yours, or one that nobody has, to another person."""
    who, whom, why = _person("by", by), _person("to", to), _text("reason", reason)
    _step(lambda desk: desk.hand_on(task, who, whom, why, _now()))


@app.command()
def calendar(
    person: Person,
    out: Annotated[Path | None, typer.Option(help="The .ics file; left out, it is printed.")] = None,
) -> None:
    """A person's calls and visits as an iCalendar file."""
    who = _person("for", person)
    found = with_ledger(lambda ledger, known: _feed(CalendarLinks(ledger, known.lender), who, known.lender))
    if out is None:
        sys.stdout.buffer.write(found)
    else:
        out.write_bytes(found)


@app.command("calendar-link")
def calendar_link(
    person: Person,
    by: By,
    url: Annotated[str, typer.Option(help="Where people reach the API.")] = "http://127.0.0.1:8080",
    revoke: Annotated[bool, typer.Option("--revoke", help="End the link.")] = False,
) -> None:
    """Prints the secret address of a person's calendar, once; the address before ends."""
    who, actor = _person("for", person), _person("by", by)
    if revoke:
        had_one = with_ledger(
            lambda ledger, known: CalendarLinks(ledger, known.lender).revoked(who, actor, _now())
        )
        print(f"{who}'s link is ended" if had_one else f"{who} had no link")
        return
    token = with_ledger(lambda ledger, known: CalendarLinks(ledger, known.lender).renewed(who, actor, _now()))
    print(f"{url.rstrip('/')}/v1/calendars/{token}.ics")


async def _feed(links: CalendarLinks, person: str, lender: str) -> bytes:
    return visit_calendar(await links.tasks(person, _now()), person, lender)


def _step(step: Step) -> None:
    print(task_sheet.sentence(with_ledger(lambda ledger, known: step(Desk(ledger, known.lender)))))


def _plain(task: DeskTask) -> dict[str, Any]:
    return task.model_dump(mode="json")


def _now() -> datetime:
    return datetime.now(UTC)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"on: {text} is no day; write YYYY-MM-DD") from None


def _person(field: str, name: str) -> str:
    return _checked(field, name, PersonName)


def _text(field: str, text: str) -> str:
    return _checked(field, text, StepNote)


def _checked(field: str, value: str, kind: Any) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(value))
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ValueError(f"{field}: {value[:40]!r}: {reason}") from None
