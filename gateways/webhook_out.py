"""A signed webhook on its way out: a CloudEvent in a Standard Webhooks signature (https://www.standardwebhooks.com)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import httpx
from standardwebhooks import Webhook

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TIMEOUT_SECONDS = 15.0
_LONGEST_WAIT_SECONDS = 24 * 3600
_GONE = 410


class BadEndpoint(ValueError):
    """The address cannot be an endpoint; says why, and what to write."""


class Outcome(StrEnum):
    """What a try came to: taken, to be tried again, or never wanted again."""

    TAKEN = "taken"
    AGAIN = "again"
    GONE = "gone"


class Said(NamedTuple):
    """The receiver's answer in codes and words of ours; `wait_seconds` where it named a wait."""

    outcome: Outcome
    words: str
    wait_seconds: int = 0


def checked_url(url: str) -> str:
    """The address, if events may go there: https, or this machine. Raises BadEndpoint."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.fragment or parsed.userinfo:
        raise BadEndpoint("url: no address: write https://host/path, without a login and without #")
    if parsed.scheme == "http" and parsed.host not in LOOPBACK:
        raise BadEndpoint(f"url: {parsed.host} would be told in clear text: write https://")
    return str(parsed)


def signed(
    event_id: str, body: Mapping[str, Any], keys: Sequence[str], now: datetime
) -> tuple[bytes, dict[str, str]]:
    """The body's bytes and the headers that go with them: one signature for each key, the newest first."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    signatures = [Webhook(key).sign(event_id, now, text) for key in keys]
    return text.encode(), {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "leeway",
    }


class WebhookSender:
    """`async with WebhookSender() as sender:` posts; it follows no redirect and reads no answer's body."""

    def __init__(self, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._client = httpx.AsyncClient(
            timeout=timeout_seconds,
            mounts={"all://127.0.0.1": None, "all://localhost": None},  # no proxy leads to this machine
        )

    async def __aenter__(self) -> "WebhookSender":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Said:
        """One try. Never raises: whatever went wrong is to be tried again."""
        request = self._client.build_request("POST", url, content=content, headers=dict(headers))
        try:
            reply = await self._client.send(request, stream=True)
            await reply.aclose()
        except httpx.HTTPError as error:
            return Said(Outcome.AGAIN, f"no answer: {type(error).__name__}")
        if reply.is_success:
            return Said(Outcome.TAKEN, f"HTTP {reply.status_code}")
        if reply.status_code == _GONE:
            return Said(Outcome.GONE, "HTTP 410: gone")
        told = reply.headers.get("Retry-After", "")
        wait_seconds = min(int(told), _LONGEST_WAIT_SECONDS) if told.isascii() and told.isdigit() else 0
        return Said(Outcome.AGAIN, f"HTTP {reply.status_code}", wait_seconds)
