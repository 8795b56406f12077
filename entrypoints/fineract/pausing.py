"""A loan's pauses in the book, brought in line with the holds of its cases."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from gateways.fineract.api import FineractApi
from gateways.fineract.book import BookLoan
from gateways.fineract.mapping_file import FineractMapping
from gateways.fineract.pauses import HeldSpan, Span, beginnable, planned
from gateways.fineract.refusal import FineractRefused, FineractUnavailable
from ledger.fineract import FineractShelf, HeldDays


class Note(Protocol):
    """Where a difference is noted."""

    def __call__(self, loan_id: int, what: str, is_refused: bool = False) -> None:
        """`is_refused`: the difference stays."""


class Pausing:
    """Compares, writes what is missing, ends what is no longer held. Killed at any point, the next time converges: what
    stands in the book is read, never remembered."""

    def __init__(
        self, api: FineractApi, shelf: FineractShelf, mapping: FineractMapping, now: Callable[[], datetime]
    ) -> None:
        self._api, self._shelf, self._mapping, self._now = api, shelf, mapping, now

    async def align(self, loan: BookLoan, today: date, note: Note) -> None:
        """One loan; `today` is the book's own. A refusal is noted and looked at again next time."""
        if not loan.status.active:
            return
        held = [self._span(one) for one in await self._shelf.held(str(loan.id))]
        ours = await self._shelf.pauses(str(loan.id))
        if not held and not ours:
            return
        book = [Span(one.pause_period_start, one.pause_period_end)
                for one in loan.delinquent.delinquency_pause_periods or ()]  # fmt: skip
        plan = planned(held, book, ours, today, loan.timeline.actual_disbursement_date)
        try:
            if plan.resumes:
                note(loan.id, f"paused in the book and not held any more: resumed on {today}")
                await self._api.resume(loan.id, today)
            if plan.pauses:
                for span in beginnable(plan.pauses, await self._api.resumed_on(loan.id)):
                    await self._pause(loan, span, note)
        except FineractRefused as error:
            note(loan.id, f"the book refuses: {error}", is_refused=True)
        except FineractUnavailable as error:
            note(loan.id, f"{error}; the next round sees what became of it", is_refused=True)

    async def _pause(self, loan: BookLoan, span: Span, note: Note) -> None:
        note(loan.id, f"held and not paused in the book: paused from {span.start_on} to {span.end_on}")
        await self._shelf.put_pause(str(loan.id), span.start_on, span.end_on, self._now())
        await self._api.pause(loan.id, span.start_on, span.end_on)

    def _span(self, one: HeldDays) -> HeldSpan:
        """In days of the tenant's calendar: each day that ends while the hold is in force."""
        clock = self._mapping.tenant_clock
        ends_on = one.until_at.astimezone(clock).date() if one.until_at else None
        return HeldSpan(one.since_at.astimezone(clock).date(), ends_on, one.is_over)
