"""Real servers for a benchmark: PostgreSQL, migrated, and Temporal, in a folder that is gone afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.case_run import SEARCH_ATTRIBUTES
from entrypoints.embedded.parts import Endpoints, embedded_parts
from ledger.migrate import migrate


@contextmanager
def bench_servers() -> Iterator[Endpoints]:
    """The embedded servers, as `leeway up` starts them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_parts(Path(folder) / "home", search_attributes=SEARCH_ATTRIBUTES) as servers,
    ):
        migrate(servers.database_url)
        yield servers


def load() -> str:
    """How busy the machine is: figures of a busy one say little."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
