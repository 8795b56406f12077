"""`/v1/cases/{loan}/events`: what happens to a case, as it happens (server-sent events)."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from entrypoints.access.gate import Calling, guarded
from entrypoints.problem import Problem
from entrypoints.routes.cases import LoanId, explained
from ledger.reading import latest_case
from ledger.store import Ledger

LOOKS = 300
"""How often somebody looks for news before the stream ends; whoever listens comes back with the last id."""

_EVERY_S = 1.0
_LAST_SEEN = re.compile(r"([0-9]{1,6})\.([0-9]{1,9})")

LastSeen = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern=rf"^{_LAST_SEEN.pattern}$",
        description="The id of the last event that was seen.",
    ),
]


def change_routes(ledger: Ledger) -> APIRouter:
    """The changes of cases."""
    routes = guarded("/v1/cases", "cases")

    async def there_is(caller: Calling, loan_id: LoanId) -> None:
        await latest_case(ledger, caller.lender, loan_id)

    @routes.get("/{loan_id}/events", response_class=EventSourceResponse)
    async def events(
        caller: Calling, loan_id: LoanId, _: Annotated[None, Depends(there_is)], last_seen: LastSeen = None
    ) -> AsyncIterator[ServerSentEvent]:
        """Every line of the case's explanation from the last one that was seen on, as it is written; `event` is its kind.
        It ends after a while: come back with the id of the last event."""
        episode, seq = _seen(last_seen)
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(_EVERY_S)
            case = await latest_case(ledger, caller.lender, loan_id)
            if case["episode"] != episode:
                episode, seq = case["episode"], 0
            for line in await explained(ledger, caller, loan_id):
                if line["seq"] > seq:
                    seq = line["seq"]
                    yield ServerSentEvent(data=line, event=line["kind"], id=f"{episode}.{seq}")

    return routes


def _seen(last_seen: str | None) -> tuple[int, int]:
    if last_seen is None:
        return 0, 0
    found = _LAST_SEEN.fullmatch(last_seen)
    if found is None:
        raise Problem(422, "Last-Event-ID: send the id of the last event, or leave it out")
    return int(found[1]), int(found[2])
