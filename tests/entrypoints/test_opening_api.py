"""Overdue loans and payments over the API: each once, whatever is sent, with an answer for each row."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_caller import TOKEN, problem

from entrypoints.access.gate import Gate
from entrypoints.api import create_api
from entrypoints.book import Book
from entrypoints.routes.opening import LOANS_AT_MOST
from gateways.policy_file import Policy
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.time import SkippedTime


class Placer:
    """A loan system of a lender of its own."""

    def __init__(self, http: httpx.AsyncClient, lender: str) -> None:
        self.http, self.lender = http, lender

    async def places(self, *loans: Any) -> Any:
        """What many at once are answered."""
        answer = await self.http.post("/v1/cases/bulk", json={"loans": list(loans)})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def placer(
    skipped_time: SkippedTime, ledger: Ledger, policies: dict[str, Policy]
) -> AsyncIterator[Placer]:
    """Its calls; nobody works its cases."""
    lender = f"l-{uuid4().hex[:8]}"
    book = Book(skipped_time.client, ledger, policies, task_queue="nobody works here")
    app = create_api(skipped_time.client, ledger, Gate(ledger, lender, TOKEN), lender, book=book)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as http:
        yield Placer(http, lender)


def loan(loan_id: str = "L-1", **changes: Any) -> dict[str, Any]:
    """A loan that is overdue."""
    return {
        "loan_id": loan_id, "borrower_id": f"B-{loan_id}", "name": "Chen Jingyi", "balance_minor": 120_000,
        "currency": "CNY", "overdue_since": "2026-10-20", "email": "chen@example.com", "phones": ["+8612000000001"],
        "language": "en", "country": "CN", "zones": ["Asia/Shanghai"], "policy": "platform-c",
    } | changes  # fmt: skip


class TestALoan:
    async def test_is_opened_once_and_answered_the_same_case_again(self, placer: Placer) -> None:
        first = await placer.http.post("/v1/cases", json=loan())
        again = await placer.http.post("/v1/cases", json=loan(balance_minor=100_000))

        case_id = f"case:{placer.lender}:L-1:1"
        assert (first.status_code, first.json()) == (
            201, {"loan_id": "L-1", "case_id": case_id, "opening": "opened"})  # fmt: skip
        assert (again.status_code, again.json()) == (200, first.json() | {"opening": "already_open"})

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"balance_minor": True}, "balance_minor"),
            ({"balance_minor": "120000"}, "balance_minor"),
            ({"balance_minor": 1.5}, "balance_minor"),
            ({"loan_id": 7}, "loan_id"),
            ({"overdue_since": 20260101}, "overdue_since"),
            ({"overdue_since": "2126-01-01"}, "overdue_since"),
            ({"policy": "platform-z"}, "policy"),
            ({"zones": ["Asia/Nowhere"]}, "zones"),
            ({"lender": "another"}, "lender"),
            ({"as_of": "2026-01-01T00:00:00"}, "as_of"),
            ({"name": "a\u0000b"}, "name"),
        ],
    )
    async def test_that_cannot_be_read_is_refused_by_field(
        self, placer: Placer, ledger: Ledger, changes: dict[str, Any], field: str
    ) -> None:
        refused = problem(await placer.http.post("/v1/cases", json=loan(**changes)), 422)

        assert refused["errors"][0]["field"] == field
        assert await ledger.read("loan_imported", lender=placer.lender, loan_id="L-1") == []


class TestManyLoans:
    async def test_are_opened_in_order_beside_those_that_cannot_be(self, placer: Placer) -> None:
        await placer.http.post("/v1/cases", json=loan("L-2"))

        told = await placer.places(
            loan("L-1"), loan("L-2"), loan("L-3", balance_minor=True), loan("L-4", policy="none"), {}, loan("L-1"),
            loan("L-5", borrower_id="B-L-1", email="other@example.com"),
        )  # fmt: skip

        assert told["counts"] == {"opened": 2, "already_open": 2, "refused": 3}
        assert [(row["loan_id"], row["opening"]) for row in told["rows"]] == [
            ("L-1", "opened"), ("L-2", "already_open"), ("L-3", "refused"), ("L-4", "refused"), (None, "refused"),
            ("L-1", "already_open"), ("L-5", "opened"),
        ]  # fmt: skip
        assert [row["errors"][0]["field"] for row in told["rows"] if row["errors"]] == [
            "balance_minor", "policy", "loan_id"]  # fmt: skip

    async def test_of_one_borrower_leave_the_later_word(self, placer: Placer, ledger: Ledger) -> None:
        await placer.places(
            loan("L-1", borrower_id="B-1"), loan("L-2", borrower_id="B-1", email="new@example.com")
        )

        told = [
            await ledger.read("loan_imported", lender=placer.lender, loan_id=one) for one in ("L-1", "L-2")
        ]
        assert all(told)
        async with ledger.transaction() as entry:
            rows = await entry._connection.execute(
                "select email from borrower where lender = %s", (placer.lender,)
            )
            assert [row["email"] for row in await rows.fetchall()] == ["new@example.com"]

    @pytest.mark.parametrize("count", [0, LOANS_AT_MOST + 1])
    async def test_are_neither_none_nor_too_many(self, placer: Placer, count: int) -> None:
        refused = problem(await placer.http.post("/v1/cases/bulk", json={"loans": [{}] * count}), 422)

        assert refused["errors"][0]["field"] == "loans"

    async def test_are_more_than_another_body_may_hold(self, placer: Placer) -> None:
        told = await placer.places(
            *(loan(f"L-{n}", street="x" * 200, policy="none") for n in range(LOANS_AT_MOST))
        )

        assert told["counts"] == {"refused": LOANS_AT_MOST}


PAID: dict[str, Any] = {
    "loan_id": "L-1", "reference": "TX-1", "amount_minor": 500, "currency": "CNY",
    "received_at": "2026-11-02T17:30:00+08:00",
}  # fmt: skip


class TestAPayment:
    async def test_is_kept_for_good_and_counts_once(self, placer: Placer, ledger: Ledger) -> None:
        first = await placer.http.post("/v1/payments", json=PAID)
        again = await placer.http.post("/v1/payments", json=PAID | {"received_at": "2026-11-02T09:30:00Z"})

        assert (first.status_code, first.json()["is_new"]) == (202, True)
        assert (again.status_code, again.json()) == (202, first.json() | {"is_new": False})
        [event] = await Inbox(ledger).events(placer.lender)
        assert (event["kind"], event["loan_id"], event["state"]) == ("payment_posted", "L-1", "waiting")

    async def test_that_did_not_stand_is_told_the_same_way(self, placer: Placer, ledger: Ledger) -> None:
        told = {"loan_id": "L-1", "payment": "TX-1", "reversed_at": "2026-11-04T09:30:00Z"}

        assert (await placer.http.post("/v1/payments/reversals", json=told)).status_code == 202
        [event] = await Inbox(ledger).events(placer.lender)
        assert event["kind"] == "payment_reversed"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amount_minor": True}, "amount_minor"),
            ({"amount_minor": 0}, "amount_minor"),
            ({"received_at": "2026-11-02"}, "received_at"),
            ({"received_at": 5}, "received_at"),
            ({"currency": "XXZ"}, "currency"),
            ({"lender": "another"}, "lender"),
            ({"loan_id": ""}, "loan_id"),
        ],
    )
    async def test_that_cannot_be_read_is_refused_by_field(
        self, placer: Placer, ledger: Ledger, changes: dict[str, Any], field: str
    ) -> None:
        refused = problem(await placer.http.post("/v1/payments", json=PAID | changes), 422)

        assert refused["errors"][0]["field"] == field
        assert await Inbox(ledger).events(placer.lender) == []
