"""`/metrics` for Prometheus: how much is asked and how long it takes, and what waits. Of no lender, loan or person."""

import time
from datetime import UTC, datetime

from fastapi import APIRouter, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from psycopg import OperationalError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.access.gate import guarded
from ledger.inbox import Inbox
from ledger.store import Ledger

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Figures(Response):
    """Prometheus's text format."""

    media_type = CONTENT_TYPE_LATEST


class Metrics:
    """One process's figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._asked = Counter(
            "leeway_http_requests",
            "Requests by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        self._took = Histogram(
            "leeway_http_seconds", "Seconds until an answer began.", ["route"], registry=self.registry
        )
        self.events = Gauge(
            "leeway_inbox_events",
            "Events that wait or are parked.",
            ["state", "reason"],
            registry=self.registry,
        )
        self.oldest = Gauge(
            "leeway_inbox_oldest_seconds",
            "Age of the oldest of them.",
            ["state", "reason"],
            registry=self.registry,
        )

    def count(self, route: str, status: int, seconds: float) -> None:
        """One answer."""
        self._asked.labels(route, str(status)).inc()
        self._took.labels(route).observe(seconds)


class Counting:
    """Counts every answer of an application, by the route's own path and never by the address that was asked for."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        began, status = time.perf_counter(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            if scope["type"] == "http":
                method = scope["method"] if scope["method"] in _METHODS else "other"
                route = f"{method} {getattr(scope.get('route'), 'path', 'none')}"
                self._metrics.count(route, status, time.perf_counter() - began)


def metric_routes(ledger: Ledger, metrics: Metrics) -> APIRouter:
    """What Prometheus reads."""
    routes = guarded("", "health")
    inbox = Inbox(ledger)

    @routes.get("/metrics", response_class=Figures)
    async def read() -> Figures:
        """Counters, times and the inbox's backlog, in Prometheus's text format."""
        metrics.events.clear()
        metrics.oldest.clear()
        try:
            rows = await inbox.counts(datetime.now(UTC))
        except OperationalError:  # the process's own figures are told all the same
            rows = []
        oldest: dict[tuple[str, str], float] = {}
        for row in rows:
            of = row["state"], row["reason"]
            metrics.events.labels(*of).inc(row["events"])
            oldest[of] = max(row["oldest_seconds"], oldest.get(of, 0.0))
            metrics.oldest.labels(*of).set(oldest[of])
        return Figures(generate_latest(metrics.registry))

    return routes
