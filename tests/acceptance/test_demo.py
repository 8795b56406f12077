"""The demo as a newcomer runs it, without a terminal."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_readme import environment


@pytest.fixture(scope="module")
def tellings(project: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Any]]]:
    """The same seed and first day, told twice in one home, as after `make demo` twice."""
    today = datetime.now(UTC).date()
    start = today + timedelta(days=14 - today.weekday())
    home = environment(tmp_path_factory.mktemp("demo"))
    told = []
    for _ in range(2):
        done = subprocess.run(
            ["leeway", "demo", "--exit", "--json", "--start", start.isoformat()],
            env=home, capture_output=True, text=True, cwd=project, check=False,
        )  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr[-2000:]
        told.append(json.loads(done.stdout))
    return told


class TestTheDemo:
    def test_tells_the_same_story_for_the_same_seed(self, tellings: list[list[dict[str, Any]]]) -> None:
        once, again = (
            [{k: v for k, v in case.items() if k != "next_at"} for case in told] for told in tellings
        )

        assert once == again

    def test_works_every_loan_of_all_three_policies(self, tellings: list[list[dict[str, Any]]]) -> None:
        cases = tellings[0]

        assert len(cases) == 24
        assert {"platform-a@2", "platform-b@2", "platform-c@2"} == {case["policy"] for case in cases}

    def test_shows_endings_plans_and_revisits(self, tellings: list[list[dict[str, Any]]]) -> None:
        stages = {case["stage"] for case in tellings[0]}

        assert {"closed", "plan_active", "revisit"} <= stages

    def test_shows_who_cannot_be_reached_as_stalled(self, tellings: list[list[dict[str, Any]]]) -> None:
        stalled = {case["loan_id"]: case["stalled"] for case in tellings[0] if case["stalled"]}

        assert {"A-1008": "no_channel", "C-3005": "no_time_zone"} == stalled

    def test_counts_the_instants_each_rule_moved(self, tellings: list[list[dict[str, Any]]]) -> None:
        moved = [rule for case in tellings[0] for rule in case["instants_moved"]]

        assert {"platform-a/working-hours", "platform-b/messages", "platform-c/messages"} <= set(moved)
        assert all(case["contacts_made"] >= sum(case["instants_moved"].values()) for case in tellings[0])
