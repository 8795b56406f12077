"""`leeway statement`: a bank's statements, and the bookings that a person matches."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from entrypoints import tables
from entrypoints.bank_statements import BankStatements
from entrypoints.command import AsJson, print_json, with_ledger
from ledger.reading import plain
from lending.money import format_minor

app = typer.Typer(no_args_is_help=True, help="Bank statements (ISO 20022 camt.054 and camt.053).")
Number = Annotated[int, typer.Argument(help="The booking's number, as `leeway statement list` gives it.")]
By = Annotated[str, typer.Option(help="Who says so.")]


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="An XML file; each booking of it counts once.")],
) -> None:
    """Payments and returned payments of a statement, told to their loans' cases; what names no loan waits for a person."""
    with file.open("rb") as opened:
        print(with_ledger(lambda ledger, known: BankStatements(ledger, known.lender).take_in(
            opened, datetime.now(UTC))))  # fmt: skip


@app.command("list")
def list_open(as_json: AsJson = False) -> None:
    """Bookings that wait for a person, with the loans they may be for."""
    rows = with_ledger(lambda ledger, known: BankStatements(ledger, known.lender).open())
    if as_json:
        print_json([plain(row) for row in rows])
        return
    table = tables.plain_table("No.", "Booked", "Amount", "From", "Text", "May be")
    for row in rows:
        amount = ("-" if row["is_reversal"] else "") + format_minor(row["amount_minor"], row["currency"])
        may_be = "; ".join(f"{one['loan_id']} ({one['by']})" for one in row["candidates"]) or row["why"]
        text = row["structured_reference"] or row["text"]
        table.add_row(str(row["booking_no"]), f"{row['booked_at']:%Y-%m-%d}", amount, Text(row["debtor_name"]),
                      Text(text), Text(may_be))  # fmt: skip
    Console().print(table)


@app.command()
def match(number: Number, loan: Annotated[str, typer.Argument(help="The loan's id.")], by: By) -> None:
    """The booking is for this loan."""
    with_ledger(lambda ledger, known: BankStatements(ledger, known.lender).match(
        number, loan, by, datetime.now(UTC)))  # fmt: skip
    print(f"{number}: told to {loan}")


@app.command("set-aside")
def set_aside(
    number: Number, by: By, why: Annotated[str, typer.Option(help="Why it belongs to no loan.")]
) -> None:
    """The booking is for no loan of the book."""
    with_ledger(lambda ledger, known: BankStatements(ledger, known.lender).set_aside(
        number, by, why, datetime.now(UTC)))  # fmt: skip
    print(f"{number}: set aside")
