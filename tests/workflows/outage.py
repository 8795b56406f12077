"""A ledger that is away for a while, as the server's clock has it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from ledger.entry import Entry
from ledger.store import Ledger


def unreachable_until(back_at: datetime) -> Callable[..., AbstractAsyncContextManager[Entry]]:
    """Stands in for `Ledger.entry`: it raises until the server's clock says `back_at`."""
    reachable = Ledger.entry

    @asynccontextmanager
    async def entry(ledger: Ledger, lender: str, borrower_id: str) -> AsyncIterator[Entry]:
        away = back_at - activity.info().started_time
        if away > timedelta():
            benign = ApplicationErrorCategory.BENIGN
            raise ApplicationError("no connection", next_retry_delay=away, category=benign)
        async with reachable(ledger, lender, borrower_id) as real:
            yield real

    return entry
