"""`/v1/inbox`: what loan systems said, what came of it, and what is parked."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from entrypoints.problem import Problem
from ledger.entry import Row
from ledger.inbox import Inbox, NoSuchEvent, NotParked
from ledger.reading import plain
from ledger.store import Ledger

PAGE_AT_MOST = 500

InboundId = Annotated[int, Path(ge=1, le=2**63 - 1)]
State = Literal["waiting", "parked", "done"]


def inbox_routes(ledger: Ledger, lender: str) -> APIRouter:
    """One lender's inbox. Bodies tell of people: they are shown one at a time."""
    routes = APIRouter(prefix="/v1/inbox", tags=["inbox"])
    inbox = Inbox(ledger)

    @routes.get("")
    async def events(
        state: State | None = None,
        loan_id: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = None,
        after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE_AT_MOST)] = 200,
    ) -> list[Row]:
        """Events in the order in which they were accepted; `after` the last `inbound_id` comes the next page."""
        rows = await inbox.events(lender, state=state, loan_id=loan_id, after=after, page=limit)
        return [plain(row) for row in rows]

    @routes.get("/{inbound_id}")
    async def event(inbound_id: InboundId) -> Row:
        """One event with its body."""
        try:
            return plain(await inbox.event(lender, inbound_id))
        except NoSuchEvent as error:
            raise Problem(404, str(error)) from None

    @routes.post("/{inbound_id}/replay", status_code=202)
    async def replay(inbound_id: InboundId) -> dict[str, Any]:
        """A parked event is tried again."""
        try:
            await inbox.replay(lender, inbound_id)
        except NoSuchEvent as error:
            raise Problem(404, str(error)) from None
        except NotParked as error:
            raise Problem(409, str(error)) from None
        return {"inbound_id": inbound_id, "state": "waiting"}

    return routes
