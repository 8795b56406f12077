"""Two people claim the same task at the same time: one has it, the other is told who."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from tasks_in_ledger import NINE, a_case, a_visit

from entrypoints.embedded.parts import Endpoints
from ledger.desk import Desk, TaskRefused
from ledger.sql import SQL
from ledger.store import Ledger

TRIES = 40
EARLIER = NINE - timedelta(days=1)


async def race(servers: Endpoints, ledger: Ledger) -> Counter[str]:
    """How often one, or both, were told that the task is theirs. Each of the two has connections of their own."""
    ends: Counter[str] = Counter()
    case_id = await a_case(ledger)
    async with Ledger(servers.database_url, 2) as first, Ledger(servers.database_url, 2) as second:
        for _ in range(TRIES):
            task = await a_visit(ledger, case_id)
            answers = await asyncio.gather(
                *(
                    Desk(one, "harbour").claim(task, name, EARLIER)
                    for one, name in ((first, "A"), (second, "B"))
                ),
                return_exceptions=True,
            )
            refusals = [answer for answer in answers if isinstance(answer, BaseException)]
            assert all(isinstance(refusal, TaskRefused) for refusal in refusals), refusals
            claims = [step["kind"] for step in await Desk(ledger, "harbour").steps(task)]
            assert claims == ["claimed"] * (2 - len(refusals))
            ends["one" if refusals else "both"] += 1
    return ends


class TestClaimOfTwo:
    async def test_is_won_by_exactly_one_every_time(self, servers: Endpoints, ledger: Ledger) -> None:
        assert await race(servers, ledger) == {"one": TRIES}

    async def test_is_won_by_both_without_the_borrowers_lock(
        self, servers: Endpoints, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(SQL, "lock_borrower", "select %(lender)s::text, %(borrower_id)s::text")
        assert (await race(servers, ledger))["both"] > 0  # so that the test above can fail
