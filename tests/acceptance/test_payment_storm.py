"""Payments by signed webhook while the API and the worker are killed: every case's balance is right in the end.

Small here; `make storm` sends 10,000 payments and kills both five times.
"""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

sys.path.append(str(Path(__file__).parent))

from storm import KEY, Delivery, counted_as_it_comes, overdue, storm

from contracts.case_run import SEARCH_ATTRIBUTES
from entrypoints.embedded.parts import Endpoints, embedded_parts
from ledger.inbox import Inbox
from ledger.migrate import migrate
from ledger.store import Ledger
from simulator.outside import Outside

PAYMENTS = int(os.environ.get("LEEWAY_STORM_PAYMENTS", "200"))
KILLS = int(os.environ.get("LEEWAY_STORM_KILLS", "2"))
LOANS = int(os.environ.get("LEEWAY_STORM_LOANS", "8"))
SEED = int(os.environ.get("LEEWAY_STORM_SEED", "6"))
LENDER, AT_ONCE = "storm", 32


@pytest.fixture(scope="module")
def in_real_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Servers that outlive what is killed."""
    with embedded_parts(tmp_path_factory.mktemp("storm"), search_attributes=SEARCH_ATTRIBUTES) as endpoints:
        migrate(endpoints.database_url)
        yield endpoints


class Leeway:
    """The API and the worker as an operator runs them, in processes that can be killed."""

    def __init__(self, servers: Endpoints, outside: Outside) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._running: list[Process] = []
        self._environment = os.environ | {
            "DATABASE_URL": servers.database_url, "TEMPORAL_ADDRESS": servers.temporal_address,
            "LEEWAY_LENDER": LENDER, "LEEWAY_WEBHOOK_KEYS": f"core={KEY}", "LEEWAY_LENDER_NAME": "Storm Savings",
            "LEEWAY_REPLY_TO": "care@storm.example", "LEEWAY_HELP_LINE": "free-advice.example",
            "LEEWAY_SMTP_URL": outside.smtp_url, "LEEWAY_SMS_URL": outside.sms_url,
            "LEEWAY_SMS_TOKEN": outside.sms_token,
        }  # fmt: skip

    async def start(self) -> None:
        """Both begin; the API answers some seconds later."""
        for command in (["api", "--port", str(self.port)], ["worker"]):
            self._running.append(
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "entrypoints.cli",
                    *command,
                    env=self._environment,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
            )

    def is_up(self) -> bool:
        """Whether both still run."""
        return all(process.returncode is None for process in self._running)

    async def kill(self) -> None:
        """Both are gone at once, in the middle of whatever they did."""
        for process in self._running:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._running.clear()


class Sender:
    """A loan system that sends each delivery until it is told that it was accepted."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.accepted = 0
        self.tries = 0

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        """Many at a time, in this order as nearly as that goes."""
        waiting = iter(deliveries)

        async def in_turn() -> None:
            for delivery in waiting:
                await self._until_accepted(delivery)

        await asyncio.gather(*(in_turn() for _ in range(AT_ONCE)))

    async def _until_accepted(self, delivery: Delivery) -> None:
        while True:
            self.tries += 1
            body, headers = delivery.signed()
            with suppress(httpx.TransportError):
                answer = await self._http.post("/v1/webhooks/core", content=body, headers=headers)
                if answer.status_code == 202:
                    self.accepted += 1
                    return
                assert answer.status_code in (429, 500, 503), answer.text
            await asyncio.sleep(0.2)


@pytest.fixture
async def leeway(in_real_time: Endpoints, outside: Outside) -> AsyncIterator[Leeway]:
    """Killed at the end as well."""
    running = Leeway(in_real_time, outside)
    await running.start()
    yield running
    await running.kill()


async def kill_while_it_sends(leeway: Leeway, sender: Sender, of: int) -> None:
    """So often, spread over the storm: down for half a second, then begun again."""
    for kill in range(1, KILLS + 1):
        while sender.accepted < kill * of // (KILLS + 1):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await leeway.kill()
        await asyncio.sleep(0.5)
        await leeway.start()


async def until_all_is_applied(inbox: Inbox, leeway: Leeway) -> None:
    """Until nothing waits."""
    while await inbox.events(LENDER, state="waiting", page=1):
        assert leeway.is_up(), "the API or the worker ended by itself"
        await asyncio.sleep(0.2)


class TestAStormOfPayments:
    @pytest.mark.timeout(3600)
    async def test_leaves_every_balance_right_though_the_api_and_the_worker_are_killed(
        self, leeway: Leeway, in_real_time: Endpoints
    ) -> None:
        told = storm(SEED, LOANS, PAYMENTS)
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with (
            httpx.AsyncClient(base_url=leeway.url, limits=limits, timeout=20) as http,
            Ledger(in_real_time.database_url) as ledger,
        ):
            sender = Sender(http)
            everything = [*map(overdue, told.loans), *told.deliveries]
            killing = asyncio.create_task(kill_while_it_sends(leeway, sender, len(everything)))
            await sender.send(everything)
            await killing
            await until_all_is_applied(Inbox(ledger), leeway)
            print(f"\n{told.payments} payments, {told.reversals} reversals, {len(everything)} deliveries in "
                  f"{sender.tries} tries, {KILLS} kills")  # fmt: skip

            cases = await ledger.read("cases", lender=LENDER, loan_id=None)
            assert {row["loan_id"]: row["balance_minor"] for row in cases} == told.owed
            assert not await Inbox(ledger).counts(datetime.now(UTC))  # nothing waits, nothing is parked
            payments = [
                row for case in cases for row in await ledger.read("payments", case_id=case["case_id"])
            ]
            assert Counter(row["is_reversed"] for row in payments) == {
                True: told.reversals, False: told.payments - told.reversals
            }  # fmt: skip
            assert [await ledger.broken_chain(row["case_id"]) for row in cases] == [None] * LOANS

    def test_would_leave_them_wrong_if_each_delivery_counted_as_it_comes(self) -> None:
        told = storm(SEED, LOANS, PAYMENTS)

        wrong = counted_as_it_comes(told)

        assert all(wrong[loan_id] != told.owed[loan_id] for loan_id in told.loans)
