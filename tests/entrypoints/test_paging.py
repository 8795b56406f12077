"""Lists come in pages: every row once, in order, whatever comes or goes meanwhile."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_caller import LENDER, caller, problem

from contracts.loan_event import PaymentPosted
from entrypoints.access.keys import Keys
from entrypoints.access.role import Role
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.time import SkippedTime

Opened = Callable[..., Awaitable[str]]
NOW = datetime.now(UTC)


@pytest.fixture
async def reader(skipped_time: SkippedTime, ledger: Ledger) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A caller and the lender of its own."""
    lender = f"l-{uuid4().hex[:8]}"
    async with caller(skipped_time.client, ledger, lender) as http:
        yield http, lender


async def pages(http: httpx.AsyncClient, path: str, **params: Any) -> list[list[Any]]:
    """Every page of a list."""
    found, answer = [], await http.get(path, params=params)
    while True:
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if "next" not in answer.links:
            return found
        answer = await http.get(answer.links["next"]["url"])


class TestAList:
    async def test_of_events_is_read_page_by_page_with_what_narrows_it(
        self, reader: tuple[httpx.AsyncClient, str], ledger: Ledger
    ) -> None:
        http, lender = reader
        events = [
            PaymentPosted(source="core", event_id=f"e-{n}", lender=lender, loan_id=f"L-{n % 2}", reference=f"R-{n}",
                          amount_minor=1, currency="CNY", received_at=NOW) for n in range(11)
        ]  # fmt: skip
        await Inbox(ledger).accept(events, NOW)

        found = await pages(http, "/v1/inbox", loan_id="L-0", limit=2, state="waiting")

        assert [len(page) for page in found] == [2, 2, 2]
        assert [row["event_id"] for page in found for row in page] == [f"e-{n}" for n in range(0, 11, 2)]

    async def test_of_keys_has_each_once(self, reader: tuple[httpx.AsyncClient, str], ledger: Ledger) -> None:
        http, lender = reader
        for number in range(5):
            await Keys(ledger).make(lender, f"k-{number}", Role.OPERATOR, NOW)  # all at one instant

        found = await pages(http, "/v1/keys", limit=2)

        assert sorted(row["name"] for page in found for row in page) == [f"k-{number}" for number in range(5)]

    async def test_of_cases_lines_and_rules_ends(self, api: httpx.AsyncClient, open_case: Opened) -> None:
        loans = sorted([await open_case() for _ in range(3)])

        cases = [row["loan_id"] for page in await pages(api, "/v1/cases", limit=2) for row in page]
        lines = [
            row["seq"]
            for page in await pages(api, f"/v1/cases/{loans[0]}/explanation", limit=1)
            for row in page
        ]
        told = await pages(api, f"/v1/cases/{loans[0]}/timeline", limit=1)
        packs = [row["jurisdiction"] for page in await pages(api, "/v1/rule-packs", limit=3) for row in page]

        assert [one for one in cases if one in loans] == loans
        assert cases == sorted(cases)
        assert lines == list(range(1, len(lines) + 1)) != [1]
        assert packs == sorted(packs)
        assert isinstance(told, list)

    @pytest.mark.parametrize(
        "place",
        [
            b"",
            b"{}",
            b"[]",
            b'["x"]',
            b"[true]",
            b"[1.5]",
            b"[1, 2]",
            b"[99999999999999999999]",
            b"\xff",
            b"[",
        ],
    )
    async def test_does_not_begin_at_a_place_of_another(self, api: httpx.AsyncClient, place: bytes) -> None:
        after = base64.urlsafe_b64encode(place).decode().rstrip("=") or "x"

        assert (
            problem(await api.get("/v1/inbox", params={"after": after}), 422)["errors"][0]["field"] == "after"
        )

    @pytest.mark.parametrize("place", [["a\0", 1], ["a", 2**63], ["a"], [1, 1]])
    async def test_of_cases_begins_at_no_place_that_cannot_be(
        self, api: httpx.AsyncClient, place: list[Any]
    ) -> None:
        after = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")

        problem(await api.get("/v1/cases", params={"after": after}), 422)

    @pytest.mark.parametrize("limit", ["0", "501", "x", "1.5"])
    async def test_is_neither_empty_nor_endless(self, api: httpx.AsyncClient, limit: str) -> None:
        assert (
            problem(await api.get("/v1/cases", params={"limit": limit}), 422)["errors"][0]["field"] == "limit"
        )

    async def test_of_one_lender_is_not_opened_by_the_place_of_another(
        self, api: httpx.AsyncClient, reader: tuple[httpx.AsyncClient, str], open_case: Opened
    ) -> None:
        for _ in range(2):
            await open_case()
        link = (await api.get("/v1/cases", params={"limit": 1})).links["next"]["url"]

        assert LENDER != reader[1]
        assert (await reader[0].get(link)).json() == []
