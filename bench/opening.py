"""How fast a book is opened, beside a bare loop of `start_workflow` on the same server in the same run: `make bench`.

The bare loop makes the very calls that an import makes, with nothing else to do: each call is recorded from an import of
as many loans, then made at each concurrency in `AT_ONCE`; the best of them is the measure. A call with one number as input
and no search attributes is shown too: what a case carries costs the server more. Leeway reads a file, checks every row,
writes loan and borrower to PostgreSQL and starts a case with its rules. No worker runs: what is measured is opening, not
working. Reading the policies and their templates is done once a command, however long its file is: it is timed by itself.
All take turns, `ROUNDS` times, and count with their medians.
"""

import asyncio
import csv
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from rich.console import Console
from servers import bench_servers, load
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from entrypoints import importing
from entrypoints.book import Opening
from entrypoints.importing import Import, import_file
from gateways.policy_file import policies_in
from ledger.store import Ledger

STARTS = 1000
ROUNDS = 3
AT_ONCE = (16, 32, 64, 128)
EMPTY_AT_ONCE = 64
LIMIT = 0.8
"""Of the bare loop's rate, at least."""

Call = tuple[tuple[Any, ...], dict[str, Any]]
"""What `start_workflow` is asked."""


async def main() -> int:
    """Prints the table; 1 where the limit is missed."""
    began = perf_counter()
    policies = policies_in()
    print(f"policies and templates, once: {perf_counter() - began:.1f} s")
    importing.policies_in = lambda: policies
    with bench_servers() as servers, tempfile.TemporaryDirectory() as folder:
        client = await Client.connect(servers.temporal_address, data_converter=pydantic_data_converter)
        async with Ledger(servers.database_url) as ledger:
            book = Import(Path(folder) / "book.csv", None, "bench", None)
            rates: dict[str, list[float]] = {}
            for number in range(ROUNDS + 1):
                starts = STARTS if number else 200  # in the first everything becomes warm
                round_: dict[str, float] = {}
                for at_once in AT_ONCE:
                    calls = await recorded(ledger, book, starts)
                    round_[f"bare start_workflow, {at_once} at once"] = await bare(client, calls, at_once)
                round_["with one number as input"] = await bare(client, empty(starts), EMPTY_AT_ONCE)
                round_["leeway import"] = await opened(client, ledger, book, starts)
                for name, rate in round_.items() if number else ():
                    rates.setdefault(name, []).append(rate)
    return shown({name: median(found) for name, found in rates.items()})


def shown(rates: dict[str, float]) -> int:
    """The table, and the verdict."""
    best = max(rate for name, rate in rates.items() if name.startswith("bare"))
    print(f"{STARTS} cases a round, the median of {ROUNDS}; {load()}.\n")
    print(f"{'':40}{'cases/s':>10}{'of the best bare loop':>24}")
    for name, rate in rates.items():
        print(f"  {name:38}{rate:>10.0f}{rate / best:>24.2f}")
    kept = rates["leeway import"] >= LIMIT * best
    print(f"\nlimit: {LIMIT} of the best bare loop: {'kept' if kept else 'NOT KEPT'}")
    return 0 if kept else 1


class Recorder:
    """In Temporal's place: keeps what it is asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def start_workflow(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is started."""
        self.calls.append((args, kwargs))


async def recorded(ledger: Ledger, book: Import, starts: int) -> list[Call]:
    """The calls of an import of as many loans, none of which is open yet."""
    write_book(book.file, starts)
    recorder = Recorder()
    await import_file(recorder, ledger, book, Console(quiet=True))  # type: ignore[arg-type]
    return recorder.calls


def empty(starts: int) -> list[Call]:
    """The smallest calls there are."""
    run = uuid4().hex
    return [
        (("Bare", number), {"id": f"bare:{run}:{number}", "task_queue": "bare"}) for number in range(starts)
    ]


async def bare(client: Client, calls: Sequence[Call], at_once: int) -> float:
    """Starts a second, so many at a time."""
    left = iter(calls)

    async def loop() -> None:
        for args, kwargs in left:
            await client.start_workflow(*args, **kwargs)

    began = perf_counter()
    await asyncio.gather(*(loop() for _ in range(at_once)))
    return len(calls) / (perf_counter() - began)


async def opened(client: Client, ledger: Ledger, book: Import, cases: int) -> float:
    """Cases a second of `leeway import`, from the file to the last start."""
    write_book(book.file, cases)
    began = perf_counter()
    result = await import_file(client, ledger, book, Console(quiet=True))
    took = perf_counter() - began
    assert result.counts[Opening.OPENED] == cases, result.text
    return cases / took


def write_book(file: Path, loans: int) -> None:
    """A placement of so many loans in China, whose ids are not in any other."""
    run = uuid4().hex[:12]
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(
            ("loan_id", "borrower_id", "name", "balance", "currency", "overdue_since", "email", "phones",
             "language", "country", "subdivision", "street", "city", "policy")
        )  # fmt: skip
        for number in range(loans):
            writer.writerow(
                (f"L-{run}-{number}", f"B-{run}-{number}", "Li Wei", "1280.00", "CNY", "2026-10-01",
                 f"li.{number}@example.com", f"+8613{number:09d}", "zh-CN", "CN", "BJ", "银杏里12号502室", "北京",
                 "platform-a")
            )  # fmt: skip


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
