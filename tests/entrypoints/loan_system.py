"""A loan system that tells of its loans: events as it sends them, and a book of cases they are applied to."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.service import RPCError

from contracts.loan import OverdueLoan
from contracts.loan_event import (
    BalanceStated,
    LoanClosed,
    LoanEvent,
    LoanOverdue,
    PaymentPosted,
    PaymentReversed,
    Unread,
)
from entrypoints.applying import Applier
from entrypoints.book import Book
from entrypoints.intake import Drain
from gateways.policy_file import policies_in
from ledger.entry import Row
from ledger.inbox import Inbox
from ledger.reading import latest_case
from ledger.store import Ledger
from simulator.time import SkippedTime

QUEUE = "intake-tests"
TODAY = datetime.now(UTC).date()
AGO = timedelta(days=10)


class LoanSystem:
    """One loan of a lender of its own, 1200.00 CNY overdue for ten days. Times are hours after it fell overdue."""

    def __init__(self, time: SkippedTime, ledger: Ledger, turns: Ledger) -> None:
        unique = uuid4().hex[:10]
        self.lender, self.loan_id = f"l-{unique}", f"L-{unique}"
        self._ledger, self.inbox = ledger, Inbox(turns)
        self._time = time
        book = Book(time.client, ledger, policies_in(), task_queue=QUEUE)
        self.drain = Drain(self.inbox, Applier(time.client, ledger, book), lender=self.lender)
        self._count = 0

    def at(self, hour: float) -> datetime:
        """So many hours after the loan fell overdue."""
        return datetime.combine(TODAY - AGO, datetime.min.time(), UTC) + timedelta(hours=hour)

    def _known(self, event_id: str | None) -> dict[str, Any]:
        self._count += 1
        return {"source": "core", "event_id": event_id or f"e-{self._count}"}

    def _of_loan(self, event_id: str | None) -> dict[str, Any]:
        return self._known(event_id) | {"lender": self.lender, "loan_id": self.loan_id}

    def overdue(
        self, balance_minor: int = 120_000, as_of: float | None = None, since: date = TODAY - AGO, **changes: Any
    ) -> LoanOverdue:  # fmt: skip
        """The loan falls overdue."""
        fields = {
            "lender": self.lender, "loan_id": self.loan_id, "borrower_id": f"B-{self.loan_id}", "name": "Li Wei",
            "balance_minor": balance_minor, "currency": "CNY", "overdue_since": since,
            "email": "li.wei@example.test", "language": "en", "country": "CN", "zones": ("Asia/Shanghai",),
            "policy": "platform-c",
        }  # fmt: skip
        loan = OverdueLoan(**fields | changes)
        return LoanOverdue(**self._known(None), loan=loan, as_of=None if as_of is None else self.at(as_of))

    def paid(
        self, reference: str, amount_minor: int, hour: float = 24, event_id: str | None = None, currency: str = "CNY"
    ) -> PaymentPosted:  # fmt: skip
        """Money is booked."""
        return PaymentPosted(**self._of_loan(event_id), reference=reference, amount_minor=amount_minor,
                             currency=currency, received_at=self.at(hour))  # fmt: skip

    def bounced(self, payment: str, hour: float = 48) -> PaymentReversed:
        """A payment did not stand."""
        return PaymentReversed(**self._of_loan(None), payment=payment, reversed_at=self.at(hour))

    def stated(self, overdue_minor: int, at: datetime, since: date | None = None) -> BalanceStated:
        """What is overdue by its books."""
        return BalanceStated(**self._of_loan(None), overdue_minor=overdue_minor, currency="CNY", as_of=at,
                             overdue_since=since)  # fmt: skip

    def closed(self, reason: Any) -> LoanClosed:
        """The loan has ended."""
        return LoanClosed(**self._of_loan(None), reason=reason, closed_at=self.at(72))

    async def says(self, *events: LoanEvent | Unread) -> int:
        """The events are accepted; how many were new."""
        return await self.inbox.accept(events, datetime.now(UTC))

    async def case_after(self, *events: LoanEvent | Unread) -> Row:
        """The loan's latest case once the events, and all that waits, are applied."""
        await self.says(*events)
        await self.drain.until_empty()
        with suppress(RPCError):  # until there is no further episode
            for episode in range(1, 10):
                case_id = f"case:{self.lender}:{self.loan_id}:{episode}"
                await self._time.settle(self._time.client.get_workflow_handle(case_id))
        return await latest_case(self._ledger, self.lender, self.loan_id)

    async def became(self) -> Sequence[tuple[str, str]]:
        """State and reason of every event, in the order in which they came."""
        return [(row["state"], row["reason"]) for row in await self.inbox.events(self.lender)]
