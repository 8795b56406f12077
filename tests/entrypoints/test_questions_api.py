"""Questions about rules, contacts and plans over the API, answered as at the command line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_caller import problem

from entrypoints.contact.desk import Desk
from gateways.statement_file import read_statement

QUESTION = {"policy": "platform-a", "country": "CN", "zone": "Asia/Shanghai", "channel": "phone"}
AT = {"at": "2026-10-01T10:00+08:00"}


class TestAQuestionAboutAContact:
    async def test_is_answered_as_at_the_command_line(self, api: httpx.AsyncClient) -> None:
        answer = await api.post("/v1/contact/check", json=QUESTION | AT)

        assert answer.json() == Desk.shipped(datetime.now(UTC).date()).answer(QUESTION | AT)

    async def test_about_a_month_shows_each_day(self, api: httpx.AsyncClient) -> None:
        told = (await api.post("/v1/contact/calendar", json=QUESTION | {"month": "2026-10"})).json()

        assert [told["days"][0][name] for name in ("day", "kind", "open")] == ["2026-10-01", "holiday", []]
        working = next(day for day in told["days"] if day["kind"] == "working")
        assert all("08:00" <= begins < ends <= "21:00" for begins, ends in working["open"])
        assert working["closed_by"]

    @pytest.mark.parametrize(
        ("path", "changes", "field"),
        [
            ("check", {"channel": "pigeon"}, "channel"),
            ("check", {"policy": []}, "policy"),
            ("check", {"at": 5}, "at"),
            ("check", {"mood": "good"}, "mood"),
            ("check", {"country": {}}, "country"),
            ("calendar", {"month": "2026-13"}, "month"),
            ("calendar", {"month": 7}, "month"),
            ("calendar", {"month": "9999-12"}, "month"),
            ("calendar", {"at": "2026-10-01T10:00+08:00"}, "at"),
        ],
    )
    async def test_that_cannot_be_read_is_refused_by_field(
        self, api: httpx.AsyncClient, path: str, changes: dict[str, Any], field: str
    ) -> None:
        question = QUESTION | (AT if path == "check" else {}) | changes

        assert (
            problem(await api.post(f"/v1/contact/{path}", json=question), 422)["errors"][0]["field"] == field
        )


class TestAPlan:
    @pytest.fixture
    def budget(self, project: Path) -> dict[str, Any]:
        """The sample budget."""
        found: dict[str, Any] = read_statement(project / "simulator" / "sample_statement.yaml").model_dump(
            mode="json"
        )
        return found

    async def test_is_quoted_from_a_budget(self, api: httpx.AsyncClient, budget: dict[str, Any]) -> None:
        asked = {"balance_minor": 46_530, "statement": budget, "country": "GB", "policy": "platform-a"}

        told = (await api.post("/v1/plan/quote", json=asked)).json()

        assert told["quote"]["kind"] == "offer"
        assert sum(part["amount_minor"] for part in told["quote"]["plan"]["instalments"]) == 46_530

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"balance_minor": True}, "balance_minor"),
            ({"balance_minor": 0}, "balance_minor"),
            ({"policy": "none"}, "policy"),
            ({"country": "ZZ"}, "country"),
            ({"first_after": "2001-01-01"}, "first_after"),
            ({"statement": {}}, "statement.currency"),
        ],
    )
    async def test_is_refused_by_field(
        self, api: httpx.AsyncClient, budget: dict[str, Any], changes: dict[str, Any], field: str
    ) -> None:
        asked = {"balance_minor": 46_530, "statement": budget} | changes

        assert problem(await api.post("/v1/plan/quote", json=asked), 422)["errors"][0]["field"] == field


class TestRules:
    async def test_are_listed_and_shown_whole(self, api: httpx.AsyncClient) -> None:
        policies = [row["policy"] for row in (await api.get("/v1/policies")).json()]
        packs = [row["jurisdiction"] for row in (await api.get("/v1/rule-packs")).json()]

        assert "platform-a" in policies
        assert "CN" in packs
        assert (await api.get("/v1/policies/platform-a")).json()["house"]["id"] == "platform-a"
        assert (await api.get("/v1/rule-packs/CN")).json()["rules"]

    @pytest.mark.parametrize("page", ["policies/platform-z", "rule-packs/ZZ"])
    async def test_that_are_not_there_are_named(self, api: httpx.AsyncClient, page: str) -> None:
        assert page.split("/")[1] in problem(await api.get(f"/v1/{page}"), 404)["detail"]
