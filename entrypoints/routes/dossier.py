"""`/v1/cases/{loan}/dossier`: what a named person needs to decide a case."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from temporalio.client import Client

from entrypoints.access.gate import Calling, guarded
from entrypoints.dossier.gathered import NoDossier, gathered
from entrypoints.dossier.page import page
from entrypoints.problem import Problem
from entrypoints.routes.cases import LoanId
from ledger.store import Ledger

_PRIVATE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
}
"""No copy is left behind, and nothing in the page can load or run."""


def dossier_routes(client: Client, ledger: Ledger) -> APIRouter:
    """The dossiers of cases."""
    routes = guarded("/v1/cases", "cases")

    @routes.get("/{loan_id}/dossier", response_class=HTMLResponse)
    async def dossier(
        caller: Calling, loan_id: LoanId, by: Annotated[str, Query(min_length=1, max_length=100)]
    ) -> HTMLResponse:
        """Everything a named person needs to decide the case, as a page for print. The reading is recorded."""
        reader = caller.acting(by) if by.strip() else by
        try:
            found = await gathered(client, ledger, caller.lender, loan_id, reader, datetime.now(UTC))
        except NoDossier as error:
            raise Problem(422, str(error)) from None
        return HTMLResponse(page(found), headers=_PRIVATE)

    return routes
