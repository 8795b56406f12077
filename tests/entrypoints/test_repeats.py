"""`Idempotency-Key`: a write sent again is answered as it was, and done once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from api_caller import LENDER, caller, payment, problem
from psycopg import OperationalError

from entrypoints.access.keys import Keys
from entrypoints.access.repeats import forget_daily
from entrypoints.access.role import Role
from ledger.answers import KEPT_FOR, Answered, Answers, Asked, OtherRequest, StillRunning
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.time import SkippedTime

Opened = Callable[..., Awaitable[str]]
NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
PAID = {"loan_id": "L-1", "reference": "TX-1", "amount_minor": 500, "currency": "CNY",
        "received_at": "2026-11-02T09:30:00Z"}  # fmt: skip


@pytest.fixture
async def core(skipped_time: SkippedTime, ledger: Ledger) -> AsyncIterator[httpx.AsyncClient]:
    """A machine of a lender of its own."""
    async with caller(skipped_time.client, ledger, f"l-{uuid4().hex[:8]}") as http:
        yield http


async def send(
    http: httpx.AsyncClient, key: str, path: str = "/v1/payments", **changes: Any
) -> httpx.Response:
    """The answer to a write under a key."""
    return await http.post(path, json=PAID | changes, headers={"Idempotency-Key": key})


class TestAKey:
    async def test_with_the_same_body_is_answered_the_same(self, core: httpx.AsyncClient) -> None:
        first, again = await send(core, "K-1"), await send(core, "K-1")

        assert (first.status_code, first.json()["is_new"]) == (202, True)
        assert (again.status_code, again.json()) == (202, first.json())
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.headers["content-type"] == first.headers["content-type"]

    async def test_with_another_body_or_at_another_route_is_refused(self, core: httpx.AsyncClient) -> None:
        await send(core, "K-1")

        refused = problem(await send(core, "K-1", amount_minor=501), 422)
        assert refused["errors"][0]["field"] == "idempotency-key"
        reversal = {"loan_id": "L-1", "payment": "TX-1", "reversed_at": "2026-11-04T09:30:00Z"}
        elsewhere = await core.post(
            "/v1/payments/reversals", json=reversal, headers={"Idempotency-Key": "K-1"}
        )
        problem(elsewhere, 422)

    async def test_of_a_refused_write_may_be_used_for_the_corrected_one(
        self, core: httpx.AsyncClient
    ) -> None:
        problem(await send(core, "K-1", amount_minor=-5), 422)

        assert (await send(core, "K-1")).status_code == 202

    async def test_of_another_caller_is_another_key(self, skipped_time: SkippedTime, ledger: Ledger) -> None:
        lender = f"l-{uuid4().hex[:8]}"
        answers = []
        for name in ("core", "cards"):
            key = await Keys(ledger).make(lender, name, Role.LOAN_SYSTEM, datetime.now(UTC))
            async with caller(skipped_time.client, ledger, lender, key) as http:
                answers.append(await send(http, "K-1", reference=name))

        assert [answer.json()["is_new"] for answer in answers] == [True, True]

    async def test_used_many_times_at_once_is_done_once(
        self, core: httpx.AsyncClient, ledger: Ledger
    ) -> None:
        answers = await asyncio.gather(*(send(core, "K-1") for _ in range(8)))

        assert {answer.status_code for answer in answers} <= {202, 409}
        done = [answer for answer in answers if answer.status_code == 202]
        assert len([one for one in done if "Idempotency-Replayed" not in one.headers]) == 1
        assert all(one.json()["is_new"] for one in done)
        assert all(one.headers["Retry-After"] for one in answers if one.status_code == 409)

    @pytest.mark.parametrize("key", ["", "has space", "k" * 81, "k\t"])
    async def test_that_cannot_be_one_is_refused(self, core: httpx.AsyncClient, key: str) -> None:
        assert problem(await send(core, key), 422)["errors"][0]["field"] == "idempotency-key"

    async def test_of_a_secret_does_not_show_it_twice(self, core: httpx.AsyncClient, ledger: Ledger) -> None:
        wanted, named = {"name": "core", "role": "operator"}, {"Idempotency-Key": "K-1"}
        made = await core.post("/v1/keys", json=wanted, headers=named)
        again = await core.post("/v1/keys", json=wanted, headers=named)

        assert made.status_code == 201
        assert made.json()["key"] not in again.text
        problem(again, 409)
        assert len((await core.get("/v1/keys")).json()) == 1

    async def test_counts_at_the_case_once_when_the_machines_own_key_was_rotated(
        self, skipped_time: SkippedTime, ledger: Ledger, open_case: Opened
    ) -> None:
        loan_id, named, answers = await open_case(), {"Idempotency-Key": uuid4().hex}, []
        said = payment(500, "P-1")
        for name in ("core", "core 2027"):
            key = await Keys(ledger).make(LENDER, name, Role.LOAN_SYSTEM, datetime.now(UTC))
            async with caller(skipped_time.client, ledger, shown=key) as http:
                answers.append(
                    (await http.post(f"/v1/cases/{loan_id}/messages", json=said, headers=named)).json()
                )

        assert answers[0]["accepted"]
        assert answers[0] == answers[1]

    async def test_counts_at_the_case_as_well(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loan_id = await open_case()
        page, named = f"/v1/cases/{loan_id}/messages", {"Idempotency-Key": uuid4().hex}
        first = await api.post(page, json=payment(500, "P-1"), headers=named)
        problem(await api.post(page, json=payment(600, "P-2"), headers=named), 422)

        assert first.json()["accepted"]
        case = (await api.get(f"/v1/cases/{loan_id}")).json()
        assert [one["reference"] for one in case["payments"]] == ["P-1"]


class TestAnAnswer:
    async def test_is_waited_for_and_taken_over_from_whoever_died(self, ledger: Ledger) -> None:
        answers, asked = Answers(ledger), Asked(f"l-{uuid4().hex[:8]}", "core", "K-1", "a" * 64)
        assert await answers.begin(asked, NOW) is None

        with pytest.raises(StillRunning):
            await answers.begin(asked, NOW + timedelta(seconds=30))
        with pytest.raises(OtherRequest):
            await answers.begin(asked._replace(sha256="b" * 64), NOW + timedelta(seconds=30))
        assert await answers.begin(asked, NOW + timedelta(minutes=3)) is None
        await answers.drop(asked, NOW)
        await answers.end(asked, NOW, Answered(500, "text/plain", b"late"))
        with pytest.raises(StillRunning):
            await answers.begin(asked, NOW + timedelta(minutes=3, seconds=1))
        await answers.end(asked, NOW + timedelta(minutes=3), Answered(200, "application/json", b"{}"))
        assert await answers.begin(asked, NOW + timedelta(days=1)) == Answered(200, "application/json", b"{}")

    async def test_is_forgotten_in_the_end(self, ledger: Ledger) -> None:
        answers, asked = Answers(ledger), Asked(f"l-{uuid4().hex[:8]}", "core", "K-1", "a" * 64)
        await answers.begin(asked, NOW - timedelta(days=3650))
        await answers.end(asked, NOW - timedelta(days=3650), Answered(200, "application/json", b"{}"))

        await answers.forget(NOW - timedelta(days=3650) + KEPT_FOR)
        assert await answers.begin(asked, NOW - timedelta(days=3650)) is not None
        await answers.forget(NOW - timedelta(days=3649) + KEPT_FOR)
        assert await answers.begin(asked, NOW - timedelta(days=3650)) is None

    async def test_is_forgotten_daily_while_the_api_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []

        class Away:
            asked = 0

            async def forget(self, _: datetime) -> None:
                self.asked += 1
                raise OperationalError("away")

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                raise asyncio.CancelledError

        monkeypatch.setattr("entrypoints.access.repeats.asyncio.sleep", sleep)
        answers = Away()
        with pytest.raises(asyncio.CancelledError):
            await forget_daily(cast(Answers, answers))

        assert (answers.asked, slept) == (3, [86_400] * 3)

    async def test_that_failed_leaves_the_key_free(self, core: httpx.AsyncClient, ledger: Ledger,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
        async def away(*_: Any, **__: Any) -> int:
            raise RuntimeError("away")

        with monkeypatch.context() as broken:
            broken.setattr(Inbox, "accept", away)
            with pytest.raises(RuntimeError):
                await send(core, "K-1")

        assert (await send(core, "K-1")).status_code == 202
