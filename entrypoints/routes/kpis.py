"""`/v1/kpis`: what a book's collections are measured by."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from entrypoints.access.gate import Calling, guarded
from entrypoints.problem import Problem
from ledger.kpis import Kpis, kpis
from ledger.store import Ledger

_USUAL = timedelta(days=30)
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Instant = Annotated[AwareDatetime | None, Query(examples=["2026-11-01T00:00:00Z"])]


def kpi_routes(ledger: Ledger) -> APIRouter:
    """Figures of the caller's lender."""
    routes = guarded("/v1/kpis", "kpis")

    @routes.get("")
    async def figures(caller: Calling, since: Instant = None, until: Instant = None) -> Kpis:
        """Cases by stage, cures, promises, roll rates, right-party contacts and complaints, of the last thirty days
        where no time is named."""
        ends = until or datetime.now(UTC)
        if not _FIRST + _USUAL <= ends < _LAST:
            raise _refused("until", "lies outside the years 1970 to 2199")
        begins = since or ends - _USUAL
        if not _FIRST <= begins < ends:
            raise _refused("since", "is not before `until`, or before 1970")
        return await kpis(ledger, caller.lender, begins.astimezone(UTC), ends.astimezone(UTC))

    return routes


def _refused(field: str, reason: str) -> Problem:
    return Problem(422, f"{field}: {reason}", errors=[{"field": field, "reason": reason}])
