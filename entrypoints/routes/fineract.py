"""`/v1/fineract/{secret}`: what a Fineract sends by itself. It cannot sign: part of the address is known to it alone."""

import secrets
from io import BytesIO

from fastapi import APIRouter, Request

from entrypoints.access.gate import guarded
from entrypoints.fineract.inlet import FineractInlet, Told
from entrypoints.problem import Problem
from gateways.fineract import event, hook
from gateways.fineract.refusal import FineractRefused

MESSAGES_AT_MOST = 1000
"""In one POST of events."""


def fineract_routes(inlet: FineractInlet, secret: str) -> APIRouter:
    """Hooks and events of one book. Whoever does not know the secret is told that nothing is there."""
    routes = guarded("/v1/fineract", "fineract")

    @routes.post("/{given}/hooks", status_code=202)
    async def hooks(given: str, request: Request) -> dict[str, str]:
        """A hook says which loan to look at. 202 once that is noted for good."""
        _check(given, secret)
        try:
            await inlet.hook(request.headers, await _body(request, hook.LONGEST_BYTES))
        except FineractRefused as error:
            raise Problem(422, str(error)) from None
        return {"status": "noted"}

    @routes.post("/{given}/events", status_code=202)
    async def events(given: str, request: Request) -> dict[str, int]:
        """One message of the topic as it stands, or several, each after its length in four bytes. 202 once all of them
        are taken for good; what cannot be read is parked."""
        _check(given, secret)
        told = Told()
        try:
            body = await _body(request, event.LONGEST_BYTES)
            frames = [body] if body[:2] == event.MARK else list(event.frames(BytesIO(body)))
            if not 0 < len(frames) <= MESSAGES_AT_MOST:
                raise FineractRefused(
                    f"body: {len(frames)} messages, from 1 to {MESSAGES_AT_MOST} are taken at once"
                )
        except FineractRefused as error:
            raise Problem(422, str(error)) from None
        for frame in frames:
            await inlet.message(frame, told)
        return {"taken": told.taken, "repeated": told.repeated, "parked": told.parked}

    return routes


def _check(given: str, secret: str) -> None:
    if not secret or not secrets.compare_digest(given.encode(), secret.encode()):
        raise Problem(404, "Not Found")


async def _body(request: Request, at_most_bytes: int) -> bytes:
    """The body, as long as it is not too long: a longer one is not read to its end."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > at_most_bytes:
            raise Problem(413, f"body: more than {at_most_bytes} bytes")
    return bytes(body)
