"""The secret address of a person's calendar feed. Whoever knows the token reads the feed; the ledger keeps its hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from contracts.desk_task import DeskTask
from ledger.desk import desk_task
from ledger.store import Ledger

SHOWN_FOR = timedelta(days=14)
"""How long a calendar still shows what is over, withdrawn or handed on, so that every copy of it learns of that."""


class CalendarLinks:
    """The calendars of one lender's people, each with one link at most."""

    def __init__(self, ledger: Ledger, lender: str) -> None:
        self._ledger = ledger
        self._lender = lender

    async def renewed(self, person: str, by: str, now: datetime) -> str:
        """`by` makes a new token for the person's feed, told this once; the one before opens nothing any more."""
        token = secrets.token_urlsafe(32)
        async with self._ledger.entry(self._lender, f"calendar {person}") as entry:
            known = {"lender": self._lender, "person": person, "by": by, "at": now}
            await entry.run("revoke_calendar_link", known)
            await entry.run("add_calendar_link", known | {"token_sha256": _sha256(token)})
        return token

    async def revoked(self, person: str, by: str, now: datetime) -> bool:
        """`by` ends the person's link. False: they had none."""
        rows = await self._ledger.read(
            "revoke_calendar_link", lender=self._lender, person=person, by=by, at=now
        )
        return bool(rows)

    async def person(self, token: str) -> str | None:
        """Whose feed the token opens; None: nobody's, whatever the reason."""
        found = await self._ledger.read("calendar_person", lender=self._lender, token_sha256=_sha256(token))
        return str(found[0]["person"]) if found else None

    async def tasks(self, person: str, now: datetime) -> list[DeskTask]:
        """The calls and visits that are the person's, or were until `SHOWN_FOR` ago."""
        rows = await self._ledger.read(
            "calendar_tasks", lender=self._lender, person=person, since=now - SHOWN_FOR
        )
        return [desk_task(row, now) for row in rows]


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
