"""Hooks and events on their way in: each counts once, none is lost, and a forged one changes nothing by itself."""

from collections.abc import AsyncIterator

import httpx
import pytest
from beside_fineract import MAPPING, Beside
from fastapi import FastAPI

from contracts.loan_event import LoanClosed, PaymentPosted, PaymentReversed
from entrypoints.fineract.inlet import FineractInlet, Told
from entrypoints.problem import answer_with_problems
from entrypoints.routes.fineract import fineract_routes
from gateways.fineract import event, hook
from gateways.fineract.translation import Translator
from simulator import fineract_wire as wire

SECRET = "0123456789abcdef0123456789"


@pytest.fixture
async def leeway(beside: Beside) -> AsyncIterator[httpx.AsyncClient]:
    """Leeway's API as Fineract reaches it."""
    app = FastAPI()
    answer_with_problems(app)
    app.include_router(fineract_routes(beside.inlet, SECRET))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://leeway") as client:
        yield client


async def asked(beside: Beside) -> list[tuple[str, int]]:
    """The loans to look at."""
    return await beside.shelf.looks("", 100)


class TestHook:
    async def test_is_noted_as_a_look_at_its_loan(self, beside: Beside, leeway: httpx.AsyncClient) -> None:
        beside.book.repay(beside.lends(12, 20), 10_000)
        headers, body = beside.book.hooks[0]

        answer = await leeway.post(f"/v1/fineract/{SECRET}/hooks", headers=headers, content=body)

        assert answer.status_code == 202
        assert await asked(beside) == [("12", 1)]
        assert beside.told == []

    async def test_sent_twice_counts_once(self, beside: Beside, leeway: httpx.AsyncClient) -> None:
        beside.book.repay(beside.lends(12, 20), 10_000)
        headers, body = beside.book.hooks[0]
        for _ in range(3):
            await leeway.post(f"/v1/fineract/{SECRET}/hooks", headers=headers, content=body)

        assert await asked(beside) == [("12", 1)]

    async def test_that_is_forged_changes_nothing_but_a_look(
        self, beside: Beside, leeway: httpx.AsyncClient
    ) -> None:
        loan = beside.lends(12, 20)
        case = await beside.opens(loan)
        headers, body = wire.hook(loan, "CLOSE", 1, 12, beside.book.now())
        await leeway.post(f"/v1/fineract/{SECRET}/hooks", headers=headers, content=body)

        report = await beside.reconciling.asked_for()

        assert (report.loans, beside.told) == (1, [])
        assert not case.case.is_closed

    @pytest.mark.parametrize("given", ["", "wrong", SECRET[:-1], SECRET + "0", "%F0%9F%98%80"])
    async def test_with_another_secret_is_told_that_nothing_is_there(
        self, beside: Beside, leeway: httpx.AsyncClient, given: str
    ) -> None:
        headers, body = wire.hook(beside.lends(12, 20), "REPAYMENT", 1, 2, beside.book.now())

        for what in ("hooks", "events"):
            answer = await leeway.post(f"/v1/fineract/{given}/{what}", headers=headers, content=body)
            assert answer.status_code == 404
        assert await asked(beside) == []

    async def test_where_no_secret_is_set_nothing_gets_in(self, beside: Beside) -> None:
        app = FastAPI()
        answer_with_problems(app)
        app.include_router(fineract_routes(beside.inlet, ""))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://leeway") as client:
            answer = await client.post("/v1/fineract//hooks", content=b"{}")

        assert answer.status_code == 404

    async def test_of_another_tenant_or_too_long_is_refused(
        self, beside: Beside, leeway: httpx.AsyncClient
    ) -> None:
        headers, body = wire.hook(beside.lends(12, 20), "REPAYMENT", 1, 2, beside.book.now())
        other = headers | {"Fineract-Platform-TenantId": "other"}

        of_another = await leeway.post(f"/v1/fineract/{SECRET}/hooks", headers=other, content=body)
        too_long = await leeway.post(
            f"/v1/fineract/{SECRET}/hooks", headers=headers, content=b" " * (hook.LONGEST_BYTES + 1)
        )

        assert (of_another.status_code, too_long.status_code) == (422, 413)
        assert "tenant" in of_another.json()["detail"]
        assert await asked(beside) == []


