"""The book and Leeway compared, loan by loan: what a case does not know is told to it, what is held is paused there."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from contracts.loan_event import (
    BalanceStated,
    LoanClosed,
    LoanEvent,
    LoanOverdue,
    PaymentPosted,
    PaymentReversed,
)
from entrypoints.fineract.inlet import Accept
from entrypoints.fineract.pausing import Pausing
from gateways.fineract.api import FineractApi
from gateways.fineract.book import BookLoan
from gateways.fineract.mapping_file import FineractMapping
from gateways.fineract.refusal import FineractRefused, NoSuchLoan
from gateways.fineract.translation import SOURCE, OpenCase, Translator, event_ids
from ledger.fineract import FineractShelf
from lending.money import format_minor

PAGE = 200
AT_ONCE = 6
"""Loans asked for at the same time: kind to a book that people work in."""
SHOWN_AT_MOST = 1000
"""Differences that a report names; all are counted."""


@dataclass
class Reconciled:
    """What a round found: each difference by loan, with what was done about it; `refused` are those that stay."""

    loans: int = 0
    differences: int = 0
    refused: int = 0
    lines: list[str] = field(default_factory=list)

    def differs(self, loan_id: int | str, what: str, is_refused: bool = False) -> None:
        """Notes a difference."""
        self.differences += 1
        self.refused += is_refused
        if len(self.lines) < SHOWN_AT_MOST:
            self.lines.append(f"loan {loan_id}: {what}")

    def __str__(self) -> str:
        counts = f"{self.loans} loans looked at, {self.differences} differences"
        return "\n".join((*self.lines, f"{counts}, {self.refused} that stay" if self.refused else counts))


class Reconciling:
    """One lender's book. Every step may be repeated; a round that was stopped goes on where it was."""

    def __init__(
        self, api: FineractApi, shelf: FineractShelf, mapping: FineractMapping, lender: str, accept: Accept,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._api, self._shelf, self._mapping, self._accept, self._now = api, shelf, mapping, accept, now
        self._translator = Translator(lender, mapping)
        self._pausing = Pausing(api, shelf, mapping, now)

    async def asked_for(self) -> Reconciled:
        """The loans that hooks and events named. Raises FineractUnavailable: the rest is looked at next time."""
        report, after, today = Reconciled(), "", await self._today()
        while looks := await self._shelf.looks(after, PAGE):
            await self._look_at([loan_id for loan_id, _ in looks], today, report)
            for loan_id, asks in looks:
                await self._shelf.looked(loan_id, asks)
            after = looks[-1][0]
        return report

    async def whole(self) -> Reconciled:
        """Every loan with an open case, then every loan that is overdue. Raises FineractUnavailable, and the next call
        goes on from the page where this one stopped."""
        report, today = Reconciled(), await self._today()
        part, place = await self._shelf.round_at() or ("cases", "")
        if part == "cases":
            while page := await self._shelf.open_loans(place, PAGE):
                await self._look_at(page, today, report)
                place = page[-1]
                await self._shelf.move_round("cases", place)
            place = "0"
        await self._book(int(place), today, report)
        await self._shelf.end_round()
        return report

    async def _book(self, offset: int, today: date, report: Reconciled) -> None:
        while True:
            page = await self._api.loans(offset, PAGE)
            late = [str(row.id) for row in page.rows if row.may_be_overdue]
            await self._look_at([one for one in late if not await self._shelf.open_case(one)], today, report)
            offset += len(page.rows)
            if not page.rows or offset >= page.total:
                return
            await self._shelf.move_round("book", str(offset))

    async def _today(self) -> date:
        return await self._api.business_date() or self._now().astimezone(self._mapping.tenant_clock).date()

    async def _look_at(self, loan_ids: Sequence[str], today: date, report: Reconciled) -> None:
        """Some at a time; the first error is raised once those beside it are done."""
        for first in range(0, len(loan_ids), AT_ONCE):
            some = loan_ids[first : first + AT_ONCE]
            looks = (self._look(int(loan_id), today, report) for loan_id in some)
            for error in await asyncio.gather(*looks, return_exceptions=True):
                if error is not None:
                    raise error

    async def _look(self, loan_id: int, today: date, report: Reconciled) -> None:
        report.loans += 1
        try:
            loan = await self._api.loan(loan_id)
            as_of = max(self._now(), self._api.answered_at or self._now())
            case = await self._case(loan)
            debtor = (
                await self._api.debtor(loan.client_id)
                if loan.is_chased and not case and loan.client_id
                else None
            )
            if loan.is_chased and not loan.client_id:
                raise FineractRefused(
                    "clientId: a loan of a group has no one borrower; its case is opened by hand"
                )
            events = self._translator.loan(loan, case, as_of, debtor)
        except NoSuchLoan as error:
            if await self._shelf.open_case(str(loan_id)):
                report.differs(loan_id, f"{error}, and its case is open", is_refused=True)
            return
        except FineractRefused as error:
            report.differs(loan_id, str(error), is_refused=True)
            return
        if events:
            await self._accept(events)
        _explain(loan, case, events, report)
        await self._pausing.align(loan, today, report.differs)

    async def _case(self, loan: BookLoan) -> OpenCase | None:
        row = await self._shelf.open_case(str(loan.id))
        if row is None:
            return None
        told = await self._shelf.told(SOURCE, event_ids(loan))
        return OpenCase(row["case_id"], row["balance_minor"], row["overdue_since"], row["payments"], told)


def _explain(loan: BookLoan, case: OpenCase | None, events: Sequence[LoanEvent], report: Reconciled) -> None:
    """One line for each thing the case was told, and why."""
    for event in events:
        match event:
            case LoanOverdue(loan=told):
                owed = format_minor(told.balance_minor, told.currency)
                report.differs(
                    loan.id, f"{owed} overdue since {told.overdue_since} in the book and no open case: told"
                )
            case BalanceStated(overdue_minor=minor, overdue_since=since, currency=currency) if case:
                book = f"{format_minor(minor, currency)} since {since}" if minor else "nothing"
                known = f"{format_minor(case.balance_minor, currency)} since {case.overdue_since}"
                report.differs(loan.id, f"overdue in the book: {book}; in the case: {known}: told")
            case PaymentPosted(reference=reference):
                report.differs(loan.id, f"payment {reference} is not in the case: told")
            case PaymentReversed(payment=payment):
                report.differs(loan.id, f"payment {payment} was reversed, in the case it stands: told")
            case LoanClosed(reason=reason):
                report.differs(loan.id, f"over in the book ({reason}), and its case is open: told")
