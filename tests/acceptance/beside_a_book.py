"""A Fineract book lived day by day beside Leeway: its people pay, its post is unreliable, cases are worked on real servers.

Which clock drives what: the book's business date is the story's. Every case has a clock of its own, moved to the story's
instant before it is told anything; rounds, inbox and inlet read the story's clock. No wall clock decides anything.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from contracts.case_run import UPDATE, Answer, CaseRun
from contracts.lender_voice import LenderVoice
from contracts.loan_event import LoanEvent
from entrypoints.access.gate import Gate
from entrypoints.api import create_api
from entrypoints.applying import Applier
from entrypoints.book import Book, Opening
from entrypoints.fineract.inlet import FineractInlet
from entrypoints.fineract.reconciling import Reconciled, Reconciling
from entrypoints.intake import Drain
from entrypoints.worker import case_worker
from gateways.fineract.access import Access
from gateways.fineract.api import FineractApi
from gateways.fineract.mapping_file import load_mapping
from gateways.fineract.translation import Translator
from gateways.message import Message
from gateways.policy_file import policies_in
from gateways.receipt import Receipt
from ledger.entry import Row
from ledger.fineract import FineractShelf
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.fineract_app import PREFIX, fineract_app
from simulator.fineract_post import UnreliablePost
from simulator.fineract_year import BookYear
from simulator.http_server import served
from simulator.time import SkippedTime
from statemachine.stage import Channel

SECRET = "a-secret-of-at-least-twenty-letters"
FAULTS = 0.05
WHOLE_EVERY_DAYS = 7
_VOICE = LenderVoice(name="Harbour Savings", reply_to="care@harbour.example", help_line="an advice service")


class Silent:
    """A provider that takes everything and says nothing."""

    takes_key = True

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        return Receipt(provider_reference=key)


class StoryBook(Book):
    """Opens cases at the story's instant, not at this machine's."""

    def __init__(self, skipped: SkippedTime, year: BookYear, *args: Any, **kwargs: Any) -> None:
        super().__init__(skipped.client, *args, **kwargs)
        self._skipped, self._year = skipped, year

    async def _start(self, run: CaseRun, opens_after: timedelta | None) -> Opening:
        delay = self._year.now() - datetime.now(UTC)
        opening = await super()._start(run, delay)
        if opening is Opening.OPENED:
            handle = self._client.get_workflow_handle(run.account.case_id)
            await self._skipped.advance(handle, delay + timedelta(seconds=30))
        return opening


@dataclass
class BesideABook:
    """Leeway and the book, and what happened between them."""

    year: BookYear
    lender: str
    ledger: Ledger
    skipped: SkippedTime
    shelf: FineractShelf
    inbox: Inbox
    drain: Drain
    rounds: Reconciling
    leeway: httpx.AsyncClient
    random: Random
    hooks: UnreliablePost[tuple[dict[str, str], bytes]]
    events: UnreliablePost[bytes]
    counts: Counter[str] = field(default_factory=Counter)

    async def lives(self, days: int) -> None:
        """So many business days."""
        for number in range(days):
            self.year.day()
            await self._people_hold()
            await self._post()
            await self.reconciles(is_whole=number % WHOLE_EVERY_DAYS == 0)
            self.year.ends()

    async def reconciles(self, is_whole: bool) -> Reconciled:
        """A round, and what it told applied to the cases, whose clocks come to the story's instant first."""
        report = await (self.rounds.whole() if is_whole else self.rounds.asked_for())
        waiting = await self.inbox.loans(self.year.now(), 100_000, self.lender)
        await self.comes_to_now([loan_id for _, loan_id in waiting])
        await self.drain.until_empty()
        self.counts["differences"] += report.differences
        return report

    async def comes_to_now(self, loan_ids: Sequence[str]) -> None:
        """The clocks of these loans' open cases."""
        cases = [
            row["case_id"]
            for loan_id in dict.fromkeys(loan_ids)
            if (row := await self.shelf.open_case(loan_id))
        ]
        for first in range(0, len(cases), 16):
            await asyncio.gather(*(self._moved(case_id) for case_id in cases[first : first + 16]))

    async def cases(self) -> list[Row]:
        """Every case of the book, the latest episode last."""
        return await self.ledger.read("cases", lender=self.lender, loan_id=None)

    async def _moved(self, case_id: str) -> None:
        handle = self.skipped.client.get_workflow_handle(case_id)
        await self.skipped.advance(handle, self.year.now() - await self.skipped.now(handle))

    async def _people_hold(self) -> None:
        """Someone at the lender's holds a case, or releases one."""
        open_cases = [row for row in await self.cases() if row["closed_at"] is None]
        for row in self.random.sample(open_cases, min(len(open_cases), 1 + len(open_cases) // 40)):
            held = "operator" in row["held"]
            until = self.year.book.today + timedelta(days=self.random.choice((3, 12, 40)))
            days = {"until": until.isoformat()} if self.random.random() < 0.7 else {}
            said = {"kind": "release", "reason": "operator", "by": "Ms Chen"} if held else {
                "kind": "hold", "reason": "operator", "by": "Ms Chen"} | days  # fmt: skip
            await self.comes_to_now([row["loan_id"]])
            try:
                handle = self.skipped.client.get_workflow_handle(row["case_id"])
                await handle.execute_update(UPDATE, said, id=uuid4().hex, result_type=Answer)
            except (WorkflowUpdateFailedError, RPCError):
                continue  # it ended on the way here
            await self.shelf.ask(int(row["loan_id"]))
            self.counts["released" if held else "held"] += 1

    async def _post(self) -> None:
        """What the book sent today, as far as it arrives."""
        for headers, body in self.hooks.deliver(self.year.book.hooks):
            answer = await self.leeway.post(f"/v1/fineract/{SECRET}/hooks", content=body, headers=headers)
            assert answer.status_code == 202, answer.text
            self.counts["hooks"] += 1
        arrived = self.events.deliver(self.year.book.events)
        body = b"".join(len(one).to_bytes(4, "big") + one for one in arrived)
        if arrived:
            answer = await self.leeway.post(f"/v1/fineract/{SECRET}/events", content=body)
            assert answer.status_code == 202, answer.text
            self.counts.update({f"events {name}": count for name, count in answer.json().items()})


@asynccontextmanager
async def beside_a_book(
    skipped: SkippedTime, ledger: Ledger, database_url: str, seed: int, loans: int
) -> AsyncIterator[BesideABook]:
    """A book of so many loans, beginning the day after tomorrow, with everything between it and its cases."""
    year = BookYear(seed, loans, datetime.now(UTC).date() + timedelta(days=2))
    lender, queue = f"loop-{uuid4().hex[:8]}", f"loop-{uuid4().hex[:8]}"
    shelf, inbox, mapping = FineractShelf(ledger, lender), Inbox(ledger), load_mapping()
    year.book.fault_rate = FAULTS

    async def accept(events: Sequence[LoanEvent]) -> None:
        await inbox.accept(events, year.now())

    inlet = FineractInlet(shelf, Translator(lender, mapping), accept, "default", year.now)
    silent = {Channel.EMAIL: Silent(), Channel.SMS: Silent()}
    api = create_api(skipped.client, ledger, Gate(ledger, lender), lender, fineract=(inlet, SECRET))
    async with (
        case_worker(skipped.client, ledger, silent, _VOICE, task_queue=queue),
        Ledger(database_url, connections=20) as turns,
        served(fineract_app(year.book)) as book_url,
        served(api) as leeway_url,
        FineractApi(Access(book_url.rstrip("/") + PREFIX, user="mifos", password="password", waits_seconds=(0, 0, 0, 0, 0))) as fineract,
        httpx.AsyncClient(base_url=leeway_url, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)) as leeway,
    ):  # fmt: skip
        book = StoryBook(skipped, year, ledger, policies_in(), task_queue=queue)
        drain = Drain(Inbox(turns), Applier(skipped.client, ledger, book), clock=year.now, lender=lender)
        rounds = Reconciling(fineract, shelf, mapping, lender, accept, year.now)
        post = Random(seed + 2)
        yield BesideABook(year, lender, ledger, skipped, shelf, inbox, drain, rounds, leeway, Random(seed + 3),
                          UnreliablePost(post), UnreliablePost(post))  # fmt: skip


def owed_in_the_book(year: BookYear) -> dict[str, tuple[int, date]]:
    """The loans that are to be worked: what is overdue, and since when."""
    found = {}
    for loan in year.book.loans.values():
        minor, since = loan.overdue(year.book.today)
        if since and minor and loan.charged_off_on is None:
            found[str(loan.id)] = (minor, since)
    return found
