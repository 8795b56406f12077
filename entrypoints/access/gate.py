"""The gate of the API: every route goes through it, before its body is read."""

import secrets
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Route

from entrypoints.access.allowance import PER_MINUTE, Allowance
from entrypoints.access.caller import Caller, Unknown
from entrypoints.access.keys import PREFIX, Keys
from entrypoints.access.repeats import once
from entrypoints.access.role import Right, Role
from entrypoints.access.size import limited
from entrypoints.access.tokens import Tokens
from entrypoints.access.who_may import ANYBODY, WHO_MAY
from entrypoints.problem import Problem
from ledger.answers import Answers
from ledger.store import Ledger

_KEY_AT_MOST_CHARACTERS = 8192


class RouteForNobody(LookupError):
    """A route that the table does not have, or that is beside the gate; the text names it."""


class Gate:
    """Who comes in: holders of a key, people with a token of the sign-on, and whoever has the token of the settings."""

    def __init__(
        self, ledger: Ledger, lender: str, token: str | None = None, tokens: Tokens | None = None,
        per_minute: int = PER_MINUTE,
    ) -> None:  # fmt: skip
        self._keys, self._tokens = Keys(ledger), tokens
        self._token, self._holder = token, Caller(lender, "api", Role.ADMIN)
        self.answers = Answers(ledger)
        self._allowance = Allowance(per_minute)

    async def admit(self, authorization: str, right: Right) -> Caller:
        """Who calls. Raises Problem 401 and 429, and Denied."""
        scheme, _, shown = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer" or not shown or len(shown) > _KEY_AT_MOST_CHARACTERS:
                raise Unknown("no key")
            caller = await self._caller(shown)
        except Unknown:
            detail = "Authorization: send `Bearer` and a key in force (see `leeway key new`) or a token of the sign-on"
            raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"}) from None
        if wait_s := self._allowance.wait_s((caller.lender, caller.name)):
            detail = f"{caller.name} asks more often than is allowed; ask again in {wait_s} s"
            raise Problem(429, detail, headers={"Retry-After": str(wait_s)})
        caller.check(right)
        return caller

    async def _caller(self, shown: str) -> Caller:
        if self._token and secrets.compare_digest(shown.encode(), self._token.encode()):
            return self._holder
        if not shown.startswith(PREFIX) and self._tokens:
            return await self._tokens.caller(shown)
        return await self._keys.caller(shown, datetime.now(UTC))


class GuardedRoute(APIRoute):
    """A route whose callers `app.state.gate` has let in, by the right that the table says. One that is not in the table
    lets nobody in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the gate."""
        handle = super().get_route_handler()
        path = self.path

        async def guarded(request: Request) -> Response:
            route = f"{request.method} {path}"
            right = WHO_MAY[route]
            if right is ANYBODY:
                return await handle(request)
            gate: Gate = request.app.state.gate
            caller = await gate.admit(request.headers.get("authorization", ""), right)
            request.state.caller = caller
            if request.method in ("GET", "HEAD"):
                return await handle(request)
            return await once(limited(request, route), caller, gate.answers, handle)

        return guarded


def guarded(prefix: str, tag: str) -> APIRouter:
    """A router of guarded routes."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=GuardedRoute)


def checked(routers: Iterable[APIRouter]) -> Sequence[APIRouter]:
    """The routers, each of whose routes the table has and the gate guards. Raises RouteForNobody."""
    found = list(routers)
    unknown = [
        f"{method} {route.path}"
        for router in found
        for route in router.routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if not isinstance(route, GuardedRoute) or f"{method} {route.path}" not in WHO_MAY
    ]
    if unknown:
        raise RouteForNobody(f"{', '.join(unknown)}: say in entrypoints/access/who_may.py who may use it")
    return found


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Calling = Annotated[Caller, Depends(_caller)]
"""Who calls a guarded route."""
