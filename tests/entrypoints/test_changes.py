"""A case's changes as they happen: each line once, and on from the last one that was seen."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest
from api_caller import LENDER, caller, payment, problem, told

from entrypoints.access.keys import Keys
from entrypoints.access.role import Role
from ledger.store import Ledger
from simulator.time import SkippedTime

Opened = Callable[..., Awaitable[str]]


async def listen(api: httpx.AsyncClient, loan_id: str, last_seen: str | None = None) -> list[dict[str, str]]:
    """What the stream tells until it ends."""
    headers = {"Last-Event-ID": last_seen} if last_seen else {}
    answer = await api.get(f"/v1/cases/{loan_id}/events", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that looks once."""
    monkeypatch.setattr("entrypoints.routes.changes.LOOKS", 1)


class TestTheStream:
    async def test_tells_every_line_and_goes_on_after_the_last_one_seen(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        first = await listen(api, loan_id)
        lines = (await api.get(f"/v1/cases/{loan_id}/explanation")).json()
        assert [json.loads(one["data"]) for one in first] == lines
        assert [one["id"] for one in first] == [f"1.{line['seq']}" for line in lines]
        await told(api, loan_id, payment(500, "P-1"))

        news = await listen(api, loan_id, first[-1]["id"])

        assert "payment" in [one["event"] for one in news]
        assert news[0]["id"] == f"1.{len(lines) + 1}"
        assert await listen(api, loan_id, news[-1]["id"]) == []

    async def test_keeps_what_is_for_few_eyes_to_them_as_the_explanation_does(
        self, api: httpx.AsyncClient, open_case: Opened, skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        loan_id = await open_case()
        found = {"situation": "lost the job", "income": "none", "willingness": "unwilling"}
        for said in (
            {"kind": "fact", "name": "mental_health_crisis"},
            {"kind": "visit_outcome", "channel": "phone", "result": "conversation", "findings": found},
        ):
            assert (await told(api, loan_id, said)).json()["accepted"]
        read = {}
        for role in (Role.LOAN_SYSTEM, Role.COMPLIANCE):
            key = await Keys(ledger).make(LENDER, "reader", role, datetime.now(UTC))
            async with caller(skipped_time.client, ledger, shown=key) as reader:
                lines = (await reader.get(f"/v1/cases/{loan_id}/explanation")).json()
                assert [json.loads(one["data"]) for one in await listen(reader, loan_id)] == lines
                page = await reader.get(f"/v1/cases/{loan_id}/timeline")
                assert not [word for word in found.values() if f'"{word}"' in page.text]
                read[role] = {line["kind"]: line for line in lines}

        for lines in read.values():
            assert "mental_health" not in str(lines)
            assert (lines["fact"]["reason"], lines["fact"]["facts"]["name"]) == ("restricted", "restricted")
        assert found.items() <= read[Role.COMPLIANCE]["visit"]["facts"].items()
        assert not found.keys() & read[Role.LOAN_SYSTEM]["visit"]["facts"].keys()

    async def test_of_an_episode_that_is_over_begins_anew(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        loan_id = await open_case()

        assert await listen(api, loan_id, "0.99") == await listen(api, loan_id)

    async def test_is_refused_before_it_begins(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        problem(await api.get("/v1/cases/L-never/events"), 404)
        bad = await api.get(f"/v1/cases/{await open_case()}/events", headers={"Last-Event-ID": "x"})
        assert problem(bad, 422)["errors"][0]["field"] == "Last-Event-ID"

    async def test_tells_what_happens_while_somebody_listens(
        self, api: httpx.AsyncClient, open_case: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        loan_id = await open_case()
        seen = (await listen(api, loan_id))[-1]["id"]
        monkeypatch.setattr("entrypoints.routes.changes.LOOKS", 2)

        async def meanwhile(_: float) -> None:
            await told(api, loan_id, payment(500, "P-2"))

        monkeypatch.setattr("entrypoints.routes.changes.asyncio.sleep", meanwhile)

        assert "payment" in [one["event"] for one in await listen(api, loan_id, seen)]
