"""Every route, every role, every other lender: who gets in, and that nobody reads or writes another lender's book."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_caller import LENDER, TOKEN, caller, payment, problem
from fastapi import APIRouter, FastAPI

from entrypoints.access.gate import Gate, RouteForNobody, checked, guarded
from entrypoints.access.keys import Keys
from entrypoints.access.role import RIGHTS, Role
from entrypoints.access.who_may import ANYBODY, WHO_MAY
from entrypoints.api import create_api
from ledger.calendar_link import CalendarLinks
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.time import SkippedTime
from statemachine.messages import MESSAGE_TYPES

Opened = Callable[..., Awaitable[str]]
GUARDED = sorted(route for route, right in WHO_MAY.items() if right is not ANYBODY)
IDS = {"loan_id": "L-1", "task_id": "1", "inbound_id": "1", "key_id": "0" * 8}
_LOAN = {
    "loan_id": "L-1", "borrower_id": "B-1", "name": "Li Wei", "balance_minor": 100, "currency": "CNY",
    "overdue_since": "2026-10-20", "language": "en", "country": "CN", "zones": ["Asia/Shanghai"], "policy": "platform-c",
}  # fmt: skip
_WRITTEN_OFF = {"kind": "balance", "overdue_minor": 0, "currency": "CNY"}
BODIES: dict[str, Any] = {
    "POST /v1/cases": _LOAN,
    "POST /v1/cases/bulk": {"loans": [_LOAN]},
    "POST /v1/payments": {
        "loan_id": "L-1",
        "reference": "T-1",
        "amount_minor": 1,
        "currency": "CNY",
        "received_at": "2026-11-02T09:30:00Z",
    },
    "POST /v1/payments/reversals": {
        "loan_id": "L-1",
        "payment": "T-1",
        "reversed_at": "2026-11-02T09:30:00Z",
    },
    "POST /v1/cases/{loan_id}/messages": payment(),
    "POST /v1/receipts": [{"reference": "R-1", "status": "delivered", "at": "2026-11-02T09:30:00Z"}],
    "POST /v1/keys": {"name": "core", "role": "operator"},
    "POST /v1/tasks/{task_id}/claim": {"by": "Ms Zhao"},
    "POST /v1/tasks/{task_id}/done": {"by": "Ms Zhao"},
    "POST /v1/tasks/{task_id}/undo": {"by": "Ms Zhao", "reason": "why"},
    "POST /v1/tasks/{task_id}/hand-on": {"by": "Ms Zhao", "to": "Mr Zhou", "reason": "why"},
}


async def ask(api: httpx.AsyncClient, route: str, **ids: Any) -> httpx.Response:
    """The route, asked with these ids."""
    method, path = route.split(" ")
    for name, value in (IDS | ids).items():
        path = path.replace("{" + name + "}", str(value))
    params = {"by": "Ms Zhao"} if path.endswith("/dossier") else {}
    return await api.request(method, path, params=params, json=BODIES.get(route))


LISTS = {"GET /v1/cases", "GET /v1/tasks", "GET /v1/inbox", "GET /v1/receipts/parked"}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of a case's changes that looks once."""
    monkeypatch.setattr("entrypoints.routes.changes.LOOKS", 1)


