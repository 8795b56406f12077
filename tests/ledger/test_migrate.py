"""Forward migrations: each applied once, however many processes start at once; an edited one is refused."""

import hashlib
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from ledger.migrate import EditedMigration, migrate

MIGRATING = "import sys; from ledger.migrate import migrate; print(len(migrate(sys.argv[1])))"


class TestMigrate:
    def test_applies_each_file_once_when_four_processes_start_at_once(self, empty_database: str) -> None:
        command = [sys.executable, "-c", MIGRATING, empty_database]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        applied = [int(process.communicate(timeout=60)[0]) for process in started]
        assert [process.returncode for process in started] == [0, 0, 0, 0]
        assert sorted(applied)[:3] == [0, 0, 0]
        with psycopg.connect(empty_database) as connection:
            count = connection.execute("select count(*) from schema_version").fetchone()
        assert count == (max(applied),)
        assert max(applied) >= 1

    def test_again_changes_nothing(self, empty_database: str) -> None:
        assert migrate(empty_database)
        assert migrate(empty_database) == []

    def test_refuses_a_migration_that_was_edited_after_it_was_applied(self, empty_database: str) -> None:
        first = migrate(empty_database)[0]
        with psycopg.connect(empty_database) as connection:
            connection.execute(
                "update schema_version set sha256 = 'of another text' where name = %s", (first,)
            )
        with pytest.raises(EditedMigration, match=rf"{first} was edited.*add a new migration"):
            migrate(empty_database)

    def test_leaves_nothing_half_done_when_it_fails(self, empty_database: str) -> None:
        with psycopg.connect(empty_database) as connection:
            connection.execute("create table contact (already int)")  # in the way of the first migration
        with pytest.raises(psycopg.errors.DuplicateTable):
            migrate(empty_database)
        with psycopg.connect(empty_database) as connection:
            tables = connection.execute(
                "select tablename from pg_tables where schemaname = 'public'"
            ).fetchall()
        assert sorted(name for (name,) in tables) == ["contact", "schema_version"]

    def test_knows_who_was_in_difficulty_before_difficulties_were_kept(
        self, empty_database: str, project: Path
    ) -> None:
        self.migrate_as_of("0014", empty_database, project)
        with psycopg.connect(empty_database) as connection:
            connection.execute("insert into policy_snapshot (sha256, policy, body) values ('s', 'p', '{}')")
            for case_id, held in (("ill", ["illness"]), ("told", []), ("well", ["dispute"])):
                connection.execute(
                    "insert into overdue_case (case_id, lender, loan_id, borrower_id, episode, policy, policy_sha256,"
                    " currency, opened_balance_minor, overdue_since, opened_at, number, stage, held, balance_minor,"
                    " strategy, wishes, language, waiting_for) values (%(id)s, 'l', %(id)s, 'b', 1, 'p', 's', 'CNY', 1,"
                    " '2026-01-01', now(), 1, 'notice', %(held)s, 1, 'standard', '{}', 'en', '')",
                    {"id": case_id, "held": held},
                )
            connection.execute(
                "insert into decision values ('told', 1, 'k', now(), 'fact', '', '', '{\"name\": \"hospital\"}', null, 'c')"
            )

        migrate(empty_database)

        with psycopg.connect(empty_database) as connection:
            found = dict(connection.execute("select case_id, in_difficulty from overdue_case").fetchall())
        assert found == {"ill": True, "told": True, "well": False}

    def migrate_as_of(self, before: str, database: str, project: Path) -> None:
        """The tables as they were until this migration."""
        with psycopg.connect(database) as connection:
            connection.execute(
                "create table schema_version"
                " (name text primary key, sha256 text not null, applied_at timestamptz not null default now())"
            )
            for file in sorted((project / "ledger" / "migrations").glob("*.sql")):
                if file.name < before:
                    connection.execute(file.read_bytes())
                    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
                    connection.execute(
                        "insert into schema_version (name, sha256) values (%s, %s)", (file.name, sha256)
                    )
