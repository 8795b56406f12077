"""The page over HTTP. Whatever is wrong with a link, the answer is the same: status, headers and every byte."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from temporalio.client import Client
from temporalio.service import RPCError

from contracts.lender_voice import LenderVoice
from contracts.page_link import LINK_LIVES, TOKEN_PATTERN, PageLinks
from entrypoints.page.form_token import is_own
from entrypoints.page.forms import FORMS
from entrypoints.page.guard import Guard, TooLarge, Unreadable, form_of, is_from_elsewhere
from entrypoints.page.pace import Pace
from entrypoints.page.rendering import STYLE, Rendering
from entrypoints.page.room import Room, Rooms
from entrypoints.page.visits import Visit, Visits
from entrypoints.page.words import LANGUAGES
from ledger.store import Ledger

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_TOKEN = re.compile(TOKEN_PATTERN)

_POSTS_PER_LINK, _POSTS_PER_S = 40, 60.0
_ASKINGS_PER_ADDRESS, _ASKINGS_PER_S = 240, 60.0
_AGAIN = {"Retry-After": "60"}


def create_page(
    client: Client, ledger: Ledger, lender: str, voice: LenderVoice, links: PageLinks,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Guard:  # fmt: skip
    """The page of one lender's borrowers, as an ASGI application."""
    rendering = Rendering(voice)
    shut = HTMLResponse(rendering.neutral("shut"), 404)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    visits, rooms = Visits(ledger, links, lender, now), Rooms(client, ledger, rendering, now)
    _Doors(app, visits, rooms, rendering, links.is_secure)
    later = rendering.neutral("later")

    @app.exception_handler(HTTPException)
    async def nothing_there(_: Request, error: HTTPException) -> Response:
        body = later if error.status_code in (429, 503) else shut.body
        return HTMLResponse(body, error.status_code, error.headers)

    @app.exception_handler(TooLarge)
    async def too_large(_: Request, error: Exception) -> Response:
        return HTMLResponse(shut.body, 413, {"Connection": "close"})

    @app.exception_handler(Unreadable)
    async def unreadable(_: Request, error: Exception) -> Response:
        return HTMLResponse(shut.body, 404)

    @app.exception_handler(psycopg.OperationalError)
    @app.exception_handler(RPCError)
    async def out_of_reach(_: Request, error: Exception) -> Response:
        return HTMLResponse(later, 503, {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, error: Exception) -> Response:
        return HTMLResponse(later, 500)

    pace = Pace(_ASKINGS_PER_ADDRESS, _ASKINGS_PER_S)
    crowded = HTMLResponse(later, 429, _AGAIN)
    return Guard(app, is_secure=links.is_secure, crowded=crowded, addresses=pace)


class _Doors:
    """The routes: the neutral start, the button that opens, and the rooms behind it."""

    def __init__(
        self, app: FastAPI, visits: Visits, rooms: Rooms, rendering: Rendering, is_secure: bool
    ) -> None:
        self._visits, self._rooms, self._is_secure = visits, rooms, is_secure
        self._cookie = "__Secure-leeway" if is_secure else "leeway"
        self._start, self._shut = rendering.neutral("start"), rendering.neutral("shut")
        self._pace = Pace(_POSTS_PER_LINK, _POSTS_PER_S)
        app.add_api_route("/healthz", self.healthz)
        app.add_api_route("/page.css", self.style)
        app.add_api_route("/{token}", self.start, methods=["GET", "HEAD"])
        app.add_api_route("/{token}", self.open, methods=["POST"])
        app.add_api_route("/{token}/{language}", self.home)
        app.add_api_route("/{token}/{language}/{form}", self.form)
        app.add_api_route("/{token}/{language}/{form}", self.say, methods=["POST"])

    async def healthz(self) -> Response:
        """The process lives."""
        return Response("alive", media_type="text/plain")

    async def style(self) -> Response:
        """How the page looks."""
        return Response(STYLE, media_type="text/css")

    async def start(self, token: str) -> Response:
        """The same for every link, whether it opens or not: link scanners come here first."""
        return HTMLResponse(self._start) if _TOKEN.fullmatch(token) else self._shut_page()

    async def open(self, token: str, request: Request) -> Response:
        """The button: binds the link to this browser."""
        self._refuse_crowd(token, request)
        await form_of(request)
        held = request.cookies.get(self._cookie, "")
        secret = held if _SECRET.fullmatch(held) else secrets.token_urlsafe(32)
        if not _TOKEN.fullmatch(token) or await self._visits.opened(token, secret) is None:
            return self._shut_page()
        visit = await self._visits.of(token, secret)
        language = visit.language if visit and visit.language in LANGUAGES else LANGUAGES[0]
        answer = RedirectResponse(f"/{token}/{language}", 303)
        answer.set_cookie(
            self._cookie, secret, max_age=int(LINK_LIVES.total_seconds()), path=f"/{token}",
            secure=self._is_secure, httponly=True, samesite="strict",
        )  # fmt: skip
        return answer

    async def home(self, token: str, language: str, request: Request, said: str = "") -> Response:
        """What is owed and why, where things stand, and what can be done."""
        room = await self._room(token, language, request)
        return await self._rooms.home(room, said) if room else self._shut_page()

    async def form(self, token: str, language: str, form: str, request: Request, said: str = "") -> Response:
        """One form."""
        room = await self._room(token, language, request)
        if room is None or not (form == "plan" or form in FORMS):
            return self._shut_page()
        return await self._rooms.form(room, form, said)

    async def say(self, token: str, language: str, form: str, request: Request) -> Response:
        """One form, sent; also after the session has ended, so that nothing that was typed is lost."""
        self._refuse_crowd(token, request)
        fields = await form_of(request)
        is_theirs = is_own(request.cookies.get(self._cookie, ""), form, fields)
        room = await self._room(token, language, request, is_over=is_theirs)
        if room is None or not (form == "plan" or form in FORMS) or not is_theirs:
            return self._shut_page()
        return await self._rooms.said(room, form, fields)

    async def _room(
        self, token: str, language: str, request: Request, *, is_over: bool = False
    ) -> Room | None:
        visit: Visit | None = None
        secret = request.cookies.get(self._cookie, "")
        if _TOKEN.fullmatch(token):
            visit = await self._visits.of(token, secret, is_over=is_over)
        if visit is None or language not in LANGUAGES:
            return None
        return Room(visit, language, f"/{token}", secret)

    def _refuse_crowd(self, token: str, request: Request) -> None:
        if not self._pace.allows(token):
            raise HTTPException(429, headers=_AGAIN)
        if is_from_elsewhere(request.headers):
            raise HTTPException(404)

    def _shut_page(self) -> Response:
        return HTMLResponse(self._shut, 404)
