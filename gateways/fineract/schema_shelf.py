"""The Avro schemas of external events, found by fingerprint: a message says with which one it was written."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastavro import parse_schema
from fastavro.schema import SchemaParseException, fingerprint, to_parsing_canonical_form

from gateways.fineract.refusal import FineractRefused

SCHEMAS = Path(__file__).parent / "schemas"

_SPACE = "org.apache.fineract.avro."
MESSAGE = f"{_SPACE}MessageV1"
BULK = f"{_SPACE}BulkMessagePayloadV1"
ACCOUNT = f"{_SPACE}loan.v1.LoanAccountDataV1"
TRANSACTION = f"{_SPACE}loan.v1.LoanTransactionDataV1"
ADJUSTMENT = f"{_SPACE}loan.v1.LoanTransactionAdjustmentDataV1"
RANGE = f"{_SPACE}loan.v1.LoanAccountDelinquencyRangeDataV1"
DUE = f"{_SPACE}loan.v1.LoanRepaymentDueDataV1"

_ID: dict[str, Any] = {"name": "id", "type": ["null", "long"]}
_LOAN: dict[str, Any] = {"name": "loanId", "type": ["null", "long"]}


def _head(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "Head", "fields": list(fields)}


HEADS: dict[str, dict[str, Any]] = {
    ACCOUNT: _head(_ID),
    TRANSACTION: _head(_ID, _LOAN),
    ADJUSTMENT: _head({"name": "transactionToAdjust", "type": ["null", _head(_ID, _LOAN) | {"name": "Adjusted"}]}),
    RANGE: _head({"name": "loanId", "type": "long"}),
    DUE: _head({"name": "loanId", "type": ["long"]}),
}  # fmt: skip
"""Each payload as far as the loan's id: in every version so far its first fields, so that one written with a schema
nobody has can still say which loan to look at."""


class SchemaShelf(NamedTuple):
    """Parsed schemas: `by_mark` under full name and fingerprint (8 bytes, as a message carries it)."""

    by_mark: dict[tuple[str, bytes], Any]
    marks: dict[str, bytes]
    """The fingerprint that came last, by full name: what the stand-in writes with."""


@cache
def schema_shelf(*folders: Path) -> SchemaShelf:
    """The schemas of Leeway's own folder and of `folders`, each folder whole in itself. Raises FineractRefused."""
    by_mark: dict[tuple[str, bytes], Any] = {}
    marks: dict[str, bytes] = {}
    for folder in (SCHEMAS, *folders):
        for name, schema in _read(folder).items():
            mark = bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
            by_mark[name, mark] = parse_schema(schema)
            marks[name] = mark
    return SchemaShelf(by_mark, marks)


def _read(folder: Path) -> dict[str, Any]:
    """Every record of the folder, with what it refers to written out. `"bigdecimal"` is Fineract's own short word."""
    files = sorted(folder.glob("**/*.avsc"))
    if not files:
        raise FineractRefused(f"{folder}: no .avsc files there; name the folder that has Fineract's schemas")
    raw: dict[str, Any] = {}
    for file in files:
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            raw[f"{record['namespace']}.{record['name']}"] = record
        except (ValueError, LookupError, TypeError):
            raise FineractRefused(f"{file}: not an Avro record with a namespace and a name") from None
    try:
        return {name: _written_out(raw[name], raw, set()) for name in raw}
    except (SchemaParseException, LookupError, TypeError, RecursionError) as error:
        raise FineractRefused(f"{folder}: {error}: a schema refers to what is not there") from None


def _written_out(node: Any, raw: dict[str, Any], seen: set[str]) -> Any:
    """The schema with every named record written out where it first stands, as fingerprints are taken; decimals stay
    bytes: the library would round those with too many digits."""
    if isinstance(node, str):
        if node == "bigdecimal":
            return "bytes"
        return node if node not in raw or node in seen else _written_out(raw[node], raw, seen)
    if isinstance(node, list):
        return [_written_out(one, raw, seen) for one in node]
    if node.get("type") == "record":
        seen.add(f"{node['namespace']}.{node['name']}")
        fields = [
            {"name": field["name"], "type": _written_out(field["type"], raw, seen)}
            for field in node["fields"]
        ]
        return {"type": "record", "namespace": node["namespace"], "name": node["name"], "fields": fields}
    if node.get("logicalType") == "decimal":
        return "bytes"
    inner = _inner(node)
    return node | {inner: _written_out(node[inner], raw, seen)} if inner else node


def _inner(node: dict[str, Any]) -> str | None:
    names: Iterable[str] = ("items", "values")
    return next((name for name in names if name in node), None)
