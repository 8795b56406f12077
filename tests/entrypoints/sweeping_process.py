"""A worker of its own that sweeps one lender's list until it is killed: database, Temporal, lender, list, task queue."""

import asyncio
import sys

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from entrypoints.sweeping import sweep_worker
from gateways.overdue_view import OverdueView
from gateways.places_file import load_places
from gateways.policy_file import POLICIES
from ledger.store import Ledger


async def sweep(database_url: str, temporal_address: str, lender: str, book_url: str, queue: str) -> None:
    """Ends only with the process."""
    client = await Client.connect(temporal_address, data_converter=pydantic_data_converter)
    view = OverdueView(book_url, lender, {"platform-c"}, load_places(POLICIES / "places.yaml"))
    async with Ledger(database_url, connections=4) as ledger:
        await sweep_worker(client, ledger, view, queue).run()


if __name__ == "__main__":
    asyncio.run(sweep(*sys.argv[1:]))
