"""Signed webhooks over HTTP: kept once, by whoever may, and applied to the case afterwards."""

import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_caller import problem
from standardwebhooks import Webhook

from entrypoints.access.gate import Gate
from entrypoints.api import create_api
from gateways.cloud_event import TYPES
from gateways.webhook_signature import WebhookKeys
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.time import SkippedTime

KEY = f"whsec_{base64.b64encode(b'k' * 32).decode()}"


class Bank:
    """A loan system that signs what it sends, and what a lender of its own has in the inbox."""

    def __init__(self, http: httpx.AsyncClient, ledger: Ledger, lender: str) -> None:
        self.http, self.lender = http, lender
        self._inbox = Inbox(ledger)

    async def sends(
        self, body: object, told_id: str | None = None, key: str = KEY, late: timedelta = timedelta(), to: str = "core"
    ) -> httpx.Response:  # fmt: skip
        """Posts it, signed."""
        text, told_id = body if isinstance(body, str) else json.dumps(body), told_id or uuid4().hex
        at = datetime.now(UTC) - late
        signed = {"webhook-id": told_id, "webhook-timestamp": str(int(at.timestamp())),
                  "webhook-signature": Webhook(key).sign(told_id, at, text)}  # fmt: skip
        return await self.http.post(f"/v1/webhooks/{to}", content=text.encode(), headers=signed)

    async def has(self) -> list[tuple[str, str, str]]:
        """What its lender's inbox holds: loan, kind, state."""
        return [(row["loan_id"], row["kind"], row["state"]) for row in await self._inbox.events(self.lender)]


@pytest.fixture
async def bank(skipped_time: SkippedTime, ledger: Ledger) -> AsyncIterator[Bank]:
    """A loan system of a lender of its own."""
    lender = f"w-{uuid4().hex[:10]}"
    app = create_api(
        skipped_time.client,
        ledger,
        Gate(ledger, lender, "operators only"),
        lender,
        WebhookKeys.read(f"core={KEY}"),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
        yield Bank(http, ledger, lender)


def payment(event_id: str = "e-1", **changes: Any) -> dict[str, Any]:
    """A payment as a CloudEvent."""
    data = {"loan_id": "A-1", "reference": "TX-1", "amount_minor": 500, "currency": "CNY",
            "received_at": "2026-11-02T09:30:00Z"}  # fmt: skip
    return {"specversion": "1.0", "id": event_id, "source": "/core", "type": "loan.payment.posted"} | {
        "data": data | changes
    }


class TestAWebhook:
    async def test_is_kept_for_good_before_it_is_answered(self, bank: Bank) -> None:
        answer = await bank.sends(payment())

        assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
        assert await bank.has() == [("A-1", "payment_posted", "waiting")]

    async def test_that_comes_again_is_answered_the_same_and_counts_once(self, bank: Bank) -> None:
        first, again = await bank.sends(payment(), "m-1"), await bank.sends(payment(), "m-1")

        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert len(await bank.has()) == 1

    async def test_whose_event_came_under_another_id_counts_once(self, bank: Bank) -> None:
        await bank.sends(payment(), "m-1")
        await bank.sends(payment(), "m-2")

        assert len(await bank.has()) == 1

    async def test_with_another_body_under_the_same_id_is_refused(self, bank: Bank) -> None:
        await bank.sends(payment(), "m-1")

        answer = await bank.sends(payment("e-2"), "m-1")

        assert "webhook-id" in problem(answer, 409)["detail"]
        assert len(await bank.has()) == 1

    async def test_may_carry_many_events_and_all_count_or_none(self, bank: Bank) -> None:
        assert (await bank.sends([payment("1"), payment("2")])).status_code == 202
        answer = await bank.sends([payment("3"), payment("4", amount_minor=-1)])

        assert problem(answer, 422)["errors"][0]["field"] == "1.data.amount_minor"
        assert len(await bank.has()) == 2

    async def test_of_an_unknown_type_is_parked_and_not_refused(self, bank: Bank) -> None:
        answer = await bank.sends(payment() | {"type": "loan.renamed"})

        assert answer.status_code == 202
        assert await bank.has() == [("", "unread", "parked")]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"key": f"whsec_{base64.b64encode(b'x' * 32).decode()}"},
            {"to": "nobody"},
            {"late": timedelta(minutes=6)},
            {"late": -timedelta(minutes=6)},
        ],
    )
    async def test_that_is_wrongly_signed_learns_nothing(self, bank: Bank, wrong: dict[str, Any]) -> None:
        answers = [
            await bank.sends(payment(), **wrong),
            await bank.http.post("/v1/webhooks/core", json=payment()),
        ]

        for answer in answers:
            assert problem(answer, 401) == {"title": "Unauthorized", "status": 401, "detail": "not signed"}
        assert await bank.has() == []

    async def test_that_is_too_large_is_refused(self, bank: Bank) -> None:
        answer = await bank.sends(payment(reference="x" * 300_000))

        assert "262144" in problem(answer, 413)["detail"]


class TestTheInbox:
    async def test_is_for_those_with_the_token(self, bank: Bank) -> None:
        assert (await bank.http.get("/v1/inbox")).status_code == 401

    async def test_shows_what_is_parked_and_replays_it(self, bank: Bank) -> None:
        await bank.sends(payment() | {"type": "loan.renamed"})
        token = {"Authorization": "Bearer operators only"}
        [parked] = (await bank.http.get("/v1/inbox?state=parked", headers=token)).json()
        number = parked["inbound_id"]

        shown = (await bank.http.get(f"/v1/inbox/{number}", headers=token)).json()
        again = await bank.http.post(f"/v1/inbox/{number}/replay", headers=token)
        shown = (await bank.http.get(f"/v1/inbox/{number}", headers=token)).json()
        assert shown["replayed_by"] == "api"

        assert (parked["reason"], "body" in parked, shown["body"]["type"]) == (
            "unknown_type",
            False,
            "loan.renamed",
        )
        assert (again.status_code, again.json()["state"]) == (202, "waiting")
        problem(await bank.http.post(f"/v1/inbox/{number}/replay", headers=token), 409)
        problem(await bank.http.post("/v1/inbox/999999999/replay", headers=token), 404)
        problem(await bank.http.get("/v1/inbox/999999999", headers=token), 404)


class TestThePage:
    async def test_has_examples_that_work(self, bank: Bank, project: Path) -> None:
        page = (project / "docs" / "connecting" / "webhooks.md").read_text(encoding="utf-8")
        code: dict[str, Any] = {}
        exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], code)

        answers = []
        for example in re.findall(r"```json\n(.*?)```", page, re.DOTALL):
            body, headers = code["signed"](KEY, json.loads(example))
            answers.append(await bank.http.post("/v1/webhooks/core", content=body, headers=headers))

        assert [answer.status_code for answer in answers] == [202] * 5
        assert {kind for _, kind, _ in await bank.has()} == set(TYPES.values())

    def test_has_keys_that_can_be_read(self, project: Path) -> None:
        page = (project / "docs" / "connecting" / "webhooks.md").read_text(encoding="utf-8")
        [keys] = re.findall(r'LEEWAY_WEBHOOK_KEYS="(.*?)"', page)

        assert WebhookKeys.read(keys)
