"""Two workers, each its own process, race for the last permitted contact of a borrower with three loans.

`make race` tries a thousand times; LEEWAY_RACE_TRIES says how often otherwise.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from at_the_door import NOON, WEDNESDAY, CaseAtDoor, rules, utc

from contracts.carry_out import CarryOut
from entrypoints.embedded.parts import Endpoints
from statemachine.stage import Channel

TRIES = int(os.environ.get("LEEWAY_RACE_TRIES", "60"))
EARLIER = timedelta(hours=1)
Open = Callable[..., Awaitable[CaseAtDoor]]


class Worker:
    """One of the processes that race."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def started(cls, servers: Endpoints, project: Path, *options: str) -> AsyncIterator["Worker"]:
        """A worker that is ready to knock; ended with the block."""
        script = str(Path(__file__).with_name("racing_worker.py"))
        environment = os.environ | {"PYTHONPATH": str(project)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, script, servers.database_url, *options, stdin=PIPE, stdout=PIPE, env=environment
        )
        worker = cls(process)
        assert await worker._line() == "ready"
        try:
            yield worker
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    def knocks(self, request: CarryOut, at: datetime) -> Awaitable[dict[str, Any]]:
        """Lets the worker knock now, without waiting for its answer."""
        asked = {"request": request.model_dump(mode="json"), "at": at.isoformat()}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        return self._answer()

    async def _answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self._line())
        return answer

    async def _line(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()


@asynccontextmanager
async def two_workers(
    servers: Endpoints, project: Path, *options: str
) -> AsyncIterator[tuple[Worker, Worker]]:
    """Both ready, at the same database."""
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(Worker.started(servers, project, *options)) for _ in range(2)
        ]
        yield first, second


def weekdays() -> Iterator[date]:
    """One for each try: the limit is new every day."""
    return (day for n in range(10**4) if (day := WEDNESDAY + timedelta(days=n)).weekday() < 5)


async def three_loans(opened: Open) -> list[CaseAtDoor]:
    """Of one borrower, who may be contacted twice a day."""
    first = await opened(snapshot=rules(two_a_day=(2, 1)))
    same = {"snapshot": first.snapshot, "borrower_id": first.loan.borrower_id, "email": first.loan.email}
    return [first, await opened(**same), await opened(**same)]


async def race(opened: Open, workers: tuple[Worker, Worker], tries: int) -> dict[str, int]:
    """How often both were made or one was refused, the e-mails that left, and the contacts in the ledger.

    The first loan has the first contact of each day, a call; the two others race for the last: by e-mail every other
    day, by a person otherwise.
    """
    loans = await three_loans(opened)
    ends: Counter[str] = Counter()
    for place, day in zip(range(tries), weekdays(), strict=False):
        at, step = utc(NOON, day), f"race_{place}"
        call = {"channel": Channel.PHONE, "step": step, "template": "revisit"}
        last = {"channel": Channel.EMAIL, "step": step} if place % 2 else call
        earlier = loans[0].contact(at=at - EARLIER, **call)
        assert (await workers[place % 2].knocks(earlier, at - EARLIER))["kind"] == "made"
        requests = [case.contact(at=at, **last) for case in loans[1:]]
        answers = await asyncio.gather(*(w.knocks(r, at) for w, r in zip(workers, requests, strict=True)))
        assert {answer["rule"] for answer in answers if answer["kind"] == "refused"} <= {"two_a_day"}
        ends[" ".join(sorted(answer["kind"] for answer in answers))] += 1
        ends["emails"] = sum(answer["sent"] for answer in answers)
    ends["contacts"] = sum([len(await case.contacts()) for case in loans])
    return dict(ends)


class TestLastContactOfABorrower:
    async def test_is_made_by_one_of_two_racing_workers_every_time(
        self, opened: Open, servers: Endpoints, project: Path
    ) -> None:
        async with two_workers(servers, project) as workers:
            ends = await race(opened, workers, TRIES)
        print(f"\n{TRIES} races for the last contact: {ends}")
        assert ends == {"made refused": TRIES, "emails": TRIES // 2, "contacts": 2 * TRIES}

    async def test_is_made_twice_without_the_borrowers_lock(
        self, opened: Open, servers: Endpoints, project: Path
    ) -> None:
        async with two_workers(servers, project, "--without-lock") as workers:
            ends = await race(opened, workers, TRIES)
        print(f"\n{TRIES} races without the lock: {ends}")
        assert ends.get("made made", 0) > 0  # so that the test above can fail
