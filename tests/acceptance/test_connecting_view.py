"""docs/connecting/database-view.md: its view is made in a lender's own database and swept by its commands."""

import asyncio
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from activities.sweep_page import ALWAYS_MAY_CLOSE
from contracts.sweep import SweepRun
from entrypoints.embedded.parts import Endpoints
from entrypoints.sweeping import sweep_worker
from gateways.overdue_view import OverdueView
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, policies_in
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.time import SkippedTime

PAGE = (Path(__file__).parents[2] / "docs" / "connecting" / "database-view.md").read_text(encoding="utf-8")
SQL = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)[0]
LINES = [
    line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
TABLES = """
create table customers (number text primary key, full_name text, language text, email text, mobile text);
create table loans (number text primary key, customer text references customers, arrears numeric(12, 2), currency text,
    arrears_since date);
insert into customers values ('B-1', '陈静怡', 'zh-CN', 'chen@example.com', '+8612000000001');
insert into loans values ('A-1', 'B-1', 860, 'CNY', '2026-10-02'), ('A-2', 'B-1', 0, 'CNY', null);
"""


@dataclass
class Connected:
    """A lender whose list is read by the role of the page, and the environment that says where it is."""

    lender: str
    folder: Path
    environment: dict[str, str]

    async def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """One command."""
        return await asyncio.to_thread(
            subprocess.run,
            shlex.split(line),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )


@pytest.fixture
async def connected(
    servers: Endpoints, ledger: Ledger, skipped_time: SkippedTime, tmp_path: Path
) -> AsyncIterator[Connected]:
    """With a worker that sweeps."""
    lender = "view-page"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database core"))
    core = make_conninfo(servers.database_url, dbname="core")
    with psycopg.connect(core, autocommit=True) as connection:
        connection.execute(TABLES)  # type: ignore[call-overload]
        connection.execute(SQL)  # type: ignore[call-overload]
    reader = make_conninfo(core, user="leeway_reader", password="choose-another")
    book = OverdueView(reader, lender, policies_in(), load_places(POLICIES / "places.yaml"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = os.environ | {"PATH": path, "DATABASE_URL": servers.database_url, "LEEWAY_LENDER": lender,
                          "TEMPORAL_ADDRESS": servers.temporal_address, "COLUMNS": "120"}  # fmt: skip
    async with sweep_worker(skipped_time.client, ledger, book):
        yield Connected(lender, tmp_path, known)


class TestThePage:
    async def test_shows_a_view_and_commands_that_all_work(
        self, connected: Connected, ledger: Ledger
    ) -> None:
        done = {line: await connected.run(line) for line in [*LINES, "leeway sweep schedule --off"]}

        assert [(one.args, one.stdout, one.stderr) for one in done.values() if one.returncode] == []
        first = done["leeway sweep run"].stdout.splitlines()
        assert [line.split() for line in first if line.split()[:1] == ["A-1"]] == [
            ["A-1", "new", "860.00", "CNY", "since", "2026-10-02", "no", "case", "told"]
        ]
        assert first[-1].startswith("1 loans in the list, 0 open cases; 1 new; ended ")
        [told] = await Inbox(ledger).events(connected.lender)
        assert (told["loan_id"], told["kind"]) == ("A-1", "loan_overdue")

    def test_shows_a_report_of_the_words_that_are_used(self) -> None:
        shown = PAGE.split("```\nLoan ")[1].split("```")[0].splitlines()

        assert {line.split()[1] for line in shown[1:-1]} == {"new", "changed", "cured"}
        assert re.fullmatch(r"\d+ loans in the list, \d+ open cases; .*; ended [\d-]+ [\d:]+Z", shown[-1])

    def test_says_the_limits_that_hold(self) -> None:
        terms = SweepRun(lender="a")
        assert f"more than {terms.may_close_percent} % of the open cases" in PAGE
        assert f"At most {terms.per_second:.0f} loans" in PAGE
        assert ALWAYS_MAY_CLOSE == 3
        assert "more than three" in PAGE

    def test_lists_every_difference_there_is(self) -> None:
        source = "".join(
            (Path(__file__).parents[2] / "activities" / name).read_text(encoding="utf-8")
            for name in ("listed_loan.py", "sweep_page.py")
        )
        listed = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE, re.MULTILINE)

        for what in (name for row in listed for name in re.findall(r"\w+", row)):
            assert f'"{what}"' in source
