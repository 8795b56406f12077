"""The HTTP API: its routes, composed. It hosts no worker; the ledger and Temporal do the work."""

import asyncio
import logging

import uvicorn
from fastapi import Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from temporalio.client import Client

from entrypoints.access_log import WithoutSecrets
from entrypoints.connect import database_url, temporal_client
from entrypoints.fineract.commands import inlet_of
from entrypoints.fineract.inlet import FineractInlet
from entrypoints.problem import answer_with_problems
from entrypoints.routes.access import bearer
from entrypoints.routes.calendars import calendar_routes
from entrypoints.routes.cases import case_routes
from entrypoints.routes.dossier import dossier_routes
from entrypoints.routes.fineract import fineract_routes
from entrypoints.routes.health import health_routes
from entrypoints.routes.inbox import inbox_routes
from entrypoints.routes.receipts import receipt_routes
from entrypoints.routes.tasks import task_routes
from entrypoints.routes.webhooks import webhook_routes
from entrypoints.settings import Settings
from gateways.webhook_signature import WebhookKeys
from ledger.store import Ledger

LOOPBACK = ("127.0.0.1", "::1", "localhost")


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
        keys = WebhookKeys.read(settings.webhook_keys)
        book = settings.fineract
        fineract = (inlet_of(ledger, book, settings.lender), book.secret) if book and book.secret else None
        app = create_api(client, ledger, settings.lender, settings.api_token, keys, fineract)
        config = uvicorn.Config(app, host=host, port=port, server_header=False, timeout_graceful_shutdown=30)
        logging.getLogger("uvicorn.access").addFilter(WithoutSecrets())
        await uvicorn.Server(config).serve()


def create_api(
    client: Client,
    ledger: Ledger,
    book_lender: str,
    token: str | None = None,
    keys: WebhookKeys | None = None,
    fineract: tuple[FineractInlet, str] | None = None,
) -> FastAPI:
    """The application for one lender's book. With `token`, /v1 wants it as bearer; webhooks are signed by `keys`, and a
    Fineract's own way in has its secret."""
    app = FastAPI(title="Leeway", docs_url=None, redoc_url=None)  # their pages load scripts from elsewhere
    if not token:
        # A web page must not read a borrower's record through its visitor's browser (DNS rebinding).
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]"])
    answer_with_problems(app)
    app.include_router(health_routes(client, ledger))
    app.include_router(calendar_routes(ledger, book_lender))
    for routes in (case_routes, dossier_routes, receipt_routes, task_routes):
        app.include_router(routes(client, ledger, book_lender), dependencies=[Depends(bearer(token))])
    app.include_router(inbox_routes(ledger, book_lender), dependencies=[Depends(bearer(token))])
    app.include_router(webhook_routes(ledger, book_lender, keys or WebhookKeys({})))
    if fineract:
        app.include_router(fineract_routes(*fineract))
    return app
