"""The page on the real servers, with a worker that writes links."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from borrower import LINKS, QUEUE, VOICE, Borrower, Street

from entrypoints.worker import case_worker, ways_out
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime


@pytest.fixture(scope="session")
async def street(skipped_time: SkippedTime, ledger: Ledger, outside: Outside) -> AsyncIterator[Street]:
    """Where borrowers come from."""
    gateways = ways_out(outside.smtp_url, "care@harbour.example", outside.sms_url, outside.sms_token)
    async with case_worker(skipped_time.client, ledger, gateways, VOICE, task_queue=QUEUE, links=LINKS):
        yield Street(skipped_time, ledger, outside)


@pytest.fixture
async def borrower(street: Street) -> Borrower:
    """A borrower with a link."""
    return await street.borrower()
