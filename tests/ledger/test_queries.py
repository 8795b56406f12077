"""The named statements: PostgreSQL understands every one, and none is left over."""

import re
from pathlib import Path

import psycopg
import pytest

from ledger.sql import SQL


def numbered(statement: str) -> str:
    """The statement with $1, $2, ... in place of psycopg's names."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    return re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement).rstrip(";")


class TestStatement:
    @pytest.mark.parametrize("name", SQL)
    def test_is_understood_by_postgresql(self, superuser: psycopg.Connection, name: str) -> None:
        superuser.execute(f"prepare {name}_statement as {numbered(SQL[name])}".encode())
        superuser.execute(f"deallocate {name}_statement".encode())

    @pytest.mark.parametrize("name", SQL)
    def test_is_used_by_the_code(self, project: Path, name: str) -> None:
        folders = ("ledger", "activities", "entrypoints", "simulator")
        sources = [
            path.read_text(encoding="utf-8")
            for folder in folders
            for path in (project / folder).rglob("*.py")
        ]
        assert any(f'"{name}"' in source for source in sources)

    def test_has_a_name_of_its_own(self, project: Path) -> None:
        text = (project / "ledger" / "queries.sql").read_text(encoding="utf-8")
        assert text.count("-- name: ") == len(SQL)
