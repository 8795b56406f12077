"""What has been recorded can be replayed by today's workflow, whatever calendar and zone data say by now."""

import base64
import json
import sys
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from compliance.allowed_instant import NeverPermitted, Permitted
from gateways.policy_file import policies_in
from lending import days
from workflows import upcoming
from workflows.follow_case import FollowCase

sys.path.append(str(Path(__file__).parent))

from broken_twin import TWINS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))
every_history = pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)


def history(file: Path) -> WorkflowHistory:
    """One recorded run."""
    return WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8"))


async def replay(recorded: WorkflowHistory, case: type = FollowCase) -> None:
    """Raises NondeterminismError where the workflow would command something else."""
    replayer = Replayer(
        workflows=[case], data_converter=pydantic_data_converter, workflow_runner=UnsandboxedWorkflowRunner()
    )
    await replayer.replay_workflow(recorded)


def told(file: Path) -> set[str]:
    """The kinds of events in a recorded run."""
    events = json.loads(file.read_text(encoding="utf-8"))["events"]
    return {event["eventType"].removeprefix("EVENT_TYPE_") for event in events}


class TestHistories:
    def test_tell_of_every_policy(self) -> None:
        assert {file.stem.split("-")[1] for file in HISTORIES} >= {
            name.split("-")[1] for name in policies_in()
        }

    def test_tell_of_everything_a_case_can_command(self) -> None:
        everything = set().union(*(told(file) for file in HISTORIES))
        assert everything >= {
            "TIMER_STARTED", "TIMER_CANCELED", "ACTIVITY_TASK_COMPLETED", "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
            "WORKFLOW_EXECUTION_SIGNALED", "WORKFLOW_EXECUTION_UPDATE_COMPLETED", "WORKFLOW_EXECUTION_COMPLETED",
            "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        }  # fmt: skip

    @every_history
    def test_say_nothing_about_the_machine_they_were_recorded_on(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        identities = {part.split('"')[0] for part in text.split('"identity": "')[1:]}
        assert identities <= {"recorder", ""}
        assert "site-packages" not in text


class TestWorkflow:
    @every_history
    async def test_replays(self, file: Path) -> None:
        replayer = Replayer(workflows=[FollowCase], data_converter=pydantic_data_converter)
        await replayer.replay_workflow(history(file))

    @pytest.mark.parametrize("twin", TWINS)
    async def test_with_another_order_of_commands_is_rejected(self, twin: type) -> None:
        [busy] = [file for file in HISTORIES if file.stem == "platform-c-holds-1"]
        with pytest.raises(workflow.NondeterminismError):
            await replay(history(busy), twin)


def at_once(*asked: Any) -> Permitted:
    return Permitted(at=asked[4], closes_at=asked[4] + timedelta(hours=1))


def in_a_month(*asked: Any) -> Permitted:
    return Permitted(
        at=asked[4] + timedelta(days=30), closes_at=asked[4] + timedelta(days=31), moved_by="another"
    )


def never(*asked: Any) -> NeverPermitted:
    return NeverPermitted(rule="calendar", reason="the calendar has ended")


def with_another_calendar(recorded: Path) -> WorkflowHistory:
    """The run as if it had been started under a calendar on which nobody ever works."""
    told = json.loads(recorded.read_text(encoding="utf-8"))
    [payload] = told["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"]
    run = json.loads(base64.b64decode(payload["data"]))
    assert run["snapshot"]["calendar"]["weekdays"] == [0, 1, 2, 3, 4]
    run["snapshot"]["calendar"] |= {"weekdays": [], "on": [], "name": "another"}
    payload["data"] = base64.b64encode(json.dumps(run).encode()).decode()
    return WorkflowHistory.from_json(recorded.stem, told)


class TestData:
    @every_history
    @pytest.mark.parametrize("answer", [at_once, in_a_month, never], ids=lambda answer: answer.__name__)
    async def test_about_permitted_instants_never_decides_what_a_case_commands(
        self, file: Path, answer: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upcoming, "earliest_permitted", answer)
        await replay(history(file))

    @every_history
    async def test_of_the_calendar_never_decides_what_a_case_commands(self, file: Path) -> None:
        await replay(with_another_calendar(file))

    @every_history
    @pytest.mark.parametrize("hours", [-1, 0, 1], ids=["an hour less", "none", "an hour more"])
    async def test_of_time_zones_never_decides_what_a_case_commands(
        self, file: Path, hours: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        offset = timezone(timedelta(hours=8 + hours))  # Shanghai and the west of Indonesia
        monkeypatch.setattr(days, "ZoneInfo", lambda name: offset)
        await replay(history(file))
