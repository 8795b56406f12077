"""Cases for the API to tell of, and someone on the same machine who calls it."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

sys.path.append(str(Path(__file__).parent))

from api_caller import LENDER, caller

from contracts.lender_voice import LenderVoice
from contracts.loan import OverdueLoan
from entrypoints.book import Book, Opening
from entrypoints.worker import case_worker, ways_out
from gateways.policy_file import Policy, policies_in
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

QUEUE = "api-tests"
VOICE = LenderVoice(name="Harbour Savings", reply_to="care@harbour.example", help_line="an advice service")

Opened = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
async def open_case(skipped_time: SkippedTime, ledger: Ledger, outside: Outside) -> AsyncIterator[Opened]:
    """Opens a case of 1200.00 CNY and returns its loan's id, once the ledger has it."""
    gateways = ways_out(outside.smtp_url, "care@harbour.example", outside.sms_url, outside.sms_token)
    book = Book(skipped_time.client, ledger, policies_in(), task_queue=QUEUE)

    async def opened(borrower_id: str = "") -> str:
        now, unique = datetime.now(UTC), uuid4().hex[:12]
        loan = OverdueLoan(
            lender=LENDER, loan_id=f"L-{unique}", borrower_id=borrower_id or f"B-{unique}", name="Li Wei", balance_minor=120_000,
            currency="CNY", overdue_since=now.date() - timedelta(days=10), email="li.wei@example.test",
            phones=(), language="en", country="CN", zones=("Asia/Shanghai",), policy="platform-c",
        )  # fmt: skip
        assert await book.open(loan, now) is Opening.OPENED
        handle = skipped_time.client.get_workflow_handle(f"case:{LENDER}:{loan.loan_id}:1")
        assert await skipped_time.settle(handle)
        return loan.loan_id

    async with case_worker(skipped_time.client, ledger, gateways, VOICE, task_queue=QUEUE):
        yield opened


@pytest.fixture(scope="session")
def policies() -> dict[str, Policy]:
    """The shipped policies, read once."""
    return dict(policies_in())


@pytest.fixture
async def api(skipped_time: SkippedTime, ledger: Ledger) -> AsyncIterator[httpx.AsyncClient]:
    """A caller who may do everything."""
    async with caller(skipped_time.client, ledger) as http:
        yield http
