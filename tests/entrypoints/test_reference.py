"""Every file that is written from what it describes says what that says."""

from pathlib import Path

import pytest

from entrypoints.reference import WRITTEN


class TestReference:
    @pytest.mark.parametrize("name", WRITTEN)
    def test_is_as_it_would_be_written_today(self, project: Path, name: str) -> None:
        assert (project / name).read_text(encoding="utf-8") == WRITTEN[name](), "write it anew: make docs"

    def test_holds_every_schema_there_is(self, project: Path) -> None:
        there = {f"docs/schemas/{path.name}" for path in (project / "docs" / "schemas").iterdir()}

        assert there == {name for name in WRITTEN if name.startswith("docs/schemas/")}
