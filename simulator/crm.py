"""A CRM for tests and trials: it keeps what it is told, says who looks after a borrower, and fails when asked to."""

import asyncio
from collections import deque
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import FastAPI, Header, HTTPException, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from simulator.http_server import served

Fault = Literal["refuse", "busy", "broken", "hang", "hang_after_accept", "forget_mark"]
"""422; 429; 500; no answer; all is taken but no answer; every note ever said is told again."""

_STATUS = {"refuse": 422, "busy": 429, "broken": 500}


class StandInCrm:
    """`async with StandInCrm() as crm:` serves the port of docs/connecting.md at `crm.url`.

    `events`: what was accepted of a borrower, each id once, in the order in which it came; `deliveries`: how often each
    id came. `owners` may be set by borrower id.
    """

    token = "the-stand-ins-token"
    url: str

    def __init__(self) -> None:
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.deliveries: dict[str, int] = {}
        self.owners: dict[str, dict[str, str]] = {}
        self.asked_since: list[str | None] = []
        self._notes: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}
        self._changes = 0
        self._faults: deque[Fault] = deque()
        self._closing = asyncio.Event()

    def fail_next(self, *kinds: Fault) -> None:
        """The next requests fail so, one after the other."""
        self._faults.extend(kinds)

    @property
    def faults_left(self) -> int:
        """How many requests are still to fail."""
        return len(self._faults)

    def note(self, borrower_id: str, note_id: str, text: str, author: str, at: datetime) -> None:
        """A note is written, or changed where the id is known."""
        said = {"id": note_id, "text": text, "author": author, "at": at.isoformat(), "deleted": False}
        self._change(borrower_id, note_id, said)

    def delete_note(self, borrower_id: str, note_id: str) -> None:
        """A note is taken back."""
        self._change(borrower_id, note_id, {"id": note_id, "deleted": True})

    async def __aenter__(self) -> Self:
        self._http: AbstractAsyncContextManager[str] = served(_app(self))
        self.url = f"{await self._http.__aenter__()}leeway"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._http.__aexit__(None, None, None)

    def accept(self, borrower_id: str, events: list[dict[str, Any]]) -> list[str]:
        """Keeps what is new by id; the ids of all of them."""
        kept = self.events.setdefault(borrower_id, [])
        known = {event["id"] for event in kept}
        for event in events:
            self.deliveries[event["id"]] = self.deliveries.get(event["id"], 0) + 1
            if event["id"] not in known:
                kept.append(event)
                known.add(event["id"])
        return [event["id"] for event in events]

    def tell(self, borrower_id: str, since: str | None, limit: int) -> dict[str, Any]:
        """Owner, and up to `limit` notes that were changed after the mark."""
        after = int(since or 0)
        changed = sorted(
            (one for one in self._notes.get(borrower_id, {}).values() if one[0] > after),
            key=lambda one: one[0],
        )
        page = changed[:limit]
        return {"owner": self.owners.get(borrower_id), "notes": [note for _, note in page],
                "mark": str(page[-1][0] if page else after), "more": len(changed) > limit}  # fmt: skip

    async def fault(self, *kinds: Fault) -> bool:
        """Whether the next fault is one of these; a status is raised, and a hanging request says nothing."""
        if not self._faults or self._faults[0] not in kinds:
            return False
        kind = self._faults.popleft()
        if kind in _STATUS:
            raise HTTPException(_STATUS[kind], "the stand-in was asked to fail")
        if kind.startswith("hang"):
            await self._closing.wait()
        return True

    def _change(self, borrower_id: str, note_id: str, said: dict[str, Any]) -> None:
        self._changes += 1
        self._notes.setdefault(borrower_id, {})[note_id] = (self._changes, said)


class _Push(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lender: str
    borrower_id: str
    events: list[dict[str, Any]]


def _app(crm: StandInCrm) -> FastAPI:
    app = FastAPI(title="A CRM", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(HTTPException)
    async def said(_request: object, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": error.detail}, error.status_code)

    def check(authorization: str) -> None:
        if authorization != f"Bearer {crm.token}":
            raise HTTPException(401, "wrong or no bearer token")

    @app.post("/leeway/events")
    async def events(
        push: _Push, idempotency_key: Annotated[str, Header()], authorization: Annotated[str, Header()] = ""
    ) -> dict[str, list[str]]:
        check(authorization)
        await crm.fault("refuse", "busy", "broken", "hang")
        accepted = crm.accept(push.borrower_id, push.events)
        await crm.fault("hang_after_accept")
        return {"accepted": accepted}

    @app.get("/leeway/borrower")
    async def borrower(
        lender: str,
        borrower_id: str,
        limit: Annotated[int, Query(ge=1)],
        since: str | None = None,
        authorization: Annotated[str, Header()] = "",
    ) -> dict[str, Any]:
        check(authorization)
        await crm.fault("refuse", "busy", "broken", "hang")
        crm.asked_since.append(since)
        return crm.tell(borrower_id, None if await crm.fault("forget_mark") else since, limit)

    return app
