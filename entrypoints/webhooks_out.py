"""`leeway webhook`: who is told of what happens to cases, and the sending itself."""

import asyncio
import base64
import logging
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.text import Text

from entrypoints import tables
from entrypoints.command import AsJson, print_json, with_ledger
from entrypoints.until_stopped import until_stopped
from gateways.webhook_out import Outcome, WebhookSender, checked_url, signed
from ledger.entry import Row
from ledger.outbox import Outbox
from ledger.store import Ledger

_AT_ONCE = 32
_PAUSE_SECONDS = 1.0

app = typer.Typer(no_args_is_help=True, help="Signed events out, to loan systems and others.")
Name = Annotated[str, typer.Argument(help="The endpoint's name.")]
log = logging.getLogger(__name__)


async def deliver(outbox: Outbox, sender: WebhookSender, now: datetime) -> int:
    """Sends what is due at `now`, once; how many events it tried."""
    claimed = await outbox.claim(now, _AT_ONCE)
    await asyncio.gather(*(_sent(outbox, sender, one, now) for one in claimed))
    return len(claimed)


async def _sent(outbox: Outbox, sender: WebhookSender, claimed: Row, now: datetime) -> None:
    body = {**claimed["body"], "sequence": f"{claimed['seq']:020d}"}
    content, headers = signed(claimed["event_id"], body, claimed["keys"], now)
    said = await sender.post(claimed["url"], content, headers)
    if said.outcome is Outcome.TAKEN:
        await outbox.delivered(claimed, said.words, now)
        return
    if said.outcome is Outcome.GONE:
        await outbox.disable(claimed["lender"], claimed["endpoint"], said.words, now)
    await outbox.failed(claimed, said.words, timedelta(seconds=said.wait_seconds), now)


async def deliver_for_ever(ledger: Ledger) -> None:
    """Sends what comes due until it is cancelled; a database that is away is waited for."""
    outbox = Outbox(ledger)
    async with WebhookSender() as sender:
        while True:
            try:
                while await deliver(outbox, sender, datetime.now(UTC)):
                    pass
            except psycopg.Error as error:
                log.warning("webhooks wait: the ledger does not answer (%s)", type(error).__name__)
            await asyncio.sleep(_PAUSE_SECONDS)


def new_key() -> str:
    """A signing key as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


@app.command()
def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="https://host/path")],
    kind: Annotated[list[str] | None, typer.Option("--type", help="Only this type; repeat it.")] = None,
) -> None:
    """A new endpoint, told everything from now on. Prints its signing key: the only time it is shown."""
    key, address = new_key(), checked_url(url)
    is_new = with_ledger(lambda ledger, known: Outbox(ledger).add(
        known.lender, name, address, key, kind or (), datetime.now(UTC)))  # fmt: skip
    if not is_new:
        raise ValueError(f"name: {name} is an endpoint already; remove it first, or choose another name")
    print(key)


@app.command("list")
def list_endpoints(as_json: AsJson = False) -> None:
    """The endpoints, and how many events wait, were delivered and are dead at each."""
    rows = with_ledger(lambda ledger, known: Outbox(ledger).endpoints(known.lender))
    if as_json:
        print_json(rows)
        return
    table = tables.plain_table("Name", "Waiting", "Delivered", "Dead", "Address")
    for row in rows:
        counts = (str(row[state]) for state in ("waiting", "delivered", "dead"))
        off = f" (off: {row['disabled_why']})" if row["disabled_at"] else ""
        table.add_row(row["name"], *counts, Text(row["url"] + off))
    Console().print(table)


@app.command()
def rotate(name: Name, drop_old: Annotated[bool, typer.Option("--drop-old")] = False) -> None:
    """A new signing key beside the old one, printed once; with --drop-old the old one signs no more."""
    key = None if drop_old else new_key()
    with_ledger(lambda ledger, known: Outbox(ledger).set_key(known.lender, name, key))
    print(key or f"{name}: only the newest key signs now")


@app.command()
def disable(name: Name) -> None:
    """Nothing more is sent there; what waits stays waiting."""
    with_ledger(lambda ledger, known: Outbox(ledger).disable(
        known.lender, name, "switched off", datetime.now(UTC)))  # fmt: skip
    print(f"{name}: off")


@app.command()
def enable(name: Name) -> None:
    """Sending goes on where it stopped."""
    with_ledger(lambda ledger, known: Outbox(ledger).enable(known.lender, name))
    print(f"{name}: on")


@app.command()
def remove(name: Name) -> None:
    """The endpoint and all that waits for it."""
    with_ledger(lambda ledger, known: Outbox(ledger).remove(known.lender, name))
    print(f"{name}: removed")


@app.command()
def dead(as_json: AsJson = False) -> None:
    """What no endpoint took in more than three days of tries."""
    rows = with_ledger(lambda ledger, known: Outbox(ledger).dead_letters(known.lender))
    if as_json:
        print_json(rows)
        return
    table = tables.plain_table("Endpoint", "Event", "Type", "Said")
    for row in rows:
        table.add_row(row["endpoint"], Text(row["event_id"]), row["type"], Text(row["said"]))
    Console().print(table)


@app.command()
def replay(
    name: Name,
    event: Annotated[str | None, typer.Option(help="One dead letter's id; left out, all of them.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Everything announced since, in UTC.")] = None,
) -> None:
    """Sends dead letters again, or everything since an instant. The ids stay: a receiver counts each once."""

    async def again(outbox: Outbox, lender: str) -> int:
        if since is None:
            return await outbox.replay_dead(lender, name, event)
        return await outbox.replay_since(lender, name, since.replace(tzinfo=UTC))

    count = with_ledger(lambda ledger, known: again(Outbox(ledger), known.lender))
    print(f"{count} events wait again for {name}")


@app.command("deliver")
def deliver_command(
    once: Annotated[bool, typer.Option("--once", help="What is due now, then end.")] = False,
) -> None:
    """Sends what is due, until it is told to stop. A worker does so too: this is for a process of its own."""

    async def drained(ledger: Ledger) -> None:
        async with WebhookSender() as sender:
            while await deliver(Outbox(ledger), sender, datetime.now(UTC)):
                pass

    async def until_told(ledger: Ledger) -> None:
        sending = asyncio.create_task(deliver_for_ever(ledger))
        await until_stopped()
        sending.cancel()

    with_ledger(lambda ledger, known: drained(ledger) if once else until_told(ledger))
