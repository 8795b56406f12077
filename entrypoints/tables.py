"""Tables for the terminal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lending.money import format_minor

_PARTS = {
    "contacts": ("step", "channel", "status", "delivery", "settled_at", "moved_by"),
    "payments": ("reference", "amount_minor", "received_at", "is_reversed"),
    "tasks": ("task_id", "kind", "due_at", "done_at", "withdrawn_at", "note"),
    "complaints": ("reference", "about", "channel", "due_on", "answered_on", "result"),
    "remarks": ("written_at", "author", "text"),
}
_NUMBERS = ("Made", "Moved", "Owed", "amount_minor")
_STYLE = {"cured": "green", "settled": "green", "withdrawn": "dim", "referred": "red", "written_off": "red"}


def demo_table(cases: Iterable[Mapping[str, Any]]) -> Table:
    """One row a case: policy, stage reached or how it ended, contacts made and moved, and what comes next."""
    table = plain_table("Loan", "Policy", "Stage reached", "Made", "Moved", "Next permitted")
    table.caption, table.caption_justify = "Instants in UTC.", "left"
    for case in cases:
        made, moved = str(case["contacts_made"]), str(sum(case["instants_moved"].values()))
        table.add_row(case["loan_id"], case["policy"], _standing(case), made, moved, _next(case))
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
    table = plain_table("Loan", "Policy", "Stage", "Owed", "Next (UTC)")
    for case in cases:
        owed = format_minor(max(0, case["balance_minor"]), case["currency"])
        table.add_row(case["loan_id"], case["policy"], _standing(case), owed, _next(case))
    return table


def stalled_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """How many cases go nowhere, by reason."""
    table = plain_table("Reason", "Cases", "Unreached since (UTC)")
    for row in rows:
        table.add_row(row["why"], str(row["cases"]), _minute(row["since"]))
    return table


def history_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """What is recorded of one borrower, and what the CRM noted."""
    table = plain_table("At (UTC)", "Case", "What")
    for row in rows:
        table.add_row(_minute(row["at"]), row["case_id"], Text(f"{row['kind']}: {row['what']}"))
    return table


def parked_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Receipts that match no contact."""
    table = plain_table("Taken in (UTC)", "Status", "Code", "Reference")
    for row in rows:
        table.add_row(
            f"{row['taken_in_at']:%Y-%m-%d %H:%M}", row["status"], row["code"], Text(row["reference"])
        )
    return table


def explanation_table(lines: Iterable[Mapping[str, Any]]) -> Table:
    """Every decision: when and what, why, then its rule and citation, facts and the next time."""
    table = Table.grid(padding=(0, 2, 0, 0))
    citations: dict[str, str] = {}
    for line in lines:
        facts = dict(line["facts"])
        judged_by = facts.pop("judged_by", ())
        moved_by = facts.pop("moved_by", "")
        citations |= {r["rule"]: r["citation"] for r in judged_by}
        if citation := facts.pop("citation", ""):
            citations[line["rule"] or moved_by] = citation
        small = " · ".join(filter(None, (
            line["rule"] and f"rule {_cited(line['rule'], citations)}",
            moved_by and f"moved by {_cited(moved_by, citations)}",
            ", ".join(f"{name} {value}" for name, value in facts.items()),
            judged_by and "judged by " + "; ".join(_cited(rule["rule"], citations) for rule in judged_by),
            line["next_at"] and f"next {_minute(line['next_at'])} UTC",
        )))  # fmt: skip
        why = Text.assemble(line["reason"], ("\n" + small, "dim")) if small else Text(line["reason"])
        table.add_row(_minute(line["at"]), Text(line["kind"], "bold"), why)
    return table


def _cited(rule: str, citations: Mapping[str, str]) -> str:
    """A rule with its citation; a house's rule is cited by its own name."""
    citation = citations.get(rule, "").removesuffix(f", {rule}")
    return f"{rule} ({citation})" if citation else rule


def print_case(console: Console, case: Mapping[str, Any]) -> None:
    """One case: its row, then what was done and what is to do, and what the CRM says of the borrower."""
    console.print(case_table([case]))
    for words in _for_people(case):
        console.print(Text(words))
    if case["owner"]:
        console.print(Text(f"Looked after by {case['owner']['name']}"))
    for title, columns in _PARTS.items():
        if case[title]:
            table = plain_table(*columns, title=title)
            for row in case[title]:
                table.add_row(*(Text(_cell(name, row[name])) for name in columns))
            console.print(table)


def _for_people(case: Mapping[str, Any]) -> Iterable[str]:
    """What is proposed, and the day after which no court can be asked."""
    if proposal := case["proposal"]:
        yield f"Proposed: {proposal['decision']}, by {proposal['by']}; another person must approve"
    if case["limitation_on"]:
        yield f"{'Time-barred since' if case['is_time_barred'] else 'Limitation ends on'} {case['limitation_on']}"


def complaint_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Complaints, those to be answered first on top."""
    shown = plain_table("Loan", "Complaint", "About", "Due", "Answered", "Result")
    for row in rows:
        late = f", {row['late_days']} days late" if row["late_days"] else ""
        about = f"{row['about']}, {row['channel']}" if row["channel"] else row["about"]
        words = (row["loan_id"], row["reference"], about, row["due_on"], row["answered_on"] or "open")
        shown.add_row(*map(Text, (*words, f"{row['result'] or ''}{late}")))
    return shown


def complaint_counts(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Complaints by programme."""
    names = {"cases": "Cases", "opened": "Opened", "open": "Open", "overdue": "Overdue", "in_time": "In time",
             "late": "Late", "upheld_percent": "Upheld%", "per_1000_cases": "/1,000"}  # fmt: skip
    shown = plain_table("Policy", *names.values())
    for column in shown.columns[1:]:
        column.justify = "right"
    for row in rows:
        shown.add_row(row["policy"], *("–" if row[name] is None else str(row[name]) for name in names))
    return shown


def _cell(name: str, value: object) -> str:
    return _minute(str(value)) if value and name.endswith("_at") else "" if value is None else str(value)


def plain_table(*columns: str, title: str | None = None) -> Table:
    """Narrow enough for 80 columns, where the values are."""
    table = Table(
        *columns,
        title=title,
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for column in table.columns:
        column.no_wrap = True
        column.justify = "right" if column.header in _NUMBERS else "left"
    return table


def _standing(case: Mapping[str, Any]) -> str:
    return _outcome(case) or str(case["stage"])


def _outcome(case: Mapping[str, Any]) -> str:
    if case["outcome"]:
        return f"[{_STYLE[case['outcome']]}]{case['outcome']}[/]"
    if case["stalled"]:
        return f"[yellow]stalled: {case['stalled']}[/]"
    if case["unreachable_since"]:
        return "[yellow]unreachable[/]"
    return f"[cyan]hold: {', '.join(case['held'])}[/]" if case["held"] else ""


def _next(case: Mapping[str, Any]) -> str:
    if case["outcome"]:
        return "–"
    return _minute(case["next_at"]) or ("looked at every week" if case["stalled"] else "a person decides")


def _minute(at: str | None) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}" if at else ""
