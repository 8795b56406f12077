"""`/healthz` and `/readyz`."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter
from temporalio.client import Client

from entrypoints.access.gate import guarded
from entrypoints.problem import Problem
from ledger.store import Ledger

_READY_WITHIN_S = 3


def health_routes(client: Client, ledger: Ledger) -> APIRouter:
    """Whether the process lives, and whether the servers it needs answer."""
    routes = guarded("", "health")

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
