"""Every command in the README, run as it stands, against `leeway up` in a process of its own."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateways.working_days import working_calendar

Run = Callable[[str], subprocess.CompletedProcess[str]]

COMMANDS = re.findall(
    r"```console\n(.*?)```", (Path(__file__).parents[2] / "README.md").read_text(), re.DOTALL
)
LINES = [line for block in COMMANDS for line in block.splitlines()]


def environment(home: Path) -> dict[str, str]:
    """The commands of this very Python first; data in `home`; no servers but the embedded ones."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LEEWAY", "TEMPORAL", "DATABASE"))
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
    return own | {"PATH": path, "LEEWAY_HOME": str(home), "TZ": "UTC"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[Run]:
    """Runs one command line while `leeway up` is there; ends it as an operator would."""
    home = tmp_path_factory.mktemp("up")
    servers = subprocess.Popen(
        ["leeway", "up"], env=environment(home), stdout=subprocess.PIPE, text=True, cwd=project
    )
    assert servers.stdout is not None
    for line in servers.stdout:
        if line.startswith("Ready"):
            break

    def command(line: str) -> subprocess.CompletedProcess[str]:
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        words = shlex.split(line.replace("TOMORROW", tomorrow).replace("WORKDAY", next_working_day()))
        if words[0] == "temporal":
            words += ["--address", address(home)]
        return subprocess.run(
            words, env=environment(home), capture_output=True, text=True, cwd=project, check=False
        )

    yield command
    servers.send_signal(signal.SIGTERM)
    assert servers.wait(60) == 0


def next_working_day() -> str:
    """The next day on which people work in Hong Kong, where the README's visit is booked."""
    today = datetime.now(UTC).date()
    calendar = working_calendar("HK", None, today)
    assert calendar is not None
    days = (today + timedelta(days=after) for after in range(1, 30))
    return next(day for day in days if calendar.works(day)).isoformat()


def address(home: Path) -> str:
    """Where this run's Temporal listens: the usual port may be taken."""
    from entrypoints.embedded.parts import read_endpoints

    running = read_endpoints(home)
    assert running is not None
    return running.temporal_address


class TestTheReadme:
    @pytest.mark.timeout(1200)  # some eighty commands, each a process of its own
    def test_has_commands_that_all_work_in_order(self, run: Run) -> None:
        failed = []
        for line in LINES:
            done = run(line)
            if done.returncode != 0:
                failed.append((line, done.returncode, done.stdout, done.stderr))

        assert [] == failed

    def test_shows_every_kind_of_message(self) -> None:
        from statemachine.messages import MESSAGE_TYPES

        shown = {shlex.split(line)[3] for line in LINES if line.startswith("leeway signal")}

        assert set(MESSAGE_TYPES) == shown

    def test_names_only_files_that_are_there(self, project: Path) -> None:
        linked = re.findall(r"\]\(([^)#:]+)\)", (project / "README.md").read_text())

        assert [] == [link for link in linked if not (project / link).exists()]


class TestTheCommandLine:
    """After the README's commands have run."""

    def test_counts_a_reference_once(self, run: Run) -> None:
        run("leeway import simulator/sample_book.csv")
        once = run("leeway signal A-1002 payment --amount 10.00 --reference TWICE")
        again = run("leeway signal A-1002 payment --amount 10.00 --reference TWICE")

        assert '"accepted": true' in once.stdout
        assert '"accepted": false' in again.stdout
        assert "already" in again.stdout

    def test_imports_again_without_changing_anything(self, run: Run) -> None:
        again = run("leeway import simulator/sample_book.csv")

        assert again.stdout.startswith("0 opened, ")

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("leeway signal A-1002 payment --amount -5 --reference X", "amount"),
            ("leeway signal A-1002 payment --amount 5.001 --reference X", "amount"),
            ("leeway signal A-1002 payment --amount 5", "reference"),
            ("leeway signal A-1002 promise --amount 5 --due-on 2026-13-01", "due_on"),
            ("leeway signal A-1002 promise --amount 5 --due-on 2001-01-01", "due_on"),
            ("leeway signal A-1002 hold --reason boredom", "reason"),
            ("leeway signal A-1002 paiment --amount 5", "paiment"),
            ("leeway signal A-1002 payment --amuont 5", "--amuont"),
            ("leeway signal NOBODY payment --amount 5 --reference X", "NOBODY"),
            ("leeway signal B-2003 payment --amount 5 --reference X", "withdrawn"),
            ("leeway case show NOBODY", "NOBODY"),
            ("leeway task show 99999", "99999"),
            ("leeway task claim 2 --by ' '", "by"),
            ("leeway task done 2 --by Chen --result met", "--result"),
            ("leeway task hand-on 2 --by Chen --to Chen --reason ill", "to"),
            ("leeway task undo 2 --by Chen --reason wrong", "done_at"),
            ("leeway task list --on 2026-13-01", "on"),
            ("leeway import no-such-file.csv", "no-such-file.csv"),
            ("leeway import README.md", "loan_id"),
            ("leeway demo --start 2001-01-01", "start"),
            ("leeway policy check docs", "docs"),
        ],
    )
    def test_says_which_input_cannot_be_used_and_exits_with_2(self, run: Run, line: str, says: str) -> None:
        done = run(line)

        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr

    def test_keeps_bad_rows_apart_and_takes_the_good_ones(
        self, run: Run, project: Path, tmp_path: Path
    ) -> None:
        good = (project / "simulator" / "sample_book.csv").read_text().splitlines()
        rows = [
            good[0],
            good[1].replace("A-1001", "Z-1"),
            good[2].replace("A-1002", "Z-2").replace("platform-a", "platform-z"),
        ]
        file = tmp_path / "book.csv"
        file.write_text("\n".join(rows) + "\n")

        done = run(f"leeway import {file}")

        assert done.returncode == 2
        assert "1 opened" in done.stdout
        assert "1 rejected" in done.stdout
        assert "3,policy,platform-z" in file.with_suffix(".rejects.csv").read_text()

    @pytest.mark.parametrize(
        ("known", "missing"),
        [
            ({}, "LEEWAY_SMTP_URL"),
            ({"LEEWAY_SMTP_URL": "smtp://x", "LEEWAY_SMS_URL": "http://x"}, "LEEWAY_LENDER_NAME"),
        ],
    )
    def test_starts_no_worker_that_reaches_nobody_or_speaks_in_a_sample_name(
        self, tmp_path: Path, known: dict[str, str], missing: str
    ) -> None:
        done = subprocess.run(
            ["leeway", "worker"],
            env=environment(tmp_path) | known,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, missing in done.stderr) == (1, True)

    def test_says_what_to_do_when_nothing_runs(self, project: Path, tmp_path: Path) -> None:
        done = subprocess.run(
            ["leeway", "case", "list"],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            cwd=project,
            check=False,
        )

        assert done.returncode == 1
        assert "leeway up" in done.stderr
