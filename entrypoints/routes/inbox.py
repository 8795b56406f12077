"""`/v1/inbox`: what loan systems said, what came of it, and what is parked."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from entrypoints.access.gate import Calling, guarded
from entrypoints.problem import Problem
from entrypoints.routes.paging import Paged
from ledger.entry import Row
from ledger.inbox import Inbox, NoSuchEvent, NotParked
from ledger.reading import plain
from ledger.store import Ledger

InboundId = Annotated[int, Path(ge=1, le=2**63 - 1)]
State = Literal["waiting", "parked", "done"]


def inbox_routes(ledger: Ledger) -> APIRouter:
    """The inbox. Bodies tell of people: they are shown one at a time."""
    routes = guarded("/v1/inbox", "inbox")
    inbox = Inbox(ledger)

    @routes.get("")
    async def events(
        caller: Calling,
        state: State | None = None,
        loan_id: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = None,
        *,
        pages: Paged,
    ) -> list[Row]:
        """Events in the order in which they were accepted."""
        [after] = pages.after(int) or (0,)
        rows = await inbox.events(
            caller.lender, state=state, loan_id=loan_id, after=int(after), page=pages.limit + 1
        )
        return pages.cut([plain(row) for row in rows], lambda row: (row["inbound_id"],))

    @routes.get("/{inbound_id}")
    async def event(caller: Calling, inbound_id: InboundId) -> Row:
        """One event with its body."""
        try:
            return plain(await inbox.event(caller.lender, inbound_id))
        except NoSuchEvent as error:
            raise Problem(404, str(error)) from None

    @routes.post("/{inbound_id}/replay", status_code=202)
    async def replay(caller: Calling, inbound_id: InboundId) -> dict[str, Any]:
        """A parked event is tried again."""
        try:
            await inbox.replay(caller.lender, inbound_id, caller.deciding(None))
        except NoSuchEvent as error:
            raise Problem(404, str(error)) from None
        except NotParked as error:
            raise Problem(409, str(error)) from None
        return {"inbound_id": inbound_id, "state": "waiting"}

    return routes
