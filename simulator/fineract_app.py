"""The stand-in Fineract's REST API, as Leeway uses it."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from simulator import fineract_wire as wire
from simulator.fineract import StandInFineract
from simulator.fineract_loan import Action, Invalid, StandInLoan

PREFIX = "/fineract-provider/api/v1"


def fineract_app(book: StandInFineract) -> FastAPI:
    """The API of this book; `simulator.http_server.served` serves it."""
    app = FastAPI(title="A Fineract", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def door(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return await _fault(book) or _stranger(book, request) or await call_next(request)

    @app.exception_handler(KeyError)
    async def not_found(_request: object, _error: KeyError) -> JSONResponse:
        return _problem(404, "error.msg.resource.not.found")

    @app.exception_handler(Invalid)
    async def invalid(_request: object, error: Invalid) -> JSONResponse:
        return _problem(400, "validation.msg.validation.errors.exist", error)

    _read_routes(app, book)
    _hook_routes(app, book)
    _action_routes(app, book)
    return app


def _read_routes(app: FastAPI, book: StandInFineract) -> None:
    @app.get(f"{PREFIX}/businessdate/BUSINESS_DATE")
    async def business_date() -> dict[str, Any]:
        return {"description": "Business Date", "type": "BUSINESS_DATE", "date": wire.day(book.today)}

    @app.get(f"{PREFIX}/loans")
    async def loans(offset: int = 0, limit: int = 200) -> dict[str, Any]:
        rows = [book.loans[loan_id] for loan_id in sorted(book.loans)]
        page = [wire.loan_row(one, book.today) for one in rows[offset : offset + limit]]
        return {"totalFilteredRecords": len(rows), "pageItems": page}

    @app.get(f"{PREFIX}/loans/{{loan_id}}")
    async def loan(loan_id: int) -> dict[str, Any]:
        return wire.loan_body(book.loans[loan_id], book.today)

    @app.get(f"{PREFIX}/clients/{{client_id}}")
    async def client(client_id: int) -> dict[str, Any]:
        one = book.clients[client_id]
        return {"id": one.id, "displayName": one.name, "mobileNo": one.mobile, "emailAddress": one.email}

    @app.get(f"{PREFIX}/client/{{client_id}}/addresses")
    async def addresses(client_id: int) -> list[dict[str, Any]]:
        one = book.clients[client_id]
        return (
            [{"addressId": 1, "isActive": True, "street": one.street, "city": one.city}] if one.street else []
        )


def _hook_routes(app: FastAPI, book: StandInFineract) -> None:
    @app.post(f"{PREFIX}/hooks")
    async def create(body: dict[str, Any] = Body()) -> dict[str, int]:  # noqa: B008
        if (
            body.get("name") != "Web"
            or not body.get("events")
            or body["config"].get("Content Type") != "json"
        ):
            raise Invalid("validation.msg.hook.invalid", "config")
        book.payload_url = str(body["config"]["Payload URL"])
        return {"resourceId": book.number()}


def _action_routes(app: FastAPI, book: StandInFineract) -> None:
    @app.get(f"{PREFIX}/loans/{{loan_id}}/delinquency-actions")
    async def actions(loan_id: int) -> list[dict[str, Any]]:
        return [
            {
                "id": one.id,
                "action": one.kind,
                "startDate": wire.day(one.start_on),
                "endDate": wire.day(one.end_on),
            }
            for one in book.loans[loan_id].actions
        ]

    @app.post(f"{PREFIX}/loans/{{loan_id}}/delinquency-actions")
    async def act(loan_id: int, body: dict[str, Any] = Body()) -> Response:  # noqa: B008
        loan = book.loans[loan_id]
        action = _action(book, body)
        loan.act(action, book.today)
        if book.faults.random() < book.fault_rate:
            return _problem(500, "error.msg.platform.server.side.error")  # done, but nobody is told
        return JSONResponse(_done(loan, action))


def _action(book: StandInFineract, body: dict[str, Any]) -> Action:
    kind = str(body.get("action", "")).upper()
    if kind not in ("PAUSE", "RESUME"):
        raise Invalid("loan-delinquency-action-invalid-action", "action")
    if body.get("dateFormat") != "yyyy-MM-dd" or body.get("locale") != "en":
        raise Invalid("validation.msg.invalid.dateFormat.format", "dateFormat")
    start, end = _day(body.get("startDate")), _day(body.get("endDate"))
    if start is None:
        raise Invalid("loan-delinquency-action-pause-startDate-cannot-be-blank", "startDate")
    return Action(book.number(), kind, start, end)


def _day(text: object) -> date | None:
    return datetime.strptime(str(text), "%Y-%m-%d").date() if text else None


def _done(loan: StandInLoan, action: Action) -> dict[str, int]:
    return {"officeId": 1, "clientId": loan.client_id, "loanId": loan.id, "resourceId": action.id}


async def _fault(book: StandInFineract) -> Response | None:
    if book.faults.random() >= book.fault_rate:
        return None
    match book.faults.choice(("broken", "busy", "slow")):
        case "broken":
            return _problem(500, "error.msg.platform.server.side.error")
        case "busy":
            return JSONResponse({}, 429, headers={"Retry-After": "0"})
        case _:
            await asyncio.sleep(0.02)
            return None


def _stranger(book: StandInFineract, request: Request) -> Response | None:
    """What Fineract says to who names no tenant, or is nobody it knows."""
    if request.headers.get("Fineract-Platform-TenantId") != "default":
        return _problem(400, "error.msg.invalid.tenant.identifier")
    login = base64.b64encode(f"{book.user}:{book.password}".encode()).decode()
    if request.headers.get("Authorization") != f"Basic {login}":
        return _problem(401, "error.msg.not.authenticated")
    return None


def _problem(status: int, code: str, error: Invalid | None = None) -> JSONResponse:
    errors = [{"developerMessage": error.code, "defaultUserMessage": error.code,
               "userMessageGlobalisationCode": error.code, "parameterName": error.parameter or "id"}] if error else []  # fmt: skip
    body = {"developerMessage": code, "httpStatusCode": str(status), "defaultUserMessage": code,
            "userMessageGlobalisationCode": code, "errors": errors}  # fmt: skip
    return JSONResponse(body, status)