class TestTheTable:
    def test_has_every_route_of_the_api_and_no_other(self, skipped_time: SkippedTime, ledger: Ledger) -> None:
        app = create_api(skipped_time.client, ledger, Gate(ledger, LENDER), LENDER)
        told = {
            f"{method.upper()} {path}" for path, item in app.openapi()["paths"].items() for method in item
        }

        assert told | {"GET /openapi.json"} == {route for route in WHO_MAY if "/fineract/" not in route}

    def test_refuses_a_route_that_it_does_not_have(self) -> None:
        routes = guarded("/v1/new", "new")

        @routes.get("")
        async def forgotten() -> None:
            """Nobody said who may."""

        with pytest.raises(RouteForNobody, match="GET /v1/new"):
            checked([routes])

    def test_refuses_a_route_beside_the_gate(self) -> None:
        routes = APIRouter(prefix="/v1/cases")
        routes.add_api_route("", lambda: None, methods=["GET"])

        with pytest.raises(RouteForNobody, match="GET /v1/cases"):
            checked([routes])

    async def test_lets_nobody_use_a_route_that_slipped_in(self, ledger: Ledger) -> None:
        routes, app = guarded("/v1/new", "new"), FastAPI()

        @routes.get("")
        async def forgotten() -> None:
            """Nobody said who may."""

        app.include_router(routes)
        app.state.gate = Gate(ledger, LENDER, TOKEN)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as api:
            assert (await api.get("/v1/new")).status_code == 500


class TestARole:
    @pytest.mark.parametrize("role", Role)
    async def test_uses_the_routes_that_the_table_gives_it_and_no_other(
        self, skipped_time: SkippedTime, ledger: Ledger, role: Role
    ) -> None:
        key = await Keys(ledger).make(f"l-{uuid4().hex[:8]}", "tester", role, datetime.now(UTC))
        async with caller(skipped_time.client, ledger, shown=key) as api:
            let_in = {route for route in GUARDED if (await ask(api, route)).status_code != 403}

        assert let_in == {route for route in GUARDED if WHO_MAY[route] in RIGHTS[role]}

    @pytest.mark.parametrize(
        ("role", "message", "status"),
        [
            (Role.LOAN_SYSTEM, payment(), 404),
            (Role.LOAN_SYSTEM, {"kind": "dispute_opened", "reason": "why"}, 403),
            (Role.OPERATOR, {"kind": "dispute_opened", "reason": "why"}, 404),
            (Role.OPERATOR, {"kind": "withdraw", "reason": "sold"}, 403),
            (Role.SUPERVISOR, {"kind": "withdraw", "reason": "sold"}, 404),
            (Role.SUPERVISOR, {"kind": "withdraw", "reason": "sold", "by": "tester"}, 404),
            (Role.SUPERVISOR, {"kind": "withdraw", "reason": "sold", "by": "Ms Chen"}, 422),
            (Role.ADMIN, {"kind": "escalation_decision", "decision": "refer", "by": "Mr Wu"}, 422),
            (Role.OPERATOR, _WRITTEN_OFF, 403),
            (Role.SUPERVISOR, _WRITTEN_OFF, 404),
            (Role.SUPERVISOR, _WRITTEN_OFF | {"by": "Ms Chen"}, 422),
            (Role.LOAN_SYSTEM, _WRITTEN_OFF, 404),
        ],
    )
    async def test_tells_the_kinds_of_message_that_are_its_own(
        self, skipped_time: SkippedTime, ledger: Ledger, role: Role, message: dict[str, Any], status: int
    ) -> None:
        assert message["kind"] in MESSAGE_TYPES
        key = await Keys(ledger).make(f"l-{uuid4().hex[:8]}", "tester", role, datetime.now(UTC))
        async with caller(skipped_time.client, ledger, shown=key) as api:
            problem(await api.post("/v1/cases/L-1/messages", json=message), status)


