"""docs/operating.md says what is: its variables, its filters and its commands."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from temporalio.service import RPCError

from contracts.case_run import ROLL_SIGNAL, WORKFLOW
from entrypoints.cli import app
from simulator.time import SkippedTime
from statemachine.stage import Stage

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
SETTINGS = (PROJECT / "entrypoints" / "settings.py").read_text(encoding="utf-8")
FILTERS = re.search(r"Filters worth saving:\n\n```\n(.+?)```", PAGE, re.DOTALL)


def explained(docstring: str) -> tuple[tuple[str, ...], str]:
    """The variables a setting's docstring names before its colon, and what it says of them."""
    names, _, meaning = docstring.partition(": ")
    return tuple(re.findall(r"\b[A-Z]+_[A-Z_]+\b", names.split(" (")[0])), meaning.rstrip(".")


class TestOperatingPage:
    def test_lists_the_environment_as_the_settings_explain_it(self) -> None:
        table = PAGE[PAGE.index("## Environment") : PAGE.index("## Rolling")]
        listed = {
            tuple(re.findall(r"`(\w+)`", names)): meaning
            for names, meaning in re.findall(r"^\| (`[^|]+`) \| (.+) \|$", table, re.MULTILINE)
        }

        docstrings = re.findall(r'^    """([A-Z]+_.+?)"""$', SETTINGS, re.MULTILINE)
        assert listed == dict(explained(docstring) for docstring in docstrings)

    def test_explains_every_variable_that_is_read(self) -> None:
        assert set(re.findall(r'get\("(\w+)"', SETTINGS)) - set(re.findall(r"`(\w+)`", PAGE)) <= {
            "TEMPORAL_CONFIG_FILE"
        }

    @pytest.mark.parametrize("query", FILTERS.group(1).splitlines() if FILTERS else [])
    async def test_gives_filters_that_the_server_takes(self, skipped_time: SkippedTime, query: str) -> None:
        await skipped_time.client.count_workflows(query)

    async def test_gives_filters_that_a_misspelt_name_would_fail(self, skipped_time: SkippedTime) -> None:
        with pytest.raises(RPCError, match="CaseStages"):
            await skipped_time.client.count_workflows('CaseStages = "notice"')

    def test_names_the_stages(self) -> None:
        assert f"Stages: {', '.join(f'`{stage}`' for stage in Stage)}." in PAGE.replace("\n", " ")

    def test_rolls_by_the_signal_and_the_type_that_exist(self) -> None:
        assert f"--name {ROLL_SIGNAL} " in PAGE
        assert f'WorkflowType = "{WORKFLOW}"' in PAGE

    def test_names_commands_that_exist(self) -> None:
        for words in set(re.findall(r"(?<!/)\bleeway ((?:case|policy|ledger) \w+|[a-z]+)\b", code(PAGE))):
            command: Any = typer.main.get_command(app)
            for word in words.split():
                command = command.get_command(typer.Context(command), word)
                assert command is not None, f"leeway {words}"


def code(page: str) -> str:
    """What the page sets as code: blocks, then spans."""
    blocks = re.findall(r"```\w*\n(.*?)```", page, re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))])
