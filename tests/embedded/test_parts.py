"""The embedded servers, real ones, each test in a home of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import TimeSkipper
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from entrypoints.embedded import postgres as postgres_module
from entrypoints.embedded import temporal_server as temporal_module
from entrypoints.embedded.home import drained
from entrypoints.embedded.parts import HomeInUse, ServerFailed, embedded_parts, read_endpoints
from entrypoints.embedded.postgres import postgres
from entrypoints.embedded.temporal_server import temporal_server

CHECKOUT = Path(__file__).parents[2]
STAGE = {"LeewayStage": "Keyword"}


def processes_of(home: Path) -> dict[int, str]:
    """Process ids and command lines of every live process that names this home."""
    listing = subprocess.run(
        ["ps", "-axww", "-o", "pid=,command="], check=True, capture_output=True, text=True
    )
    rows = (line.split(None, 1) for line in listing.stdout.splitlines() if str(home) in line)
    return {int(pid): command for pid, command in rows}


@contextmanager
def listening(port: int) -> Iterator[int]:
    """Hold a port on 127.0.0.1 (0: any), unless someone else already does."""
    with socket.socket() as taker:
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taker.bind(("127.0.0.1", port))
            taker.listen()
        except OSError:
            yield port
        else:
            yield taker.getsockname()[1]


def free_port() -> int:
    with listening(0) as port:
        return port


@workflow.defn
class Wait:
    @workflow.run
    async def run(self, days: int) -> str:
        await workflow.sleep(timedelta(days=days))
        return workflow.now().isoformat()


class TestEmbeddedParts:
    async def test_keep_their_data_and_take_new_search_attributes_at_a_restart(self, tmp_path: Path) -> None:
        with embedded_parts(tmp_path, search_attributes=STAGE) as parts:
            with psycopg.connect(parts.database_url) as connection:
                connection.execute("CREATE TABLE fact AS SELECT 42 AS answer")
            client = await Client.connect(parts.temporal_address)
            await client.start_workflow(Wait.run, 1, id="kept", task_queue="none")
        added = SearchAttributeKey.for_int("LeewayTier")
        with embedded_parts(tmp_path, search_attributes={**STAGE, "LeewayTier": "Int"}) as parts:
            with psycopg.connect(parts.database_url) as connection:
                assert connection.execute("SELECT answer FROM fact").fetchone() == (42,)
            client = await Client.connect(parts.temporal_address)
            assert (await client.get_workflow_handle("kept").describe()).workflow_type == "Wait"
            attributes = TypedSearchAttributes([SearchAttributePair(added, 3)])
            await client.start_workflow(Wait.run, 1, id="w", task_queue="none", search_attributes=attributes)
        assert not processes_of(tmp_path)

    def test_tell_where_they_listen_only_while_they_run(self, tmp_path: Path) -> None:
        assert read_endpoints(tmp_path) is None
        with embedded_parts(tmp_path, search_attributes={}, skip_time=True) as parts:
            assert read_endpoints(tmp_path) == parts
            assert (tmp_path / "endpoints.json").stat().st_mode & 0o777 == 0o600
            kept = (tmp_path / "endpoints.json").read_text()
            with pytest.raises(HomeInUse, match=rf"already running \(pid {os.getpid()}, .*endpoints.json"):
                embedded_parts(tmp_path, search_attributes={}).__enter__()
            assert read_endpoints(tmp_path) == parts
        assert read_endpoints(tmp_path) is None
        (tmp_path / "endpoints.json").write_text(kept)  # as a killed supervisor leaves it
        assert read_endpoints(tmp_path) is None

    def test_avoid_usual_ports_that_are_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ports of this test's own stand for the usual ones, which other tests may take and leave meanwhile."""
        starting = embedded_parts(tmp_path, search_attributes={}, skip_time=True)
        with listening(0) as temporal, listening(0) as ui, listening(0) as database:
            monkeypatch.setattr("entrypoints.embedded.temporal_server.USUAL_PORT", temporal)
            monkeypatch.setattr("entrypoints.embedded.temporal_server.USUAL_UI_PORT", ui)
            monkeypatch.setattr("entrypoints.embedded.postgres.USUAL_PORT", database)
            with starting as parts:
                assert not parts.temporal_address.endswith(f":{temporal}")
                assert not parts.temporal_ui_url.endswith(f":{ui}")
                assert f":{database}/" not in parts.database_url
                psycopg.connect(parts.database_url).close()

    async def test_skip_a_year_in_seconds(self, tmp_path: Path) -> None:
        with embedded_parts(tmp_path, search_attributes={}, skip_time=True) as parts:
            client = TimeSkipper(await Client.connect(parts.temporal_address)).client
            runner = UnsandboxedWorkflowRunner()
            async with Worker(client, task_queue="q", workflows=[Wait], workflow_runner=runner):
                started = await client.start_workflow(Wait.run, 366, id="year", task_queue="q")
                ended_at = await started.result()
                assert int(ended_at[:4]) > (await started.describe()).start_time.year


