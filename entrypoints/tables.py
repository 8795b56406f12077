"""Tables for the terminal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from lending.money import format_minor

_LONG = ("talk_sheet", "key", "provider_reference", "case_id")
_STYLE = {"cured": "green", "settled": "green", "withdrawn": "dim", "referred": "red", "written_off": "red"}


def demo_table(cases: Iterable[Mapping[str, Any]]) -> Table:
    """One row a case: policy, stage reached, contacts, what moved, how it ended or what comes next."""
    table = Table(title="Half a year, case by case", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Loan", "Policy", "Stage reached"):
        table.add_column(name, no_wrap=True)
    for name in ("Made", "Moved"):
        table.add_column(name, justify="right")
    table.add_column("Next permitted", no_wrap=True)
    for case in cases:
        table.add_row(
            case["loan_id"],
            case["policy"],
            _outcome(case) or case["stage"],
            str(case["contacts_made"]),
            str(sum(case["instants_moved"].values())),
            _next(case),
        )
    return table


def moved_summary(cases: Iterable[Mapping[str, Any]]) -> str:
    """How many contact instants were moved, and by which rule."""
    moved: Counter[str] = Counter()
    for case in cases:
        moved.update(case["instants_moved"])
    rules = ", ".join(f"{rule} {count}" for rule, count in moved.most_common())
    return (
        f"Contact instants moved to a permitted one: {moved.total()} ({rules})"
        if moved
        else "No instant was moved."
    )


def case_table(cases: Iterable[Mapping[str, Any]]) -> Table:
    """The book, one row a case."""
    table = Table(header_style="bold")
    for name in ("Loan", "Policy", "Stage", "Owed", "Outcome, hold or stall", "Waiting for"):
        table.add_column(name)
    for case in cases:
        owed = format_minor(max(0, case["balance_minor"]), case["currency"])
        table.add_row(
            case["loan_id"], case["policy"], case["stage"], owed, _outcome(case), case["waiting_for"]
        )
    return table


def explanation_table(lines: Iterable[Mapping[str, Any]]) -> Table:
    """Every decision: when, what, by which rule, why, and the next time."""
    table = Table(header_style="bold")
    for name in ("At (UTC)", "What", "Rule", "Why", "Next time (UTC)"):
        table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(
            _minute(line["at"]), line["kind"], line["rule"], line["reason"], _minute(line["next_at"])
        )
    return table


def print_case(console: Console, case: Mapping[str, Any]) -> None:
    """One case: its row, then what was done and what is to do."""
    console.print(case_table([case]))
    for name in ("contacts", "payments", "tasks"):
        if case[name]:
            columns = [key for key in case[name][0] if key not in _LONG]
            table = Table(*columns, title=name, header_style="bold")
            for row in case[name]:
                table.add_row(*(str(row[key] if row[key] is not None else "") for key in columns))
            console.print(table)


def _outcome(case: Mapping[str, Any]) -> str:
    if case["outcome"]:
        return f"[{_STYLE[case['outcome']]}]{case['outcome']}[/]"
    if case["stalled"]:
        return f"[yellow]stalled: {case['stalled']}[/]"
    return f"[cyan]hold: {', '.join(case['held'])}[/]" if case["held"] else ""


def _next(case: Mapping[str, Any]) -> str:
    if case["outcome"]:
        return "–"
    return _minute(case["next_at"]) or "a person decides"


def _minute(at: str | None) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}" if at else ""
