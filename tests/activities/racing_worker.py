"""A worker of its own process with a pool of its own: knocks at the door for each line it is given.

Run as `racing_worker.py DATABASE_URL [--without-lock]`. A line in: the instant and the request; a line out: the answer,
and how many messages this worker has sent so far.
"""

import asyncio
import atexit
import json
import sys
import time
from datetime import datetime

from at_the_door import RULE_BOOK, VOICE, activity_at

from activities.carry_out import CarryingOut
from activities.door import Door
from contracts.carry_out import CarryOut
from gateways.message import Message
from gateways.receipt import Receipt
from ledger.sql import SQL
from ledger.store import Ledger
from statemachine.stage import Channel

atexit.register(time.sleep, 0.1)


class Counting:
    """A provider that takes everything, and counts it."""

    takes_key = False
    sent = 0

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        self.sent += 1
        return Receipt(provider_reference=key)


async def main(database_url: str, *options: str) -> None:
    """Answers until its input ends."""
    if "--without-lock" in options:  # the twin that does harm
        SQL["lock_borrower"] = "select 1"
    provider = Counting()
    async with Ledger(database_url, connections=2) as ledger:
        worker = CarryingOut(ledger, Door(ledger, {Channel.EMAIL: provider}, VOICE, RULE_BOOK))
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            request = CarryOut.model_validate(asked["request"])
            answer = await activity_at(worker, request, datetime.fromisoformat(asked["at"]))
            told = {"kind": answer.kind, "rule": getattr(answer, "rule", ""), "sent": provider.sent}
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
