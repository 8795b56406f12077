"""Text messages through a provider's HTTP API, under an idempotency key."""

import asyncio

import httpx

from gateways.message import Message
from gateways.receipt import NotSent, OutcomeUnknown, Receipt

_NEVER = {400, 404, 422}
"""The provider's word that this number or this text will not work."""
_NO_WORD = {409, 502, 504}
"""The key is being worked on, or a machine in between lost the answer: the text may be on its way."""


class SmsGateway:
    """POSTs `{"to", "text", "reference"}` to `url` with a bearer `token`; expects 2xx and `{"id": ...}`.

    The key goes as `Idempotency-Key` and as the reference, so a later report can be matched without an id.
    """

    takes_key = True

    def __init__(self, url: str, token: str) -> None:
        self._url = httpx.URL(url)
        if self._url.scheme not in ("http", "https") or not self._url.host:
            raise ValueError("sms url: must be http(s)://host/path")
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"},
            # A connection each: one kept open and dropped by the provider would look like a lost answer.
            limits=httpx.Limits(max_keepalive_connections=0),
            mounts={"all://127.0.0.1": None, "all://localhost": None},  # no proxy leads to this machine
        )

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        """The receipt names the provider's id. Raises NotSent or OutcomeUnknown."""
        request = self._client.build_request(
            "POST",
            self._url,
            json={"to": to, "text": message.body, "reference": key},
            headers={"Idempotency-Key": key},
            timeout=httpx.Timeout(timeout_s, connect=timeout_s / 2),
        )
        failure: Exception
        try:
            async with asyncio.timeout(timeout_s):
                return _receipt(await self._client.send(request))
        except (httpx.HTTPError, TimeoutError) as error:
            failure = error
        raise _not_answered(failure)


def _receipt(answer: httpx.Response) -> Receipt:
    if answer.is_success:
        return Receipt(_provider_id(answer))
    if answer.status_code in _NO_WORD:
        raise OutcomeUnknown(f"HTTP {answer.status_code}")
    raise NotSent(f"HTTP {answer.status_code}", final=answer.status_code in _NEVER)


def _provider_id(answer: httpx.Response) -> str:
    """Anything but an id is not a provider's yes: it may be a login page."""
    try:
        provider_id = answer.json()["id"]
    except (ValueError, LookupError, TypeError):
        provider_id = None
    if not isinstance(provider_id, str | int) or not str(provider_id):
        raise OutcomeUnknown(f"HTTP {answer.status_code} without an id")
    return str(provider_id)


def _not_answered(error: Exception) -> NotSent | OutcomeUnknown:
    never_left = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError
    if isinstance(error, never_left):
        return NotSent(type(error).__name__, final=False)
    return OutcomeUnknown(f"{type(error).__name__} after the text was handed over")
