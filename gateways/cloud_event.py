"""A CloudEvents 1.0 envelope in JSON (structured mode), read as what a loan system said.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from contracts.loan_event import LOAN_EVENTS, LoanEvent, Unread

TYPES = MappingProxyType(
    {
        "loan.overdue": "loan_overdue",
        "loan.payment.posted": "payment_posted",
        "loan.payment.reversed": "payment_reversed",
        "loan.balance.stated": "balance_stated",
        "loan.closed": "loan_closed",
    }
)
_REQUIRED = ("specversion", "id", "source", "type")
_AS_OF_ITS_TIME = ("loan_overdue", "balance_stated")
_SHOWN_AT_MOST = 120
_ID_AT_MOST = 200


class CloudEventError(ValueError):
    """The envelope or its data cannot be read: the field, the rule, what to do."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def read_cloud_events(body: bytes, lender: str, source: str) -> list[LoanEvent | Unread]:
    """One envelope, or an array of them (batch). Raises CloudEventError, and then none of them counts."""
    try:
        told = from_json(body, allow_inf_nan=False)
        text = json.dumps(told, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise CloudEventError("body", f"is no JSON: {str(error)[:_SHOWN_AT_MOST]}") from None
    if "\\u0000" in text:
        raise CloudEventError("body", "has a NUL character (\\u0000); leave it out")
    if not isinstance(told, list):
        return [read_cloud_event(told, lender, source)]
    if not told:
        raise CloudEventError("body", "an empty array; send at least one event")
    return [_of_batch(place, one, lender, source) for place, one in enumerate(told)]


def _of_batch(place: int, told: object, lender: str, source: str) -> LoanEvent | Unread:
    try:
        return read_cloud_event(told, lender, source)
    except CloudEventError as error:
        raise CloudEventError(f"{place}.{error.field}", error.reason) from None


def read_cloud_event(told: object, lender: str, source: str) -> LoanEvent | Unread:
    """One envelope, from `source` and for the book of `lender`. Unread where its type is none of ours.

    Raises CloudEventError.
    """
    if not isinstance(told, dict):
        raise CloudEventError("body", "one JSON object is expected, or an array of them")
    for name in _REQUIRED:
        if not isinstance(told.get(name), str) or not told[name]:
            raise CloudEventError(name, "must be given as text: CloudEvents 1.0 requires it")
    if told["specversion"] != "1.0":
        raise CloudEventError(
            "specversion", f"{told['specversion'][:_SHOWN_AT_MOST]!r} given; only 1.0 is read"
        )
    kind = TYPES.get(told["type"])
    event_id = _event_id(told["source"], told["id"])
    if kind is None:
        note = f"type {told['type'][:_SHOWN_AT_MOST]!r} is none of {', '.join(TYPES)}"
        return Unread(
            lender=lender, source=source, event_id=event_id, body=told, reason="unknown_type", note=note
        )
    return _event(kind, _fields(kind, told, lender), {"source": source, "event_id": event_id})


def _event_id(source: str, event_id: str) -> str:
    """CloudEvents are told apart by source and id together."""
    both = f"{source} {event_id}"
    if both.isascii() and both.isprintable() and len(both) <= _ID_AT_MOST and both == both.strip():
        return both
    return f"sha256:{hashlib.sha256(both.encode()).hexdigest()}"


def _fields(kind: str, told: Mapping[str, Any], lender: str) -> dict[str, Any]:
    data = told.get("data")
    if not isinstance(data, dict):
        raise CloudEventError("data", "one JSON object is expected")
    if data.get("lender", lender) != lender:
        raise CloudEventError(
            "data.lender", f"this is the book of {lender}; leave it out, or send it to its own"
        )
    at = {"as_of": told["time"]} if kind in _AS_OF_ITS_TIME and told.get("time") is not None else {}
    return at | data | {"lender": lender}


def _event(kind: str, fields: dict[str, Any], identity: dict[str, str]) -> LoanEvent:
    if kind == "loan_overdue":
        as_of = {"as_of": fields.pop("as_of")} if "as_of" in fields else {}
        fields = {"loan": fields, **as_of}
    for name in ("kind", "source", "event_id"):
        if name in fields:
            raise CloudEventError(f"data.{name}", "is no field of this event; leave it out")
    try:
        return LOAN_EVENTS.validate_json(json.dumps({"kind": kind, **identity, **fields}))
    except ValidationError as error:
        item = error.errors()[0]
        # First comes the kind, which is ours; a loan's own fields stand in `data` itself.
        path = [str(part) for part in item["loc"][1:] if part != "loan"]
        given = "" if item["type"] == "missing" else f"{str(item['input'])[:_SHOWN_AT_MOST]!r} given; "
        raise CloudEventError(".".join(("data", *path))[:_SHOWN_AT_MOST], given + item["msg"]) from None
