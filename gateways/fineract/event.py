"""Fineract's external events: MessageV1 in Avro's single-object encoding, one by one or framed in a file."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

from fastavro import schemaless_reader

from gateways.fineract.refusal import FineractRefused
from gateways.fineract.schema_shelf import BULK, HEADS, MESSAGE, SchemaShelf, schema_shelf

LONGEST_BYTES = 4 * 1024 * 1024
"""One message; Fineract's own brokers carry far smaller ones."""

MARK = b"\xc3\x01"
"""How Avro's single-object encoding begins."""
_HEADER_BYTES = 10
_FIRST, _LAST = date(1970, 1, 2), date(2200, 1, 1)


@dataclass(frozen=True)
class BookEvent:
    """One event. `record` is its payload, None where its schema is one nobody has; `loan_id` is read even then, where
    the payload is of a kind that Leeway knows."""

    key: str
    type: str
    tenant: str
    created_at: datetime
    business_date: date
    schema: str
    loan_id: int | None
    record: dict[str, Any] | None


def frames(stream: IO[bytes]) -> Iterator[bytes]:
    """The messages of a bridge file: each after its length in four bytes, highest first (as `kcat -f '%R%s'` writes).

    Raises FineractRefused where the file breaks off or a length cannot be.
    """
    place = 0
    while prefix := stream.read(4):
        length = int.from_bytes(prefix, "big", signed=True)
        if len(prefix) < 4 or not _HEADER_BYTES < length <= LONGEST_BYTES:
            raise FineractRefused(
                f"byte {place}: no length of a message; frames are four bytes of length, then it"
            )
        frame = stream.read(length)
        if len(frame) < length:
            raise FineractRefused(f"byte {place}: the file breaks off inside a message of {length} bytes")
        yield frame
        place += 4 + length


def decoded(frame: bytes, *schemas: Path) -> tuple[BookEvent, ...]:
    """The event in the frame; of a bulk message all of its events, in order. `schemas`: folders of further schemas.

    Raises FineractRefused, and nothing else, for what is no message or whose payload is broken.
    """
    shelf = schema_shelf(*schemas)
    if not _HEADER_BYTES < len(frame) <= LONGEST_BYTES:
        raise FineractRefused(f"message: {len(frame)} bytes, from 11 to {LONGEST_BYTES} are expected")
    if frame[:2] != MARK:
        raise FineractRefused("message: does not begin with C3 01, as Avro's single-object encoding does")
    envelope = _read(frame[_HEADER_BYTES:], shelf.by_mark[MESSAGE, shelf.marks[MESSAGE]], "message")
    event = _event(envelope, shelf)
    if event.schema != BULK:
        return (event,)
    items = enumerate(event.record["datas"]) if event.record else ()
    return tuple(_event(envelope | item | {"idempotencyKey": f"{event.key}/{n}"}, shelf) for n, item in items)


def _event(envelope: dict[str, Any], shelf: SchemaShelf) -> BookEvent:
    schema = envelope["dataschema"]
    loan_id, record = _payload(schema, envelope["data"], shelf)
    return BookEvent(
        key=_short(envelope, "idempotencyKey"),
        type=_short(envelope, "type"),
        tenant=_short(envelope, "tenantId"),
        created_at=_created_at(envelope["createdAt"]),
        business_date=day(envelope["businessDate"], "businessDate"),
        schema=schema,
        loan_id=loan_id if loan_id and 0 < loan_id < 2**63 else None,
        record=record,
    )


def _payload(schema: str, data: bytes, shelf: SchemaShelf) -> tuple[int | None, dict[str, Any] | None]:
    if data[:2] != MARK or len(data) < _HEADER_BYTES:
        raise FineractRefused("data: does not begin with C3 01, as Avro's single-object encoding does")
    known = shelf.by_mark.get((schema, data[2:_HEADER_BYTES]))
    record = _read(data[_HEADER_BYTES:], known, "data") if known else None
    head = record if record is not None else _head(schema, data)
    return _loan_id(schema, head), record


def _head(schema: str, data: bytes) -> dict[str, Any]:
    return _read(data[_HEADER_BYTES:], HEADS[schema], "data", is_head=True) if schema in HEADS else {}


def _loan_id(schema: str, head: dict[str, Any]) -> int | None:
    adjusted = head.get("transactionToAdjust")
    found = (adjusted or {}).get("loanId") if "transactionToAdjust" in head else head.get("loanId")
    return found if found is not None else head.get("id") if schema.endswith(".LoanAccountDataV1") else None


def _read(data: bytes, schema: Any, place: str, is_head: bool = False) -> dict[str, Any]:
    stream = io.BytesIO(data)
    try:
        record = schemaless_reader(stream, schema, None)
    except Exception as error:  # the library names many errors for bytes that are not what the schema says
        raise FineractRefused(f"{place}: not what its schema says ({type(error).__name__})") from None
    if not isinstance(record, dict) or (stream.tell() != len(data) and not is_head):
        raise FineractRefused(f"{place}: {len(data) - stream.tell()} bytes are left over after the record")
    return record


def _short(envelope: dict[str, Any], field: str) -> str:
    value: str = envelope[field]
    if not 0 < len(value) <= 150 or not value.isascii() or not value.isprintable() or value != value.strip():
        raise FineractRefused(
            f"{field}: 1 to 150 printable ASCII characters are expected, no space at either end"
        )
    return value


def _created_at(text: str) -> datetime:
    """Fineract writes UTC without a zone, and up to nine digits of a second."""
    whole, _, fraction = text.partition(".")
    try:
        at = datetime.fromisoformat(f"{whole}.{fraction[:6]}" if fraction else whole)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FineractRefused(f"createdAt: {text[:40]!r} is no instant such as 2026-11-02T09:30:00") from None
    if not _FIRST <= at.date() < _LAST:
        raise FineractRefused(f"createdAt: {text[:40]!r} lies outside the years 1970 to 2199")
    return at


def day(text: object, field: str) -> date:
    """A day as events write it, 2026-11-02. Raises FineractRefused, naming the field."""
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        raise FineractRefused(f"{field}: {str(text)[:40]!r} is no day such as 2026-11-02") from None
    if not _FIRST <= found < _LAST:
        raise FineractRefused(f"{field}: {found} lies outside the years 1970 to 2199")
    return found
