"""`/v1/receipts`: what providers say became of messages."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body
from temporalio.client import Client

from contracts.delivery_receipt import DeliveryReceipt
from entrypoints.access.gate import Calling, guarded
from entrypoints.receipts import take_in
from entrypoints.routes.paging import Paged
from ledger.entry import Row
from ledger.receipts import parked
from ledger.store import Ledger

_RECEIPTS = [{"reference": "<1a2b@mail.example>", "status": "delivered", "at": "2026-11-02T09:30:00Z"}]

Receipts = Annotated[list[DeliveryReceipt], Body(min_length=1, max_length=500, examples=[_RECEIPTS])]


def receipt_routes(client: Client, ledger: Ledger) -> APIRouter:
    """Receipts."""
    routes = guarded("/v1/receipts", "receipts")

    @routes.post("")
    async def take(caller: Calling, receipts: Receipts) -> dict[str, int]:
        """Takes receipts in, each once; sent again, nothing counts twice."""
        return await take_in(client, ledger, caller.lender, receipts, datetime.now(UTC))

    @routes.get("/parked")
    async def show_parked(caller: Calling, pages: Paged) -> list[Row]:
        """The receipts that match no contact."""
        return pages.of(await parked(ledger, caller.lender), lambda row: (row["receipt_id"],), int)

    return routes
