"""`leeway import`: a file of a loan system, streamed; one that was stopped goes on where it was."""

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from temporalio.client import Client

from contracts.loan import OverdueLoan
from entrypoints.book import Book, Opening
from gateways.column_mapping import load_mapping
from gateways.placement_file import read_placement
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, policies_in
from gateways.rejects_file import RejectsFile
from gateways.table_file import BadRow, GoodRow, TableError
from gateways.transactions_file import Moved, read_transactions
from ledger.file_import import Begun, FileImports, FileKey
from ledger.inbox import Inbox
from ledger.store import Ledger

BATCH = 200
"""Rows that count together: in one transaction, and when an import goes on."""

_UNDER_WAY = 2  # while one batch is opened the next is read and written down

Effect = Callable[[Sequence[Any]], Coroutine[Any, Any, Counter[str]]]


@dataclass(frozen=True)
class Import:
    """What to import. `rejects` None: beside the file."""

    file: Path
    mapping: Path | None
    lender: str
    rejects: Path | None


@dataclass
class Result:
    """What became of the rows. `after` is the line after which a stopped import went on, 0 for a whole one; `last_line` is
    the last one whose effect is there."""

    names: tuple[str, ...]
    counts: Counter[str]
    after: int = 0
    last_line: int = 0
    rejected: int = 0
    rejects: Path | None = None

    @property
    def text(self) -> str:
        """One line for the terminal."""
        done = ", ".join(f"{self.counts[name]} {name}" for name in self.names)
        again = f" (went on after line {self.after})" if self.after else ""
        return (
            f"{done}, {self.rejected} rejected" + (f" (see {self.rejects})" if self.rejected else "") + again
        )


async def import_file(client: Client, ledger: Ledger, wanted: Import, console: Console) -> Result:
    """Good rows of a placement become cases. Raises TableError, MappingError, OSError, RPCError."""
    policies, now = policies_in(), datetime.now(UTC)
    book = Book(client, ledger, policies)

    async def opened(loans: Sequence[OverdueLoan]) -> Counter[str]:
        return Counter(str(opening) for opening in await book.open_all(loans, now))

    importing = _Importing(ledger, wanted, "placement", console)
    begun = await importing.begin(now)
    return await importing.run(rows_of(wanted, policies, begun.read_on), opened, tuple(Opening))


async def import_transactions(ledger: Ledger, wanted: Import, console: Console) -> Result:
    """Payments and reversals go to the inbox, and from there to their cases. Raises TableError, MappingError, OSError."""
    inbox, now = Inbox(ledger), datetime.now(UTC)

    async def accepted(moved: Sequence[Moved]) -> Counter[str]:
        new = await inbox.accept(moved, now)
        return Counter({"accepted": new, "known already": len(moved) - new})

    importing = _Importing(ledger, wanted, "transactions", console)
    await importing.begin(now)
    mapping = load_mapping(wanted.mapping) if wanted.mapping else None
    rows = read_transactions(wanted.file, lender=wanted.lender, now=now, mapping=mapping)
    return await importing.run(rows, accepted, ("accepted", "known already"))


def rows_of(
    wanted: Import, policies: Collection[str], today: date
) -> Iterator[GoodRow[OverdueLoan] | BadRow]:
    """The placement's rows, read with the shipped places and the mapping that was asked for."""
    mapping = load_mapping(wanted.mapping) if wanted.mapping else None
    places = load_places(POLICIES / "places.yaml")
    return read_placement(
        wanted.file, lender=wanted.lender, policies=policies, places=places, today=today, mapping=mapping
    )


class _Importing:
    """One import: its rows in batches, each noted once its effect is there for good."""

    def __init__(self, ledger: Ledger, wanted: Import, kind: str, console: Console) -> None:
        self._imports = FileImports(ledger)
        self._wanted = wanted
        self._kind = kind
        self._console = console
        self._under_way: deque[tuple[int, asyncio.Task[Counter[str]]]] = deque()

    async def begin(self, now: datetime) -> Begun:
        """Where to begin: known by the file's content, and the mapping's."""
        mapping = _sha256(self._wanted.mapping) if self._wanted.mapping else ""
        self._key = FileKey(self._wanted.lender, self._kind, _sha256(self._wanted.file), mapping)
        self._begun = await self._imports.begin(self._key, now.date(), now)
        return self._begun

    async def run(
        self, rows: Iterable[GoodRow[Any] | BadRow], effect: Effect, names: tuple[str, ...]
    ) -> Result:
        """Every row is read, so that the rejects are whole; what was done before is not done again."""
        path = self._wanted.rejects or self._wanted.file.with_suffix(".rejects.csv")
        result = Result(names, self._begun.counts, self._begun.last_line)
        columns = (SpinnerColumn(), TextColumn("{task.completed} rows"), TimeElapsedColumn())
        with RejectsFile(path) as rejects, Progress(*columns, console=self._console) as progress:
            bar = progress.add_task("rows", total=None)
            try:
                for batch in _batches(rows):
                    for bad in (row for row in batch if isinstance(row, BadRow)):
                        rejects.write(bad)
                    result.rejected = rejects.rows
                    await self._begin_batch(batch, effect, result)
                    progress.advance(bar, len(batch))
                await self._settle(result, left=0)
            finally:
                for _, task in self._under_way:
                    task.cancel()
            await self._move(result, result.last_line, is_over=True)
            result.rejects = path
        return result

    async def _begin_batch(
        self, batch: Sequence[GoodRow[Any] | BadRow], effect: Effect, result: Result
    ) -> None:
        fresh = [row.value for row in batch if isinstance(row, GoodRow) and row.line > result.after]
        if fresh:
            await self._settle(result, left=_UNDER_WAY - 1)
            self._under_way.append((batch[-1].line, asyncio.create_task(effect(fresh))))
            await asyncio.sleep(0)  # so that it begins before the next is read

    async def _settle(self, result: Result, left: int) -> None:
        """The oldest batches, until so many are under way."""
        while len(self._under_way) > left:
            last_line, task = self._under_way[0]
            result.counts += await task
            self._under_way.popleft()
            await self._move(result, last_line)

    async def _move(self, result: Result, last_line: int, is_over: bool = False) -> None:
        result.last_line = last_line
        at = datetime.now(UTC)
        await self._imports.move(self._key, last_line, result.counts, result.rejected, at, is_over)


def _batches(rows: Iterable[GoodRow[Any] | BadRow]) -> Iterator[list[GoodRow[Any] | BadRow]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TableError(f"cannot read {path}: {error.strerror or error}") from error
