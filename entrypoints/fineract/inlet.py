"""Hooks and events on their way in: durably taken, each once; nothing of them is lost, and none is believed blindly."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts.loan_event import LoanEvent
from gateways.fineract.event import BookEvent, decoded
from gateways.fineract.hook import read_hook
from gateways.fineract.refusal import FineractRefused
from gateways.fineract.translation import Translator
from ledger.fineract import FineractShelf

Accept = Callable[[Sequence[LoanEvent]], Awaitable[object]]
"""Takes loan events durably; one it has already, by its id, changes nothing."""

_UNREADABLE = "unreadable"


@dataclass
class Told:
    """What became of events."""

    taken: int = 0
    repeated: int = 0
    parked: int = 0

    def __str__(self) -> str:
        return f"{self.taken} taken, {self.repeated} known already, {self.parked} parked"


class FineractInlet:
    """For one tenant and its lender. `now` is the clock that says when something was told."""

    def __init__(
        self, shelf: FineractShelf, translator: Translator, accept: Accept, tenant: str,
        now: Callable[[], datetime], schemas: Sequence[Path] = (),
    ) -> None:  # fmt: skip
        self._shelf, self._translator, self._accept = shelf, translator, accept
        self._tenant, self._now, self._schemas = tenant, now, tuple(schemas)

    async def hook(self, headers: Mapping[str, str], body: bytes) -> None:
        """Notes the loan to look at, once for each command. Raises FineractRefused for what is no hook of the tenant."""
        hook = read_hook(headers, body)
        if hook.tenant != self._tenant:
            raise FineractRefused("Fineract-Platform-TenantId: not the tenant of this book")
        key = f"hook/{hook.key}"
        if hook.is_failure or hook.loan_id is None or await self._shelf.is_told(key):
            return
        await self._shelf.ask(hook.loan_id)
        await self._shelf.tell_event(key, f"{hook.entity}/{hook.action}", self._now())

    async def message(self, frame: bytes, told: Told) -> None:
        """Takes what one message of the topic says, or parks it. Raises nothing for its content."""
        try:
            events = decoded(frame, *self._schemas)
        except FineractRefused as error:
            await self._park(
                f"{_UNREADABLE}/{hashlib.sha256(frame).hexdigest()}", _UNREADABLE, str(error), frame, told
            )
            return
        for event in events:
            await self._event(event, frame, told)

    async def replay(self) -> Told:
        """Parked messages, taken again; what still says nothing stays parked."""
        told, after = Told(), ""
        while rows := await self._shelf.parked(after, 100):
            for row in rows:
                before = told.parked
                await self.message(bytes(row["body"]), told)
                if told.parked == before and row["type"] == _UNREADABLE:
                    await self._shelf.unpark(row["key"])
            after = rows[-1]["key"]
        return told

    async def _event(self, event: BookEvent, frame: bytes, told: Told) -> None:
        key = f"event/{event.key}"
        if await self._shelf.is_told(key):
            told.repeated += 1
            return
        if reason := self._unusable(event):
            await self._park(key, event.type, reason, frame, told)
            return
        loan_id = event.loan_id or 0
        try:
            found = self._translator.event(event)
        except FineractRefused as error:
            await self._shelf.ask(loan_id)
            await self._park(key, event.type, str(error), frame, told)
            return
        # Of a loan without a case nothing needs to be told: once it has one, the loan itself says all of it.
        if found and await self._shelf.open_case(str(loan_id)):
            await self._accept(found)
        await self._shelf.ask(loan_id)
        await self._shelf.tell_event(key, event.type, self._now())
        told.taken += 1

    def _unusable(self, event: BookEvent) -> str | None:
        if event.tenant != self._tenant:
            return f"tenant: {event.tenant} is not this book's"
        if event.loan_id is None:
            return f"dataschema: {event.schema[:150]}: no loan can be read from it"
        return None

    async def _park(self, key: str, kind: str, reason: str, frame: bytes, told: Told) -> None:
        await self._shelf.tell_event(key, kind, self._now(), reason, frame)
        told.parked += 1
