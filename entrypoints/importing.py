"""`leeway import`: a placement file into the book."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from temporalio.client import Client

from contracts.loan import OverdueLoan
from entrypoints.book import Book, Opening
from gateways.column_mapping import load_mapping
from gateways.placement_file import BadRow, read_placement, write_rejects
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, policies_in
from ledger.store import Ledger

_AT_ONCE = 50  # start calls in flight; more gain nothing on the embedded server (measured: 382/s at 200)


@dataclass(frozen=True)
class Import:
    """What to import. `rejects` None: beside the file."""

    file: Path
    mapping: Path | None
    lender: str
    rejects: Path | None


@dataclass
class Result:
    """What became of the rows."""

    counts: Counter[Opening] = field(default_factory=Counter)
    rejected: int = 0
    rejects: Path | None = None

    @property
    def text(self) -> str:
        """One line for the terminal."""
        done = ", ".join(f"{self.counts[opening]} {opening}" for opening in Opening)
        return f"{done}, {self.rejected} rejected" + (f" (see {self.rejects})" if self.rejected else "")


async def import_file(client: Client, ledger: Ledger, wanted: Import, console: Console) -> Result:
    """Streams the file; good rows become cases, mistakes go to the rejects file with line, column and reason."""
    policies = policies_in()
    book, now, result = Book(client, ledger, policies), datetime.now(UTC), Result()
    rows = rows_of(wanted, policies, now.date())
    bad: list[BadRow] = []
    columns = (SpinnerColumn(), TextColumn("{task.completed} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("rows", total=None)
        for batch in _batches(rows, _AT_ONCE):
            bad += [row for row in batch if isinstance(row, BadRow)]
            loans = [row for row in batch if isinstance(row, OverdueLoan)]
            result.counts.update(await asyncio.gather(*(book.open(loan, now) for loan in loans)))
            progress.advance(bar, len(batch))
    if bad:
        result.rejects = wanted.rejects or wanted.file.with_suffix(".rejects.csv")
        write_rejects(result.rejects, bad)
        result.rejected = len({row.line for row in bad})
    return result


def rows_of(wanted: Import, policies: Collection[str], today: date) -> Iterator[OverdueLoan | BadRow]:
    """The file's rows, read with the shipped places and the mapping that was asked for."""
    mapping = load_mapping(wanted.mapping) if wanted.mapping else None
    places = load_places(POLICIES / "places.yaml")
    return read_placement(
        wanted.file, lender=wanted.lender, policies=policies, places=places, today=today, mapping=mapping
    )


def _batches(rows: Iterable[OverdueLoan | BadRow], size: int) -> Iterator[list[OverdueLoan | BadRow]]:
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch
