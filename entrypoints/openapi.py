"""The API's own description (OpenAPI 3.1): what FastAPI reads off the routes, with roles, keys and problems added."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from entrypoints.access.repeats import HEADER, PATTERN
from entrypoints.access.who_may import ANYBODY, WHO_MAY, roles_with

DESCRIPTION = """Errors are problem details (RFC 9457). Every write takes an `Idempotency-Key`: the same key and body is
answered the same and done once. Lists come in pages: follow the `Link` whose `rel` is `next`."""

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {
            "type": "object", "required": ["field", "reason"],
            "properties": {"field": {"type": "string"}, "reason": {"type": "string"}}}},
    },
    "examples": [{"title": "Unprocessable Content", "status": 422, "detail": "amount_minor: -5 given; ...",
                  "errors": [{"field": "amount_minor", "reason": "-5 given; ..."}]}],
}  # fmt: skip

_KEY = {
    "name": HEADER, "in": "header", "required": False, "schema": {"type": "string", "pattern": PATTERN},
    "description": "The same key is the same request, however often it is sent.",
}  # fmt: skip

_MEANS = {
    "400": "The body is no JSON",
    "401": "No key, a wrong one, or one that is over",
    "403": "The role may not do this",
    "404": "The lender has no such thing",
    "409": "It stands otherwise by now; or the same request is still being answered",
    "413": "The body is too large",
    "422": "Something cannot be read or taken in; `errors` names field and reason",
    "429": "More requests than are allowed; `Retry-After` says when to ask again",
    "503": "A server does not answer; send it again",
}


def describe(app: FastAPI) -> None:
    """`/openapi.json` of the application says everything that a caller has to know."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version="1", description=DESCRIPTION, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(f"{method.upper()} {path}", operation)
    return document


def _complete(route: str, operation: dict[str, Any]) -> None:
    right, is_write = WHO_MAY[route], not route.startswith("GET")
    statuses = {"503"} | ({"400", "413", "422"} if is_write else set())
    if "parameters" in operation:
        statuses |= {"422", "404"}
    if right is not ANYBODY:
        operation["security"] = [{"key": []}]
        operation["x-roles"] = list(roles_with(right))
        statuses |= {"401", "403", "429"}
        if is_write:
            operation.setdefault("parameters", []).append(_KEY)
            statuses |= {"409"}
    elif is_write:  # signed, or at a secret address
        statuses |= {"401", "404", "409"}
    responses = operation["responses"]
    for status in sorted(statuses):
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses[status] = {"description": _MEANS[status], "content": content}
