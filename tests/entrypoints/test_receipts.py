"""Receipts come in by API, file and bounced mail: each once, in any order, parked where they match nothing."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from api_caller import LENDER, caller, problem

from contracts.delivery_receipt import recipient_digest
from entrypoints.embedded.parts import Endpoints
from entrypoints.receipts import BadReceipt, read_files
from ledger.entry import Row
from ledger.store import Ledger
from simulator.time import SkippedTime
from statemachine.delivery import Delivery

Opened = Callable[..., Awaitable[str]]


@pytest.fixture
async def noticed(open_case: Opened, skipped_time: SkippedTime, ledger: Ledger) -> Row:
    """The contact of a case whose notice went out by e-mail."""
    loan_id = await open_case()
    handle = skipped_time.client.get_workflow_handle(f"case:{LENDER}:{loan_id}:1")
    for _ in range(40):
        await skipped_time.advance(handle, timedelta(hours=6))
        if rows := await ledger.read("contacts", case_id=handle.id):
            break
    return rows[0] | {"loan_id": loan_id, "case_id": handle.id}


async def posted(api: httpx.AsyncClient, *receipts: dict[str, Any]) -> dict[str, int]:
    """The counts that the API answers."""
    answer = await api.post("/v1/receipts", json=list(receipts))
    assert answer.status_code == 200, answer.text
    counts: dict[str, int] = answer.json()
    return counts


async def lines(ledger: Ledger, time: SkippedTime, case_id: str, *kinds: str) -> list[Row]:
    """The case's lines of these kinds, once nothing is in the air."""
    assert await time.settle(time.client.get_workflow_handle(case_id))
    return [line for line in await ledger.read("lines", case_id=case_id) if line["kind"] in kinds]


class TestReceipt:
    @pytest.mark.parametrize("name", ["provider_reference", "key"])
    async def test_is_told_to_its_case_by_any_name_of_the_message(
        self, api: httpx.AsyncClient, ledger: Ledger, skipped_time: SkippedTime, noticed: Row, name: str
    ) -> None:
        receipt = {"reference": noticed[name], "status": "hard_bounce", "code": "5.1.1"}
        assert await posted(api, receipt) == {"told": 1, "known": 0, "parked": 0, "found": 0}
        [line] = await lines(ledger, skipped_time, noticed["case_id"], "delivery")
        assert line["facts"] == {"step": "notice", "attempt": 1, "channel": "email", "status": "hard_bounce",
                                 "code": "5.1.1"}  # fmt: skip
        [contact] = await ledger.read("contacts", case_id=noticed["case_id"])
        assert contact["delivery"] == "hard_bounce"

    async def test_of_another_address_is_soft_and_the_case_is_told_why(
        self, api: httpx.AsyncClient, ledger: Ledger, skipped_time: SkippedTime, noticed: Row
    ) -> None:
        """Told before its message was known, it is weighed the same once that is found."""
        receipt = {"reference": noticed["key"], "status": "hard_bounce", "code": "5.1.1",
                   "recipient_sha256": recipient_digest("old@elsewhere.test")}  # fmt: skip
        await posted(api, receipt)
        [line] = await lines(ledger, skipped_time, noticed["case_id"], "delivery")
        assert "notice by email: soft_bounce of another address, to which it was passed on" in line["reason"]
        assert line["facts"]["status"] == "soft_bounce"
        [contact] = await ledger.read("contacts", case_id=noticed["case_id"])
        assert contact["delivery"] == "soft_bounce"

    async def test_that_was_parked_still_names_the_address_that_failed(
        self, api: httpx.AsyncClient, servers: Endpoints, ledger: Ledger, noticed: Row
    ) -> None:
        reference = f"unknown-{uuid4().hex}"
        elsewhere = recipient_digest("old@elsewhere.test")
        await posted(api, {"reference": reference, "status": "hard_bounce", "recipient_sha256": elsewhere})
        with psycopg.connect(servers.database_url) as connection:
            connection.execute(
                "update contact set provider_reference = %s where key = %s", (reference, noticed["key"])
            )
        assert (await posted(api, {"reference": f"other-{uuid4().hex}", "status": "delivered"}))["found"] == 1
        [contact] = await ledger.read("contacts", case_id=noticed["case_id"])
        assert contact["delivery"] == "soft_bounce"

    async def test_sent_again_counts_once(
        self, api: httpx.AsyncClient, ledger: Ledger, skipped_time: SkippedTime, noticed: Row
    ) -> None:
        receipt = {"reference": noticed["provider_reference"], "status": "delivered"}
        await posted(api, receipt, receipt)
        assert (await posted(api, receipt))["known"] == 1
        assert len(await lines(ledger, skipped_time, noticed["case_id"], "delivery")) == 1

    async def test_that_is_late_takes_no_further_word_back(
        self, api: httpx.AsyncClient, ledger: Ledger, noticed: Row
    ) -> None:
        for status in ("hard_bounce", "delivered", "soft_bounce"):
            await posted(api, {"reference": noticed["key"], "status": status})
        [contact] = await ledger.read("contacts", case_id=noticed["case_id"])
        assert contact["delivery"] == "hard_bounce"

    async def test_of_a_borrower_who_wants_no_more_stops_the_channel_on_all_their_loans(
        self,
        api: httpx.AsyncClient,
        ledger: Ledger,
        skipped_time: SkippedTime,
        noticed: Row,
        open_case: Opened,
    ) -> None:
        [case] = await ledger.read("cases", lender=LENDER, loan_id=noticed["loan_id"])
        other = f"case:{LENDER}:{await open_case(case['borrower_id'])}:1"
        await posted(api, {"reference": noticed["key"], "status": "opted_out"})
        for case_id in (noticed["case_id"], other):
            [line] = await lines(ledger, skipped_time, case_id, "preference")
            assert line["facts"]["stop"] == ["email"]

    async def test_that_matches_nothing_is_parked_and_listed_until_its_contact_is_known(
        self, api: httpx.AsyncClient, servers: Endpoints, noticed: Row
    ) -> None:
        reference = f"unknown-{uuid4().hex}"
        assert (await posted(api, {"reference": reference, "status": "delivered"}))["parked"] == 1
        listed = (await api.get("/v1/receipts/parked")).json()
        assert [row["status"] for row in listed if row["reference"] == reference] == ["delivered"]

        with psycopg.connect(
            servers.database_url
        ) as connection:  # the provider's answer is written down at last
            connection.execute(
                "update contact set provider_reference = %s where key = %s", (reference, noticed["key"])
            )
        known = {"reference": noticed["key"], "status": "soft_bounce"}
        assert (await posted(api, known))["found"] == 1
        listed = (await api.get("/v1/receipts/parked")).json()
        assert reference not in {row["reference"] for row in listed}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"status": "lost"}, "status"), ({"status": "sent"}, "status"), ({"reference": ""}, "reference"),
            ({"reference": "a\u0000b"}, "reference"), ({"code": "550 li.wei@example.test"}, "code"),
            ({"at": "2026-03-02T09:00:00"}, "at"), ({"to": "li.wei@example.test"}, "to"),
        ],
    )  # fmt: skip
    async def test_that_is_wrong_is_refused_with_its_field_and_none_is_taken(
        self, api: httpx.AsyncClient, changes: dict[str, Any], field: str
    ) -> None:
        good = {"reference": f"good-{uuid4().hex}", "status": "delivered"}
        refused = problem(await api.post("/v1/receipts", json=[good, good | changes]), 422)
        assert field in json.dumps(refused)
        listed = (await api.get("/v1/receipts/parked")).json()
        assert good["reference"] not in {row["reference"] for row in listed}

    async def test_needs_the_token(self, skipped_time: SkippedTime, ledger: Ledger) -> None:
        async with caller(skipped_time.client, ledger, shown=None) as stranger:
            receipt = {"reference": "x", "status": "delivered"}
            assert (await stranger.post("/v1/receipts", json=[receipt])).status_code == 401
            assert (await stranger.get("/v1/receipts/parked")).status_code == 401


