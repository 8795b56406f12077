"""Who may call the HTTP API, and what it says of its own health."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from api_caller import LENDER, TOKEN, caller, cut_off, problem

from entrypoints.access.allowance import Allowance
from entrypoints.access.gate import Gate
from entrypoints.access.keys import Keys
from entrypoints.access.role import Role
from entrypoints.access.size import BODY_AT_MOST_BYTES
from entrypoints.api import OpenDoor, create_api, refuse_open_door
from entrypoints.embedded.parts import Endpoints
from ledger.store import Ledger
from simulator.time import SkippedTime


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


class TestAKey:
    @pytest.mark.parametrize(
        "shown",
        [
            None,
            "Bearer wrong",
            "Bearer ",
            "Basic secret",
            "lw_secret",
            "Bearer s\u00e9cret",
            "Bearer lw_\x00",
        ],
    )
    async def test_is_wanted_before_a_body_is_read(
        self, skipped_time: SkippedTime, ledger: Ledger, shown: str | None
    ) -> None:
        headers = {b"Authorization": shown.encode()} if shown else {}
        async with caller(skipped_time.client, ledger, shown=None) as api:
            for method, page in [("GET", ""), ("GET", "/L-1"), ("POST", "/L-1/messages")]:
                refused = await api.request(method, f"/v1/cases{page}", headers=headers, content=b"{")

                assert "leeway key new" in problem(refused, 401)["detail"]
                assert refused.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("page", ["/healthz", "/readyz", "/openapi.json"])
    async def test_is_not_wanted_where_nothing_is_told(
        self, skipped_time: SkippedTime, ledger: Ledger, page: str
    ) -> None:
        async with caller(skipped_time.client, ledger, shown=None) as api:
            assert (await api.get(page)).status_code == 200

    async def test_that_is_revoked_opens_nothing_from_then_on(
        self, skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        keys, lender = Keys(ledger), f"l-{uuid4().hex[:8]}"
        key = await keys.make(lender, "core", Role.OPERATOR, datetime.now(UTC))
        async with caller(skipped_time.client, ledger, shown=key) as api:
            assert (await api.get("/v1/cases")).json() == []
            await keys.revoke(lender, (await keys.all_of(lender))[0]["key_id"], datetime.now(UTC))

            problem(await api.get("/v1/cases"), 401)

    async def test_is_made_shown_once_and_revoked_over_the_api(
        self, skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        async with caller(skipped_time.client, ledger, f"l-{uuid4().hex[:8]}") as api:
            made = (await api.post("/v1/keys", json={"name": "core", "role": "loan-system"})).json()
            [listed] = (await api.get("/v1/keys")).json()
            assert made["key"] not in str(listed)
            assert (listed["created_by"], listed["revoked_by"]) == ("api", "")
            assert (await api.delete(f"/v1/keys/{listed['key_id']}")).status_code == 204
            problem(await api.delete(f"/v1/keys/{listed['key_id']}"), 404)
            [gone] = (await api.get("/v1/keys")).json()
            assert gone["revoked_at"]
            assert gone["revoked_by"] == "api"

    async def test_is_made_at_the_first_start_only(self, ledger: Ledger) -> None:
        keys, lender, now = Keys(ledger), f"l-{uuid4().hex[:8]}", datetime.now(UTC)
        first = await keys.first(lender, now)
        assert first is not None
        assert (await keys.caller(first, now)).role is Role.ADMIN

        await keys.revoke(lender, (await keys.all_of(lender))[0]["key_id"], now)

        assert await keys.first(lender, now) is None


class TestAnOpenDoor:
    @pytest.fixture
    async def nobody(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Keys:
        """Keys of a book that has none."""
        keys = Keys(ledger)

        async def none(lender: str | None = None) -> bool:
            return False

        monkeypatch.setattr(keys, "were_made", none)
        return keys

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "leeway.example", ""])
    @pytest.mark.parametrize("token", [None, ""])
    async def test_is_refused_before_anybody_has_a_key(
        self, nobody: Keys, host: str, token: str | None
    ) -> None:
        with pytest.raises(OpenDoor, match="leeway key new"):
            await refuse_open_door(host, token, nobody)

    @pytest.mark.parametrize(("host", "token"), [("127.0.0.1", None), ("::1", None), ("0.0.0.0", "secret")])
    async def test_is_none_on_this_machine_or_with_a_token(
        self, nobody: Keys, host: str, token: str | None
    ) -> None:
        await refuse_open_door(host, token, nobody)

    async def test_is_none_once_there_is_a_key(self, ledger: Ledger) -> None:
        keys = Keys(ledger)
        await keys.make(f"l-{uuid4().hex[:8]}", "core", Role.OPERATOR, datetime.now(UTC))

        await refuse_open_door("0.0.0.0", None, keys)


class TestABody:
    async def test_that_is_too_large_is_not_read(self, api: httpx.AsyncClient) -> None:
        problem(await api.post("/v1/cases/L-1/messages", content=b"x" * (BODY_AT_MOST_BYTES + 1)), 413)

    async def test_that_is_too_large_is_refused_without_its_length_as_well(
        self, api: httpx.AsyncClient
    ) -> None:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(BODY_AT_MOST_BYTES // 1024 + 1):
                yield b"x" * 1024

        problem(await api.post("/v1/cases/L-1/messages", content=parts()), 413)


class TestAnAllowance:
    def test_is_a_tenth_of_a_minute_at_once_and_fills_up_again(self) -> None:
        now = [0.0]
        allowance = Allowance(60, lambda: now[0])

        assert [allowance.wait_s("a") for _ in range(7)] == [0] * 6 + [1]
        assert allowance.wait_s("b") == 0
        now[0] = 1.0
        assert [allowance.wait_s("a") for _ in range(2)] == [0, 1]
        now[0] = 1000.0
        assert [allowance.wait_s("a") for _ in range(7)] == [0] * 6 + [1]

    async def test_that_is_used_up_is_answered_with_when_to_ask_again(
        self, skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        gate = Gate(ledger, LENDER, TOKEN, per_minute=6)
        transport = httpx.ASGITransport(create_api(skipped_time.client, ledger, gate, LENDER))
        shown = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=shown) as api:
            assert (await api.get("/v1/keys")).status_code == 200
            refused = await api.get("/v1/keys")
            assert (await api.get("/healthz")).status_code == 200

        problem(refused, 429)
        assert 0 < int(refused.headers["Retry-After"]) <= 10
