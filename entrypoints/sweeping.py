"""`leeway sweep`: the lender's own list of overdue loans compared with Leeway, every night or at once."""

import re
import sys
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    WorkflowFailureError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from activities.sweep_page import Sweeping
from contracts.sweep import SWEEP_QUEUE, SWEEP_WORKFLOW, SweepRun, Swept
from entrypoints.command import AsJson, print_json, with_ledger, with_servers
from entrypoints.settings import Settings
from entrypoints.tables import plain_table
from gateways.loan_book import LoanBook
from gateways.overdue_view import OverdueView
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, policies_in
from ledger.entry import Row
from ledger.store import Ledger
from ledger.sweep import SweepShelf
from workflows.sweep_book import SweepBook

PAGE = 200
"""Differences that a report shows at a time."""

app = typer.Typer(no_args_is_help=True, help="The lender's own list of overdue loans, compared with Leeway.")

MayClose = Annotated[
    int,
    typer.Option(
        "--may-close", min=0, max=100, help="Per cent of the open cases that may be cured by absence."
    ),
]
PerSecond = Annotated[float, typer.Option(min=0.1, help="Loans looked at, at the most.")]


def book_of(settings: Settings) -> LoanBook | None:
    """The list that LEEWAY_BOOK_URL names."""
    if not settings.book_url:
        return None
    places = load_places(POLICIES / "places.yaml")
    return OverdueView(settings.book_url, settings.lender, policies_in(), places)


def sweep_worker(
    client: Client, ledger: Ledger, book: LoanBook | None, task_queue: str = SWEEP_QUEUE
) -> Worker:
    """A worker for sweeps alone, so that a large list never waits before a contact that is due, nor the other way round.
    Without `book` a sweep ends with the error that says so."""
    sweeping = Sweeping(ledger, book)
    return Worker(client, task_queue=task_queue, workflows=[SweepBook], activities=[sweeping.sweep_page])


@app.command()
def schedule(
    at: Annotated[str, typer.Option(help="When, HH:MM.")] = "02:30",
    zone: Annotated[str, typer.Option(help="Whose clock: an IANA name.")] = "UTC",
    may_close: MayClose = 20,
    per_second: PerSecond = 200,
    off: Annotated[bool, typer.Option("--off", help="No sweep by itself any more.")] = False,
) -> None:
    """A sweep every night, as a Temporal Schedule; given again, its terms are changed. A worker does the work."""
    spec = _spec(at, zone)

    async def planned(client: Client, _: Ledger, known: Settings) -> str:
        if off:
            return await _unscheduled(client, known.lender)
        sweep = SweepRun(lender=known.lender, may_close_percent=may_close, per_second=per_second)
        await put_schedule(client, sweep, spec)
        return f"every night at {at} {zone}"

    print(with_servers(planned))


@app.command()
def run(may_close: MayClose = 20, per_second: PerSecond = 200) -> None:
    """One sweep now, and its report. Exit code 1 when it was refused: nothing was closed then."""

    async def swept(client: Client, ledger: Ledger, known: Settings) -> str | None:
        print("The worker sweeps; Ctrl-C ends the waiting, not the sweep.", file=sys.stderr)
        sweep = SweepRun(lender=known.lender, may_close_percent=may_close, per_second=per_second)
        try:
            await run_sweep(client, sweep)
        except WorkflowFailureError as error:
            return str(error.cause.__cause__ or error.cause)
        finally:
            _show(await _report(ledger, known.lender, None, ""))
        return None

    if refused := with_servers(swept):
        print(f"leeway: {refused}", file=sys.stderr)
        raise typer.Exit(1)


@app.command()
def report(
    sweep: Annotated[str | None, typer.Option(help="Another than the latest, by its id.")] = None,
    after: Annotated[str, typer.Option(help="Only after this loan: the next page.")] = "",
    as_json: AsJson = False,
) -> None:
    """What the latest sweep found, what was done about it, and how the ones before went."""
    found = with_ledger(lambda ledger, known: _report(ledger, known.lender, sweep, after))
    if as_json:
        print_json(found)
    else:
        _show(found)


async def run_sweep(client: Client, sweep: SweepRun, task_queue: str = SWEEP_QUEUE) -> Swept:
    """Starts a sweep, or joins the one that was started by hand before, and waits for its end. Raises
    WorkflowFailureError."""
    handle = await client.start_workflow(
        SWEEP_WORKFLOW, sweep, id=f"sweep:{sweep.lender}:by-hand", task_queue=task_queue, result_type=Swept,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )  # fmt: skip
    swept: Swept = await handle.result()
    return swept


async def put_schedule(
    client: Client, sweep: SweepRun, spec: ScheduleSpec, task_queue: str = SWEEP_QUEUE
) -> None:
    """The lender's schedule, made or changed. A sweep that is still under way lets the next one pass."""
    name = f"sweep:{sweep.lender}"
    planned = Schedule(
        action=ScheduleActionStartWorkflow(SWEEP_WORKFLOW, sweep, id=name, task_queue=task_queue),
        spec=spec,
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=12)),
    )
    try:
        await client.create_schedule(name, planned)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(lambda _: ScheduleUpdate(schedule=planned))


def _spec(at: str, zone: str) -> ScheduleSpec:
    """Every day at this time. Raises ValueError."""
    found = re.fullmatch("([01][0-9]|2[0-3]):([0-5][0-9])", at)
    if found is None:
        raise ValueError(f"at: {at} is no time of day; write HH:MM, as 02:30")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone: {zone} is no time zone; write an IANA name, as Asia/Shanghai") from None
    hour, minute = (ScheduleRange(int(part)) for part in found.groups())
    return ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[hour], minute=[minute])], time_zone_name=zone)


async def _unscheduled(client: Client, lender: str) -> str:
    try:
        await client.get_schedule_handle(f"sweep:{lender}").delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    return "no sweep by itself"


async def _report(ledger: Ledger, lender: str, sweep_id: str | None, after: str) -> dict[str, Any]:
    """The latest sweeps, and what one of them found. Raises ValueError where there is no such sweep."""
    shelf = SweepShelf(ledger, lender)
    sweeps = await shelf.sweeps(60)
    chosen = next((one for one in sweeps if sweep_id in (None, one["sweep_id"])), None)
    if sweep_id and chosen is None:
        raise ValueError(f"sweep: {sweep_id} is not known; see `leeway sweep report --json`")
    lines = await shelf.differences(chosen["sweep_id"], after, PAGE) if chosen else []
    return {"sweep": chosen, "differences": lines, "before": [one for one in sweeps if one is not chosen]}


def _show(found: dict[str, Any]) -> None:
    sweep: Row | None = found["sweep"]
    if sweep is None:
        print("no sweep yet: leeway sweep run")
        return
    lines = found["differences"]
    if lines:
        table = plain_table("Loan", "What", "In the list", "In Leeway", "Done")
        for line in lines:
            table.add_row(*(line[name] for name in ("loan_id", "what", "in_book", "in_case", "done")))
        Console().print(table)
    if len(lines) == PAGE:
        print(f"more: leeway sweep report --after {lines[-1]['loan_id']}")
    counts = ", ".join(f"{count} {what}" for what, count in sorted(sweep["differences"].items()))
    ended = f"ended {sweep['ended_at']:%Y-%m-%d %H:%M}Z" if sweep["ended_at"] else "under way"
    print(
        f"{sweep['loans']} loans in the list, {sweep['cases']} open cases; {counts or 'no difference'}; {ended}"
    )
    if sweep["refused"]:
        print(f"refused: {sweep['refused']}")
