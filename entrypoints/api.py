"""The HTTP API: cases to read, messages to tell them. It hosts no worker; the ledger and Temporal do the work."""

import asyncio
import secrets
import uuid
from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Path, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.middleware.trustedhost import TrustedHostMiddleware
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import UPDATE, Answer
from entrypoints.connect import database_url, temporal_client
from entrypoints.problem import Problem, answer_with_problems
from entrypoints.settings import Settings
from entrypoints.signalling import tell_others
from ledger.entry import Row
from ledger.reading import case_list, case_view, explanation, latest_case
from ledger.store import Ledger
from statemachine.messages import Message

LOOPBACK = ("127.0.0.1", "::1", "localhost")

_READY_WITHIN_S = 3
_ANSWER_WITHIN = timedelta(seconds=20)

LoanId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[!-~]{1,80}$", description="The same key is the same message, however often it is sent."
    ),
]


class OpenDoor(ValueError):
    """The API would be open to the network without a token."""


def run_api(settings: Settings, host: str, port: int) -> None:
    """Serves the API until it is told to stop. Raises OpenDoor, NothingRunning."""
    refuse_open_door(host, settings.api_token)
    asyncio.run(_serve(settings, host, port))


def refuse_open_door(host: str, token: str | None) -> None:
    """Without a token the API listens to this machine only. Raises OpenDoor."""
    if host not in LOOPBACK and not token:
        raise OpenDoor(
            f"host: {host} can be reached from other machines; set LEEWAY_API_TOKEN, or listen on 127.0.0.1"
        )


async def _serve(settings: Settings, host: str, port: int) -> None:
    client = await temporal_client(settings)
    async with Ledger(database_url(settings)) as ledger:
        app = create_api(client, ledger, settings.lender, settings.api_token)
        config = uvicorn.Config(app, host=host, port=port, server_header=False, timeout_graceful_shutdown=30)
        await uvicorn.Server(config).serve()


def create_api(client: Client, ledger: Ledger, book_lender: str, token: str | None = None) -> FastAPI:
    """The application for one lender's book. With `token`, /v1 wants it as bearer."""
    app = FastAPI(title="Leeway", docs_url=None, redoc_url=None)  # their pages load scripts from elsewhere
    if not token:
        # A web page must not read a borrower's record through its visitor's browser (DNS rebinding).
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]"])
    answer_with_problems(app)
    app.include_router(_health(client, ledger))
    app.include_router(_cases(client, ledger, book_lender), dependencies=[Depends(_bearer(token))])
    return app


def _health(client: Client, ledger: Ledger) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "alive"}

    @routes.get("/readyz")
    async def readyz() -> dict[str, str]:
        """The ledger and Temporal answer; 503 names the one that does not."""
        silent = [
            name
            for name, question in (
                ("ledger", ledger.read("latest_case", lender="", loan_id="")),
                ("Temporal", client.service_client.check_health()),
            )
            if not await _answers(question)
        ]
        if silent:
            raise Problem(503, f"no answer from: {', '.join(silent)}", headers={"Retry-After": "5"})
        return {"status": "ready"}

    return routes


async def _answers(question: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            return await question is not False
    except Exception:  # whatever the reason, the answer is no
        return False


def _cases(client: Client, ledger: Ledger, lender: str) -> APIRouter:
    routes = APIRouter(prefix="/v1/cases", tags=["cases"])

    @routes.get("")
    async def cases() -> list[Row]:
        """The book: every case, all episodes."""
        return await case_list(ledger, lender)

    @routes.get("/{loan_id}")
    async def case(loan_id: LoanId) -> Row:
        """The loan's latest episode with its contacts, tasks and payments."""
        return await case_view(ledger, lender, loan_id)

    @routes.get("/{loan_id}/explanation")
    async def case_explanation(loan_id: LoanId) -> list[Row]:
        """Every decision of the latest episode: rule, facts, clock and next time."""
        return await explanation(ledger, lender, loan_id)

    @routes.post("/{loan_id}/messages")
    async def tell(
        loan_id: LoanId, message: Annotated[Message, Body()], response: Response, idempotency_key: IdempotencyKey = None
    ) -> Answer:  # fmt: skip
        """Tells the case what happened; its answer says whether that changed anything, and why."""
        key = idempotency_key or str(uuid.uuid4())
        response.headers["Idempotency-Key"] = key
        current = await latest_case(ledger, lender, loan_id)
        body = message.model_dump(mode="json", exclude_unset=True) | {"kind": message.kind}
        answer = await _told(client, current, body, key)
        # Sent again by the same key, it counts once with the others as well.
        await tell_others(client, ledger, current["case_id"], {"reference": f"update {key}"} | body)
        return answer

    return routes


async def _told(client: Client, case: Row, message: dict[str, Any], key: str) -> Answer:
    """The case's answer; the update's id is the key, so that a repeat is answered and not done again."""
    handle = client.get_workflow_handle(case["case_id"])
    try:
        answer: Answer = await handle.execute_update(
            UPDATE, message, id=key, result_type=Answer, rpc_timeout=_ANSWER_WITHIN
        )
        return answer
    except WorkflowUpdateFailedError as error:
        raise _refused(error, key) from None
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        raise _try_again(f"the case has not answered within {_ANSWER_WITHIN.seconds} s", key) from None
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        detail = (
            f"{case['loan_id']}: the case is {case['outcome'] or 'closed'} and takes no more messages; "
            "if the loan is overdue again, import it and a new episode opens"
        )
        raise Problem(409, detail) from None


def _refused(error: WorkflowUpdateFailedError, key: str) -> Problem:
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != "BadMessage":
        return _try_again("the case ended or moved on before it could answer", key)
    field, _, reason = cause.message.partition(": ")
    return Problem(422, cause.message, errors=[{"field": field, "reason": reason}])


def _try_again(why: str, key: str) -> Problem:
    detail = f"{why}; send the message again with the same Idempotency-Key, it will not count twice"
    return Problem(503, detail, headers={"Retry-After": "5", "Idempotency-Key": key})


def _bearer(token: str | None) -> Any:
    """The dependency that lets only the token's holder in."""

    async def check(
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    ) -> None:
        shown = given.credentials if given else ""
        if token and not secrets.compare_digest(shown.encode(), token.encode()):
            detail = "Authorization: send `Bearer` and the token this API was started with (LEEWAY_API_TOKEN)"
            raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})

    return check
