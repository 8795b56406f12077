"""How much memory a large import takes: `make bench`, or `python bench/importing.py 100000` for fewer rows.

Transactions go their whole way, into the inbox in a real PostgreSQL. Of a placement everything is real too (reading,
checking, loans and borrowers in PostgreSQL, the rules and the first state of every case as bytes) except the last call:
`start_workflow` is answered by a stand-in, since a million starts take most of an hour on the development server;
bench/opening.py measures those. Each import runs in a process of its own, whose largest resident size counts.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pyarrow
from opening import write_book
from pyarrow import csv, parquet
from rich.console import Console
from servers import bench_servers, load

from entrypoints.importing import Import, import_file, import_transactions
from ledger.store import Ledger

ROWS = 1_000_000
LIMIT_MB = 300


class StandIn:
    """Temporal's place: every case is new."""

    async def start_workflow(self, *_: object, **__: object) -> None:
        """Started."""


def main() -> int:
    """Prints the table; 1 where an import took more than the limit."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    peaks = []
    print(f"{'':44}{'rows':>12}{'rows/s':>10}{'peak':>10}")
    with tempfile.TemporaryDirectory() as folder, bench_servers() as servers:
        for what, file in files(Path(folder), rows):
            kind = what.split()[0]
            command = [sys.executable, __file__, "--one", kind, str(file), servers.database_url]
            took_s, peak_mb = map(float, subprocess.check_output(command, text=True).split())
            peaks.append(peak_mb)
            print(f"  {what:42}{rows:>12,}{rows / took_s:>10,.0f}{peak_mb:>7.0f} MB", flush=True)
            file.unlink()
    kept = max(peaks) < LIMIT_MB
    print(f"\nlimit: {LIMIT_MB} MB: {'kept' if kept else 'NOT KEPT'}; {load()}")
    return 0 if kept else 1


def files(folder: Path, rows: int) -> Iterator[tuple[str, Path]]:
    """What is imported, each written when its turn comes."""
    file = folder / "placement.csv"
    write_book(file, rows)
    yield "placement, CSV (Temporal stood in for)", file
    file = folder / "placement.parquet"
    with_parquet(file, folder, rows)
    yield "placement, Parquet (Temporal stood in for)", file
    file = folder / "transactions.txt"
    write_transactions(file, rows)
    yield "transactions, pipe-delimited", file


def with_parquet(file: Path, folder: Path, rows: int) -> None:
    """The same placement in one row group: as much as there is has to be passed through without being held."""
    text = folder / "placement.csv"
    write_book(text, rows)
    names = text.open(encoding="utf-8").readline().strip().split(",")
    as_text = csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.string()))
    parquet.write_table(csv.read_csv(text, convert_options=as_text), file, row_group_size=rows)
    text.unlink()


def write_transactions(file: Path, rows: int) -> None:
    """Payments of as many loans as there are rows."""
    with file.open("w", encoding="utf-8") as text:
        text.write("loan_id|reference|amount|currency|at|time_zone\n")
        for number in range(rows):
            text.write(f"L-{number}|TX-{number:010}|500.00|CNY|2026-11-03|Asia/Shanghai\n")


async def one(kind: str, file: Path, database_url: str) -> None:
    """One import in this process; prints its seconds and its largest size in megabytes."""
    began, wanted, quiet = perf_counter(), Import(file, None, "bench", None), Console(quiet=True)
    async with Ledger(database_url) as ledger:
        if kind == "transactions,":
            result = await import_transactions(ledger, wanted, quiet)
        else:
            result = await import_file(StandIn(), ledger, wanted, quiet)  # type: ignore[arg-type]
    assert not result.rejected, result.text
    print(perf_counter() - began, peak_mb())


def peak_mb() -> float:
    """This process's largest resident size. Not the resource module's on Linux: that begins with its parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS, in bytes
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        asyncio.run(one(sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
    else:
        sys.exit(main())