class TestAnotherLender:
    @pytest.fixture
    async def victim(self, ledger: Ledger, open_case: Opened) -> dict[str, Any]:
        """A case of the lender's with a task, an event in the inbox and a key: their ids."""
        loan_id = await open_case()
        case_id, now = f"case:{LENDER}:{loan_id}:1", datetime.now(UTC)
        row = dict.fromkeys(("talk_sheet", "starts_at", "due_at", "due_on", "people"))
        row |= {
            "key": f"{case_id}/{uuid4()}",
            "case_id": case_id,
            "kind": "plan_review",
            "note": "look",
            "created_at": now,
        }
        async with ledger.entry(LENDER, case_id) as entry:
            await entry.run("add_task", row | {"visitors": []})
        [task] = await ledger.read("tasks", case_id=case_id)
        unread = {"lenders": [LENDER], "sources": ["core"], "event_ids": [uuid4().hex], "loan_ids": [loan_id],
                  "kinds": ["unread"], "bodies": [json.dumps({})], "states": ["parked"], "reasons": ["unreadable"],
                  "notes": [""]}  # fmt: skip
        nothing = {"lender": None, "source": None, "delivery_id": None, "sha256": None}
        await ledger.read("accept_events", **unread, **nothing, at=now)
        [event] = await Inbox(ledger).events(LENDER, loan_id=loan_id)
        await Keys(ledger).make(LENDER, "victim", Role.ADMIN, now)
        key = (await Keys(ledger).all_of(LENDER))[-1]
        return {"loan_id": loan_id, "task_id": task["task_id"], "inbound_id": event["inbound_id"],
                "key_id": key["key_id"]}  # fmt: skip

    async def everything(self, ledger: Ledger, ids: dict[str, Any]) -> list[Any]:
        """All that could have been changed."""
        case_id = f"case:{LENDER}:{ids['loan_id']}:1"
        return [
            await ledger.read("lines", case_id=case_id),
            await ledger.read("tasks", case_id=case_id),
            await ledger.read("task_events", task_id=ids["task_id"]),
            await Inbox(ledger).event(LENDER, ids["inbound_id"]),
            [key for key in await Keys(ledger).all_of(LENDER) if key["key_id"] == ids["key_id"]],
        ]

    @pytest.mark.parametrize("route", GUARDED)
    async def test_reads_and_writes_nothing_by_an_id_it_should_not_know(
        self, skipped_time: SkippedTime, ledger: Ledger, victim: dict[str, Any], route: str
    ) -> None:
        before = await self.everything(ledger, victim)
        crossing = await Keys(ledger).make(f"l-{uuid4().hex[:8]}", "crossing", Role.ADMIN, datetime.now(UTC))
        async with caller(skipped_time.client, ledger, shown=crossing) as other:
            answer = await ask(other, route, **victim)
        async with caller(skipped_time.client, ledger) as own:
            theirs = await ask(own, route, **victim)

        if any("{" + name + "}" in route for name in victim):
            problem(answer, 404)
            assert theirs.status_code < 500
            assert theirs.status_code != 404, "the route was not asked for what is there"
        else:
            told = answer.text
            assert not [one for name, one in victim.items() if name != "task_id" and f'"{one}"' in told]
            assert answer.json() == [] or route not in LISTS
            return
        if route.startswith("GET"):
            assert await self.everything(ledger, victim) == before or route.endswith("dossier")

    async def test_writes_into_its_own_book_whatever_the_body_says(
        self, skipped_time: SkippedTime, ledger: Ledger, victim: dict[str, Any]
    ) -> None:
        before = await self.everything(ledger, victim)
        key = await Keys(ledger).make(f"l-{uuid4().hex[:8]}", "crossing", Role.ADMIN, datetime.now(UTC))
        async with caller(skipped_time.client, ledger, shown=key) as other:
            for body in ({"lender": LENDER, **payment()}, payment(lender=LENDER)):
                problem(await other.post(f"/v1/cases/{victim['loan_id']}/messages", json=body), 422)

        assert await self.everything(ledger, victim) == before

    async def test_sees_no_calendar_under_its_own_address(
        self, skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        token = await CalendarLinks(ledger, LENDER).renewed(
            f"Ms {uuid4().hex}", "Ms Admin", datetime.now(UTC)
        )
        async with caller(skipped_time.client, ledger, lender="another-lender") as other:
            problem(await other.get(f"/v1/calendars/{token}.ics"), 404)
        async with caller(skipped_time.client, ledger) as own:
            assert (await own.get(f"/v1/calendars/{token}.ics")).status_code == 200