SUPERVISOR = """
import sys
from pathlib import Path
import psycopg
from entrypoints.embedded.parts import embedded_parts
with embedded_parts(Path(sys.argv[1]), search_attributes={}) as parts:
    with psycopg.connect(parts.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS fact (number int)")
        number = connection.execute("SELECT coalesce(max(number), 0) FROM fact").fetchone()[0]
        while True:
            number += 1
            connection.execute("INSERT INTO fact VALUES (%s)", [number])
            print(number, flush=True)
"""


class TestKilledSupervisor:
    def test_loses_no_committed_row_and_leaves_no_process(self, tmp_path: Path) -> None:
        acknowledged = 0
        for rows in (1, 500, 50):
            supervisor = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, str(tmp_path)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=CHECKOUT,
            )
            assert supervisor.stdout is not None
            numbers = [int(supervisor.stdout.readline()) for _ in range(rows)]
            assert numbers[0] > acknowledged
            assert len(processes_of(tmp_path)) >= 5  # the supervisor, two guards, two servers
            supervisor.kill()
            supervisor.wait()
            acknowledged = int((supervisor.stdout.read().split() or numbers)[-1])
            supervisor.stdout.close()
            assert read_endpoints(tmp_path) is None
        with drained(tmp_path) as lock:  # waits until no process holds what every server inherits
            assert not processes_of(tmp_path)
            with postgres(tmp_path, lock) as url, psycopg.connect(url) as connection:
                kept = connection.execute("SELECT array_agg(number ORDER BY number) FROM fact").fetchone()
        assert kept is not None
        assert kept[0][:acknowledged] == list(range(1, acknowledged + 1))
        assert len(kept[0]) - acknowledged <= 1  # one row may be committed and not yet acknowledged


class TestPostgres:
    def test_tries_another_port_when_the_first_was_taken_meanwhile(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        free = free_port()
        with listening(0) as taken, drained(tmp_path) as lock:
            monkeypatch.setattr(postgres_module, "ports", lambda _: iter([taken, free]))
            with postgres(tmp_path, lock) as url:
                assert f"127.0.0.1:{free}/leeway" in url

    def test_keeps_fsync_on_and_listens_on_loopback_tcp_alone(self, tmp_path: Path) -> None:
        names = ["fsync", "listen_addresses", "unix_socket_directories", "TimeZone", "server_encoding"]
        with drained(tmp_path) as lock, postgres(tmp_path, lock) as url, psycopg.connect(url) as connection:
            found = [connection.execute("SELECT current_setting(%s)", [n]).fetchone() for n in names]
            assert found == [("on",), ("127.0.0.1",), ("",), ("UTC",), ("UTF8",)]
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(url.replace(url.split(":")[2].split("@")[0], "guess"))

    def test_starts_over_after_an_interrupted_first_start(self, tmp_path: Path) -> None:
        half = tmp_path / "postgres.new" / "data"
        half.mkdir(parents=True)
        (half / "PG_VERSION").write_text("18\n")
        with drained(tmp_path) as lock, postgres(tmp_path, lock) as url:
            psycopg.connect(url).close()

    def test_ends_with_its_guard(self, tmp_path: Path) -> None:
        if sys.platform != "linux":
            pytest.skip("only Linux tells a process that its parent died")
        ended = pytest.raises(psycopg.OperationalError)
        with drained(tmp_path) as lock, ended as refused, postgres(tmp_path, lock) as url:
            [guard] = [pid for pid, command in processes_of(tmp_path).items() if "guard.py" in command]
            with psycopg.connect(url, autocommit=True) as connection:
                os.kill(guard, signal.SIGKILL)
                while True:
                    connection.execute("SELECT pg_sleep(0.01)")
        with drained(tmp_path):
            assert not processes_of(tmp_path)
        assert "postgres had ended by itself, code -9" in "".join(refused.value.__notes__)

    def test_says_why_it_did_not_start(self, tmp_path: Path) -> None:
        with drained(tmp_path) as lock:
            with postgres(tmp_path, lock):
                pass
            (tmp_path / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
            with pytest.raises(ServerFailed, match=r"(?s)postgres did not start.*no_such_setting"):
                postgres(tmp_path, lock).__enter__()

    def test_runs_under_a_home_that_only_its_owner_may_enter(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        home = tmp_path / "home"
        home.mkdir(mode=0o700)
        with drained(home) as lock, postgres(home, lock) as url:
            psycopg.connect(url).close()
        assert [p.stat().st_mode & 0o777 for p in (tmp_path, home)] == [0o700, 0o700]


class TestTemporalServer:
    def test_tries_another_port_when_the_first_was_taken_meanwhile(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port, ui_port = free_port(), free_port()
        with listening(0) as taken, drained(tmp_path) as lock:
            monkeypatch.setattr(
                temporal_module,
                "ports",
                lambda usual: iter([taken, port] if usual == 7233 else [ui_port, ui_port]),
            )
            with temporal_server(tmp_path, lock, search_attributes={}, skip_time=True) as (address, ui_url):
                assert (address, ui_url) == (f"127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}")

    def test_names_a_search_attribute_it_cannot_have(self, tmp_path: Path) -> None:
        with drained(tmp_path) as lock:
            starting = temporal_server(
                tmp_path, lock, search_attributes={"WorkflowId": "Int"}, skip_time=True
            )
            with pytest.raises(ServerFailed, match="WorkflowId"):
                starting.__enter__()
