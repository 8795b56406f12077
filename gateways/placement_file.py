"""Reads a placement file: the overdue loans that a lender places with Leeway. Columns: docs/connecting/files.md."""

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

from compliance.places import Places
from contracts.loan import OverdueLoan
from gateways.column_mapping import ColumnMapping
from gateways.first_lines import FirstLines
from gateways.placement_row import Terms, read_loan
from gateways.rejects_file import bad_row
from gateways.table_file import BadRow, Columns, GoodRow, checked_lender, table_rows
from gateways.table_row import CanonicalRow

COLUMNS = Columns(
    required=(
        ("loan_id",),
        ("borrower_id",),
        ("name",),
        ("balance", "balance_minor"),
        ("currency",),
        ("overdue_since", "days_past_due"),
        ("language",),
        ("country",),
        ("policy",),
    ),
    optional=(
        "email",
        "phones",
        "subdivision",
        "street",
        "city",
        "postal_code",
        "time_zone",
        "monthly_income",
        "monthly_outgoings",
        "earlier_delinquencies",
    ),
)


def read_placement(
    source: Path | BinaryIO,
    *,
    lender: str,
    policies: Collection[str],
    places: Places,
    today: date,
    mapping: ColumnMapping | None = None,
) -> Iterator[GoodRow[OverdueLoan] | BadRow]:
    """The loans in the file, row by row; of a row that cannot be taken, every mistake.

    `today` is the lender's date, from which `days_past_due` counts back. Memory grows by twelve bytes a loan. Raises
    TableError: see `table_rows`.
    """
    terms = Terms(checked_lender(lender), policies, places, today)
    lines = FirstLines()
    for row in table_rows(source, COLUMNS, mapping):
        if isinstance(row, BadRow):
            yield row
            continue
        outcome = read_loan(CanonicalRow(row.number, row.cells, mapping), terms)
        if isinstance(outcome, list):
            yield from (bad_row(row.line, mistake) for mistake in outcome)
        elif (first := lines.first(outcome.loan_id, row.line)) != row.line:
            yield BadRow(
                row.line, "loan_id", outcome.loan_id, f"the same loan is in line {first}: leave one out"
            )
        else:
            yield GoodRow(row.line, outcome)
