"""Readers of foreign bytes under atheris: whatever comes, it is read or refused by the reader's one error.

`python tests/fuzz/foreign_bytes.py bank_statement -max_total_time=60`; the rest is libFuzzer's.
"""

import io
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

sys.path += [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "gateways")]

with atheris.instrument_imports(include=["gateways", "lending", "contracts", "xml", "defusedxml"]):
    from gateways.bank_statement import StatementError, bookings_of
    from gateways.cloud_event import CloudEventError, read_cloud_events

from bank_statement_made import VERSIONS, Entry, Transaction, statement

SEED_EVENT = (
    b'{"specversion": "1.0", "id": "1", "source": "/core", "type": "loan.payment.posted", "data": {"loan_id": "A-1", '
    b'"reference": "T", "amount_minor": 5, "currency": "CNY", "received_at": "2026-11-02T09:30:00Z"}}'
)


def bank_statement(document: bytes) -> None:
    """camt.054 and camt.053."""
    with suppress(StatementError):
        assert all(booking.amount_minor > 0 for booking in bookings_of(io.BytesIO(document)))


def cloud_event(body: bytes) -> None:
    """A webhook's body."""
    with suppress(CloudEventError):
        assert read_cloud_events(body, "harbour", "core")


SEEDS: dict[Callable[[bytes], None], list[bytes]] = {
    bank_statement: [
        statement(Entry((Transaction(), Transaction(returned="AC04"))), Entry(()), version=version)
        for version in VERSIONS[::5]
    ],
    cloud_event: [SEED_EVENT, b"[" + SEED_EVENT + b"]"],
}


if __name__ == "__main__":
    wanted = sys.argv.pop(1)
    reader = next(reader for reader in SEEDS if reader.__name__ == wanted)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[reader]):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], reader)
        atheris.Fuzz()
