"""Around the whole page: the headers of every answer, the size and the pace of what comes in, and no trace in what goes
wrong."""

import logging
import traceback
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.page.pace import Pace, network_of

BODY_AT_MOST_BYTES = 16_384
FIELDS_AT_MOST = 60

_FORM = "application/x-www-form-urlencoded"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}

_log = logging.getLogger("leeway.page")


class TooLarge(ValueError):
    """The body is larger than any form of the page."""


class Unreadable(ValueError):
    """The body is no form."""


class Guard:
    """An ASGI application around the page's own. `crowded` is the answer to who asks too often."""

    def __init__(self, app: ASGIApp, *, is_secure: bool, crowded: Response, addresses: Pace) -> None:
        self._app, self._crowded, self._addresses = app, crowded, addresses
        self._headers = _HEADERS | (_ONLY_HTTPS if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                del headers["Allow"]
            await send(message)

        if not self._addresses.allows(network_of((scope.get("client") or ("",))[0])):
            await self._crowded(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:
            # What it says may hold what somebody wrote; where it happened does not.
            places = (
                f"{one.filename}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)[-5:]
            )
            _log.error("%s at %s", type(error).__name__, " < ".join(places))


async def form_of(request: Request) -> dict[str, list[str]]:
    """The fields of a form. Raises TooLarge, Unreadable, before it has read more than a form can be."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM:
        raise Unreadable
    body = b""
    async for some in request.stream():
        body += some
        if len(body) > BODY_AT_MOST_BYTES:
            raise TooLarge
    try:
        return parse_qs(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_AT_MOST
        )
    except ValueError:
        raise Unreadable from None


def is_from_elsewhere(headers: Headers) -> bool:
    """Whether the browser says that another site sent this."""
    return headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
