"""Answers remembered: a write that is sent again under its key is answered as it was, and done once."""

from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.store import Ledger

KEPT_FOR = timedelta(days=30)
"""How long an answer is remembered."""

_GIVEN_UP_AFTER = timedelta(minutes=2)
"""Whoever has not ended by then has died; what they did is safe to do again."""


class OtherRequest(ValueError):
    """The key was used for another request."""


class StillRunning(RuntimeError):
    """The same request is being answered at this moment."""


class Asked(NamedTuple):
    """A write by a caller: its key, and the hash of all it says."""

    lender: str
    caller: str
    key: str
    sha256: str


class Answered(NamedTuple):
    """What was answered."""

    status: int
    media_type: str
    body: bytes


class Answers:
    """Bound to a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def begin(self, asked: Asked, now: datetime) -> Answered | None:
        """None: it is new, and the caller's to answer. Raises OtherRequest, StillRunning."""
        given_up_before = now - _GIVEN_UP_AFTER
        if await self._ledger.read(
            "begin_answer", **asked._asdict(), now=now, given_up_before=given_up_before
        ):
            return None
        rows = await self._ledger.read("answer", **_named(asked))
        if rows and rows[0]["sha256"] != asked.sha256:
            raise OtherRequest(
                f"Idempotency-Key: {asked.key} was used for another request; choose a new key for a new request"
            )
        if not rows or rows[0]["status"] is None:
            raise StillRunning(f"Idempotency-Key: the request with {asked.key} is still being answered")
        return Answered(rows[0]["status"], rows[0]["media_type"], bytes(rows[0]["body"]))

    async def end(self, asked: Asked, begun_at: datetime, answered: Answered) -> None:
        """Remembers the answer of whoever began then, unless another has taken over."""
        await self._ledger.read("end_answer", **_named(asked), begun_at=begun_at, **answered._asdict())

    async def drop(self, asked: Asked, begun_at: datetime) -> None:
        """Nothing came of what was begun then: the key may be used again, unless another has taken over."""
        await self._ledger.read("drop_answer", **_named(asked), begun_at=begun_at)

    async def forget(self, now: datetime) -> None:
        """What is older than KEPT_FOR."""
        await self._ledger.read("drop_old_answers", before=now - KEPT_FOR)


def _named(asked: Asked) -> dict[str, str]:
    return {"lender": asked.lender, "caller": asked.caller, "key": asked.key}
