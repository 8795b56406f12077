"""Forward migrations: numbered SQL files, each applied once, in one transaction with its version row.

Our own twenty lines, because the kept tools failed under several starting processes or a kill
(measured: yoyo stays locked, alembic and dbmate race). The lock is polled: waiting inside
PostgreSQL would deadlock with CREATE INDEX CONCURRENTLY.
"""

import hashlib
import time
from importlib import resources

import psycopg

_LOCK = 7_202_611_23
_PATIENCE_SECONDS = 60


class EditedMigration(RuntimeError):
    """A migration that was applied has been edited since. Restore the file; put the change in a new one."""


def migrate(database_url: str) -> list[str]:
    """Applies what is missing, in order; returns the names applied. Safe from many processes at once."""
    files = {
        file.name: file.read_text(encoding="utf-8")
        for file in resources.files("ledger").joinpath("migrations").iterdir()
        if file.name.endswith(".sql")
    }
    with psycopg.connect(database_url, autocommit=True) as connection:
        _lock(connection)
        connection.execute(
            "create table if not exists schema_version"
            " (name text primary key, sha256 text not null, applied_at timestamptz not null default now())"
        )
        rows = connection.execute("select name, sha256 from schema_version").fetchall()
        applied = {str(name): str(sha256) for name, sha256 in rows}
        return [name for name in sorted(files) if _apply(connection, name, files[name], applied)]


def _lock(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        row = connection.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row is not None and row[0]:
            return
        time.sleep(0.05)
    raise TimeoutError(f"another process has been migrating this database for {_PATIENCE_SECONDS} s")


def _apply(
    connection: psycopg.Connection[tuple[object, ...]], name: str, sql: str, applied: dict[str, str]
) -> bool:
    sha256 = hashlib.sha256(sql.encode()).hexdigest()
    if name in applied:
        if applied[name] != sha256:
            raise EditedMigration(
                f"{name} was edited after it was applied; restore it and add a new migration"
            )
        return False
    with connection.transaction():
        connection.execute(sql.encode())
        connection.execute("insert into schema_version (name, sha256) values (%s, %s)", (name, sha256))
    return True
