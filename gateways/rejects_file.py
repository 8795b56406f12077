"""What of a file could not be taken in, written for whoever mends it."""

import csv
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from gateways.table_file import BadRow, shown
from gateways.table_row import MistakeError

HEADER = ("row", "field", "value", "rule", "what to do")
_OTHERWISE = "correct it, and import the file again"


def bad_row(line: int, mistake: MistakeError) -> BadRow:
    """A mistake with its line, and its value as people may see it."""
    return BadRow(line, mistake.column, shown(mistake.value), str(mistake))


class RejectsFile:
    """Mistakes as CSV, one a line, as they are found. The file is made with the first; it holds personal data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._last_line = 0
        self._file: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def write(self, bad: BadRow) -> None:
        """One mistake more; several of one row are one reject."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(HEADER)
        self.rows += bad.line != self._last_line
        self._last_line = bad.line
        rule, _, what_to_do = bad.reason.partition(": ")
        self._writer.writerow((bad.line, bad.column, bad.value, rule, what_to_do or _OTHERWISE))
