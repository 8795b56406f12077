"""A process of its own that drains one lender's inbox until it is killed: database, Temporal, lender, task queue."""

import asyncio
import sys

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from entrypoints.applying import Applier
from entrypoints.book import Book
from entrypoints.intake import Drain
from gateways.policy_file import POLICIES, read_policy
from gateways.rule_pack_file import JURISDICTIONS, packs_in
from ledger.inbox import Inbox
from ledger.store import Ledger


async def drain(database_url: str, temporal_address: str, lender: str, queue: str) -> None:
    """Ends only with the process."""
    client = await Client.connect(temporal_address, data_converter=pydantic_data_converter)
    async with Ledger(database_url, connections=8) as ledger, Ledger(database_url, connections=8) as turns:
        policy = read_policy(POLICIES / "platform-c.yaml", packs_in(JURISDICTIONS))
        book = Book(client, ledger, {"platform-c": policy}, task_queue=queue)
        applier = Applier(client, ledger, book)
        await Drain(Inbox(turns), applier, at_once=4, lender=lender).run()


if __name__ == "__main__":
    asyncio.run(drain(*sys.argv[1:]))
