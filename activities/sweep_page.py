"""The sweep's one activity: a page of the lender's list, or of Leeway's open cases, compared; what is new goes to the
inbox. Carried out twice, a page has its effect once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import ServerClock
from activities.listed_loan import Compared, compare, cured, owed
from contracts.sweep import SWEEP_PAGE, Part, SweepRun
from gateways.loan_book import BookRefused, ListedLoan, LoanBook
from ledger.inbox import Inbox
from ledger.store import Ledger
from ledger.sweep import Difference, SweepShelf

ALWAYS_MAY_CLOSE = 3
"""So many absent loans are never too many, unless nothing in the list is overdue: of a small book they are a large
share."""

BEAT_SECONDS = 3

_ABSENT = "not in the list"


class Sweeping:
    """Bound to a ledger and to the lender's list, None where none is set."""

    def __init__(self, ledger: Ledger, book: LoanBook | None) -> None:
        self._ledger = ledger
        self._book = book
        self._inbox = Inbox(ledger)

    @activity.defn(name=SWEEP_PAGE)
    async def sweep_page(self, sweep: SweepRun) -> SweepRun:
        """Where the sweep has come to afterwards. Raises ApplicationError, not to be tried again, when the list cannot be
        used or must not be believed; anything else is tried again."""
        shelf, clock = SweepShelf(self._ledger, sweep.lender), ServerClock()
        if not sweep.loans:
            await shelf.begin(sweep.sweep_id, clock.now())
        try:
            if self._book is None:
                raise BookRefused(
                    "LEEWAY_BOOK_URL: not set where the worker runs; see docs/connecting/database-view.md"
                )
            if self._book.lender != sweep.lender:
                raise BookRefused(
                    f"lender: the sweep is of {sweep.lender}, and this worker reads the list of {self._book.lender}; "
                    f"run a worker with LEEWAY_LENDER={sweep.lender}"
                )
            part = {Part.BOOK: self._listed, Part.ABSENT: self._cases, Part.CURED: self._absent}[sweep.part]
            async with _alive():
                return await part(sweep, self._book, shelf, clock)
        except BookRefused as error:
            await shelf.end(sweep.sweep_id, clock.now(), sweep.loans, sweep.cases, str(error))
            raise ApplicationError(str(error), type="BookRefused", non_retryable=True) from None

    async def _listed(
        self, sweep: SweepRun, book: LoanBook, shelf: SweepShelf, clock: ServerClock
    ) -> SweepRun:
        """A page of the list."""
        read_at = clock.now()
        listed = await book.page(sweep.after, sweep.page, read_at.date())
        known = await shelf.known([one.loan_id for one in listed])
        found = [compare(sweep.lender, one, known.get(one.loan_id), read_at) for one in listed]
        # First the report: what is on its way to its case is no difference, if the page has to be read again.
        await _note(sweep, shelf, found)
        await self._tell(found, clock.now())
        after = listed[-1].loan_id if len(listed) == sweep.page else ""  # one without an id is the last
        part = Part.BOOK if after else Part.ABSENT
        told = [min(one.as_of, read_at) for one in listed if one.as_of]
        as_of = max(filter(None, (sweep.as_of, *told)), default=None)
        loans, zeros = sweep.loans + len(listed), sweep.zeros + sum(one.is_nothing for one in listed)
        return _on(sweep, part=part, after=after, loans=loans, zeros=zeros, as_of=as_of)

    async def _cases(
        self, sweep: SweepRun, book: LoanBook, shelf: SweepShelf, clock: ServerClock
    ) -> SweepRun:
        """A page of open cases. After the last one: are so many absent that the list is rather half than shorter?"""
        cases = await shelf.open_cases(sweep.after, sweep.page, sweep.as_of)
        loan_ids = [case["loan_id"] for case in cases]
        present = await book.present(loan_ids, clock.now().date()) if cases else {}
        gone = [
            Difference(case["loan_id"], "absent", why, owed(case), "")
            for case in cases
            if (why := _why_gone(present.get(case["loan_id"])))
        ]
        await shelf.put(sweep.sweep_id, gone)
        counted = _on(sweep, cases=sweep.cases + len(cases), absent=sweep.absent + len(gone))
        if len(cases) == sweep.page:
            return _on(counted, after=cases[-1]["loan_id"])
        _believed(counted)
        return _on(counted, part=Part.CURED, after="")

    async def _absent(
        self, sweep: SweepRun, book: LoanBook, shelf: SweepShelf, clock: ServerClock
    ) -> SweepRun:
        """A page of those that were absent: once more, as the list may have been read while it changed."""
        read_at = clock.now()
        loan_ids = await shelf.absent(sweep.sweep_id, sweep.after, sweep.page)
        if not loan_ids:
            await shelf.end(sweep.sweep_id, clock.now(), sweep.loans, sweep.cases)
            return _on(sweep, part=Part.OVER)
        present, known = await book.present(loan_ids, read_at.date()), await shelf.known(loan_ids)
        found = []
        for loan_id in loan_ids:
            case, listed = known[loan_id], present.get(loan_id)
            if not (why := _why_gone(listed)):
                nothing = Difference(loan_id, "back", "in the list again", owed(case), "nothing")
                found.append(Compared(difference=nothing))
            elif case["outcome"] or case["is_on_its_way"]:
                found.append(
                    Compared(difference=Difference(loan_id, "cured", why, owed(case), "known by now"))
                )
            else:
                as_of = (listed.as_of if listed else sweep.as_of) or read_at
                found.append(cured(sweep.lender, case, min(as_of, read_at), why))
        # First what is told: what is noted as cured is not found absent again, if the page has to be read again.
        await self._tell(found, clock.now())
        await _note(sweep, shelf, found)
        return _on(sweep, after=loan_ids[-1])

    async def _tell(self, found: list[Compared], at: datetime) -> None:
        if events := [one.event for one in found if one.event]:
            await self._inbox.accept(events, at)


async def _note(sweep: SweepRun, shelf: SweepShelf, found: list[Compared]) -> None:
    await shelf.put(sweep.sweep_id, [one.difference for one in found if one.difference])


@asynccontextmanager
async def _alive() -> AsyncIterator[None]:
    """Tells the server that the page is being read: of a worker that died another one takes it over within seconds."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT_SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


def _why_gone(listed: ListedLoan | None) -> str:
    """Why the list has nothing overdue on a loan; '' where it has, or where its row cannot be read."""
    if listed is None:
        return _ABSENT
    return "nothing is overdue" if listed.is_nothing else ""


def _believed(sweep: SweepRun) -> None:
    """Raises BookRefused where absence is rather a half list than so many cures."""
    percent = sweep.may_close_percent
    is_empty = sweep.loans == sweep.zeros and sweep.absent and percent < 100
    if is_empty or sweep.absent > max(ALWAYS_MAY_CLOSE, sweep.cases * percent // 100):
        raise BookRefused(
            f"absent: {sweep.absent} of {sweep.cases} open cases are not in the list as overdue, which has {sweep.loans} "
            f"loans, {sweep.zeros} with a balance of 0; at most {percent} % may be cured by absence at once, so none "
            "was. Is the list whole? If it is: leeway sweep run --may-close 100"
        )


def _on(sweep: SweepRun, **changes: object) -> SweepRun:
    return sweep.model_copy(update=changes)
