"""A CRM over HTTP, in JSON, as docs/connecting.md describes it."""

import asyncio
import hashlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from gateways.crm import (
    EVENTS_AT_MOST,
    NOTES_AT_MOST,
    BorrowerRef,
    CrmRefused,
    CrmUnavailable,
    HistoryEvent,
    OwnerAndNotes,
    TokenRefused,
)

WAITS_SECONDS = (0.5, 2.0)
"""Before the second try and the third."""
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_ANSWER_BYTES = 4 * 1024 * 1024
_LONGEST_WORDS = 200
_COME_BACK = {408, 425, 429}
_WHO_ARE_YOU = {401, 403}


class _Accepted(BaseModel):
    """The CRM's yes: the ids it has now."""

    model_config = ConfigDict(extra="forbid")
    accepted: list[str]


Answer = TypeVar("Answer", bound=BaseModel)


class HttpCrm:
    """`async with HttpCrm(url, token) as crm:` speaks to `url`/events and `url`/borrower. ValueError for a bad url.

    `waits_seconds` come between tries, unless the CRM names another wait; each try takes at most `timeout_seconds`.
    """

    def __init__(
        self, url: str, token: str, timeout_seconds: float = 10.0, waits_seconds: Sequence[float] = WAITS_SECONDS
    ) -> None:  # fmt: skip
        self._base = _base(url)
        if not token.isascii() or not token.strip():
            raise ValueError("LEEWAY_CRM_TOKEN: empty or no ASCII text: set the CRM's bearer token")
        self._timeout_seconds, self._waits_seconds = timeout_seconds, tuple(waits_seconds)
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token.strip()}", "Accept": "application/json"},
            timeout=timeout_seconds,
            mounts={"all://127.0.0.1": None, "all://localhost": None},  # no proxy leads to this machine
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def push(self, borrower: BorrowerRef, events: Sequence[HistoryEvent]) -> None:
        """See `Crm.push`."""
        if len(events) > EVENTS_AT_MOST:
            raise ValueError(f"events: {len(events)} at once; push at most {EVENTS_AT_MOST}")
        body = borrower._asdict() | {"events": [event.model_dump(mode="json") for event in events]}
        told = [event.id for event in events]
        key = hashlib.sha256("\n".join((*borrower, *told)).encode()).hexdigest()[:32]
        request = self._client.build_request("POST", f"{self._base}/events", json=body,
                                             headers={"Idempotency-Key": key})  # fmt: skip
        accepted = await self._asked(request, _Accepted)
        if missing := set(told) - set(accepted.accepted):
            raise CrmRefused(
                f"accepted: {len(missing)} of {len(told)} events are not named in the CRM's answer"
            )

    async def owner_and_notes(self, borrower: BorrowerRef, since: str | None) -> OwnerAndNotes:
        """See `Crm.owner_and_notes`."""
        asked = borrower._asdict() | {"limit": NOTES_AT_MOST} | ({} if since is None else {"since": since})
        return await self._asked(
            self._client.build_request("GET", f"{self._base}/borrower", params=asked), OwnerAndNotes
        )

    async def _asked(self, request: httpx.Request, answer: type[Answer]) -> Answer:
        """The answer of the first try that brings one; what is final is raised at once."""
        for wait_seconds in (*self._waits_seconds, None):
            try:
                return await self._try(request, answer)
            except _Again as again:
                if wait_seconds is None:
                    raise CrmUnavailable(str(again)) from None
                await asyncio.sleep(max(wait_seconds, again.wait_seconds))
        raise AssertionError("the last try either answers or raises")

    async def _try(self, request: httpx.Request, answer: type[Answer]) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                reply = await self._client.send(request, stream=True)
                try:
                    body = await _read(reply)
                finally:
                    await reply.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise _Again(f"{type(error).__name__}: the CRM did not answer") from None
        _check(reply, body)
        try:
            return answer.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]
            field = ".".join(map(str, first["loc"])) or "body"
            raise CrmRefused(
                f"HTTP {reply.status_code}, {field}: {first['msg']}; see docs/connecting.md"
            ) from None


class _Again(Exception):
    """Not now; perhaps after `wait_seconds`."""

    def __init__(self, reason: str, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


async def _read(reply: httpx.Response) -> bytes:
    body = b""
    async for part in reply.aiter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER_BYTES:
            raise CrmRefused(
                f"HTTP {reply.status_code}: the answer is longer than {_LONGEST_ANSWER_BYTES} bytes"
            )
    return body


def _check(reply: httpx.Response, body: bytes) -> None:
    """Raises what a status other than 2xx means."""
    status = reply.status_code
    if reply.is_success:
        return
    if status in _COME_BACK or status >= 500:
        raise _Again(f"HTTP {status}: the CRM says to come back", _wait_seconds(reply))
    said = f"HTTP {status}{_words(body)}"
    if status in _WHO_ARE_YOU:
        raise TokenRefused(f"{said}; see LEEWAY_CRM_TOKEN")
    raise CrmRefused(f"{said}; see LEEWAY_CRM_URL" if reply.is_redirect else said)


def _words(body: bytes) -> str:
    """What the CRM says in `{"error": "…"}`, on one short line; anything else is not shown."""
    try:
        error: Any = httpx.Response(200, content=body).json()["error"]
    except (ValueError, LookupError, TypeError):
        return ""
    printable = "".join(letter for letter in error if letter.isprintable()) if isinstance(error, str) else ""
    return f": {printable[:_LONGEST_WORDS]}" if printable else ""


def _wait_seconds(reply: httpx.Response) -> float:
    """Retry-After in seconds, within reason; a date is not read."""
    told = reply.headers.get("Retry-After", "")
    return min(float(told), _LONGEST_WAIT_SECONDS) if told.isascii() and told.isdigit() else 0.0


def _base(url: str) -> str:
    """The address without a closing slash. The error says nothing of it: there may be a login in it."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
        raise ValueError("LEEWAY_CRM_URL: no address: write http(s)://host/path, without ? and #")
    return str(parsed).rstrip("/")
