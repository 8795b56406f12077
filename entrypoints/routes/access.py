"""Who may come in: the bearer token of the API."""

import secrets
from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from entrypoints.problem import Problem


def bearer(token: str | None) -> Any:
    """The dependency that lets only the token's holder in; without a token, everybody."""

    async def check(
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    ) -> None:
        shown = given.credentials if given else ""
        if token and not secrets.compare_digest(shown.encode(), token.encode()):
            detail = "Authorization: send `Bearer` and the token this API was started with (LEEWAY_API_TOKEN)"
            raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})

    return check
