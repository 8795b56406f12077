"""How far the import of a file has come, kept for good."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from ledger.store import Ledger

_REJECTED = "rejected"
"""Kept among the counts."""


@dataclass(frozen=True)
class FileKey:
    """What an import is known by: hashes of the file's bytes and of the mapping's, '' for none."""

    lender: str
    kind: str
    sha256: str
    mapping_sha256: str = ""


@dataclass(frozen=True)
class Begun:
    """Where an import begins: after `last_line`, with what came of the lines before, read as on `read_on`. None of those
    was rejected."""

    read_on: date
    last_line: int
    counts: Counter[str]


class FileImports:
    """Bound to a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def begin(self, key: FileKey, today: date, at: datetime) -> Begun:
        """Anew, or where one that did not end has come to. If that had rejects, at its first line: a row that was refused
        then, as still to come, may be good by now, and what was taken in has its effect once."""
        row = (await self._ledger.read("begin_import", **_columns(key), today=today, at=at))[0]
        counts: Counter[str] = Counter(row["counts"])
        if counts.pop(_REJECTED, 1):  # one that did not note them may have had some
            return Begun(row["read_on"], 0, Counter())
        return Begun(row["read_on"], row["last_line"], counts)

    async def move(
        self,
        key: FileKey,
        last_line: int,
        counts: Mapping[str, int],
        rejected: int,
        at: datetime,
        is_over: bool = False,
    ) -> None:
        """The effect of everything up to `last_line` is there; so many rows were rejected."""
        noted = Jsonb({**counts, _REJECTED: rejected})
        told = {"last_line": last_line, "counts": noted, "at": at, "is_over": is_over}
        await self._ledger.read("move_import", **_columns(key), **told)


def _columns(key: FileKey) -> dict[str, Any]:
    return {
        "lender": key.lender,
        "kind": key.kind,
        "sha256": key.sha256,
        "mapping_sha256": key.mapping_sha256,
    }
