"""Readers of foreign bytes under atheris: whatever comes, it is read or refused by the reader's one error.

`python tests/fuzz/foreign_bytes.py bank_statement -max_total_time=60`; the rest is libFuzzer's.
"""

import csv
import io
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import atheris
import pyarrow
from pyarrow import parquet

sys.path += [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "gateways")]

with atheris.instrument_imports(include=["gateways", "lending", "contracts", "xml", "defusedxml"]):
    from gateways.bank_statement import StatementError, bookings_of
    from gateways.cloud_event import CloudEventError, read_cloud_events
    from gateways.placement_file import read_placement
    from gateways.places_file import load_places
    from gateways.table_file import TableError
    from gateways.transactions_file import read_transactions

from bank_statement_made import VERSIONS, Entry, Transaction, statement

SEED_EVENT = (
    b'{"specversion": "1.0", "id": "1", "source": "/core", "type": "loan.payment.posted", "data": {"loan_id": "A-1", '
    b'"reference": "T", "amount_minor": 5, "currency": "CNY", "received_at": "2026-11-02T09:30:00Z"}}'
)
SEED_LOANS = (
    b"loan_id,borrower_id,name,balance,currency,overdue_since,language,country,policy,phones,time_zone\n"
    b"A-1,B-1,Li,12.50,CNY,2026-10-01,en,CN,platform-a,+8612000000001;+12125550100,Asia/Shanghai\n"
)
SEED_MONEY = (
    b"loan_id,reference,kind,amount,currency,at,time_zone,payment\n"
    b"A-1,T-1,payment,5.00,CNY,2026-11-02,Asia/Shanghai,\nA-1,T-2,reversal,,,2026-11-03T00:00:00Z,,T-1\n"
)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
PLACES = load_places(Path(__file__).parents[2] / "policies" / "places.yaml")


def bank_statement(document: bytes) -> None:
    """camt.054 and camt.053."""
    with suppress(StatementError):
        assert all(booking.amount_minor > 0 for booking in bookings_of(io.BytesIO(document)))


def cloud_event(body: bytes) -> None:
    """A webhook's body."""
    with suppress(CloudEventError):
        assert read_cloud_events(body, "harbour", "core")


def placement(content: bytes) -> None:
    """A file of overdue loans, of any kind."""
    with suppress(TableError):
        assert all(row.line > 1 for row in read_placement(
            io.BytesIO(content), lender="harbour", policies={"platform-a"}, places=PLACES, today=date(2026, 11, 2)))  # fmt: skip


def transactions(content: bytes) -> None:
    """A file of payments and reversals, of any kind."""
    with suppress(TableError):
        assert all(row.line > 1 for row in read_transactions(io.BytesIO(content), lender="harbour", now=NOW))


def as_parquet(content: bytes) -> bytes:
    """The same as a CSV of text."""
    names, *rows = csv.reader(io.StringIO(content.decode()))
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(dict(zip(names, zip(*rows, strict=True), strict=True))), file)
    return file.getvalue()


SEEDS: dict[Callable[[bytes], None], list[bytes]] = {
    bank_statement: [
        statement(Entry((Transaction(), Transaction(returned="AC04"))), Entry(()), version=version)
        for version in VERSIONS[::5]
    ],
    cloud_event: [SEED_EVENT, b"[" + SEED_EVENT + b"]"],
    placement: [SEED_LOANS, SEED_LOANS.replace(b",", b"|"), as_parquet(SEED_LOANS)],
    transactions: [SEED_MONEY, SEED_MONEY.replace(b",", b"|"), as_parquet(SEED_MONEY)],
}


if __name__ == "__main__":
    wanted = sys.argv.pop(1)
    reader = next(reader for reader in SEEDS if reader.__name__ == wanted)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[reader]):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], reader)
        atheris.Fuzz()
