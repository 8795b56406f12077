"""Who may see which case: the link in the message, bound to the first browser that opens it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.page_link import PageLinks, sha256_of
from ledger.store import Ledger

SESSION_LIVES = timedelta(minutes=30)
"""After so long without a word the button has to be pressed again, in the same browser."""


class Visit(NamedTuple):
    """A browser that has a case open. `known_at`: the latest instant the case has written down."""

    case_id: str
    loan_id: str
    outcome: str | None
    language: str
    known_at: datetime | None


class Visits:
    """The links of one lender. Whatever is wrong with one, the same statements run and the same None comes back."""

    def __init__(self, ledger: Ledger, links: PageLinks, lender: str, now: Callable[[], datetime]) -> None:
        self._ledger, self._links, self._lender, self._now = ledger, links, lender, now

    async def opened(self, token: str, secret: str) -> str | None:
        """Binds the link to the browser that holds `secret`; the case's id, or None."""
        now = self._now()
        rows = await self._ledger.read(
            "bind_link", sha256=await self._signed(token), bound=sha256_of(secret), now=now,
            until=now + SESSION_LIVES, lender=self._lender,
        )  # fmt: skip
        return rows[0]["case_id"] if rows else None

    async def of(self, token: str, secret: str, *, is_over: bool = False) -> Visit | None:
        """The case this browser has open by this link; None where it has none, or no more. With `is_over` also after its
        session has ended: what it was given to fill in may still be sent."""
        now = self._now()
        rows = await self._ledger.read(
            "visit_by_link", sha256=await self._signed(token), bound=sha256_of(secret), now=now,
            until=now + SESSION_LIVES, lender=self._lender, is_over=is_over,
        )  # fmt: skip
        return Visit(**rows[0]) if rows else None

    async def _signed(self, token: str) -> str:
        """The sha256 under which the ledger keeps the link; of a link that no key has made, one that it never keeps."""
        sha256 = sha256_of(token)
        rows = await self._ledger.read("contact_of_link", sha256=sha256, lender=self._lender)
        is_signed = self._links.is_signed(token, rows[0]["contact_key"] if rows else None)
        return sha256 if is_signed else "unsigned"
