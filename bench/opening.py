"""How fast a book is opened, beside a bare loop of `start_workflow` on the same server in the same run: `make bench`.

The bare loop starts workflows with one small argument and no search attributes, at each concurrency in `AT_ONCE`; the
best of them is the measure. Leeway reads a file, checks every row, writes loan and borrower to PostgreSQL and starts a
case with its rules. No worker runs: what is measured is opening, not working. The two take turns, `ROUNDS` times, and
count with their medians.
"""

import asyncio
import csv
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

from rich.console import Console
from servers import bench_servers, load
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from entrypoints.book import Opening
from entrypoints.importing import Import, import_file
from ledger.store import Ledger

STARTS = 1000
ROUNDS = 3
AT_ONCE = (16, 32, 64, 128)
LIMIT = 0.8
"""Of the bare loop's rate, at least."""


async def main() -> int:
    """Prints the table; 1 where the limit is missed."""
    with bench_servers() as servers, tempfile.TemporaryDirectory() as folder:
        client = await Client.connect(servers.temporal_address, data_converter=pydantic_data_converter)
        async with Ledger(servers.database_url) as ledger:
            await bare(client, 300, 32)  # both are warm when they are timed
            await opened(client, ledger, Path(folder), 300)
            rates: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                for at_once in AT_ONCE:
                    rates.setdefault(f"bare start_workflow, {at_once} at once", []).append(
                        await bare(client, STARTS, at_once)
                    )
                rates.setdefault("leeway import", []).append(
                    await opened(client, ledger, Path(folder), STARTS)
                )
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


async def bare(client: Client, starts: int, at_once: int) -> float:
    """Starts a second of the smallest workflow there is."""
    numbers: Iterable[int] = iter(range(starts))
    run = uuid4().hex

    async def loop() -> None:
        for number in numbers:
            await client.start_workflow("Bare", number, id=f"bare:{run}:{number}", task_queue="bare")

    began = perf_counter()
    await asyncio.gather(*(loop() for _ in range(at_once)))
    return starts / (perf_counter() - began)


async def opened(client: Client, ledger: Ledger, folder: Path, cases: int) -> float:
    """Cases a second of `leeway import`, from the file to the last start."""
    file = folder / f"{uuid4().hex}.csv"
    write_book(file, cases)
    began = perf_counter()
    result = await import_file(client, ledger, Import(file, None, "bench", None), Console(quiet=True))
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
