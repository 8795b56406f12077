"""docs/states.md, drawn from the transition table so that the page can never say anything else: `make docs`."""

from collections.abc import Iterable, Mapping

from statemachine.stage import Stage
from statemachine.transitions import ABSORBED, MOVES, STAYS, Trigger

_PAGE = """# The states of a case

Drawn from the table in [statemachine/transitions.py](../statemachine/transitions.py) by
[statemachine/diagram.py](../statemachine/diagram.py); a test keeps this page equal to it. Change the table, never
this page.

Every pair of a stage and a trigger stands in exactly one of the three parts below.

## What moves a case

```mermaid
{moves}```

## What has its effect and leaves the stage as it is

A payment is counted, a hold is placed, a wish is noted; holds lie across stages and return to where the case was.

| Trigger | In |
|---|---|
{stays}
## What is absorbed, and why

Nothing happens but a line in the ledger with this reason.

| Trigger | In | Because |
|---|---|---|
{absorbed}"""


def page() -> str:
    """The whole of docs/states.md."""
    return _PAGE.format(moves=mermaid(), stays=_stays_rows(), absorbed=_absorbed_rows())


def mermaid() -> str:
    """The moves as a Mermaid stateDiagram-v2, one arrow for each pair of stages."""
    arrows: dict[tuple[Stage, Stage], list[Trigger]] = {}
    for (source, trigger), target in MOVES.items():
        arrows.setdefault((source, target), []).append(trigger)
    lines = [f"    [*] --> {Stage.NOTICE}"]
    for source in Stage:
        for target in Stage:
            if triggers := arrows.get((source, target)):
                lines.append(f"    {source} --> {target}: {', '.join(sorted(triggers))}")
    return "\n".join(["stateDiagram-v2", *lines, f"    {Stage.CLOSED} --> [*]", ""])


def _stays_rows() -> str:
    stages = {trigger: [stage for stage in Stage if (stage, trigger) in STAYS] for trigger in Trigger}
    return "".join(f"| {trigger} | {_among(found)} |\n" for trigger, found in stages.items() if found)


def _absorbed_rows() -> str:
    """Triggers that are absorbed in the same stages for the same reason share a row."""
    rows: dict[tuple[str, str], list[Trigger]] = {}
    for trigger in Trigger:
        for reason, stages in _by_reason(trigger, ABSORBED).items():
            rows.setdefault((_among(stages), reason), []).append(trigger)
    return "".join(
        f"| {_named(triggers, Trigger)} | {among} | {reason} |\n"
        for (among, reason), triggers in rows.items()
    )


def _by_reason(trigger: Trigger, table: Mapping[tuple[Stage, Trigger], str]) -> dict[str, list[Stage]]:
    found: dict[str, list[Stage]] = {}
    for stage in Stage:
        if (stage, trigger) in table:
            found.setdefault(table[stage, trigger], []).append(stage)
    return found


def _among(stages: list[Stage]) -> str:
    is_open = set(stages) == set(Stage) - {Stage.CLOSED}
    return "every open stage" if is_open else ", ".join(stages)


def _named(triggers: list[Trigger], everything: Iterable[Trigger]) -> str:
    return "anything" if triggers == list(everything) else ", ".join(triggers)