class TestFile:
    def test_of_json_lines_is_read_in_order(self, tmp_path: Path) -> None:
        file = tmp_path / "receipts.jsonl"
        at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        file.write_text(
            '{"reference": "sms-1", "status": "delivered", "at": "2026-03-02T09:00:00Z"}\n\n'
            '{"reference": "sms-2", "status": "opted_out"}\n'
        )
        assert [(one.reference, one.status, one.at) for one in read_files([file])] == [
            ("sms-1", "delivered", at), ("sms-2", "opted_out", None),
        ]  # fmt: skip

    def test_with_mistakes_names_every_line_and_field(self, tmp_path: Path) -> None:
        file, mail = tmp_path / "receipts.jsonl", tmp_path / "away.eml"
        file.write_text('{"reference": "sms-1", "status": "gone"}\n{"status": "delivered"}\n[1]\nnothing\n')
        mail.write_text("Subject: away\n\nI am on holiday")
        with pytest.raises(BadReceipt) as raised:
            read_files([file, mail])
        told = str(raised.value)
        for part in (":1: status", ":2: reference", ":3: ", ":4: not a JSON", "away.eml: no part of type"):
            assert part in told


class TestConnectingPage:
    def test_shows_receipts_that_are_read(self, project: Path, tmp_path: Path) -> None:
        page = (
            (project / "docs" / "connecting.md").read_text(encoding="utf-8").split("# Delivery receipts")[1]
        )
        file = tmp_path / "receipts.jsonl"
        file.write_text(page.split("```json\n")[1].split("```")[0])
        assert [one.status for one in read_files([file])] == ["delivered", "hard_bounce", "opted_out"]

    def test_tells_of_every_status_in_the_order_in_which_they_hold(self, project: Path) -> None:
        page = (
            (project / "docs" / "connecting.md").read_text(encoding="utf-8").split("# Delivery receipts")[1]
        )
        order = [word for word in Delivery if word not in (Delivery.SENT, Delivery.BARRED)]
        assert ", ".join(f"`{word}`" for word in order) in page.replace("\n", " ")
