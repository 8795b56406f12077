"""docs/connecting/files.md: its files are written, its commands run and its snippet executed as they stand."""

import asyncio
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from entrypoints.embedded.parts import Endpoints
from gateways.placement_file import COLUMNS
from gateways.rejects_file import HEADER
from gateways.transactions_file import COLUMNS as TRANSACTION_COLUMNS
from ledger.inbox import Inbox
from ledger.store import Ledger

PAGE = (Path(__file__).parents[2] / "docs" / "connecting" / "files.md").read_text(encoding="utf-8")
FILES = re.findall(r"`([\w.]+)`:\n\n```(?:csv|yaml)\n(.*?)```", PAGE, re.DOTALL)
SNIPPET = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
LINES = [
    line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


def columns_of(heading: str) -> set[str]:
    """The columns that the table under a heading explains."""
    table = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([\w ]+)`", cell)}


@pytest.fixture
async def done(
    servers: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, Path, list[subprocess.CompletedProcess[str]]]:
    """The lender, the folder, and what every command of the page answered, in its order."""
    for name, content in FILES:
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(SNIPPET, {})
    lender = f"files-{uuid4().hex[:8]}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = os.environ | {"PATH": path, "DATABASE_URL": servers.database_url, "LEEWAY_LENDER": lender,
                          "TEMPORAL_ADDRESS": servers.temporal_address}  # fmt: skip
    answers = [
        await asyncio.to_thread(
            subprocess.run, shlex.split(line), cwd=tmp_path, env=known, capture_output=True, text=True
        )
        for line in LINES
    ]
    return lender, tmp_path, answers


class TestThePage:
    async def test_shows_files_and_commands_that_all_work(
        self, done: tuple[str, Path, list[subprocess.CompletedProcess[str]]], ledger: Ledger
    ) -> None:
        lender, folder, answers = done

        assert [(one.args, one.stdout, one.stderr) for one in answers if one.returncode] == []
        assert [one.stdout.strip() for one in answers] == [
            "2 opened, 0 already open, 0 already closed, 0 rejected",
            "3 accepted, 0 known already, 0 rejected",
            "0 opened, 2 already open, 0 already closed, 0 rejected",
            "1 opened, 0 already open, 0 already closed, 0 rejected",
        ]
        events = await Inbox(ledger).events(lender)
        assert [(one["loan_id"], one["kind"]) for one in events] == [
            ("A-2001", "payment_posted"), ("A-2002", "payment_posted"), ("A-2001", "payment_reversed"),
        ]  # fmt: skip
        assert not list(folder.glob("*rejects*"))

    def test_explains_every_column_and_no_other(self) -> None:
        assert columns_of("Columns of a placement") == COLUMNS.names()
        assert columns_of("Columns of a transactions file") == TRANSACTION_COLUMNS.names()
        assert columns_of("Rejects") == set(HEADER)
