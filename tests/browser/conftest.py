"""The page, served by the real servers to a real browser: Debian's Chromium."""

import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "page")]

from borrower import VOICE, Street

from contracts.page_link import PageLinks
from entrypoints.embedded.server import ports
from entrypoints.worker import case_worker, ways_out
from ledger.store import Ledger
from simulator.http_server import served
from simulator.outside import Outside
from simulator.time import SkippedTime

QUEUE = "browser-tests"


@pytest.fixture(scope="session")
async def street(skipped_time: SkippedTime, ledger: Ledger, outside: Outside) -> AsyncIterator[Street]:
    """Where borrowers come from; the links in their messages open on this machine."""
    port = next(ports(0))
    street = Street(skipped_time, ledger, outside, PageLinks(f"http://127.0.0.1:{port}", ("k" * 32,)), QUEUE)
    gateways = ways_out(outside.smtp_url, "care@harbour.example", outside.sms_url, outside.sms_token)
    worker = case_worker(skipped_time.client, ledger, gateways, VOICE, task_queue=QUEUE, links=street.links)
    async with served(street.page(), port), worker:
        yield street


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser. Without one the tests fail: nothing is skipped."""
    path = shutil.which("chromium")
    assert path is not None, "chromium is not installed: run `make browser`"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()
