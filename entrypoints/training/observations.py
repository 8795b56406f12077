"""A data set of loans that ended well or badly: facts as whole numbers, and groups that are only for comparison."""

import csv
import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lending.protected import refuse_protected

LEAST_OF_EACH = 50
"""Bad and good rows without which nothing is learned or measured."""

_BAD = {"1", "true", "yes", "bad"}
_GOOD = {"0", "false", "no", "good"}

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class TrainingError(ValueError):
    """The data cannot be learned from; the text names column, row, value and what to do."""


@dataclass(frozen=True)
class Observations:
    """One entry a row everywhere. `facts` are whole numbers, NaN where unknown; `bad` is what is to be foreseen."""

    name: str
    sha256: str
    outcome: str
    facts: Mapping[str, Floats]
    bad: Truths
    groups: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.bad)

    def rows(self, chosen: NDArray[np.intp]) -> "Observations":
        """Only the chosen rows, in the order given."""
        facts = {fact: values[chosen] for fact, values in self.facts.items()}
        groups = {column: tuple(values[row] for row in chosen) for column, values in self.groups.items()}
        return Observations(self.name, self.sha256, self.outcome, facts, self.bad[chosen], groups)

    def known(self) -> Iterator[dict[str, int | None]]:
        """Each row as a scorecard reads it."""
        columns = [
            [None if math.isnan(value) else int(value) for value in values] for values in self.facts.values()
        ]
        for row in zip(*columns, strict=True):
            yield dict(zip(self.facts, row, strict=True))


@dataclass(frozen=True)
class Columns:
    """What the columns are for: every one that is not named here is a fact."""

    outcome: str
    groups: Sequence[str] = ()
    left_out: Sequence[str] = ()


def read_observations(path: Path, columns: Columns) -> Observations:
    """Reads a CSV. The outcome is bad (1, true, yes, bad) or good (0, false, no, good); decimals are rounded down.

    Raises TrainingError for a protected fact, text where a number is due, or too few rows to learn from.
    """
    content = path.read_bytes()
    try:
        rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    except UnicodeDecodeError:
        raise TrainingError(f"{path}: not UTF-8: save the file in UTF-8") from None
    header, *cells = [row for row in rows if row] or [[]]
    _check_columns(header, columns)
    for number, row in enumerate(cells, start=2):
        if len(row) != len(header):
            raise TrainingError(f"line {number}: has {len(row)} values, the header {len(header)}")
    by_column = dict(zip(header, zip(*cells, strict=True), strict=True)) if cells else {}
    used = {columns.outcome, *columns.groups, *columns.left_out}
    facts = {fact: _numbers(fact, by_column[fact]) for fact in header if fact not in used and by_column}
    bad = _outcomes(columns.outcome, by_column.get(columns.outcome, ()))
    groups = {column: tuple(by_column[column]) for column in columns.groups}
    digest = hashlib.sha256(content).hexdigest()
    return Observations(path.name, digest, columns.outcome, facts, bad, groups)


def _check_columns(header: Sequence[str], columns: Columns) -> None:
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise TrainingError(f"{twice[0]}: is the name of two columns; keep one")
    for name in (columns.outcome, *columns.groups, *columns.left_out):
        if name not in header:
            raise TrainingError(f"{name}: no such column; there are {', '.join(header) or 'none'}")
    facts = [name for name in header if name not in (columns.outcome, *columns.groups, *columns.left_out)]
    if not facts:
        raise TrainingError(
            f"{columns.outcome}: is the only column left; a scorecard needs at least one fact"
        )
    for fact in facts:
        try:
            refuse_protected(fact)
        except ValueError as error:
            raise TrainingError(f"{error} (--leave-out), or compare by it (--group)") from None


def _numbers(fact: str, cells: Sequence[str]) -> Floats:
    found = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        text = cell.strip()
        if text in ("", "NA", "nan", "NaN"):
            continue
        try:
            found[row] = math.floor(float(text))
        except (ValueError, OverflowError):
            raise TrainingError(
                f"{fact}: {text!r} in line {row + 2} is no number; make it one, or --leave-out {fact}"
            ) from None
    if np.isnan(found).all():
        raise TrainingError(f"{fact}: is empty in every row; --leave-out {fact}")
    return found


def _outcomes(column: str, cells: Sequence[str]) -> Truths:
    found = np.zeros(len(cells), dtype=np.bool_)
    for row, cell in enumerate(cells):
        said = cell.strip().lower()
        if said not in _BAD | _GOOD:
            allowed = "1, true, yes or bad; or 0, false, no or good"
            raise TrainingError(f"{column}: {cell!r} in line {row + 2} is no outcome; write {allowed}")
        found[row] = said in _BAD
    for word, count in (("bad", int(found.sum())), ("good", int((~found).sum()))):
        if count < LEAST_OF_EACH:
            raise TrainingError(
                f"{column}: {count} {word} rows, at least {LEAST_OF_EACH} are needed to learn from"
            )
    return found
