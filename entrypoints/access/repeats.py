"""`Idempotency-Key`: a write sent again under its key is answered as it was, and done once."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Request, Response
from psycopg import OperationalError

from entrypoints.access.caller import Caller
from entrypoints.problem import Problem
from ledger.answers import Answered, Answers, Asked, OtherRequest, StillRunning

HEADER = "Idempotency-Key"
PATTERN = "^[!-~]{1,80}$"

_log = logging.getLogger(__name__)
_DAY_S = 86_400
_RETRY_AFTER_S = "2"
_SHOWN_ONCE = (
    b'{"title": "Conflict", "status": 409, "detail": "this was done, and its answer was shown once"}'
)


async def once(
    request: Request, caller: Caller, answers: Answers, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    """The answer to a write; where the caller named a key for it, the one that was given before under that key. Errors
    are not remembered: they changed nothing. Raises Problem."""
    given = request.headers.get(HEADER)
    if given is not None and not re.fullmatch(PATTERN, given):
        reason = f"{given[:80]!r} given; write 1 to 80 printable ASCII characters without spaces"
        raise Problem(422, f"{HEADER}: {reason}", errors=[{"field": HEADER.lower(), "reason": reason}])
    key = request.state.key = given or str(uuid4())
    answer = await (_remembered(request, caller, key, answers, handle) if given else handle(request))
    answer.headers[HEADER] = key
    return answer


async def forget_daily(answers: Answers) -> None:
    """Forgets old answers now and every day, until it is cancelled. A day on which the ledger is away is passed over."""
    while True:
        try:
            await answers.forget(datetime.now(UTC))
        except OperationalError as error:
            _log.warning("old answers were not forgotten, tried again tomorrow: %s", type(error).__name__)
        await asyncio.sleep(_DAY_S)


async def _remembered(
    request: Request, caller: Caller, key: str, answers: Answers,
    handle: Callable[[Request], Awaitable[Response]],
) -> Response:  # fmt: skip
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    asked = Asked(caller.lender, caller.name, key, hashlib.sha256(said).hexdigest())
    begun_at = datetime.now(UTC)
    try:
        known = await answers.begin(asked, begun_at)
    except OtherRequest as error:
        raise Problem(422, str(error), errors=[{"field": HEADER.lower(), "reason": str(error)}]) from None
    except StillRunning as error:
        raise Problem(409, str(error), headers={"Retry-After": _RETRY_AFTER_S}) from None
    if known:
        return Response(known.body, known.status, {"Idempotency-Replayed": "true"}, known.media_type)
    try:
        answer = await handle(request)
    except BaseException:
        await answers.drop(asked, begun_at)
        raise
    await answers.end(asked, begun_at, _kept(answer))
    return answer


def _kept(answer: Response) -> Answered:
    if answer.headers.get("Cache-Control") == "no-store":  # a secret, shown once
        return Answered(409, "application/problem+json", _SHOWN_ONCE)
    return Answered(answer.status_code, answer.headers.get("content-type", ""), bytes(answer.body))


async def _key(request: Request) -> str:
    key: str = request.state.key
    return key


WriteKey = Annotated[str, Depends(_key)]
"""The key of a guarded write: the caller's, or one that was made for it."""


async def _named(request: Request) -> str | None:
    return request.headers.get(HEADER)


NamedKey = Annotated[str | None, Depends(_named)]
"""The key that the caller named for a write; None where they named none."""
