"""`leeway intake`: what loan systems said, what came of it, and applying it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from entrypoints import settings, tables
from entrypoints.command import AsJson, print_json, with_ledger, with_servers
from entrypoints.connect import database_url
from entrypoints.intake import AT_ONCE, PER_SECOND, drain_of
from entrypoints.until_stopped import until_stopped
from ledger.inbox import Inbox
from ledger.reading import plain
from ledger.store import Ledger

app = typer.Typer(no_args_is_help=True, help="What loan systems say.")
Id = Annotated[int, typer.Argument(help="The event's number, as `leeway intake list` gives it.")]


@app.command("list")
def list_events(
    parked: Annotated[bool, typer.Option("--parked", help="Only what could not be applied.")] = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what is still to be applied.")] = False,
    loan: Annotated[str | None, typer.Option(help="Only of this loan.")] = None,
    after: Annotated[int, typer.Option(help="Only after this number: the next page.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Up to 200 events in the order in which they came, and what came of each."""
    state = "parked" if parked else "waiting" if waiting else None
    rows = with_ledger(lambda ledger, known: Inbox(ledger).events(
        known.lender, state=state, loan_id=loan, after=after))  # fmt: skip
    if as_json:
        print_json([plain(row) for row in rows])
        return
    table = tables.plain_table("No.", "Loan", "Kind", "State", "What came of it")
    table.columns[-1].no_wrap = False
    for row in rows:
        why = f"{row['reason']}: {row['note']}" if row["reason"] else row["note"]
        table.add_row(str(row["inbound_id"]), row["loan_id"], row["kind"], row["state"], Text(why))
    Console().print(table)


@app.command()
def show(event: Id) -> None:
    """One event with its body."""
    print_json(plain(with_ledger(lambda ledger, known: Inbox(ledger).event(known.lender, event))))


@app.command()
def replay(
    event: Annotated[int | None, typer.Argument(help="A parked event's number.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that is parked.")] = False,
) -> None:
    """A parked event waits again, and is tried anew."""
    if (event is None) != every:
        raise ValueError("event: give the number of a parked event, or --all")
    count = with_ledger(lambda ledger, known: Inbox(ledger).replay(known.lender, event))
    print(f"{count} waiting again")


@app.command()
def forget(
    days: Annotated[int, typer.Option(min=30, help="Of events applied longer ago.")] = 90,
) -> None:
    """Empties what applied events said: names, addresses, sums. That they were told stays known, so none counts twice."""
    before = datetime.now(UTC) - timedelta(days=days)
    count = with_ledger(lambda ledger, known: Inbox(ledger).forget(known.lender, before))
    print(f"{count} events emptied")


@app.command()
def counts() -> None:
    """What waits and what is parked, by reason, with the age of the oldest in seconds."""
    print_json(with_ledger(lambda ledger, known: Inbox(ledger).counts(datetime.now(UTC))))


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="What waits now, then end.")] = False,
    at_once: Annotated[int, typer.Option(min=1, max=200, help="Loans at the same time.")] = AT_ONCE,
    per_second: Annotated[float, typer.Option(min=0.1, help="Events at the most.")] = PER_SECOND,
) -> None:
    """Applies what waits, until it is told to stop. A worker does so too: this is for a process of its own."""

    async def drained(client: Any, ledger: Ledger, known: settings.Settings) -> None:
        async with drain_of(
            client, ledger, database_url(known), at_once=at_once, per_second=per_second
        ) as drain:
            if once:
                await drain.until_empty()
                return
            draining = asyncio.create_task(drain.run())
            await until_stopped()
            draining.cancel()

    with_servers(drained)
