"""The HTTP API on the real servers: what a caller sends, and what it is answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client

from activities.letter import LenderVoice
from contracts.loan import OverdueLoan
from entrypoints.api import OpenDoor, create_api, refuse_open_door
from entrypoints.book import Book, Opening
from entrypoints.embedded.parts import Endpoints
from entrypoints.worker import case_worker, ways_out
from gateways.policy_file import policies_in
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

LENDER = "api-tests"
QUEUE = "api-tests"
VOICE = LenderVoice(name="Harbour Credit", reply_to="care@harbour.example", help_line="an advice service")

Opened = Callable[[], Awaitable[str]]


def caller(client: Client, ledger: Ledger, token: str | None = None, **headers: str) -> httpx.AsyncClient:
    """Someone who calls the API of a book."""
    transport = httpx.ASGITransport(create_api(client, ledger, LENDER, token))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers)


@asynccontextmanager
async def cut_off(address: str) -> AsyncIterator[Client]:
    """A client that was connected to Temporal, and is no more."""
    host, port = address.split(":")
    flows: list[asyncio.Task[None]] = []

    async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while some := await source.read(65536):
            sink.write(some)
        sink.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        flows.extend(
            [asyncio.create_task(pass_on(reader, back)), asyncio.create_task(pass_on(there, writer))]
        )

    cable = await asyncio.start_server(join, "127.0.0.1", 0)
    client = await Client.connect(f"127.0.0.1:{cable.sockets[0].getsockname()[1]}")
    cable.close()
    for flow in flows:
        flow.cancel()
    await asyncio.gather(*flows, return_exceptions=True)
    yield client


@pytest.fixture(scope="module")
async def open_case(skipped_time: SkippedTime, ledger: Ledger, outside: Outside) -> AsyncIterator[Opened]:
    """Opens a case of 1200.00 CNY and returns its loan's id, once the ledger has it."""
    gateways = ways_out(outside.smtp_url, "care@harbour.example", outside.sms_url, outside.sms_token)
    book = Book(skipped_time.client, ledger, policies_in(), task_queue=QUEUE)

    async def opened() -> str:
        now, unique = datetime.now(UTC), uuid4().hex[:12]
        loan = OverdueLoan(
            lender=LENDER, loan_id=f"L-{unique}", borrower_id=f"B-{unique}", name="Li Wei", balance_minor=120_000,
            currency="CNY", overdue_since=now.date() - timedelta(days=10), email="li.wei@example.test",
            phones=(), language="en", country="CN", zones=("Asia/Shanghai",), policy="platform-c",
        )  # fmt: skip
        assert await book.open(loan, now) is Opening.OPENED
        handle = skipped_time.client.get_workflow_handle(f"case:{LENDER}:{loan.loan_id}:1")
        assert await skipped_time.settle(handle)
        return loan.loan_id

    async with case_worker(skipped_time.client, ledger, gateways, VOICE, task_queue=QUEUE):
        yield opened


@pytest.fixture
async def api(skipped_time: SkippedTime, ledger: Ledger) -> AsyncIterator[httpx.AsyncClient]:
    """A caller on the same machine, without a token."""
    async with caller(skipped_time.client, ledger) as http:
        yield http


def payment(amount_minor: int = 20_000, reference: str = "P-1", **changes: Any) -> dict[str, Any]:
    """A payment towards the case."""
    known = {"kind": "payment", "reference": reference, "amount_minor": amount_minor, "currency": "CNY"}
    return known | changes


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal, which has the expected status."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert document["title"]
    return document


async def told(api: httpx.AsyncClient, loan_id: str, message: Any, **headers: str) -> httpx.Response:
    """The answer to a message."""
    return await api.post(f"/v1/cases/{loan_id}/messages", json=message, headers=headers)


