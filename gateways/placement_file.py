"""Reads a placement file: a CSV of overdue loans that a lender places with Leeway. Columns: docs/connecting.md."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from compliance.places import Places
from contracts.loan import OverdueLoan, Slug
from gateways.column_mapping import ColumnMapping
from gateways.csv_rows import CsvFault, CsvRow, csv_rows
from gateways.placement_row import MistakeError, PlacementRow, Terms, read_loan

REQUIRED_COLUMNS = (
    ("loan_id",),
    ("borrower_id",),
    ("name",),
    ("balance", "balance_minor"),
    ("currency",),
    ("overdue_since", "days_past_due"),
    ("language",),
    ("country",),
    ("policy",),
)
"""What a placement must have; of a pair, at least one."""

OPTIONAL_COLUMNS = (
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
)

COLUMNS = frozenset(OPTIONAL_COLUMNS).union(*REQUIRED_COLUMNS)


class PlacementError(ValueError):
    """The file as a whole cannot be read: the message says what is missing or wrong, and what was found."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One mistake in one row. `line` is the physical line the row begins on; `column` is empty for the whole row.

    `value` is for people to read: cut to 200 characters, with what cannot be printed escaped.
    """

    line: int
    column: str
    value: str
    reason: str


def read_placement(
    source: Path | BinaryIO,
    *,
    lender: str,
    policies: Collection[str],
    places: Places,
    today: date,
    mapping: ColumnMapping | None = None,
) -> Iterator[OverdueLoan | BadRow]:
    """The loans in a UTF-8 CSV file, row by row; of a row that cannot be taken, every mistake.

    `today` is the lender's date, from which `days_past_due` counts back. Memory grows only with the loan ids seen.
    Raises PlacementError, before the first row, when the file cannot be opened or its columns do not fit.
    """
    try:
        terms = Terms(TypeAdapter(Slug).validate_python(lender), policies, places, today)
    except ValidationError as error:
        raise PlacementError(
            f"lender {lender!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
        ) from error
    try:
        binary = source.open("rb") if isinstance(source, Path) else source
        # Bytes that are not UTF-8 are kept apart as surrogates, so that they spoil their own row only.
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")
        try:
            yield from _loans(csv_rows(text), terms, mapping)
        finally:
            text.detach()
            if isinstance(source, Path):
                binary.close()
    except OSError as error:
        raise PlacementError(f"cannot read {source}: {error.strerror or error}") from error


def write_rejects(path: Path, bad_rows: Iterable[BadRow]) -> int:
    """Writes the mistakes as CSV (line, column, value, reason) and answers how many. It holds personal data."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "column", "value", "reason"))
        for bad in bad_rows:
            writer.writerow((bad.line, bad.column, bad.value, bad.reason))
            count += 1
    return count


def _loans(
    rows: Iterator[CsvRow | CsvFault], terms: Terms, mapping: ColumnMapping | None
) -> Iterator[OverdueLoan | BadRow]:
    header = _header(next(rows, None), mapping)
    line_of_loan: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        if isinstance(row, CsvFault):
            yield BadRow(row.line, "", "", row.reason)
            continue
        cells = dict(zip(header, row.cells, strict=True))
        if mapping is not None and not mapping.chooses(cells):
            continue
        outcome = read_loan(PlacementRow(number, cells, mapping), terms)
        if isinstance(outcome, list):
            yield from (_bad_row(row.line, mistake) for mistake in outcome)
        elif (first := line_of_loan.setdefault(outcome.loan_id, row.line)) != row.line:
            yield BadRow(row.line, "loan_id", outcome.loan_id, f"the same loan is in line {first}")
        else:
            yield outcome


def _header(row: CsvRow | CsvFault | None, mapping: ColumnMapping | None) -> list[str]:
    """The column names. Raises PlacementError when they are not what the placement, or its mapping, needs."""
    if row is None:
        raise PlacementError("the file is empty: its first line names the columns")
    if isinstance(row, CsvFault):
        raise PlacementError(f"line {row.line}: {row.reason}")
    header = [name.strip() for name in row.cells]
    found = f"found {_listed(header)}"
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for name in header for char in name):
        raise PlacementError(f"not a UTF-8 text file: save it as UTF-8 CSV; {found}")
    _check_columns(header if mapping is None else list(mapping.columns), mapping, found)
    used = set(header) if mapping is None else mapping.sources()
    if missing := used.difference(header):
        raise PlacementError(
            f"the mapping reads columns that are missing: {_listed(sorted(missing))}; {found}"
        )
    if twice := [name for name, count in Counter(header).items() if count > 1 and name in used]:
        raise PlacementError(f"columns named twice: {_listed(twice)}; {found}")
    return header


def _check_columns(columns: list[str], mapping: ColumnMapping | None, found: str) -> None:
    made = found if mapping is None else f"the mapping makes {_listed(columns)}"
    if lacking := [" or ".join(names) for names in REQUIRED_COLUMNS if not set(names) & set(columns)]:
        raise PlacementError(f"required columns are missing: {_listed(lacking)}; {made} (between commas)")
    # An unknown column may be a known one misspelt: passing over it would lose, say, every phone number.
    if unknown := sorted(set(columns) - COLUMNS):
        raise PlacementError(
            f"unknown columns: {_listed(unknown)}; known are {_listed(sorted(COLUMNS))}: "
            "take them out, or read the file through a mapping"
        )


def _listed(names: Iterable[str]) -> str:
    return _shown(", ".join(names), longest=1000)


def _bad_row(line: int, mistake: MistakeError) -> BadRow:
    return BadRow(line, mistake.column, _shown(mistake.value), str(mistake))


def _shown(text: str, longest: int = 200) -> str:
    """Text that is safe on a terminal and in a file: bytes that were not UTF-8 and controls as escapes."""
    cut = text if len(text) <= longest else text[:longest] + "..."
    return "".join(char if char.isprintable() else _escaped(char) for char in cut)


def _escaped(char: str) -> str:
    return f"\\x{ord(char) - 0xDC00:02x}" if "\udc80" <= char <= "\udcff" else ascii(char)[1:-1]
