"""A CSV file as rows with their line numbers. A row that cannot be read costs that row and no other."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

MAX_ROW_CHARS = 1_048_576


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The cells of one row; `line` is the physical line it begins on, the first being 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class CsvFault:
    """A row that is not CSV, and why."""

    line: int
    reason: str


class _RowTooLong(Exception):
    """A row has more than MAX_ROW_CHARS; what is left of its line has been passed over."""


class _Lines(Iterator[str]):
    """The physical lines, in bounded memory, with a way back to the second line of the present row."""

    def __init__(self, file: TextIO) -> None:
        self.number = 0
        self._file = file
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self._room = MAX_ROW_CHARS

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._file.readline(self._room + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._room -= len(line)
        if self._room < 0:
            while line and not line.endswith(("\n", "\r")):
                line = self._file.readline(MAX_ROW_CHARS)
            raise _RowTooLong
        self._row.append(line)
        return line

    def begin_row(self) -> None:
        self._row.clear()
        self._room = MAX_ROW_CHARS

    def return_to_second_line(self) -> None:
        """A quote that is never closed swallows the rows after it: they are read again as rows of their own."""
        swallowed = self._row[1:]
        self._again.extendleft(reversed(swallowed))
        self.number -= len(swallowed)


def csv_rows(file: TextIO, delimiter: str = ",") -> Iterator[CsvRow | CsvFault]:
    """The rows of `file`, opened with newline="". The first row is the header; blank lines are passed over.

    Every row has as many cells as the first, or it comes out as a CsvFault.
    """
    lines = _Lines(file)
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    between = "a comma" if delimiter == "," else f"'{delimiter}'"
    width: int | None = None
    while True:
        lines.begin_row()
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _RowTooLong:
            yield CsvFault(line, f"the row is longer than {MAX_ROW_CHARS} characters")
            continue
        except csv.Error as error:
            lines.return_to_second_line()
            yield CsvFault(
                line,
                f"not CSV ({error}): a quoted field ends with '\"' and then {between} or line end",
            )
            continue
        if not cells:
            continue
        width = len(cells) if width is None else width
        if len(cells) == width:
            yield CsvRow(line, cells)
        else:
            lines.return_to_second_line()
            yield CsvFault(line, f"{len(cells)} fields where the header has {width}")
