"""`leeway complaint`: what was complained of, and how it was answered, case by case and by programme."""

from datetime import UTC, datetime

import typer
from rich.console import Console

from entrypoints import tables
from entrypoints.command import AsJson, print_json, with_ledger
from ledger.complaints import complaint_list, complaint_summary

app = typer.Typer(no_args_is_help=True, help="Complaints.")


@app.command("list")
def list_complaints(as_json: AsJson = False) -> None:
    """Every complaint, the one due first on top; answered ones last."""
    rows = with_ledger(lambda ledger, known: complaint_list(ledger, known.lender))
    print_json(rows) if as_json else Console().print(tables.complaint_table(rows))


@app.command()
def summary(as_json: AsJson = False) -> None:
    """By programme: opened, open, answered in time and late, upheld, and how many on a thousand cases."""
    today = datetime.now(UTC).date()
    rows = with_ledger(lambda ledger, known: complaint_summary(ledger, known.lender, today))
    print_json(rows) if as_json else Console().print(tables.complaint_counts(rows))
