"""docs/states.md says what the transition table says."""

import re
from pathlib import Path

from statemachine.diagram import mermaid, page
from statemachine.stage import Stage
from statemachine.transitions import ABSORBED, MOVES, STAYS, Trigger


class TestStatesPage:
    def test_is_what_the_table_draws(self, project: Path) -> None:
        written = (project / "docs" / "states.md").read_text(encoding="utf-8")

        assert written == page(), "write it anew: make docs"

    def test_names_every_trigger_and_every_reason(self) -> None:
        drawn = page()

        assert [trigger for trigger in Trigger if trigger not in drawn] == []
        assert [reason for reason in ABSORBED.values() if reason not in drawn] == []
        assert [stage for stage, _ in STAYS if stage not in drawn] == []


class TestMermaid:
    def test_draws_every_move_and_nothing_else(self) -> None:
        arrows = re.findall(r"^    (\w+) --> (\w+): (.+)$", mermaid(), flags=re.MULTILINE)
        drawn = {
            ((Stage(source), Trigger(trigger)), Stage(target))
            for source, target, triggers in arrows
            for trigger in triggers.split(", ")
        }

        assert drawn == set(MOVES.items())

    def test_begins_at_notice_and_ends_at_closed(self) -> None:
        lines = mermaid().splitlines()

        assert lines[0] == "stateDiagram-v2"
        assert (lines[1].strip(), lines[-1].strip()) == ("[*] --> notice", "closed --> [*]")
