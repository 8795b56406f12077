"""One worker per test process, and an office that opens cases for it."""

import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # the driver is imported by its name, here and by record.py

from case_on_server import Office

from gateways.policy_file import policies_in
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime


@pytest.fixture(scope="session")
async def office(skipped_time: SkippedTime, ledger: Ledger, outside: Outside) -> AsyncIterator[Office]:
    """The office, with a worker at its task queue."""
    office = Office(skipped_time, ledger, outside, policies_in())
    async with office.worker():
        yield office


@pytest.fixture(autouse=True)
def _worker_logs_no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does to its cases, the worker has nothing to complain about."""
    yield
    complaints = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.exc_info and record.levelno >= logging.WARNING
    ]
    assert not complaints
