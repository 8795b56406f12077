"""The answer about one contact as a compliance officer reads it: the verdict, why, when next, and every rule asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from entrypoints.contact.words import channel_words, citation_words
from lending.days import local_text

_MARKS = {"yes": ("\u2713", "green"), "no": ("\u2717", "bold red"), "lifted": ("\u2191", "cyan")}
_NOT_ASKED = ("\u00b7", "dim")


def verdict_text(told: Mapping[str, Any], channel: str, zones: Sequence[str]) -> RenderableType:
    """`told` is the answer of `check.answer`; instants are shown on the clock of the first of `zones`."""
    at = datetime.fromisoformat(told["instant"])
    allowed = bool(told["allowed"])
    head = Text.assemble(
        (" ALLOWED " if allowed else " REFUSED ", "bold white on green" if allowed else "bold white on red"),
        f" {channel_words(channel)} at {local_text(at, zones)}",
    )
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim")
    facts.add_row("Why", told["reason"])
    if not allowed:
        force = next((one["force"] for one in told["considered"] if one["rule"] == told["rule"]), "must")
        cited = citation_words(told["citation"], force, told["origin"])
        facts.add_row("Rule", Text.assemble((told["rule"], "bold"), f", {cited}"))
        facts.add_row("Next", _next(told["next_allowed"], at, zones))
    facts.add_row("Law", told["law"])
    if len(zones) > 1:
        facts.add_row("Zones", f"permitted only where all of these are open: {', '.join(zones)}")
    return Group(head, Text(), facts, Text(), _considered(told["considered"]))


def _next(next_allowed: str | None, at: datetime, zones: Sequence[str]) -> Text:
    if next_allowed is None:
        return Text("no permitted instant is known", "red")
    then = datetime.fromisoformat(next_allowed)
    return Text.assemble((local_text(then, zones), "green"), (f", {_wait(then - at)} later", "dim"))


def _wait(wait: timedelta) -> str:
    """The two largest units: `6 days 23 h`, `45 min`."""
    hours, seconds = divmod(wait.seconds, 3600)
    units = ((wait.days, "day" if wait.days == 1 else "days"), (hours, "h"), (seconds // 60, "min"))
    shown = [f"{count} {unit}" for count, unit in units if count]
    return " ".join(shown[:2]) or "less than a minute"


def _considered(rules: Sequence[Mapping[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for rule in rules:
        kind, colon, says = rule["says"].partition(": ")
        is_asked = bool(colon) and kind in _MARKS
        mark, style = _MARKS[kind] if is_asked else _NOT_ASKED
        lifted = "lifted by " if kind == "lifted" else ""
        told = Text.assemble((rule["rule"], "bold" if kind == "no" else ""), f"  {lifted}{says if is_asked else rule['says']}\n",
                             (citation_words(rule["citation"], rule["force"], rule["origin"]), "dim"))  # fmt: skip
        table.add_row(Text(mark, style), told)
    return table
