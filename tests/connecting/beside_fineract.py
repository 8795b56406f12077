"""Leeway beside a stand-in Fineract: one lender's book, the way to it, and what the inbox was told."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

sys.path.append(str(Path(__file__).parents[1] / "activities"))

from at_the_door import WEDNESDAY, CaseAtDoor

from contracts.loan_event import LoanEvent, LoanOverdue
from entrypoints.fineract.inlet import FineractInlet
from entrypoints.fineract.reconciling import Reconciled, Reconciling
from gateways.fineract.access import Access
from gateways.fineract.api import FineractApi
from gateways.fineract.mapping_file import FineractMapping
from gateways.fineract.translation import Translator
from ledger.fineract import FineractShelf
from ledger.store import Ledger
from simulator.fineract import Client, StandInFineract
from simulator.fineract_app import PREFIX, fineract_app
from simulator.fineract_loan import Instalment, StandInLoan
from simulator.http_server import served
from simulator.outside import Outside

MAPPING = FineractMapping(tenant_zone="UTC", policy="platform-c", country="CN", zones=("UTC",), language="en")


@dataclass
class Beside:
    """A book of this test's own. `told` is everything the inbox took, in order."""

    book: StandInFineract
    api: FineractApi
    shelf: FineractShelf
    ledger: Ledger
    outside: Outside
    lender: str
    told: list[LoanEvent] = field(default_factory=list)

    async def accept(self, events: Sequence[LoanEvent]) -> None:
        """The inbox."""
        self.told += events

    @property
    def reconciling(self) -> Reconciling:
        """The round, as a new process would run it."""
        return Reconciling(self.api, self.shelf, MAPPING, self.lender, self.accept, self.book.now)

    @property
    def inlet(self) -> FineractInlet:
        """The way in for hooks and events."""
        return FineractInlet(
            self.shelf, Translator(self.lender, MAPPING), self.accept, "default", self.book.now
        )

    def lends(self, loan_id: int, *days_overdue: int, amount_minor: int = 50_000) -> StandInLoan:
        """A loan with an instalment due so many days ago, each."""
        client = self.book.clients[loan_id] = Client(
            loan_id, f"Li {loan_id}", "13800138000", f"l{loan_id}@example.test"
        )
        schedule = [Instalment(n, self.book.today - timedelta(days=days), amount_minor)
                    for n, days in enumerate(sorted(days_overdue, reverse=True), 1)]  # fmt: skip
        loan = StandInLoan(loan_id, client.id, date(2026, 1, 4), schedule)
        self.book.loans[loan_id] = loan
        return loan

    async def opens(self, loan: StandInLoan) -> CaseAtDoor:
        """The case of an overdue loan, from what the book says of it."""
        await self.reconciling.whole()
        (event,) = [one for one in self.told if isinstance(one, LoanOverdue) and one.loan_id == str(loan.id)]
        self.told.clear()
        fields = {name: value for name, value in event.loan if value is not None}
        return await CaseAtDoor.opened(self.ledger, self.outside, **fields)

    async def rounds(self) -> Reconciled:
        """One whole round."""
        return await self.reconciling.whole()


@asynccontextmanager
async def beside_fineract(ledger: Ledger, outside: Outside) -> AsyncIterator[Beside]:
    """A stand-in on a port, and a lender of its own."""
    clock: list[datetime] = [datetime.combine(WEDNESDAY, datetime.min.time(), UTC) + timedelta(hours=10)]
    book = StandInFineract(WEDNESDAY, lambda: datetime.combine(book.today, clock[0].time(), UTC))
    lender = f"fin-{uuid4().hex[:8]}"
    async with served(fineract_app(book)) as url:
        access = Access(
            url.rstrip("/") + PREFIX, user="mifos", password="password", waits_seconds=(0, 0, 0, 0)
        )
        async with FineractApi(access) as api:
            yield Beside(book, api, FineractShelf(ledger, lender), ledger, outside, lender)
