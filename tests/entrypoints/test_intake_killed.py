"""The drain is killed while it works, again and again: nothing that was accepted is lost, and nothing counts twice."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from loan_system import QUEUE, LoanSystem
from test_intake import VOICE

from contracts.loan_event import LoanEvent
from entrypoints.embedded.parts import Endpoints
from entrypoints.worker import case_worker, ways_out
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

LOANS, PAYMENTS, KILLS = 4, 8, 3


@pytest.fixture
async def core(
    servers: Endpoints, skipped_time: SkippedTime, ledger: Ledger, outside: Outside
) -> AsyncIterator[LoanSystem]:
    """A loan system whose cases are worked by a worker that stays up."""
    gateways = ways_out(outside.smtp_url, "care@harbour.example", outside.sms_url, outside.sms_token)
    async with (
        Ledger(servers.database_url, connections=20) as turns,
        case_worker(skipped_time.client, ledger, gateways, VOICE, task_queue=QUEUE),
    ):
        yield LoanSystem(skipped_time, ledger, turns)


def told(core: LoanSystem, chance: random.Random) -> tuple[list[LoanEvent], dict[str, int]]:
    """What the loan system says of its loans, payments repeated and some reversed, in any order; and what is owed."""
    events: list[LoanEvent] = []
    overdue: list[LoanEvent] = []
    owed: dict[str, int] = {}
    for loan in range(LOANS):
        core.loan_id = f"L-{loan}"
        overdue.append(core.overdue())
        owed[core.loan_id] = 120_000
        for number in range(PAYMENTS):
            amount_minor = chance.randrange(1, 5_000)
            events += [core.paid(f"P-{number}", amount_minor) for _ in range(chance.randrange(1, 4))]
            if chance.random() < 0.3:
                events.append(core.bounced(f"P-{number}"))
            else:
                owed[core.loan_id] -= amount_minor
    chance.shuffle(events)
    for one in overdue:  # in the first half, so that something can be applied while the drain is killed
        events.insert(chance.randrange(len(events) // 2), one)
    return events, owed


async def until_applied(core: LoanSystem, at_least: int) -> None:
    """Until so many events are no longer waiting."""
    async with asyncio.timeout(120):
        while sum(state == "done" for state, _ in await core.became()) < at_least:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class TestADrainThatIsKilled:
    async def test_loses_nothing_and_counts_nothing_twice(
        self, core: LoanSystem, servers: Endpoints, ledger: Ledger
    ) -> None:
        chance = random.Random(20261126)
        events, owed = told(core, chance)
        half = len(events) // 2
        await core.says(*events[:half])
        at = [servers.database_url, servers.temporal_address, core.lender, QUEUE]
        for kill in range(1, KILLS + 1):
            script = str(Path(__file__).with_name("draining_process.py"))
            process = await asyncio.create_subprocess_exec(sys.executable, script, *at)
            await until_applied(core, kill * half // (KILLS + 2))
            process.kill()
            await process.wait()
        await core.says(*events[half:])

        while any(state == "waiting" for state, _ in await core.became()):  # some for another try
            await core.drain.until_empty()
            await asyncio.sleep(0.05)

        rows = await ledger.read("cases", lender=core.lender, loan_id=None)
        assert {row["loan_id"]: row["balance_minor"] for row in rows} == owed
        assert Counter(await core.became()) == {("done", ""): len(events)}
