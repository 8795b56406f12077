"""Somebody's webhook endpoint for tests and trials: it checks every signature, keeps what it took, and fails when asked to."""

import json
from collections import deque
from datetime import UTC, datetime
from typing import Any, Literal, Self

from fastapi import FastAPI, HTTPException, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

from simulator.http_server import served

Fault = Literal["broken", "busy", "gone", "redirect", "take_and_break"]
"""500; 429 with Retry-After; 410; 302; taken, but answered with 500."""

_STATUS = {"broken": 500, "busy": 429, "gone": 410, "redirect": 302, "take_and_break": 500}


class Receiver:
    """`async with Receiver() as receiver:` serves `receiver.url`; `key` must be what signs."""

    url: str

    def __init__(self) -> None:
        self.key = ""
        self.taken: list[dict[str, Any]] = []
        self.tries: dict[str, int] = {}
        self._faults: dict[str, deque[Fault]] = {}

    def fail(self, subject: str, *kinds: Fault) -> None:
        """The next events of this case fail so, one after the other."""
        self._faults.setdefault(subject, deque()).extend(kinds)

    def ids(self, subject: str | None = None) -> list[str]:
        """The events taken, in the order in which they came; each time counts."""
        return [one["id"] for one in self.taken if subject in (None, one["subject"])]

    async def __aenter__(self) -> Self:
        self._http = served(_app(self))
        self.url = f"{await self._http.__aenter__()}hooks"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.__aexit__(None, None, None)

    def takes(self, body: bytes, headers: dict[str, str]) -> Fault | None:
        """Counts the try and keeps the event, unless it is to fail. Raises WebhookVerificationError."""
        event_id, sent_at = (
            headers["webhook-id"],
            datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC),
        )
        if (
            Webhook(self.key).sign(event_id, sent_at, body.decode())
            not in headers["webhook-signature"].split()
        ):
            raise WebhookVerificationError("no signature of ours")
        event: dict[str, Any] = json.loads(body)
        self.tries[event["id"]] = self.tries.get(event["id"], 0) + 1
        waiting = self._faults.get(event["subject"])
        fault = waiting.popleft() if waiting else None
        if fault in (None, "take_and_break"):
            self.taken.append(event)
        return fault


def _app(receiver: Receiver) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/hooks")
    async def hooks(request: Request) -> Response:
        try:
            fault = receiver.takes(await request.body(), dict(request.headers))
        except WebhookVerificationError as error:
            raise HTTPException(401, str(error)) from None
        if fault is None:
            return Response(status_code=204)
        headers = {"busy": {"Retry-After": "120"}, "redirect": {"Location": "/elsewhere"}}.get(fault, {})
        return Response(status_code=_STATUS[fault], headers=headers)

    return app
