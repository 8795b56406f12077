"""The HTTP API: its routes, composed. It hosts no worker; the ledger and Temporal do the work."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI
from temporalio.client import Client

from entrypoints.access.gate import Gate, checked
from entrypoints.access.keys import Keys
from entrypoints.access.repeats import forget_daily
from entrypoints.access.tokens import Tokens
from entrypoints.access_log import WithoutSecrets
from entrypoints.book import Book
from entrypoints.connect import database_url, temporal_client
from entrypoints.fineract.commands import inlet_of
from entrypoints.fineract.inlet import FineractInlet
from entrypoints.openapi import describe
from entrypoints.problem import answer_with_problems
from entrypoints.routes.calendars import calendar_routes
from entrypoints.routes.cases import case_routes
from entrypoints.routes.changes import change_routes
from entrypoints.routes.dossier import dossier_routes
from entrypoints.routes.fineract import fineract_routes
from entrypoints.routes.health import health_routes
from entrypoints.routes.inbox import inbox_routes
from entrypoints.routes.keys import key_routes
from entrypoints.routes.kpis import kpi_routes
from entrypoints.routes.metrics import Counting, Metrics, metric_routes
from entrypoints.routes.opening import opening_routes
from entrypoints.routes.payments import payment_routes
from entrypoints.routes.questions import question_routes
from entrypoints.routes.receipts import receipt_routes
from entrypoints.routes.rules import rule_routes
from entrypoints.routes.tasks import task_routes
from entrypoints.routes.webhooks import webhook_routes
from entrypoints.settings import Settings
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, policies_in
from gateways.rule_book import RuleBook
from gateways.webhook_signature import WebhookKeys
from ledger.answers import Answers
from ledger.store import Ledger

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class OpenDoor(ValueError):
    """The API would listen to the network before there is a key to it."""


def run_api(settings: Settings, host: str, port: int) -> None:
    """Serves the API until it is told to stop. Raises OpenDoor, NothingRunning."""
    asyncio.run(_serve(settings, host, port))


async def refuse_open_door(host: str, token: str | None, keys: Keys) -> None:
    """Before anybody has a key the API listens to this machine only. Raises OpenDoor."""
    if host not in LOOPBACK and not token and not await keys.were_made():
        raise OpenDoor(
            f"host: {host} can be reached from other machines and nobody has a key; make one with `leeway key new`, "
            "set LEEWAY_API_TOKEN, or listen on 127.0.0.1"
        )


async def _serve(settings: Settings, host: str, port: int) -> None:
    client = await temporal_client(settings)
    async with AsyncExitStack() as parts:
        ledger = await parts.enter_async_context(Ledger(database_url(settings)))
        await refuse_open_door(host, settings.api_token, Keys(ledger))
        tokens = None
        if settings.sign_on:
            tokens = Tokens(settings.sign_on, await parts.enter_async_context(httpx.AsyncClient()))
        forgetting = asyncio.create_task(forget_daily(Answers(ledger)))
        parts.callback(forgetting.cancel)
        gate = Gate(ledger, settings.lender, settings.api_token, tokens, settings.api_per_minute)
        book = settings.fineract
        fineract = (inlet_of(ledger, book, settings.lender), book.secret) if book and book.secret else None
        app = create_api(
            client, ledger, gate, settings.lender, WebhookKeys.read(settings.webhook_keys), fineract
        )
        config = uvicorn.Config(app, host=host, port=port, server_header=False, timeout_graceful_shutdown=30)
        logging.getLogger("uvicorn.access").addFilter(WithoutSecrets())
        await uvicorn.Server(config).serve()


def create_api(
    client: Client,
    ledger: Ledger,
    gate: Gate,
    book_lender: str,
    keys: WebhookKeys | None = None,
    fineract: tuple[FineractInlet, str] | None = None,
    book: Book | None = None,
) -> FastAPI:
    """The application behind a gate. Who comes through it acts for their own lender; webhooks signed by `keys`, a
    Fineract's own way in and calendars are of `book_lender`."""
    app = FastAPI(  # the pages of its documentation would load scripts from elsewhere
        title="Leeway", docs_url=None, redoc_url=None
    )
    app.state.gate = gate
    answer_with_problems(app)
    shipped = book or Book(client, ledger, policies_in())
    metrics = Metrics()
    app.add_middleware(Counting, metrics=metrics)
    told_by_others = (
        webhook_routes(ledger, book_lender, keys or WebhookKeys({})),
        calendar_routes(ledger, book_lender),
        metric_routes(ledger, metrics),
    )
    for routes in checked((*_routes(client, ledger, shipped), *told_by_others, *_rule_routes())):
        app.include_router(routes)
    if fineract:
        [routes] = checked([fineract_routes(*fineract)])
        app.include_router(routes)
    describe(app)
    return app


def _rule_routes() -> Sequence[APIRouter]:
    policies, book = policies_in(), RuleBook.shipped()
    return rule_routes(policies, book.packs), question_routes(
        policies, book, load_places(POLICIES / "places.yaml")
    )


def _routes(client: Client, ledger: Ledger, book: Book) -> Sequence[APIRouter]:
    return (
        health_routes(client, ledger),
        case_routes(client, ledger),
        opening_routes(book),
        payment_routes(ledger),
        change_routes(ledger),
        dossier_routes(client, ledger),
        task_routes(client, ledger),
        inbox_routes(ledger),
        receipt_routes(client, ledger),
        key_routes(ledger),
        kpi_routes(ledger),
    )
