"""The set-up scripts of the Compose file, on a real Temporal and a real PostgreSQL."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from contracts.case_run import SEARCH_ATTRIBUTES
from entrypoints.embedded import postgres as embedded
from entrypoints.embedded.home import drained
from entrypoints.embedded.parts import Endpoints
from ledger.migrate import migrate

DEPLOY = Path(__file__).parents[2] / "deploy"
PASSWORD = """it's "quoted"; \\ and spaced"""
ADMIN = "an-administrator"


def run(script: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of deploy/ with our own tools on its path and nothing else of this process."""
    tools = f"{Path(sys.executable).parent}:{embedded._bin()}:/usr/bin:/bin"
    known = {"PATH": tools, "HOME": str(home), "TEMPORAL_VERSION_CHECK_DISABLED": "1", **env}
    return subprocess.run(
        ["sh", str(DEPLOY / script)], check=False, capture_output=True, text=True, env=known, timeout=120
    )


@pytest.fixture(scope="module")
def new_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a cluster as the PostgreSQL image has just made it: an administrator, nothing else."""
    home = tmp_path_factory.mktemp("cluster")
    with drained(home) as lock, embedded.postgres(home, lock) as url:
        port = urlsplit(url).port
        assert port is not None
        with psycopg.connect(url, autocommit=True) as made:
            made.execute(f"create role postgres superuser login password '{ADMIN}'")
        admin = f"postgresql://postgres:{ADMIN}@127.0.0.1:{port}/postgres"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("drop database leeway")
            connection.execute("alter role leeway rename to maker")
        yield port


@pytest.fixture(scope="module")
def port(new_cluster: int, tmp_path_factory: pytest.TempPathFactory) -> int:
    """The same, once the script has run."""
    done = run("postgres/databases.sh", tmp_path_factory.mktemp("home"), PGHOST="127.0.0.1",
               PGPORT=str(new_cluster), PGPASSWORD=ADMIN, POSTGRES_USER="postgres",
               TEMPORAL_DB_PASSWORD="another", LEEWAY_DB_PASSWORD=PASSWORD)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return new_cluster


class TestNamespaceScript:
    def test_names_the_search_attributes_of_a_case(self) -> None:
        script = (DEPLOY / "temporal" / "namespace.sh").read_text(encoding="utf-8")

        assert (
            dict(re.findall(r"^patiently attribute (\w+) (\w+)$", script, re.MULTILINE)) == SEARCH_ATTRIBUTES
        )

    def test_makes_them_in_the_namespace_and_changes_nothing_when_run_again(
        self, servers: Endpoints, tmp_path: Path
    ) -> None:
        where = {"TEMPORAL_ADDRESS": servers.temporal_address, "TEMPORAL_NAMESPACE": "deploy-tests"}
        for _ in range(2):
            done = run("temporal/namespace.sh", tmp_path, **where)
            assert done.returncode == 0, done.stderr

        program = str(Path(sys.executable).with_name("temporal"))
        listed = subprocess.run(
            [program, "operator", "search-attribute", "list", "--namespace", "deploy-tests", "--output", "json"],
            check=True, capture_output=True, text=True, env={"TEMPORAL_ADDRESS": servers.temporal_address},
        )  # fmt: skip
        found = {name: kind.removeprefix("INDEXED_VALUE_TYPE_").replace("_", "").lower()
                 for name, kind in json.loads(listed.stdout)["customAttributes"].items()}  # fmt: skip
        assert found == {name: kind.lower() for name, kind in SEARCH_ATTRIBUTES.items()}


class TestDatabasesScript:
    def test_makes_a_ledger_that_leeway_can_migrate(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PGPASSWORD", PASSWORD)

        assert migrate(f"postgresql://leeway@127.0.0.1:{port}/leeway")

    @pytest.mark.parametrize("database", ["temporal", "temporal_visibility"])
    def test_makes_databases_that_temporal_owns(
        self, port: int, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPASSWORD", "another")

        with psycopg.connect(f"postgresql://temporal@127.0.0.1:{port}/{database}") as connection:
            connection.execute("create table proof (n integer)")

    @pytest.mark.parametrize(
        ("role", "password", "database"),
        [("leeway", PASSWORD, "temporal"), ("leeway", PASSWORD, "temporal_visibility"), ("temporal", "another", "leeway")],
    )  # fmt: skip
    def test_keeps_each_out_of_the_others_data(
        self, port: int, role: str, password: str, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPASSWORD", password)

        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(f"postgresql://{role}@127.0.0.1:{port}/{database}")


class TestSchemaScript:
    def test_stops_at_the_first_failure(self, tmp_path: Path) -> None:
        """Without its tool it must fail, or the server would start on half a schema."""
        done = run("temporal/schema.sh", tmp_path)

        assert done.returncode != 0
        assert done.stderr.count("temporal-sql-tool") == 1


class TestScripts:
    @pytest.mark.parametrize(
        "script", ["postgres/databases.sh", "temporal/namespace.sh", "temporal/schema.sh"]
    )
    def test_can_be_run_by_the_images_own_user(self, script: str) -> None:
        assert os.stat(DEPLOY / script).st_mode & 0o555 == 0o555
