"""What every command does: open the ledger or the servers, work, close them; and print JSON."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer

from entrypoints import settings
from entrypoints.connect import database_url, temporal_client
from ledger.store import Ledger

Loan = Annotated[str, typer.Argument(help="The loan's id, as imported.")]
AsJson = Annotated[bool, typer.Option("--json", help="Plain JSON instead of a table.")]
Answer = TypeVar("Answer")


def with_ledger(work: Callable[[Ledger, settings.Settings], Coroutine[Any, Any, Answer]]) -> Answer:
    """What `work` answers with the ledger open."""

    async def run() -> Answer:
        known = settings.from_environment()
        async with Ledger(database_url(known), connections=2) as ledger:
            return await work(ledger, known)

    return asyncio.run(run())


def with_servers(work: Callable[[Any, Ledger, settings.Settings], Coroutine[Any, Any, Answer]]) -> Answer:
    """What `work` answers with a client of Temporal and the ledger open."""

    async def run() -> Answer:
        known = settings.from_environment()
        client = await temporal_client(known)
        async with Ledger(database_url(known)) as ledger:
            return await work(client, ledger, known)

    return asyncio.run(run())


def print_json(value: object) -> None:
    """`value` for a machine, and for a person who reads JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
