"""Who may call the HTTP API, and what it says of its own health."""

import httpx
import pytest
from api_caller import caller, cut_off, payment, problem

from entrypoints.api import OpenDoor, refuse_open_door
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
