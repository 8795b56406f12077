"""Reads a transactions file: payments, and payments that did not stand. Columns: docs/connecting/files.md."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.loan_event import PaymentPosted, PaymentReversed
from gateways.column_mapping import ColumnMapping
from gateways.first_lines import FirstLines
from gateways.rejects_file import bad_row
from gateways.table_file import BadRow, Columns, GoodRow, checked_lender, table_rows
from gateways.table_row import CanonicalRow, MistakeError, read_row

SOURCE = "file"

COLUMNS = Columns(
    required=(("loan_id",), ("reference",), ("at",)),
    optional=("kind", "amount", "amount_minor", "currency", "payment", "reason", "time_zone"),
)

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KINDS = ("payment", "reversal")

Moved = PaymentPosted | PaymentReversed


@dataclass(frozen=True, slots=True)
class _Terms:
    """`now` ends a day that has not ended yet."""

    lender: str
    now: datetime


def read_transactions(
    source: Path | BinaryIO, *, lender: str, now: datetime, mapping: ColumnMapping | None = None
) -> Iterator[GoodRow[Moved] | BadRow]:
    """The payments and reversals in the file, row by row; of a row that cannot be taken, every mistake.

    A day without a time ends where `time_zone` is: for the borrower, money that came on the day of a promise was in time.
    Raises TableError: see `table_rows`.
    """
    terms = _Terms(checked_lender(lender), now)
    lines = FirstLines()
    for row in table_rows(source, COLUMNS, mapping):
        if isinstance(row, BadRow):
            yield row
            continue
        outcome = _read(CanonicalRow(row.number, row.cells, mapping), terms)
        if isinstance(outcome, list):
            yield from (bad_row(row.line, mistake) for mistake in outcome)
        elif (first := lines.first(outcome.event_id, row.line)) != row.line:
            reason = (
                f"the same transaction is in line {first}: leave one out, or give it a reference of its own"
            )
            yield BadRow(row.line, "reference", _reference_of(outcome), reason)
        else:
            yield GoodRow(row.line, outcome)


def _reference_of(moved: Moved) -> str:
    return moved.reference if isinstance(moved, PaymentPosted) else moved.payment


def _read(row: CanonicalRow, terms: _Terms) -> Moved | list[MistakeError]:
    try:
        kind = row.get("kind") or _KINDS[0]
        if kind not in _KINDS:
            raise MistakeError("kind", kind, "neither a payment nor a reversal: write payment or reversal")
    except MistakeError as mistake:
        return [mistake]
    if kind == "payment":
        return read_row(row, terms, PaymentPosted, _PAYMENT, _COLUMNS)
    return read_row(row, terms, PaymentReversed, _REVERSAL, _COLUMNS)


def _event_id(row: CanonicalRow, _: _Terms) -> str:
    """A transaction is known by its loan and its reference, for ever; by a hash where they are not plain."""
    told = f"{row.get('kind') or _KINDS[0]}/{row.need('loan_id')}/{row.need('reference')}"
    if re.fullmatch("[!-~][ -~]*[!-~]", told) and len(told) <= 200:
        return told
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"


def _amount_minor(row: CanonicalRow, _: _Terms) -> int:
    minor = row.sum_minor("amount")
    if not minor:
        column = "amount" if row.get("amount") else "amount_minor"
        raise MistakeError(column, row.need(column), "no money moved: leave the row out")
    return minor


def _at(row: CanonicalRow, terms: _Terms) -> datetime:
    text = row.need("at")
    try:
        if _DAY.fullmatch(text):
            return _end_of(date.fromisoformat(text), row, terms)
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except MistakeError:
        raise
    except (ValueError, OverflowError):
        pass
    raise MistakeError(
        "at",
        text,
        "not an instant: write one with its offset, as 2026-11-03T09:30:00+08:00, or a day as YYYY-MM-DD",
    )


def _end_of(day: date, row: CanonicalRow, terms: _Terms) -> datetime:
    name = row.get("time_zone")
    if name is None:
        raise MistakeError("time_zone", "", "a day needs its time_zone: write an IANA name, as Asia/Shanghai")
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MistakeError("time_zone", name, "no time zone: write an IANA name, as Asia/Shanghai") from None
    begins = datetime.combine(day, time(), zone)
    if begins > terms.now:
        raise MistakeError("at", str(day), "still to come: leave it out until the money has moved")
    ends = datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(seconds=1)
    return min(ends.astimezone(UTC), terms.now)


_Fields = Mapping[str, Callable[[CanonicalRow, _Terms], object]]

_SHARED: _Fields = {
    "source": lambda _, __: SOURCE,
    "lender": lambda _, terms: terms.lender,
    "loan_id": lambda row, _: row.need("loan_id"),
    "event_id": _event_id,
}
_PAYMENT: _Fields = {
    **_SHARED,
    "reference": lambda row, _: row.need("reference"),
    "currency": lambda row, _: row.need("currency"),
    "amount_minor": _amount_minor,
    "received_at": _at,
}
_REVERSAL: _Fields = {
    **_SHARED,
    "payment": lambda row, _: row.need("payment"),
    "reason": lambda row, _: row.get("reason") or "",
    "reversed_at": _at,
}
"""Field of the event -> how its text is read. What the value must be is the contract's rule, not ours."""

_COLUMNS = {"received_at": "at", "reversed_at": "at", "event_id": "reference"}
