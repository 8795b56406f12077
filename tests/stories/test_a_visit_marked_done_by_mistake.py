"""A visit is claimed, told of by mistake, undone and told of again: the later word counts for the limits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from case_on_server import CaseOnServer, Office
from timeline import to_day

from entrypoints.access.gate import Gate
from entrypoints.api import create_api
from entrypoints.signalling import BadSignal
from entrypoints.task_outcome import mark_done
from ledger.desk import TaskRefused
from ledger.entry import Row

CHEN, WU = "Ms Chen", "Mr Wu"


async def a_visit(office: Office) -> tuple[CaseOnServer, int]:
    """A long-overdue case on the day of its first visit, and the visit's number."""
    long_ago = datetime.now(UTC).date() - timedelta(days=100)
    case = await office.opened(policy="platform-c", balance_minor=120_000, overdue_since=long_ago)
    for day in range(30, 60):
        await to_day(case, day)
        handed_over = [row for row in await case.contacts("made") if row["channel"] == "visit"]
        if handed_over:
            break
    [task] = [
        task for task in await case.ledger.read("tasks", case_id=case.handle.id) if task["kind"] == "visit"
    ]
    return case, int(task["task_id"])


async def counted_as(case: CaseOnServer, task: int) -> str:
    """As what the limits count the visit."""
    told_of: dict[str, Any] = {"case_id": case.handle.id, "channel": "visit", "task": task}
    rows: list[Row] = await case.ledger.read("contacts_told_of", **told_of)
    return str(rows[0]["result"])


class TestAVisitMarkedDoneByMistake:
    async def test_is_told_of_again_and_the_later_word_counts(self, office: Office) -> None:
        case, task = await a_visit(office)
        app = create_api(office.client, office.ledger, Gate(office.ledger, "harbour", "token"), "harbour")
        shown = {"Authorization": "Bearer token"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=shown) as api:

            async def step(verb: str, by: str, **more: Any) -> httpx.Response:
                return await api.post(f"/v1/tasks/{task}/{verb}", json={"by": by, **more})

            assert (await step("claim", CHEN)).status_code == 200
            assert (await step("claim", WU)).status_code == 409
            refused = await step("done", CHEN, outcome={"result": "no_answer"})
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "result")
            assert (await step("done", CHEN, outcome={"result": "not_met"})).json()["state"] == "done"
            assert await counted_as(case, task) == "not_met"
            assert (await step("done", CHEN, outcome={"result": "met"})).status_code == 409
            assert (await step("undo", CHEN, reason="it was the neighbour's door")).json()[
                "state"
            ] == "claimed"
            assert await counted_as(case, task) == "unknown"
            assert (await step("done", CHEN, outcome={"result": "met"})).json()["state"] == "done"

            steps = (await api.get(f"/v1/tasks/{task}")).json()["steps"]
        assert [(one["kind"], one["by"]) for one in steps] == [
            ("claimed", CHEN), ("done", CHEN), ("undone", CHEN), ("done", CHEN),
        ]  # fmt: skip
        assert await counted_as(case, task) == "visited"
        assert [line["facts"]["result"] for line in await case.lines("visit")] == ["not_met", "met"]

    async def test_is_told_of_from_the_command_line_in_the_same_way(self, office: Office) -> None:
        case, task = await a_visit(office)

        async def done(by: str, note: str, *options: str) -> str:
            return (await mark_done(office.client, office.ledger, "harbour", task, by, note, options)).state

        with pytest.raises(TaskRefused, match="note: "):
            await done(CHEN, "was there")
        with pytest.raises(BadSignal, match="result"):
            await done(CHEN, "")
        with pytest.raises(BadSignal, match="result"):
            await done(CHEN, "", "--result", "delighted")
        assert await done(CHEN, "", "--result", "met", "--situation", "lost the job") == "done"
        with pytest.raises(TaskRefused, match="done_at"):
            await done(CHEN, "", "--result", "met")
        assert await counted_as(case, task) == "visited"


class TestDoneToldAgain:
    async def test_is_answered_by_the_same_key_and_refused_by_another(self, office: Office) -> None:
        case, task = await a_visit(office)
        app = create_api(office.client, office.ledger, Gate(office.ledger, "harbour", "token"), "harbour")
        shown = {"Authorization": "Bearer token"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=shown) as api:

            async def done(key: str) -> httpx.Response:
                said = {"by": CHEN, "outcome": {"result": "not_met"}}
                return await api.post(f"/v1/tasks/{task}/done", json=said, headers={"Idempotency-Key": key})

            first, again, other = await done("K-1"), await done("K-1"), await done("K-2")
            assert (first.status_code, first.json()["state"]) == (200, "done")
            assert (again.status_code, again.json()) == (200, first.json())
            assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "done_at")
            steps = (await api.get(f"/v1/tasks/{task}")).json()["steps"]
        assert [step["kind"] for step in steps] == ["done"]
        assert len(await case.lines("visit")) == 1
