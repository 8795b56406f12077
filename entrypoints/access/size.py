"""How large a request may be: a larger one is not read to its end."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import Request
from starlette.types import Message

from entrypoints.problem import Problem

BODY_AT_MOST_BYTES = 256 * 1024
"""Of a request, where its route says nothing else."""

LARGER: Mapping[str, int] = MappingProxyType({"POST /v1/cases/bulk": 4 * 1024 * 1024})
"""The routes that take more."""


def limited(request: Request, route: str) -> Request:
    """The request, whose body can be read as far as is allowed. Raises Problem, or its reading does."""
    at_most = LARGER.get(route, BODY_AT_MOST_BYTES)
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > at_most:
        raise _too_large(at_most)
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > at_most:
            raise _too_large(at_most)
        return message

    return Request(request.scope, receive)


def _too_large(at_most: int) -> Problem:
    return Problem(413, f"body: more than {at_most} bytes; send less at once")
