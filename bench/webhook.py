"""How long a payment webhook waits for its answer, beside a bare Temporal signal in the same run: `make bench`.

`CLIENTS` clients at once, each asking again as soon as it was answered. A webhook is a signed CloudEvent over real HTTP to
`leeway api` in a process of its own, answered once it is kept in PostgreSQL. A signal is one call of the SDK with the same
payment, to a workflow that no worker works. The two take turns, `ROUNDS` times, and count with their medians.
"""

import asyncio
import base64
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from uuid import uuid4

from servers import bench_servers, load
from standardwebhooks import Webhook
from temporalio.client import Client

from entrypoints.embedded.parts import Endpoints

CLIENTS = 64
CALLS_EACH = 25
ROUNDS = 5
LIMIT = 3
"""Times a bare signal's median, at the most."""

KEY = f"whsec_{base64.b64encode(b'k' * 32).decode()}"

Call = Callable[[int, int], Awaitable[None]]
"""One call, by the client's number and the call's."""


async def main() -> int:
    """Prints the table; 1 where the limit is missed."""
    with bench_servers() as servers:
        client = await Client.connect(servers.temporal_address)
        async with api(servers) as port:
            took: dict[str, list[float]] = {"bare signal": [], "webhook": []}
            for number in range(ROUNDS + 1):
                signals = await timed(await signalling(client))
                webhooks = await timed(await posting(port))
                if number:  # in the first everything becomes warm
                    took["bare signal"] += signals
                    took["webhook"] += webhooks
    return shown(took)


def shown(took: dict[str, list[float]]) -> int:
    """The table, and the verdict."""
    bare = median(took["bare signal"])
    print(f"{CLIENTS} clients, {ROUNDS} rounds of {CLIENTS * CALLS_EACH} calls; ms; {load()}.\n")
    print(f"{'':20}{'median':>9}{'p95':>9}{'calls/s':>10}{'of a signal':>14}")
    for name, found in took.items():
        p95 = quantiles(found, n=20)[-1]
        rate = CLIENTS / (sum(found) / len(found))
        print(
            f"  {name:18}{median(found) * 1000:>9.1f}{p95 * 1000:>9.1f}{rate:>10.0f}{median(found) / bare:>13.2f}x"
        )
    kept = median(took["webhook"]) <= LIMIT * bare
    print(f"\nlimit: {LIMIT} times a bare signal's median: {'kept' if kept else 'NOT KEPT'}")
    return 0 if kept else 1


async def timed(call: Call) -> list[float]:
    """Seconds of every call, all clients at once."""

    async def loop(client: int) -> list[float]:
        found = []
        for number in range(CALLS_EACH):
            began = perf_counter()
            await call(client, number)
            found.append(perf_counter() - began)
        return found

    return [one for each in await asyncio.gather(*map(loop, range(CLIENTS))) for one in each]


async def signalling(client: Client) -> Call:
    """A workflow for each client, which it signals."""
    run = uuid4().hex
    handles = [
        await client.start_workflow("Bare", id=f"bare:{run}:{number}", task_queue="bare")
        for number in range(CLIENTS)
    ]

    async def call(of: int, number: int) -> None:
        payment = {"reference": f"TX-{number}", "amount_minor": 5000, "currency": "CNY"}
        await handles[of].signal("payment", payment)

    return call


async def posting(port: int) -> Call:
    """A connection for each client, and its payments, signed before the clock runs."""
    run = uuid4().hex[:8]
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)]
    requests = [[signed(f"{run}-{of}-{number}") for number in range(CALLS_EACH)] for of in range(CLIENTS)]

    async def call(of: int, number: int) -> None:
        reader, writer = connections[of]
        writer.write(requests[of][number])
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 202"):
            sys.exit(f"not accepted: {head.decode()}")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)

    return call


def signed(event_id: str) -> bytes:
    """A payment as the whole HTTP request."""
    data = {"loan_id": f"L-{event_id[:12]}", "reference": event_id, "amount_minor": 5000, "currency": "CNY",
            "received_at": "2026-11-02T09:30:00Z"}  # fmt: skip
    body = json.dumps({"specversion": "1.0", "id": event_id, "source": "/core", "type": "loan.payment.posted",
                       "data": data})  # fmt: skip
    now = datetime.now(UTC)
    head = (
        "POST /v1/webhooks/core HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/cloudevents+json\r\n"
        f"Content-Length: {len(body)}\r\nwebhook-id: {event_id}\r\nwebhook-timestamp: {int(now.timestamp())}\r\n"
        f"webhook-signature: {Webhook(KEY).sign(event_id, now, body)}\r\n\r\n"
    )
    return (head + body).encode()


@asynccontextmanager
async def api(servers: Endpoints) -> AsyncIterator[int]:
    """`leeway api`; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    known = os.environ | {"DATABASE_URL": servers.database_url, "TEMPORAL_ADDRESS": servers.temporal_address,
                          "LEEWAY_LENDER": "bench", "LEEWAY_WEBHOOK_KEYS": f"core={KEY}"}  # fmt: skip
    leeway = Path(sys.executable).with_name("leeway")
    process = await asyncio.create_subprocess_exec(
        leeway, "api", "--port", str(port), env=known, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            break
        yield port
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
