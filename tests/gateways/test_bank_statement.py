"""Rules of bank statements: only what was booked counts, every version is read, and no bytes do harm."""

import io
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))

from bank_statement_made import (
    VERSIONS,
    Entry,
    Transaction,
    counted,
    entries,
    statement,
    without_amounts,
)

from gateways.bank_statement import MOST_BYTES_OF_ONE, StatementError, bookings_of
from lending.bank_booking import Booking

DTD = b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def read(document: bytes) -> list[Booking]:
    return list(bookings_of(io.BytesIO(document)))


def mistake(document: bytes) -> str:
    with pytest.raises(StatementError) as refused:
        read(document)
    return str(refused.value)


class Endless:
    """A file that is made while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts

    def read(self, size: int = -1) -> bytes:
        return next(self._parts, b"")


class TestAStatement:
    @pytest.mark.parametrize("message", ["054", "053"])
    @pytest.mark.parametrize("version", VERSIONS)
    def test_of_every_version_is_read_alike(self, version: str, message: str) -> None:
        known = Entry((Transaction(mandate="M-1", text="loan  A-1001"),))

        [booking] = read(statement(known, version=version, message=message))  # type: ignore[arg-type]

        assert (booking.amount_minor, booking.currency, booking.debtor_name) == (12_345, "EUR", "Li Wei")
        assert (booking.structured_reference, booking.end_to_end_id, booking.mandate_id, booking.text) == (
            "A-1001", "E2E-1", "M-1", "loan A-1001"
        )  # fmt: skip
        assert booking.booked_at.isoformat() == "2026-11-02T12:00:00+00:00"
        assert not booking.is_reversal

    @given(st.lists(entries, max_size=4), st.sampled_from(VERSIONS), st.sampled_from(["054", "053"]))
    def test_tells_of_each_credit_that_was_booked_or_taken_back_and_of_nothing_else(
        self, made: list[Entry], version: str, message: str
    ) -> None:
        found = read(statement(*made, version=version, message=message))  # type: ignore[arg-type]

        assert [(one.amount_minor, one.is_reversal) for one in found] == [
            one for entry in made for one in counted(entry)
        ]
        if not any(entry.reference or one.tx_id for entry in made for one in entry.transactions):
            assert len({one.booking_id for one in found}) == len(found)

    @given(st.lists(entries, max_size=4))
    def test_told_again_tells_of_the_same_bookings(self, made: list[Entry]) -> None:
        assert read(statement(*made)) == read(statement(*made))

    def test_has_the_entrys_amount_for_its_only_transaction(self) -> None:
        [booking] = read(statement(without_amounts(Entry(amount_minor=700))))

        assert booking.amount_minor == 700

    def test_tells_two_transactions_of_an_entry_apart_that_look_the_same(self) -> None:
        first, second = read(statement(Entry((Transaction(), Transaction()))))

        assert first.booking_id != second.booking_id

    def test_knows_a_booking_of_the_bank_again_in_another_message(self) -> None:
        """A camt.054 during the day, and the camt.053 of its end."""
        [told], [again] = read(statement(Entry())), read(statement(Entry(), message="053", version="02"))

        assert told.booking_id == again.booking_id

    @pytest.mark.parametrize(
        ("amount", "amount_minor"), [("100.00", 100), ("100", 100), ("100.000", 100), ("0100.0", 100)]
    )
    def test_has_exact_minor_units(self, amount: str, amount_minor: int) -> None:
        document = statement(Entry(transactions=())).replace(
            b'Ccy="EUR">123.45<', f'Ccy="JPY">{amount}<'.encode()
        )

        assert read(document)[0].amount_minor == amount_minor

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            (b'Ccy="EUR">123.45<', b'Ccy="EUR">1,234.50<', "entry 1: Amt"),
            (b'Ccy="EUR">123.45<', b'Ccy="EUR">123.456<', "entry 1: Amt"),
            (b'Ccy="EUR">123.45<', b'Ccy="EUR">-1.00<', "entry 1: Amt"),
            (b'Ccy="EUR">123.45<', b'Ccy="EUR">0.00<', "entry 1: Amt"),
            (b'Ccy="EUR">123.45<', b'Ccy="EURO">1<', "entry 1: Amt"),
            (b'<Amt Ccy="EUR">123.45</Amt>', b"", "entry 1: Amt"),
            (b"CRDT", b"CREDIT", "entry 1: CdtDbtInd"),
            (b"2026-11-02", b"02.11.2026", "entry 1: BookgDt"),
            (b"2026-11-02", b"0001-01-01", "entry 1: BookgDt"),
            (b"2026-11-02", b"9999-12-31", "entry 1: BookgDt"),
            (b"<Ntfctn>", b"<Other>", "entry"),
            (b"</Ntry>", b"", "entry 1"),
            (b"UTF-8", b"UTF-99", "document: "),
        ],
    )
    def test_that_cannot_be_read_is_refused_with_its_place(self, old: bytes, new: bytes, says: str) -> None:
        document = statement(Entry(transactions=())).replace(old, new)

        assert says in mistake(document)

    def test_refuses_an_entry_whose_transactions_do_not_say_how_much_each(self) -> None:
        entry = without_amounts(Entry((Transaction(), Transaction())))

        assert "Amt: is missing" in mistake(statement(entry))
        mixed = Entry((Transaction(), Transaction(amount_minor=None)))
        assert "Amt: is missing" in mistake(statement(mixed))

    def test_of_another_kind_is_refused(self) -> None:
        assert "no camt.054" in mistake(b"<Document><CstmrDrctDbtInitn/></Document>")


class TestAHostileFile:
    @pytest.mark.parametrize(
        "before", [DTD, OUTSIDE, b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/d.dtd">', b"<!DOCTYPE d>"]
    )
    def test_with_a_document_type_or_entities_is_refused_and_nothing_is_fetched(self, before: bytes) -> None:
        document = statement(Entry()).replace(b"?><Document", b"?>" + before + b"<Document")

        assert "document type" in mistake(document)

    def test_without_an_end_is_refused_before_it_fills_the_memory(self) -> None:
        def parts() -> Iterator[bytes]:
            yield statement(Entry()).partition(b"</Ntry>")[0] + b"<AddtlNtryInf>"
            while True:
                yield b"x" * 65536

        with pytest.raises(StatementError, match=str(MOST_BYTES_OF_ONE)):
            list(bookings_of(Endless(parts())))  # type: ignore[arg-type]

    def test_nested_without_an_end_is_refused(self) -> None:
        assert "within each other" in mistake(b"<a>" * 100_000)

    def test_of_any_length_is_read_in_bounded_memory(self) -> None:
        head, entry, tail = statement(Entry()).partition(Entry().xml("08").encode())

        def parts() -> Iterator[bytes]:
            yield head
            for _ in range(4_000):
                yield entry
            yield tail

        tracemalloc.start()
        count = sum(1 for _ in bookings_of(Endless(parts())))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert count == 4_000
        assert peak < 1024 * 1024  # the file has 3 MB

    @settings(max_examples=300)
    @given(st.data())
    def test_with_any_bytes_changed_is_read_or_refused_and_nothing_else(self, data: st.DataObject) -> None:
        document = bytearray(statement(Entry((Transaction(), Transaction(returned="AC04"))), version="02"))
        for _ in range(data.draw(st.integers(1, 4))):
            start = data.draw(st.integers(0, len(document)))
            end = start + data.draw(st.sampled_from([0, 1, 1, 5, 60]))
            document[start:end] = data.draw(
                st.binary(max_size=3) | st.sampled_from([b"<", b">", b"&", b'"', b"<!--"])
            )
        try:
            found = read(bytes(document))
        except StatementError:
            return
        assert all(one.amount_minor > 0 for one in found)

    @given(st.binary(max_size=200))
    def test_of_any_bytes_at_all_is_refused(self, document: bytes) -> None:
        mistake(document)