class TestEvent:
    async def test_tells_an_open_case_of_its_money_at_once(
        self, beside: Beside, leeway: httpx.AsyncClient
    ) -> None:
        loan = beside.lends(12, 20)
        await beside.opens(loan)
        paid = beside.book.repay(loan, 10_000)
        beside.book.reverse(loan, paid)
        beside.book.charge_off(loan)

        for message in beside.book.events:
            answer = await leeway.post(f"/v1/fineract/{SECRET}/events", content=message)
            assert answer.json() == {"taken": 1, "repeated": 0, "parked": 0}

        payment, reversal, closed = beside.told
        assert isinstance(payment, PaymentPosted)
        assert isinstance(reversal, PaymentReversed)
        assert isinstance(closed, LoanClosed)
        assert (payment.reference, reversal.payment, closed.reason) == (
            str(paid.id),
            str(paid.id),
            "charged_off",
        )
        assert payment.received_at == beside.book.now()

    async def test_of_a_loan_without_a_case_is_a_look_at_it(
        self, beside: Beside, leeway: httpx.AsyncClient
    ) -> None:
        beside.book.repay(beside.lends(12, -5), 10_000)

        await leeway.post(f"/v1/fineract/{SECRET}/events", content=beside.book.events[0])

        assert (beside.told, await asked(beside)) == ([], [("12", 1)])

    async def test_counts_once_however_often_it_comes(
        self, beside: Beside, leeway: httpx.AsyncClient
    ) -> None:
        loan = beside.lends(12, 20)
        await beside.opens(loan)
        beside.book.repay(loan, 10_000)
        framed = b"".join(len(one).to_bytes(4, "big") + one for one in beside.book.events * 3)

        answer = await leeway.post(f"/v1/fineract/{SECRET}/events", content=framed)

        assert len(beside.book.events) == 2
        assert answer.json() == {"taken": 2, "repeated": 4, "parked": 0}
        assert len(beside.told) == 1

    async def test_nobody_can_read_is_parked_and_taken_once_somebody_can(self, beside: Beside) -> None:
        told = Told()
        strange = wire.event(3, "ClientCreatedBusinessEvent", "org.apache.fineract.avro.client.v1.ClientDataV1",
                             wire.account(7), beside.book.today, beside.book.now())  # fmt: skip
        other = FineractInlet(
            beside.shelf, Translator(beside.lender, MAPPING), beside.accept, "other", beside.book.now
        )
        beside.book.repay(beside.lends(12, 20), 10_000)
        await other.message(beside.book.events[0], told)
        await beside.inlet.message(strange, told)
        await beside.inlet.message(b"not a message at all", told)

        parked = {row["type"]: row["reason"] for row in await beside.shelf.parked("", 10)}
        assert told.parked == 3
        assert parked["ClientCreatedBusinessEvent"].startswith("dataschema: org.apache.fineract.avro.client")
        assert parked["unreadable"].startswith("message: does not begin")
        assert parked["LoanTransactionMakeRepaymentPostBusinessEvent"] == "tenant: default is not this book's"

        replayed = await beside.inlet.replay()

        assert (replayed.taken, replayed.parked) == (1, 2)
        assert len(await beside.shelf.parked("", 10)) == 2
        assert await asked(beside) == [("12", 1)]

    @pytest.mark.parametrize("body", [b"", b"\x00\x00\x00\x10abc", b"nonsense"])
    async def test_bodies_that_are_none_are_refused(
        self, beside: Beside, leeway: httpx.AsyncClient, body: bytes
    ) -> None:
        answer = await leeway.post(f"/v1/fineract/{SECRET}/events", content=body)

        assert answer.status_code == 422
        assert await beside.shelf.parked("", 10) == []

    async def test_bodies_that_are_too_long_are_not_read(self, leeway: httpx.AsyncClient) -> None:
        answer = await leeway.post(
            f"/v1/fineract/{SECRET}/events", content=b"\xc3\x01" + bytes(event.LONGEST_BYTES)
        )

        assert answer.status_code == 413
