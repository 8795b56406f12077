"""The people's desk over HTTP: lists, steps, and a calendar under a secret address."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from api_caller import LENDER, caller, problem
from icalendar import Calendar

from entrypoints.access_log import WithoutSecrets
from entrypoints.embedded.parts import Endpoints
from ledger.calendar_link import CalendarLinks
from ledger.store import Ledger
from simulator.time import SkippedTime

Opened = Callable[..., Awaitable[str]]
Added = Callable[..., Awaitable[int]]
NOW = datetime.now(UTC)


@pytest.fixture
async def add_task(ledger: Ledger, open_case: Opened) -> Added:
    """Adds a task to a case of its own; answers its number."""

    async def added(**changes: Any) -> int:
        case_id = f"case:{LENDER}:{await open_case()}:1"
        row = {
            "key": f"{case_id}/{uuid4()}", "case_id": case_id, "kind": "plan_review", "note": "look at the plan",
            "talk_sheet": None, "created_at": NOW, "starts_at": None, "due_at": None, "due_on": None, "people": None,
            "visitors": [],
        }  # fmt: skip
        async with ledger.entry(LENDER, case_id) as entry:
            await entry.run("add_task", row | changes)
        [task] = await ledger.read("tasks", case_id=case_id)
        return int(task["task_id"])

    return added


async def step(api: httpx.AsyncClient, task: int, verb: str, **body: Any) -> httpx.Response:
    """The answer to one step with a task."""
    return await api.post(f"/v1/tasks/{task}/{verb}", json=body)


def a_visit(**changes: Any) -> dict[str, Any]:
    """A visit whose window is open."""
    window = {"starts_at": NOW - timedelta(hours=1), "due_at": NOW + timedelta(hours=8)}
    return (
        {"kind": "visit", "note": "visit for revisit_1", "people": 2, "talk_sheet": "Good morning."}
        | window
        | changes
    )


class TestTasks:
    async def test_are_listed_claimed_handed_on_done_and_undone(
        self, api: httpx.AsyncClient, add_task: Added
    ) -> None:
        task = await add_task()
        steps = [
            await step(api, task, "claim", by="Ms Chen"),
            await step(api, task, "hand-on", by="Ms Chen", to="Mr Wu", reason="ill"),
            await step(api, task, "done", by="Mr Wu", note="looked at"),
            await step(api, task, "undo", by="Ms Chen", reason="the wrong one"),
        ]

        assert [answer.status_code for answer in steps] == [200] * 4
        assert [(answer.json()["state"], answer.json()["holder"]) for answer in steps] == [
            ("claimed", "Ms Chen"), ("claimed", "Mr Wu"), ("done", None), ("claimed", "Mr Wu"),
        ]  # fmt: skip
        page = (await api.get(f"/v1/tasks/{task}")).json()
        assert [one["kind"] for one in page["steps"]] == ["claimed", "handed_on", "done", "undone"]
        listed = (await api.get("/v1/tasks", params={"for": "Mr Wu", "kind": "plan_review"})).json()
        assert [one["task_id"] for one in listed] == [task]

    async def test_show_the_talk_sheet_one_by_one(self, api: httpx.AsyncClient, add_task: Added) -> None:
        task = await add_task(**a_visit())

        assert (await api.get(f"/v1/tasks/{task}")).json()["talk_sheet"] == "Good morning."
        listed = (await api.get("/v1/tasks", params={"kind": "visit"})).json()
        assert {one["talk_sheet"] for one in listed} == {None}

    async def test_that_are_done_are_listed_when_asked_for(
        self, api: httpx.AsyncClient, add_task: Added
    ) -> None:
        task = await add_task()
        await step(api, task, "done", by="Ms Chen")

        async def listed(**filters: str) -> list[int]:
            return [one["task_id"] for one in (await api.get("/v1/tasks", params=filters)).json()]

        assert task not in await listed()
        assert task in await listed(open="false")

    async def test_of_another_lender_are_not_there(
        self, skipped_time: SkippedTime, ledger: Ledger, add_task: Added
    ) -> None:
        task = await add_task()
        async with caller(skipped_time.client, ledger, "another-lender") as other:
            assert (await other.get("/v1/tasks")).json() == []
            problem(await other.get(f"/v1/tasks/{task}"), 404)
            problem(await step(other, task, "claim", by="Ms Chen"), 404)

    async def test_want_a_key(self, skipped_time: SkippedTime, ledger: Ledger) -> None:
        async with caller(skipped_time.client, ledger, shown=None) as api:
            problem(await api.get("/v1/tasks"), 401)
            problem(await step(api, 1, "claim", by="Ms Chen"), 401)


class TestDoneToldAgain:
    async def test_by_the_same_key_is_answered_as_before(
        self, api: httpx.AsyncClient, add_task: Added
    ) -> None:
        task, key = await add_task(), {"Idempotency-Key": uuid4().hex}
        said = {"by": "Ms Chen", "note": "looked at"}
        first, again = [await api.post(f"/v1/tasks/{task}/done", json=said, headers=key) for _ in range(2)]

        assert (first.status_code, again.status_code) == (200, 200)
        assert again.json() == first.json()
        assert [one["kind"] for one in (await api.get(f"/v1/tasks/{task}")).json()["steps"]] == ["done"]
        other = {"Idempotency-Key": uuid4().hex}
        refused = problem(await api.post(f"/v1/tasks/{task}/done", json=said, headers=other), 409)
        assert refused["errors"][0]["field"] == "done_at"


class TestBadSteps:
    @pytest.mark.parametrize(
        ("verb", "body", "field"),
        [
            ("claim", {"by": " "}, "by"),
            ("claim", {"by": "x" * 101}, "by"),
            ("claim", {"by": "Ms\u0000Chen"}, "by"),
            ("claim", {"by": "Ms Chen", "until": "noon"}, "until"),
            ("hand-on", {"by": "Ms Chen", "to": "Mr Wu"}, "reason"),
            ("hand-on", {"by": "Ms Chen", "to": "Mr Wu", "reason": ""}, "reason"),
            ("hand-on", {"by": "Ms Chen", "to": "Ms Chen", "reason": "why"}, "to"),
            ("undo", {"by": "Ms Chen"}, "reason"),
            ("done", {"by": "Ms Chen", "outcome": {"result": "met"}}, "outcome"),
        ],
    )
    async def test_name_the_field_and_change_nothing(
        self, api: httpx.AsyncClient, add_task: Added, verb: str, body: dict[str, Any], field: str
    ) -> None:
        task = await add_task()
        before = (await api.get(f"/v1/tasks/{task}")).json()

        assert problem(await step(api, task, verb, **body), 422)["errors"][0]["field"] == field
        assert (await api.get(f"/v1/tasks/{task}")).json() == before

    async def test_conflict_with_what_another_did(self, api: httpx.AsyncClient, add_task: Added) -> None:
        task = await add_task()
        assert (
            problem(await step(api, task, "undo", by="Mr Wu", reason="why"), 409)["errors"][0]["field"]
            == "done_at"
        )
        await step(api, task, "claim", by="Ms Chen")

        for verb, more in (("claim", {}), ("done", {}), ("hand-on", {"to": "Mr Li", "reason": "why"})):
            refused = problem(await step(api, task, verb, by="Mr Wu", **more), 409)
            assert refused["errors"] == [
                {
                    "field": "claimed_by",
                    "reason": f"task {task} is Ms Chen's; ask them to hand it on to Mr Wu",
                }
            ]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"by": "Ms Chen"}, "outcome"),
            ({"by": "Ms Chen", "note": "met"}, "note"),
            ({"by": "Ms Chen", "outcome": {"result": "delighted"}}, "result"),
            ({"by": "Ms Chen", "outcome": {}}, "result"),
            ({"by": "Ms Chen", "outcome": {"result": "met", "mood": "good"}}, "mood"),
        ],
    )
    async def test_of_a_visit_need_an_outcome_that_fits(
        self, api: httpx.AsyncClient, add_task: Added, body: dict[str, Any], field: str
    ) -> None:
        task = await add_task(**a_visit())

        assert problem(await step(api, task, "done", **body), 422)["errors"][0]["field"] == field
        assert (await api.get(f"/v1/tasks/{task}")).json()["state"] == "open"

    async def test_with_a_task_that_is_not_there(self, api: httpx.AsyncClient) -> None:
        for verb, more in (("claim", {}), ("done", {}), ("undo", {"reason": "why"}),
                           ("hand-on", {"to": "Mr Wu", "reason": "why"})):  # fmt: skip
            assert str(2**60) in problem(await step(api, 2**60, verb, by="Ms Chen", **more), 404)["detail"]

    @pytest.mark.parametrize("number", ["0", "-1", str(2**63), "first", "1.5"])
    async def test_with_a_number_that_cannot_be_one(self, api: httpx.AsyncClient, number: str) -> None:
        assert problem(await api.get(f"/v1/tasks/{number}"), 422)["errors"][0]["field"] == "task_id"


class TestCalendarFeed:
    async def test_opens_by_its_secret_address_alone(
        self, skipped_time: SkippedTime, ledger: Ledger, add_task: Added
    ) -> None:
        person = f"Ms {uuid4().hex}"
        await add_task(**a_visit(visitors=[person]))
        token = await CalendarLinks(ledger, LENDER).renewed(person, "Ms Admin", NOW)
        async with caller(skipped_time.client, ledger, shown=None) as api:
            answer = await api.get(f"/v1/calendars/{token}.ics")

        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        [event] = Calendar.from_ical(answer.content).walk("VEVENT")
        assert "find it first" in event["LOCATION"]

    async def test_shows_a_withdrawn_visit_as_cancelled_for_a_while(
        self, ledger: Ledger, add_task: Added
    ) -> None:
        person, links = f"Ms {uuid4().hex}", CalendarLinks(ledger, LENDER)
        task = await add_task(**a_visit(visitors=[person]))
        [row] = await ledger.read("desk_tasks", lender=LENDER, task_id=task, kind=None, is_open=False)
        await ledger.read("withdraw_tasks", case_id=row["case_id"], at=NOW)

        assert [one.withdrawn_at for one in await links.tasks(person, NOW + timedelta(days=13))] == [NOW]
        assert await links.tasks(person, NOW + timedelta(days=15)) == []

    async def test_of_who_handed_a_visit_on_shows_it_still(
        self, ledger: Ledger, api: httpx.AsyncClient, add_task: Added
    ) -> None:
        first, second = f"Ms {uuid4().hex}", f"Mr {uuid4().hex}"
        task = await add_task(**a_visit())
        await step(api, task, "claim", by=first)
        await step(api, task, "hand-on", by=first, to=second, reason="ill")
        links = CalendarLinks(ledger, LENDER)

        assert [(one.task_id, one.claimed_by) for one in await links.tasks(first, NOW)] == [(task, second)]

    async def test_tells_nothing_to_whoever_guesses_or_comes_too_late(
        self, api: httpx.AsyncClient, ledger: Ledger
    ) -> None:
        links = CalendarLinks(ledger, LENDER)
        renewed, revoked = [
            await links.renewed(name, "Ms Admin", NOW) for name in ("Ms Renewed", "Ms Revoked")
        ]
        await links.renewed("Ms Renewed", "Ms Admin", NOW)
        assert await links.revoked("Ms Revoked", "Ms Admin", NOW)
        assert not await links.revoked("Ms Revoked", "Ms Admin", NOW)
        elsewhere = await CalendarLinks(ledger, "another-lender").renewed("Ms Chen", "Ms Admin", NOW)
        never_was = await api.get("/v1/never-was")

        for token in (renewed, revoked, elsewhere, "guess", "%00", "%F0%9F%98%80", "x" * 5000):
            answer = await api.get(f"/v1/calendars/{token}.ics")
            assert (answer.status_code, answer.content) == (404, never_was.content), token

    async def test_is_given_and_ended_by_somebody(self, servers: Endpoints, ledger: Ledger) -> None:
        links = CalendarLinks(ledger, LENDER)
        await links.renewed("Ms Acted", "Ms Admin", NOW)
        await links.revoked("Ms Acted", "Mr Wu", NOW)

        with psycopg.connect(servers.database_url) as connection:
            rows = connection.execute(
                "select created_by, revoked_by from calendar_link where person = 'Ms Acted'"
            ).fetchall()
        assert rows == [("Ms Admin", "Mr Wu")]

    async def test_is_kept_by_its_hash_only(self, ledger: Ledger) -> None:
        token = await CalendarLinks(ledger, LENDER).renewed("Ms Hash", "Ms Admin", NOW)

        assert await ledger.read("calendar_person", lender=LENDER, token_sha256=token) == []

    @pytest.mark.parametrize(
        ("path", "shown"),
        [
            ("/v1/calendars/S3CRET_-x.ics?x=1", "/v1/calendars/***"),
            ("/v1/fineract/S3CRET/hooks", "/v1/fineract/***/hooks"),
            ("/v1/tasks?for=Ms%20Chen", "/v1/tasks"),
            ("/v1/cases/L-1/dossier?by=Ms%20Chen", "/v1/cases/L-1/dossier"),
        ],
    )
    def test_has_no_secret_and_no_name_in_the_access_log(self, path: str, shown: str) -> None:
        line = '%s - "%s %s HTTP/%s" %d'
        args = ("127.0.0.1:1", "GET", path, "1.1", 200)
        record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, line, args, None)

        assert WithoutSecrets().filter(record)
        assert record.getMessage() == f'127.0.0.1:1 - "GET {shown} HTTP/1.1" 200'
