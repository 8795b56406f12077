"""Forward migrations: each applied once, however many processes start at once; an edited one is refused."""

import subprocess
import sys

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