class TestReading:
    async def test_lists_the_book(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loan_id = await open_case()

        cases = (await api.get("/v1/cases")).json()

        assert [(case["stage"], case["episode"]) for case in cases if case["loan_id"] == loan_id] == [
            ("notice", 1)
        ]

    async def test_leaves_out_other_lenders_cases(
        self, skipped_time: SkippedTime, ledger: Ledger, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        transport = httpx.ASGITransport(create_api(skipped_time.client, ledger, "another-lender"))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as other:
            assert (await other.get("/v1/cases")).json() == []
            problem(await other.get(f"/v1/cases/{loan_id}"), 404)

    async def test_shows_a_case_with_its_contacts_tasks_and_payments(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        await told(api, loan_id, payment(30_000, "P-7"))

        case = (await api.get(f"/v1/cases/{loan_id}")).json()

        assert (case["balance_minor"], case["currency"], case["contacts"], case["tasks"]) == (
            90_000,
            "CNY",
            [],
            [],
        )
        assert [(row["reference"], row["amount_minor"]) for row in case["payments"]] == [("P-7", 30_000)]

    async def test_writes_instants_in_utc(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        case = (await api.get(f"/v1/cases/{await open_case()}")).json()

        assert datetime.fromisoformat(case["next_at"]).utcoffset() == timedelta(0)
        assert case["next_at"].endswith("Z")
        assert abs(datetime.fromisoformat(case["opened_at"]) - datetime.now(UTC)) < timedelta(hours=1)

    async def test_explains_every_decision(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loan_id = await open_case()

        lines = (await api.get(f"/v1/cases/{loan_id}/explanation")).json()

        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert (lines[0]["kind"], lines[-1]["kind"]) == ("opened", "planned")
        assert lines[-1]["next_at"].endswith("Z")

    @pytest.mark.parametrize("page", ["", "/explanation"])
    async def test_does_not_know_a_loan_it_never_had(self, api: httpx.AsyncClient, page: str) -> None:
        detail = problem(await api.get(f"/v1/cases/L-never{page}"), 404)["detail"]

        assert "L-never" in detail
        assert "import" in detail

    async def test_refuses_a_loan_id_that_cannot_be_one(self, api: httpx.AsyncClient) -> None:
        assert problem(await api.get("/v1/cases/%00"), 422)["errors"][0]["field"] == "loan_id"


class TestTelling:
    async def test_passes_a_message_on_and_brings_the_answer(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        answer = await told(api, await open_case(), payment(20_000))

        assert answer.status_code == 200
        assert (answer.json()["accepted"], answer.json()["balance_minor"]) == (True, 100_000)

    async def test_counts_a_repeated_key_once(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loan_id = await open_case()
        message = {"kind": "hold", "reason": "operator"}

        first = await told(api, loan_id, message, **{"Idempotency-Key": "K-1"})
        again = await told(api, loan_id, message, **{"Idempotency-Key": "K-1"})

        assert first.json()["accepted"] is True
        assert (again.status_code, again.json()) == (200, first.json())
        lines = (await api.get(f"/v1/cases/{loan_id}/explanation")).json()
        assert [line["kind"] for line in lines].count("hold") == 1, [line["kind"] for line in lines]

    async def test_answers_a_repeat_even_when_the_message_closed_the_case(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        first = await told(api, loan_id, payment(120_000), **{"Idempotency-Key": "K-2"})

        again = await told(api, loan_id, payment(120_000), **{"Idempotency-Key": "K-2"})

        assert first.json()["stage"] == "closed"
        assert (again.status_code, again.json()) == (200, first.json())

    async def test_names_the_key_it_chose_itself(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loan_id = await open_case()
        first = await told(api, loan_id, payment())

        again = await told(api, loan_id, payment(), **{"Idempotency-Key": first.headers["Idempotency-Key"]})

        assert again.json() == first.json()

    async def test_says_when_a_message_changed_nothing(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        await told(api, loan_id, payment(reference="P-9"))

        again = (await told(api, loan_id, payment(reference="P-9"))).json()

        assert (again["accepted"], again["balance_minor"]) == (False, 100_000)
        assert "P-9" in again["reasons"][0]

    @pytest.mark.parametrize(
        ("message", "field"),
        [
            (payment(-5), "amount_minor"),
            (payment(1.5), "amount_minor"),  # type: ignore[arg-type]
            (payment(currency="EUR"), "currency"),
            ({"kind": "payment", "amount_minor": 5, "currency": "CNY"}, "reference"),
            (payment(due_on="2026-01-01"), "due_on"),
            ({"kind": "promise", "amount_minor": 5, "due_on": "the 5th"}, "due_on"),
            ({"kind": "promise", "amount_minor": 5, "due_on": "2020-01-01"}, "due_on"),
            ({"kind": "paymnet"}, "kind"),
            ({}, "kind"),
            ([], "kind"),
            (None, "kind"),
        ],
    )
    async def test_refuses_a_bad_message_naming_its_field(
        self, api: httpx.AsyncClient, open_case: Opened, message: Any, field: str
    ) -> None:
        loan_id = await open_case()
        before = (await api.get(f"/v1/cases/{loan_id}/explanation")).json()

        refused = problem(await told(api, loan_id, message), 422)

        assert refused["errors"][0]["field"] == field
        assert field in refused["detail"]
        assert (await api.get(f"/v1/cases/{loan_id}/explanation")).json() == before

    @pytest.mark.parametrize(("body", "kind"), [("{", "application/json"), (b"{}", "text/plain")])
    async def test_refuses_a_body_that_is_not_json(
        self, api: httpx.AsyncClient, open_case: Opened, body: str | bytes, kind: str
    ) -> None:
        page = f"/v1/cases/{await open_case()}/messages"

        problem(await api.post(page, content=body, headers={"Content-Type": kind}), 422)

    @pytest.mark.parametrize("key", ["", "has space", "k" * 81])
    async def test_refuses_a_key_that_cannot_be_one(self, api: httpx.AsyncClient, key: str) -> None:
        refused = problem(await told(api, "L-any", payment(), **{"Idempotency-Key": key}), 422)

        assert refused["errors"][0]["field"] == "idempotency-key"

    async def test_does_not_know_a_loan_it_never_had(self, api: httpx.AsyncClient) -> None:
        assert "L-never" in problem(await told(api, "L-never", payment()), 404)["detail"]

    async def test_says_that_a_case_is_closed_and_what_to_do(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        await told(api, loan_id, {"kind": "withdraw", "reason": "sold in error"})

        detail = problem(await told(api, loan_id, payment()), 409)["detail"]

        assert "withdrawn" in detail
        assert "import it" in detail

    async def test_offers_a_safe_repeat_when_no_answer_comes(
        self, servers: Endpoints, ledger: Ledger, open_case: Opened, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("entrypoints.api._ANSWER_WITHIN", timedelta(seconds=1))
        loan_id = await open_case()
        async with cut_off(servers.temporal_address) as client, caller(client, ledger) as api:
            refused = await told(api, loan_id, payment())

        assert "same Idempotency-Key" in problem(refused, 503)["detail"]
        assert refused.headers["Idempotency-Key"]


class TestHealth:
    async def test_is_alive_and_ready(self, api: httpx.AsyncClient) -> None:
        assert (await api.get("/healthz")).json() == {"status": "alive"}
        assert (await api.get("/readyz")).json() == {"status": "ready"}

    async def test_is_alive_but_not_ready_without_temporal(self, servers: Endpoints, ledger: Ledger) -> None:
        async with cut_off(servers.temporal_address) as client, caller(client, ledger) as api:
            assert (await api.get("/healthz")).status_code == 200
            assert problem(await api.get("/readyz"), 503)["detail"] == "no answer from: Temporal"

    async def test_is_alive_but_not_ready_without_the_ledger(self, skipped_time: SkippedTime) -> None:
        closed = Ledger("postgresql://leeway@127.0.0.1:1/leeway")
        async with caller(skipped_time.client, closed) as api:
            assert (await api.get("/healthz")).status_code == 200
            assert problem(await api.get("/readyz"), 503)["detail"] == "no answer from: ledger"


class TestAccess:
    @pytest.mark.parametrize(
        "shown", [None, "Bearer wrong", "Bearer ", "Basic secret", "secret", "Bearer sécret"]
    )
    async def test_wants_the_token_where_one_is_set(
        self, skipped_time: SkippedTime, ledger: Ledger, shown: str | None
    ) -> None:
        headers = {b"Authorization": shown.encode()} if shown else {}
        async with caller(skipped_time.client, ledger, "secret") as api:
            for method, page in [
                ("GET", ""),
                ("GET", "/L-1"),
                ("GET", "/L-1/explanation"),
                ("POST", "/L-1/messages"),
            ]:
                refused = await api.request(method, f"/v1/cases{page}", headers=headers, json=payment())

                assert "LEEWAY_API_TOKEN" in problem(refused, 401)["detail"]
                assert refused.headers["WWW-Authenticate"] == "Bearer"

    async def test_lets_the_token_in(self, skipped_time: SkippedTime, ledger: Ledger) -> None:
        async with caller(skipped_time.client, ledger, "secret", Authorization="Bearer secret") as api:
            assert (await api.get("/v1/cases")).status_code == 200

    async def test_answers_health_checks_without_the_token(
        self, skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        async with caller(skipped_time.client, ledger, "secret") as api:
            assert (await api.get("/readyz")).status_code == 200

    async def test_without_a_token_answers_to_no_name_but_this_machines(self, api: httpx.AsyncClient) -> None:
        assert (await api.get("/v1/cases", headers={"Host": "rebound.example"})).status_code == 400
        assert (await api.get("/v1/cases", headers={"Host": "localhost:8080"})).status_code == 200
        assert (await api.get("/v1/cases", headers={"Host": "[::1]:8080"})).status_code == 200

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "leeway.example", ""])
    @pytest.mark.parametrize("token", [None, ""])
    def test_refuses_to_listen_to_the_network_without_a_token(self, host: str, token: str | None) -> None:
        with pytest.raises(OpenDoor, match="LEEWAY_API_TOKEN"):
            refuse_open_door(host, token)

    @pytest.mark.parametrize(("host", "token"), [("127.0.0.1", None), ("::1", None), ("0.0.0.0", "secret")])
    def test_listens_to_this_machine_or_with_a_token(self, host: str, token: str | None) -> None:
        refuse_open_door(host, token)
