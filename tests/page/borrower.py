"""Borrowers with a message in their inbox, and the browser in which they open its link."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import WorkflowHandle

from contracts.case_run import QUERY, UPDATE, Answer, CaseView
from contracts.lender_voice import LenderVoice
from contracts.loan import OverdueLoan
from contracts.page_link import PageLinks
from entrypoints.book import Book, Opening
from entrypoints.page.app import create_page
from entrypoints.page.guard import Guard
from gateways.policy_file import policies_in
from ledger.entry import Row
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

LENDER, QUEUE, URL = "page-tests", "page-tests", "https://pay.example"
PRESS = {"open": "yes"}
"""What a browser sends for the link's one button."""
LINKS = PageLinks(URL, ("k" * 32,))
VOICE = LenderVoice(name="Harbour Savings", reply_to="care@harbour.example", help_line="0800 555 0199")


@dataclass
class Borrower:
    """One borrower with a case, and the link that came with its notice."""

    loan: OverdueLoan
    handle: WorkflowHandle[Any, Any]
    ledger: Ledger
    token: str

    async def lines(self, *kinds: str) -> list[Row]:
        """The case's lines of these kinds."""
        rows = await self.ledger.read("lines", case_id=self.handle.id)
        return [row for row in rows if row["kind"] in kinds]

    async def tell(self, kind: str, **fields: Any) -> Answer:
        """Something a person at the lender tells the case."""
        answer: Answer = await self.handle.execute_update(
            UPDATE, {"kind": kind, **fields}, result_type=Answer
        )
        return answer

    async def hear(self, kind: str, **fields: Any) -> None:
        """Something a machine tells the case, which asks for no answer."""
        await self.handle.signal(kind, fields)

    async def view(self) -> CaseView:
        """The case as it answers."""
        view: CaseView = await self.handle.query(QUERY, result_type=CaseView)
        return view


@dataclass
class Street:
    """Where borrowers come from."""

    time: SkippedTime
    ledger: Ledger
    outside: Outside
    links: PageLinks = LINKS
    queue: str = QUEUE

    async def borrower(self, **changes: Any) -> Borrower:
        """A new case of 1200.00 CNY whose notice has gone out by e-mail."""
        now, unique = datetime.now(UTC), uuid4().hex[:12]
        fields: dict[str, Any] = {
            "lender": LENDER, "loan_id": f"L-{unique}", "borrower_id": f"B-{unique}", "name": "Li Wei",
            "balance_minor": 120_000, "currency": "CNY", "overdue_since": now.date() - timedelta(days=10),
            "email": f"{unique}@example.test", "phones": (), "language": "en", "country": "CN",
            "zones": ("Asia/Shanghai",), "policy": "platform-c",
        }  # fmt: skip
        loan = OverdueLoan(**fields | changes)
        book = Book(self.time.client, self.ledger, policies_in(), task_queue=self.queue)
        assert await book.open(loan, now) is Opening.OPENED
        handle = self.time.client.get_workflow_handle(f"case:{loan.lender}:{loan.loan_id}:1")
        return Borrower(loan, handle, self.ledger, await self._first_link(loan, handle))

    async def _first_link(self, loan: OverdueLoan, handle: WorkflowHandle[Any, Any]) -> str:
        for _ in range(20):
            await self.time.advance(handle, timedelta(days=1))
            for message in self.outside.messages:
                if message.to == loan.email and (
                    found := re.search(rf"{self.links.base_url}/([a-z2-7]+)", message.body)
                ):
                    return found[1]
        raise AssertionError("no message came in twenty days")

    def browser(self, **changes: Any) -> httpx.AsyncClient:
        """A browser of its own, with its own cookies."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.page(**changes)), base_url=URL)

    def page(self, **changes: Any) -> Guard:
        """The page, as it is served."""
        known: dict[str, Any] = {"lender": LENDER, "voice": VOICE, "links": self.links}
        return create_page(self.time.client, self.ledger, **known | changes)


async def barred(street: Street) -> Borrower:
    """A borrower with a link, whose debt can no longer be enforced: the notice came back, and was no demand."""
    since = datetime.now(UTC).date() - timedelta(days=3 * 365 - 25)
    borrower = await street.borrower(overdue_since=since)
    await borrower.tell("hold", reason="operator")
    await borrower.hear("delivery", step="notice", channel="email", status="soft_bounce")
    await street.time.advance(borrower.handle, timedelta(days=28))
    assert (await borrower.view()).case.is_time_barred
    return borrower


async def opened(browser: httpx.AsyncClient, borrower: Borrower) -> httpx.Response:
    """The page, once the link's button has been pressed in this browser."""
    answer = await browser.post(f"/{borrower.token}", data=PRESS)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["Location"])


async def sent(
    browser: httpx.AsyncClient, borrower: Borrower, form: str, language: str = "en", **fields: Any
) -> httpx.Response:
    """The answer to a form, filled in and sent as its page gave it."""
    place = f"/{borrower.token}/{language}/{form}"
    token = token_in(await browser.get(place))
    return await browser.post(place, data={"token": token, **fields})


def token_in(page: httpx.Response) -> str:
    """The token of the first form on a page."""
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]
