"""Rules of the transactions file: a good row is a payment or a reversal, a bad one names the field, the value, the rule."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.loan_event import PaymentPosted, PaymentReversed
from gateways.column_mapping import ColumnMapping
from gateways.table_file import BadRow, GoodRow, TableError
from gateways.transactions_file import COLUMNS, Moved, read_transactions

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAYMENT = {
    "loan_id": "A-1",
    "reference": "TX-1",
    "amount": "12.50",
    "currency": "CNY",
    "at": "2026-11-03T09:30:00+08:00",
}
REVERSAL = {
    "loan_id": "A-1",
    "reference": "TX-2",
    "kind": "reversal",
    "payment": "TX-1",
    "at": "2026-11-04T00:00:00Z",
}


def file(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted(COLUMNS.names()))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(content: bytes, mapping: ColumnMapping | None = None) -> list[Moved | BadRow]:
    rows = read_transactions(io.BytesIO(content), lender="demo", now=NOW, mapping=mapping)
    return [row.value if isinstance(row, GoodRow) else row for row in rows]


def mistakes(row: dict[str, str]) -> set[tuple[str, str]]:
    found = read(file(row))
    assert all(isinstance(one, BadRow) and one.line == 2 and one.reason for one in found)
    return {(one.column, one.value) for one in found if isinstance(one, BadRow)}


class TestATransaction:
    def test_is_a_payment(self) -> None:
        assert read(file(PAYMENT)) == [
            PaymentPosted(source="file", event_id="payment/A-1/TX-1", lender="demo", loan_id="A-1", reference="TX-1",
                          amount_minor=1250, currency="CNY", received_at=datetime(2026, 11, 3, 1, 30, tzinfo=UTC))
        ]  # fmt: skip

    def test_is_a_reversal_of_a_payment(self) -> None:
        assert read(file(REVERSAL | {"reason": "returned"})) == [
            PaymentReversed(source="file", event_id="reversal/A-1/TX-2", lender="demo", loan_id="A-1", payment="TX-1",
                            reason="returned", reversed_at=datetime(2026, 11, 4, tzinfo=UTC))
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("zone", "day", "at"),
        [
            ("Asia/Shanghai", "2026-11-03", datetime(2026, 11, 3, 15, 59, 59, tzinfo=UTC)),
            ("America/New_York", "2026-11-03", datetime(2026, 11, 4, 4, 59, 59, tzinfo=UTC)),
            ("Asia/Shanghai", "2026-11-20", NOW),
        ],
    )
    def test_of_a_day_lies_at_its_end_but_never_ahead(self, zone: str, day: str, at: datetime) -> None:
        (paid,) = read(file(PAYMENT | {"at": day, "time_zone": zone}))

        assert isinstance(paid, PaymentPosted)
        assert paid.received_at == at

    @pytest.mark.parametrize(
        ("changes", "column", "value"),
        [
            ({"loan_id": ""}, "loan_id", ""),
            ({"loan_id": "A 1"}, "loan_id", "A 1"),
            ({"reference": ""}, "reference", ""),
            ({"amount": "0"}, "amount", "0"),
            ({"amount": "-5"}, "amount", "-5"),
            ({"amount": "1,000.00"}, "amount", "1,000.00"),
            ({"amount_minor": "1"}, "amount_minor", "1"),
            ({"currency": "RMB"}, "currency", "RMB"),
            ({"kind": "refund"}, "kind", "refund"),
            ({"at": "2026-11-03T09:30:00"}, "at", "2026-11-03T09:30:00"),
            ({"at": "yesterday"}, "at", "yesterday"),
            ({"at": "2026-11-03"}, "time_zone", ""),
            ({"at": "2026-11-03", "time_zone": "CET+"}, "time_zone", "CET+"),
            ({"at": "2026-11-21", "time_zone": "UTC"}, "at", "2026-11-21"),
        ],
    )
    def test_names_the_column_and_the_value_of_a_mistake(
        self, changes: dict[str, str], column: str, value: str
    ) -> None:
        assert mistakes(PAYMENT | changes) == {(column, value)}

    def test_that_takes_something_back_says_what(self) -> None:
        assert mistakes(REVERSAL | {"payment": ""}) == {("payment", "")}

    def test_stands_in_a_file_once(self) -> None:
        paid, again, reversed_ = read(
            file(PAYMENT, PAYMENT | {"amount": "3"}, REVERSAL | {"reference": "TX-1"})
        )

        assert isinstance(paid, PaymentPosted)
        assert isinstance(again, BadRow)
        assert (again.line, again.column) == (3, "reference")
        assert isinstance(reversed_, PaymentReversed)

    def test_is_known_by_a_hash_where_its_reference_is_not_plain(self) -> None:
        (paid,) = read(file(PAYMENT | {"reference": "收据 7"}))

        assert isinstance(paid, PaymentPosted)
        assert paid.event_id.startswith("sha256:")
        assert paid.reference == "收据 7"

    def test_is_made_by_a_mapping(self) -> None:
        rules = ColumnMapping.model_validate({"columns": {
            "loan_id": {"from": "acct"}, "reference": {"from": "id"}, "at": {"from": "booked"},
            "time_zone": {"const": "Asia/Shanghai"}, "amount": {"from": "amt"}, "currency": {"const": "CNY"},
            "kind": {"from": "type", "values": {"CR": "payment", "RV": "reversal"}}, "payment": {"from": "orig"},
        }})  # fmt: skip

        paid, taken_back = read(
            b"acct|id|booked|amt|type|orig\nA|1|2026-11-03|5.00|CR|\nA|2|2026-11-04||RV|1\n", rules
        )

        assert isinstance(paid, PaymentPosted)
        assert isinstance(taken_back, PaymentReversed)
        assert (paid.amount_minor, taken_back.payment) == (500, "1")

    @given(
        st.dictionaries(st.sampled_from(sorted(COLUMNS.names())), st.text(max_size=30), max_size=5),
        st.booleans(),
    )
    def test_is_read_or_answered_with_its_mistakes(self, changes: dict[str, str], is_payment: bool) -> None:
        found = read(
            file((PAYMENT if is_payment else REVERSAL) | changes).decode("utf-8", "replace").encode()
        )

        assert found
        assert len(found) == 1 or all(isinstance(row, BadRow) for row in found)

    @given(st.binary(max_size=200))
    def test_raises_nothing_but_a_table_error(self, content: bytes) -> None:
        with pytest.raises(TableError):  # a random file never has the three required columns
            read(content)
        for found in read(file(PAYMENT) + content):
            assert isinstance(found, PaymentPosted | PaymentReversed | BadRow)
