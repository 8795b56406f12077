"""`leeway fineract`: the book and Leeway compared for ever, events from a file, and what was parked."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from entrypoints import settings
from entrypoints.connect import database_url
from entrypoints.fineract.access import FineractSettings
from entrypoints.fineract.inlet import FineractInlet, Told
from entrypoints.fineract.reconciling import Reconciled, Reconciling
from entrypoints.until_stopped import until_stopped
from gateways.fineract.api import FineractApi
from gateways.fineract.event import frames
from gateways.fineract.mapping_file import SHIPPED, load_mapping
from gateways.fineract.refusal import FineractRefused, FineractUnavailable
from gateways.fineract.translation import Translator
from ledger.fineract import FineractShelf
from ledger.inbox import Inbox
from ledger.store import Ledger

app = typer.Typer(no_args_is_help=True, help="An Apache Fineract book beside Leeway.")


def now() -> datetime:
    """The clock of this machine: Fineract's business dates are its own."""
    return datetime.now(UTC)


def inlet_of(ledger: Ledger, known: FineractSettings, lender: str) -> FineractInlet:
    """The way in for hooks and events. Raises PolicyError for a mapping that cannot be used."""
    inbox = Inbox(ledger)
    translator = Translator(lender, load_mapping(known.mapping or SHIPPED))
    return FineractInlet(FineractShelf(ledger, lender), translator, lambda events: inbox.accept(events, now()),
                         known.access.tenant, now, known.schemas)  # fmt: skip


@asynccontextmanager
async def reconciling_of(ledger: Ledger, known: FineractSettings, lender: str) -> AsyncIterator[Reconciling]:
    """The rounds over the book. Raises PolicyError, ValueError."""
    inbox, mapping = Inbox(ledger), load_mapping(known.mapping or SHIPPED)
    async with FineractApi(known.access) as api:
        yield Reconciling(api, FineractShelf(ledger, lender), mapping, lender,
                          lambda events: inbox.accept(events, now()), now)  # fmt: skip


@app.command()
def sync(
    once: Annotated[bool, typer.Option("--once", help="One whole round, then end.")] = False,
    every_seconds: Annotated[
        int, typer.Option(min=1, help="Between looks at loans that hooks and events named.")
    ] = 30,
    whole_every_seconds: Annotated[
        int, typer.Option(min=1, help="From one round over the whole book to the next.")
    ] = 900,
) -> None:
    """Compares the book with Leeway: tells cases what they do not know, and writes holds back as pauses. Prints each
    difference. With --once, exit code 1 when one stays or Fineract does not answer; what was done stays so."""
    known, book = _known()
    if not asyncio.run(_synced(known, book, None if once else (every_seconds, whole_every_seconds))):
        raise typer.Exit(1)


@app.command()
def events(
    files: Annotated[
        list[Path], typer.Argument(help="Messages of the topic, each after its length in 4 bytes.")
    ],
) -> None:
    """Takes external events from files, each event once. Exit code 2 when a file breaks off or is none; what stood before
    is taken."""
    known, book = _known()
    told, broken = asyncio.run(_taken(known, book, files))
    print(told)
    for line in broken:
        print(f"leeway: {line}", file=sys.stderr)
    if broken:
        raise typer.Exit(2)


@app.command()
def parked() -> None:
    """What nothing could be made of, and why."""
    known, _ = _known()
    for line in asyncio.run(_parked(known)):
        print(line)


@app.command()
def replay() -> None:
    """Takes what is parked again: after an upgrade, or once LEEWAY_FINERACT_SCHEMAS has the schemas."""
    known, book = _known()
    print(asyncio.run(_replayed(known, book)))


def _known() -> tuple[settings.Settings, FineractSettings]:
    known = settings.from_environment()
    if known.fineract is None:
        raise ValueError(
            "LEEWAY_FINERACT_URL: not set; write Fineract's address there, see docs/connecting/fineract.md"
        )
    return known, known.fineract


async def _taken(
    known: settings.Settings, book: FineractSettings, files: list[Path]
) -> tuple[Told, list[str]]:
    told, broken = Told(), []
    async with Ledger(database_url(known), connections=2) as ledger:
        inlet = inlet_of(ledger, book, known.lender)
        for path in files:
            try:
                with path.open("rb") as file:
                    for frame in frames(file):
                        await inlet.message(frame, told)
            except (FineractRefused, OSError) as error:
                broken.append(f"{path}: {error}")
    return told, broken


async def _parked(known: settings.Settings) -> list[str]:
    lines, after = [], ""
    async with Ledger(database_url(known), connections=2) as ledger:
        shelf = FineractShelf(ledger, known.lender)
        while rows := await shelf.parked(after, 200):
            lines += [
                f"{row['told_at']:%Y-%m-%d %H:%M}Z  {row['type']}: {row['reason']} ({row['key']})"
                for row in rows
            ]
            after = rows[-1]["key"]
    return lines or ["nothing is parked"]


async def _replayed(known: settings.Settings, book: FineractSettings) -> Told:
    async with Ledger(database_url(known), connections=2) as ledger:
        return await inlet_of(ledger, book, known.lender).replay()


async def _synced(known: settings.Settings, book: FineractSettings, every: tuple[int, int] | None) -> bool:
    """Round after round until told to stop; without `every` one whole, and whether nothing stayed."""
    async with (
        Ledger(database_url(known), connections=8) as ledger,
        reconciling_of(ledger, book, known.lender) as rounds,
    ):
        if every is None:
            return await _told(rounds, is_whole=True)
        stopped = asyncio.create_task(until_stopped())
        whole_at = 0.0
        while not stopped.done():
            is_whole = asyncio.get_running_loop().time() >= whole_at
            if is_whole:
                whole_at = asyncio.get_running_loop().time() + every[1]
            at_work = asyncio.create_task(_told(rounds, is_whole))
            await asyncio.wait((at_work, stopped), return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                at_work.cancel()
                await asyncio.wait((at_work,))
                return True
            at_work.result()
            await asyncio.wait((stopped,), timeout=every[0])
        return True


async def _told(rounds: Reconciling, is_whole: bool) -> bool:
    try:
        report: Reconciled = await (rounds.whole() if is_whole else rounds.asked_for())
    except (FineractUnavailable, FineractRefused) as error:
        print(f"leeway: {error}", file=sys.stderr, flush=True)
        return False
    if is_whole or report.differences:
        print(report, flush=True)
    return not report.refused
