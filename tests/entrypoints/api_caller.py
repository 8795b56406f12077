"""Someone who calls the API: what they send, what they check, and a line to Temporal that was cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from temporalio.client import Client

from entrypoints.access.gate import Gate
from entrypoints.api import create_api
from ledger.store import Ledger

LENDER = "api-tests"
TOKEN = "the token of the settings"


def caller(
    client: Client, ledger: Ledger, lender: str = LENDER, shown: str | None = TOKEN
) -> httpx.AsyncClient:
    """Someone who calls the API of a book, and shows the token of its settings or another key."""
    app = create_api(client, ledger, Gate(ledger, lender, TOKEN), lender)
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080", headers=headers
    )


@asynccontextmanager
async def cut_off(address: str) -> AsyncIterator[Client]:
    """A client that was connected to Temporal, and is no more."""
    host, port = address.split(":")
    flows: list[asyncio.Task[None]] = []

    async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while some := await source.read(65536):
            sink.write(some)
        sink.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        flows.extend(
            [asyncio.create_task(pass_on(reader, back)), asyncio.create_task(pass_on(there, writer))]
        )

    cable = await asyncio.start_server(join, "127.0.0.1", 0)
    client = await Client.connect(f"127.0.0.1:{cable.sockets[0].getsockname()[1]}")
    cable.close()
    for flow in flows:
        flow.cancel()
    await asyncio.gather(*flows, return_exceptions=True)
    yield client


def payment(amount_minor: int = 20_000, reference: str = "P-1", **changes: Any) -> dict[str, Any]:
    """A payment towards the case."""
    known = {"kind": "payment", "reference": reference, "amount_minor": amount_minor, "currency": "CNY"}
    return known | changes


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal, which has the expected status."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["title"]
    return document


async def told(api: httpx.AsyncClient, loan_id: str, message: Any, **headers: str) -> httpx.Response:
    """The answer to a message."""
    return await api.post(f"/v1/cases/{loan_id}/messages", json=message, headers=headers)
