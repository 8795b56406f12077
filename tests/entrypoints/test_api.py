"""The HTTP API on the real servers: what a caller reads and tells, and what they are answered."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_caller import caller, cut_off, payment, problem, told

from entrypoints.embedded.parts import Endpoints
from ledger.store import Ledger
from simulator.time import SkippedTime

Opened = Callable[..., Awaitable[str]]


class TestReading:
    async def test_lists_the_book(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loan_id = await open_case()

        cases = (await api.get("/v1/cases", params={"limit": 500})).json()

        assert [(case["stage"], case["episode"]) for case in cases if case["loan_id"] == loan_id] == [
            ("notice", 1)
        ]

    async def test_leaves_out_other_lenders_cases(
        self, skipped_time: SkippedTime, ledger: Ledger, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        async with caller(skipped_time.client, ledger, "another-lender") as other:
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
        loan_id, key = await open_case(), uuid4().hex
        message = {"kind": "hold", "reason": "operator"}

        first = await told(api, loan_id, message, **{"Idempotency-Key": key})
        again = await told(api, loan_id, message, **{"Idempotency-Key": key})

        assert first.json()["accepted"] is True
        assert (again.status_code, again.json()) == (200, first.json())
        lines = (await api.get(f"/v1/cases/{loan_id}/explanation")).json()
        assert [line["kind"] for line in lines].count("hold") == 1, [line["kind"] for line in lines]

    async def test_tells_the_other_loans_of_the_person_once_what_concerns_them_all(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        borrower_id = f"B-{uuid4().hex[:12]}"
        first, second = [await open_case(borrower_id) for _ in range(2)]
        for _ in range(2):
            wish = {"kind": "contact_preference", "not_before": "11:00"}
            await told(api, first, wish, **{"Idempotency-Key": f"K-{borrower_id}"})
        await told(api, first, {"kind": "fact", "name": "dispute"})  # of this loan alone
        lines: list[str] = []
        for _ in range(400):
            answer = await api.get(f"/v1/cases/{second}/explanation")
            lines = [line["kind"] for line in answer.json()]
            if "preference" in lines:
                break
            await asyncio.sleep(0.025)
        assert lines.count("absorbed") == 0
        assert lines.count("preference") == 1
        assert "fact" not in lines

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
        monkeypatch.setattr("entrypoints.routes.telling._ANSWER_WITHIN", timedelta(seconds=1))
        loan_id = await open_case()
        async with cut_off(servers.temporal_address) as client, caller(client, ledger) as api:
            refused = await told(api, loan_id, payment())

        assert "same Idempotency-Key" in problem(refused, 503)["detail"]
        assert refused.headers["Idempotency-Key"]


class TestDossier:
    async def test_is_a_page_for_a_named_reader_that_loads_nothing(
        self, api: httpx.AsyncClient, open_case: Opened
    ) -> None:
        loan_id = await open_case()

        page = await api.get(f"/v1/cases/{loan_id}/dossier", params={"by": "Ms Chen"})

        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert f"Dossier of loan {loan_id}" in page.text
        lines = (await api.get(f"/v1/cases/{loan_id}/explanation")).json()
        assert [line["facts"] for line in lines if line["kind"] == "dossier_shown"] == [{"by": "Ms Chen"}]

    @pytest.mark.parametrize("by", [None, "", " "])
    async def test_is_shown_to_nobody_without_a_name(
        self, api: httpx.AsyncClient, open_case: Opened, by: str | None
    ) -> None:
        params = {} if by is None else {"by": by}
        problem(await api.get(f"/v1/cases/{await open_case()}/dossier", params=params), 422)
        problem(await api.get("/v1/cases/NOBODY/dossier", params={"by": "Ms Chen"}), 404)


class TestComplaint:
    async def test_is_shown_without_its_words(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loan_id = await open_case()
        complaint = {"kind": "complaint", "reference": "C-1", "about": "conduct", "text": "his very words"}

        assert (await told(api, loan_id, complaint)).json()["accepted"]

        case = await api.get(f"/v1/cases/{loan_id}")
        explained = await api.get(f"/v1/cases/{loan_id}/explanation")
        assert [one["reference"] for one in case.json()["complaints"]] == ["C-1"]
        assert "his very words" not in case.text + explained.text
        assert case.json()["limitation_on"] is not None
