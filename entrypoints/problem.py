"""Errors of the HTTP API: RFC 9457 `application/problem+json`, with the field, the rule and what to do."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from temporalio.service import RPCError

from entrypoints.access.caller import Denied, NotYourName
from ledger.desk import NoSuchTask, TaskRefused
from ledger.reading import NoSuchCase
from statemachine.messages import MESSAGE_TYPES

_SHOWN_AT_MOST = 120


class Problem(HTTPException):
    """An answer that is an error. `errors` names fields: {"field": ..., "reason": ...} each."""

    def __init__(
        self, status: int, detail: str, *, errors: Sequence[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None
    ) -> None:  # fmt: skip
        super().__init__(status, detail, dict(headers or {}))
        self.errors = list(errors)


def answer_with_problems(app: FastAPI) -> None:
    """Every error of `app` becomes a problem document."""

    @app.exception_handler(HTTPException)
    async def known(_: Request, error: HTTPException) -> JSONResponse:
        return _answer(error)

    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [mistake(item) for item in error.errors()]
        detail = "; ".join(f"{item['field']}: {item['reason']}" for item in errors)
        return _answer(Problem(422, detail, errors=errors))

    @app.exception_handler(NoSuchCase)
    @app.exception_handler(NoSuchTask)
    async def unknown(_: Request, error: LookupError) -> JSONResponse:
        return _answer(Problem(404, str(error)))

    @app.exception_handler(TaskRefused)
    async def refused(_: Request, error: TaskRefused) -> JSONResponse:
        errors = [{"field": error.field, "reason": error.reason}]
        return _answer(Problem(409 if error.is_conflict else 422, str(error), errors=errors))

    @app.exception_handler(Denied)
    async def denied(_: Request, error: Denied) -> JSONResponse:
        return _answer(Problem(403, str(error)))

    @app.exception_handler(NotYourName)
    async def not_their_name(_: Request, error: NotYourName) -> JSONResponse:
        return _answer(Problem(422, str(error), errors=[{"field": "by", "reason": str(error)}]))

    @app.exception_handler(psycopg.OperationalError)
    @app.exception_handler(RPCError)
    async def out_of_reach(_: Request, error: Exception) -> JSONResponse:
        server = "Temporal" if isinstance(error, RPCError) else "the ledger"
        detail = f"{server} does not answer; nothing is known to have changed, try again"
        return _answer(Problem(503, detail, headers={"Retry-After": "5"}))

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, error: Exception) -> JSONResponse:
        return _answer(Problem(500, "a mistake of ours; the API's log has it"))


def _answer(error: HTTPException) -> JSONResponse:
    title = HTTPStatus(error.status_code).phrase
    body: dict[str, Any] = {"title": title, "status": error.status_code, "detail": error.detail}
    if isinstance(error, Problem) and error.errors:
        body["errors"] = error.errors
    headers = dict(error.headers or {})
    return JSONResponse(body, error.status_code, headers, media_type="application/problem+json")


def mistake(item: Mapping[str, Any]) -> dict[str, str]:
    """A mistake pydantic found, in the words a case itself uses for a message it cannot read."""
    where, *path = item["loc"]
    # In a message the first step is its kind; a body that is no message at all lacks a kind.
    names = path[1:] if where == "body" and path and path[0] in MESSAGE_TYPES else path
    given = (
        "" if item["type"] in ("missing", "json_invalid") else f"{item['input']!r:.{_SHOWN_AT_MOST}} given; "
    )
    return {
        "field": ".".join(map(str, names)) or ("kind" if where == "body" else where),
        "reason": given + item["msg"],
    }
