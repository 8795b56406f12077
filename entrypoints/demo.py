"""`leeway demo`: the sample book worked for half a virtual year, on real servers, with simulated borrowers."""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.case_run import SEARCH_ATTRIBUTES
from entrypoints.book import Book
from entrypoints.embedded.parts import Endpoints, embedded_parts
from entrypoints.page.serving import page_beside
from entrypoints.settings import Settings
from entrypoints.tables import demo_table, moved_summary
from entrypoints.until_stopped import until_stopped
from entrypoints.worker import case_worker, ways_out
from gateways.placement_file import read_placement
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, policies_in
from gateways.table_file import BadRow
from ledger.migrate import migrate
from ledger.reading import case_list
from ledger.store import Ledger
from simulator import borrowers, story
from simulator.outside import Outside
from simulator.time import SkippedTime

SAMPLE_BOOK = Path(borrowers.__file__).with_name("sample_book.csv")
HALF_A_YEAR = timedelta(days=182)


@dataclass(frozen=True)
class Telling:
    """What makes a demo the same again: its seed and its first day."""

    seed: int
    starts_on: date

    @property
    def starts_at(self) -> datetime:
        """Midnight UTC of the first day."""
        return datetime.combine(self.starts_on, time(), UTC)


def first_day(start: str | None, today: date) -> date:
    """`start` (YYYY-MM-DD), which must lie ahead: time can only be skipped forward. By default the next Monday."""
    if start is None:
        return today + timedelta(days=7 - today.weekday())
    try:
        day = date.fromisoformat(start)
    except ValueError:
        raise ValueError(f"start: {start} is not a date; write YYYY-MM-DD") from None
    if day <= today:
        raise ValueError(f"start: {start} must be after today ({today}); time is only skipped forward")
    return day


def run_demo(settings: Settings, telling: Telling, console: Console, *, stays: bool) -> list[dict[str, Any]]:
    """Starts everything, tells the story, shows it; with `stays`, keeps it open until Ctrl-C. Returns the cases."""
    home = settings.home / "demo"
    with embedded_parts(home, search_attributes=SEARCH_ATTRIBUTES, skip_time=True) as servers:
        _begin_afresh(servers.database_url, home / "inbox")
        return asyncio.run(_demo(settings, telling, console, servers, stays))


def _begin_afresh(database_url: str, inbox: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    shutil.rmtree(inbox, ignore_errors=True)
    migrate(database_url)


async def _demo(
    settings: Settings, telling: Telling, console: Console, servers: Endpoints, stays: bool
) -> list[dict[str, Any]]:
    async with _stage(settings, servers) as (skipped, ledger, outside):
        households = await _cast(settings, telling, skipped, ledger)
        await _tell(telling, households, skipped, ledger, console)
        cases = await case_list(ledger, settings.lender)
        console.print(demo_table(cases))
        console.print(moved_summary(cases))
        console.print(f"E-mails and texts: [link]{outside.inbox_url}[/link] ({len(outside.messages)} sent)")
        console.print(f"Cases in Temporal's Web UI: [link]{servers.temporal_ui_url}[/link]")
        if stays:
            console.print("The cases stay open to inspect. Ctrl-C ends the demo.")
            await until_stopped()
        return cases


@asynccontextmanager
async def _stage(
    settings: Settings, servers: Endpoints
) -> AsyncIterator[tuple[SkippedTime, Ledger, Outside]]:
    skipped = await SkippedTime.connect(servers.temporal_address)
    async with Ledger(servers.database_url) as ledger, Outside(settings.home / "demo" / "inbox") as outside:
        gateways = ways_out(outside.smtp_url, settings.mail_from, outside.sms_url, outside.sms_token)
        async with (
            page_beside(settings, settings.home / "demo", skipped.client, ledger) as links,
            case_worker(skipped.client, ledger, gateways, settings.voice, links=links),
        ):
            yield skipped, ledger, outside


async def _cast(
    settings: Settings, telling: Telling, skipped: SkippedTime, ledger: Ledger
) -> list[list[story.Character]]:
    """The sample book imported, each loan a case that begins on the first day; borrowers grouped with their loans."""
    policies = policies_in()
    book = Book(skipped.client, ledger, policies)
    places = load_places(POLICIES / "places.yaml")
    rows = read_placement(SAMPLE_BOOK, lender=settings.lender, policies=policies, places=places,
                          today=telling.starts_on)  # fmt: skip
    households: dict[str, list[story.Character]] = defaultdict(list)
    for row in rows:
        if isinstance(row, BadRow):
            raise RuntimeError(f"sample_book.csv line {row.line}, {row.column}: {row.reason}")
        loan = row.value
        delay = telling.starts_at - datetime.now(UTC)
        await book.open(loan, telling.starts_at, opens_after=delay)
        handle = skipped.client.get_workflow_handle(f"case:{settings.lender}:{loan.loan_id}:1")
        person = borrowers.Borrower(telling.seed, loan.loan_id)
        households[loan.borrower_id].append(story.Character(handle, person, telling.starts_at))
    return list(households.values())


async def _tell(
    telling: Telling,
    households: list[list[story.Character]],
    skipped: SkippedTime,
    ledger: Ledger,
    console: Console,
) -> None:
    everyone = [one for members in households for one in members]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("case-days worked", total=len(everyone) * HALF_A_YEAR.days)
        told = story.Story(skipped, ledger, telling.starts_at + HALF_A_YEAR,
                           lambda by: progress.advance(bar, by / timedelta(days=1)))  # fmt: skip
        await told.tell(households)
