"""Signed webhooks in, by Standard Webhooks 1.0: https://github.com/standard-webhooks/standard-webhooks."""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

from contracts.loan import Slug

TOLERANCE = timedelta(minutes=5)
"""How far a webhook's timestamp may lie from now, before or after: the standard's own figure."""

_SECRET_BYTES_AT_LEAST = 24
_PAIR = re.compile(r"\s*([a-z0-9][a-z0-9-]{0,39})\s*=\s*(whsec_[A-Za-z0-9+/]+={0,2})\s*")
_ID = re.compile(r"[!-~]{1,200}")
_SECONDS = re.compile(r"[0-9]{1,11}")


class BadSignature(ValueError):
    """Not signed by who it says. What was wrong is nobody's business: the answer is the same for all."""


class WebhookKeys:
    """The keys of each source; several are valid at once while one takes the place of another."""

    def __init__(self, keys: Mapping[Slug, tuple[str, ...]]) -> None:
        self._hooks = {source: tuple(Webhook(key) for key in of_source) for source, of_source in keys.items()}

    @classmethod
    def read(cls, text: str) -> "WebhookKeys":
        """`source=whsec_...,source=whsec_...`. Raises ValueError, naming the place and never the key."""
        keys: dict[str, tuple[str, ...]] = {}
        for place, pair in enumerate(text.split(",") if text.strip() else (), start=1):
            found = _PAIR.fullmatch(pair)
            if found is None:
                raise ValueError(
                    f"LEEWAY_WEBHOOK_KEYS: entry {place}: write source=whsec_ and the key in base64"
                )
            source, key = found[1], found[2]
            # 24 bytes are 32 characters; base64 that is cut short shows as another length.
            if len(key.removeprefix("whsec_").rstrip("=")) * 6 // 8 < _SECRET_BYTES_AT_LEAST:
                raise ValueError(f"LEEWAY_WEBHOOK_KEYS: entry {place}: a key has at least 24 bytes")
            keys[source] = (*keys.get(source, ()), key)
        return cls(keys)

    def checked(self, source: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The webhook's id, once one of the source's keys has signed this id, this instant and this body.

        `headers` by small letters. Raises BadSignature.
        """
        told_id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not _ID.fullmatch(told_id) or not _SECONDS.fullmatch(seconds):
            raise BadSignature("webhook-id or webhook-timestamp")
        at = datetime.fromtimestamp(int(seconds), UTC)
        if abs(at - now) > TOLERANCE:
            raise BadSignature("webhook-timestamp")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise BadSignature("body") from None
        given = [one.encode() for one in headers.get("webhook-signature", "").split(" ")]
        for hook in self._hooks.get(source, ()):
            expected = hook.sign(told_id, at, text).encode()
            if any(hmac.compare_digest(expected, one) for one in given):
                return told_id
        raise BadSignature("webhook-signature")
