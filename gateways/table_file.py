"""A file of rows from a loan system: CSV, the same between pipes, or Parquet. Read row by row, in little memory."""

import io
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from contracts.loan import Slug
from gateways.column_mapping import ColumnMapping
from gateways.csv_rows import CsvFault, CsvRow, csv_rows
from gateways.parquet_rows import MAGIC, ParquetFault, parquet_rows

Value = TypeVar("Value")


class TableError(ValueError):
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


@dataclass(frozen=True, slots=True)
class GoodRow(Generic[Value]):
    """What a row says, and the line it begins on."""

    line: int
    value: Value


class Columns(NamedTuple):
    """What a file must have (of several names in a group at least one), and what it may have beside it."""

    required: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...]

    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.optional).union(*self.required)


class TableRow(NamedTuple):
    """One row: text by the file's own column names. `number` counts data rows from 1."""

    line: int
    number: int
    cells: Mapping[str, str]


def table_rows(
    source: Path | BinaryIO, columns: Columns, mapping: ColumnMapping | None
) -> Iterator[TableRow | BadRow]:
    """The rows that the mapping chooses, and the faults of those that are none.

    Raises TableError: before the first row when the file cannot be opened or its columns do not fit; later only where a
    Parquet file breaks off.
    """
    try:
        with _opened(source) as file, closing(_rows(file)) as rows:
            header = _header(next(rows, None), columns, mapping)
            for number, row in enumerate(rows, start=1):
                if isinstance(row, CsvFault):
                    yield BadRow(row.line, "", "", row.reason)
                    continue
                cells = dict(zip(header, row.cells, strict=True))
                if mapping is None or mapping.chooses(cells):
                    yield TableRow(row.line, number, cells)
    except OSError as error:
        raise TableError(f"cannot read {source}: {error.strerror or error}") from error
    except ParquetFault as error:
        raise TableError(shown(str(error), longest=1000)) from error


def checked_lender(lender: str) -> str:
    """The lender's short name. Raises TableError when it is none."""
    try:
        return TypeAdapter(Slug).validate_python(lender)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise TableError(f"lender {lender!r}: {reason}") from error


def shown(text: str, longest: int = 200) -> str:
    """Text that is safe on a terminal and in a file: bytes that were not UTF-8 and controls as escapes."""
    cut = text if len(text) <= longest else text[:longest] + "..."
    return "".join(char if char.isprintable() else _escaped(char) for char in cut)


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[Any]:
    """A buffered reader, into whose first bytes one may look."""
    raw: Any = source.open("rb") if isinstance(source, Path) else source
    file = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)
    try:
        yield file
    finally:
        if isinstance(source, Path):
            file.close()
        elif file is not source:
            file.detach()


def _rows(file: Any) -> Generator[CsvRow | CsvFault, None, None]:
    """By what the file is, not by how it is called: Parquet by its first bytes, pipes by its first line."""
    head = file.peek(1)
    if head.startswith(MAGIC):
        yield from parquet_rows(file)
        return
    names = head.splitlines()[0] if head else b""
    # Bytes that are not UTF-8 are kept apart as surrogates, so that they spoil their own row only.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from csv_rows(text, "|" if b"|" in names and b"," not in names else ",")
    finally:
        text.detach()


def _header(row: CsvRow | CsvFault | None, columns: Columns, mapping: ColumnMapping | None) -> list[str]:
    """The column names. Raises TableError when they are not what the rows, or their mapping, need."""
    if row is None:
        raise TableError("the file is empty: its first line names the columns")
    if isinstance(row, CsvFault):
        raise TableError(f"line {row.line}: {row.reason}")
    header = [name.strip() for name in row.cells]
    found = f"found {_listed(header)}"
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for name in header for char in name):
        raise TableError(f"not a UTF-8 text file: save it as UTF-8 CSV; {found}")
    made = found if mapping is None else f"the mapping makes {_listed(mapping.columns)}"
    check_columns(header if mapping is None else list(mapping.columns), columns, f"{made} (between commas)")
    used = set(header) if mapping is None else mapping.sources()
    if missing := used.difference(header):
        raise TableError(f"the mapping reads columns that are missing: {_listed(sorted(missing))}; {found}")
    if twice := [name for name, count in Counter(header).items() if count > 1 and name in used]:
        raise TableError(f"columns named twice: {_listed(twice)}; {found}")
    return header


def check_columns(names: Iterable[str], columns: Columns, found: str) -> None:
    """Raises TableError where a required column is missing, or one is not known; `found` says what is there."""
    names = set(names)
    if lacking := [" or ".join(group) for group in columns.required if not set(group) & names]:
        raise TableError(f"required columns are missing: {_listed(lacking)}; {found}")
    # An unknown column may be a known one misspelt: passing over it would lose, say, every phone number.
    if unknown := sorted(names - columns.names()):
        raise TableError(
            f"unknown columns: {_listed(unknown)}; known are {_listed(sorted(columns.names()))}: "
            "take them out, or read the file through a mapping"
        )


def _listed(names: Iterable[str]) -> str:
    return shown(", ".join(names), longest=1000)


def _escaped(char: str) -> str:
    return f"\\x{ord(char) - 0xDC00:02x}" if "\udc80" <= char <= "\udcff" else ascii(char)[1:-1]
