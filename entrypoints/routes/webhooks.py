"""`/v1/webhooks`: signed events in. Answered once they are kept for good; they are applied to cases afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from entrypoints.access.gate import guarded
from entrypoints.problem import Problem
from gateways.cloud_event import CloudEventError, read_cloud_events
from gateways.webhook_signature import BadSignature, WebhookKeys
from ledger.inbox import Delivery, Inbox, OtherBody
from ledger.store import Ledger

BODY_AT_MOST_BYTES = 256 * 1024

Source = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Who sends, as the keys name it.")
]

_DESCRIBED: dict[str, Any] = {
    "parameters": [
        {"name": f"webhook-{name}", "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("id", "timestamp", "signature")
    ],
    "requestBody": {
        "required": True,
        "content": {"application/cloudevents+json": {"schema": {
            "type": "object", "required": ["specversion", "id", "source", "type", "data"],
            "properties": {name: {"type": "string"} for name in ("specversion", "id", "source", "type", "time")}
            | {"data": {"type": "object"}}}}},
    },
}  # fmt: skip


def webhook_routes(
    ledger: Ledger, lender: str, keys: WebhookKeys, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> APIRouter:
    """The way in for signed events of one lender's loan systems. The signature is the key to it; no token is asked."""
    routes = guarded("/v1/webhooks", "webhooks")
    inbox = Inbox(ledger)

    @routes.post("/{source}", status_code=202, openapi_extra=_DESCRIBED)
    async def receive(source: Source, request: Request) -> dict[str, str]:
        """A CloudEvent, or an array of them, signed by Standard Webhooks. The same id and body is answered the same;
        another body under the same id is refused (409)."""
        body, now = await _body(request), clock()
        try:
            delivery_id = keys.checked(source, request.headers, body, now)
        except BadSignature:
            raise Problem(401, "not signed") from None
        try:
            events = read_cloud_events(body, lender, source)
            await inbox.accept(events, now, Delivery(lender, source, delivery_id, body))
        except CloudEventError as error:
            raise Problem(422, str(error), errors=[{"field": error.field, "reason": error.reason}]) from None
        except OtherBody as error:
            raise Problem(409, str(error)) from None
        return {"status": "accepted"}

    return routes


async def _body(request: Request) -> bytes:
    """The whole body. Raises Problem as soon as it is too large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_AT_MOST_BYTES:
            raise Problem(413, f"body: more than {BODY_AT_MOST_BYTES} bytes; send fewer events at once")
        parts.append(part)
    return b"".join(parts)
