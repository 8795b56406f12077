"""Fineract's external events: what is read of each, and what is refused, by one error alone."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateways.fineract.amount import exact_minor, from_avro
from gateways.fineract.event import decoded, frames
from gateways.fineract.refusal import FineractRefused
from gateways.fineract.schema_shelf import BULK, SCHEMAS, TRANSACTION, schema_shelf
from simulator import fineract_wire as wire
from simulator.fineract_loan import Instalment, StandInLoan, Transaction

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 2)
LOAN = StandInLoan(12, 5012, date(2026, 1, 5), [Instalment(1, date(2026, 2, 4), 35_000)])
PAID = Transaction(99, TODAY, 12_345)


def repayment(number: int = 7, amount_minor: int = 12_345) -> bytes:
    """A repayment as it stands on the topic."""
    record = wire.transaction_record(LOAN, Transaction(99, TODAY, amount_minor))
    kind = "LoanTransactionMakeRepaymentPostBusinessEvent"
    return wire.event(number, kind, TRANSACTION, record, TODAY, NOW)


def framed(*messages: bytes) -> bytes:
    """A bridge file."""
    return b"".join(len(one).to_bytes(4, "big") + one for one in messages)


class TestEvent:
    def test_says_what_it_is_and_of_which_loan(self) -> None:
        (event,) = decoded(repayment())

        assert (event.key, event.type) == ("event-7", "LoanTransactionMakeRepaymentPostBusinessEvent")
        assert (event.tenant, event.loan_id, event.business_date) == ("default", 12, TODAY)
        assert event.created_at == NOW

    def test_has_its_amount_exactly(self) -> None:
        (event,) = decoded(repayment(amount_minor=999_999_999_999))

        assert event.record
        assert exact_minor(from_avro(event.record["amount"], "amount"), "CNY", "amount") == 999_999_999_999

    def test_of_a_schema_nobody_has_still_names_its_loan(self) -> None:
        message = wire.event(8, "LoanStatusChangedBusinessEvent", wire.ACCOUNT, wire.account(12), TODAY, NOW)

        (event,) = decoded(message)

        assert (event.loan_id, event.record) == (12, None)

    def test_of_another_version_is_read_once_its_schemas_are_there(self, tmp_path: Path) -> None:
        for file in SCHEMAS.glob("*.avsc"):
            text = file.read_text(encoding="utf-8")
            if file.stem == "LoanTransactionDataV1":
                text = text.replace(
                    '"reversedOnDate", "type": ["null", "string"]}',
                    '"reversedOnDate", "type": ["null", "string"]},\n    {"name": "later", "type": ["null", "long"]}',
                )
            (tmp_path / file.name).write_text(text, encoding="utf-8")
        later = schema_shelf(tmp_path)
        known = schema_shelf()
        assert later.marks[TRANSACTION] != known.marks[TRANSACTION]
        payload = wire.written(TRANSACTION, {"later": 5} | wire.transaction_record(LOAN, PAID), later)
        message = wire.event(
            9, "LoanTransactionMakeRepaymentPostBusinessEvent", TRANSACTION, payload, TODAY, NOW
        )

        (without,), (with_them,) = decoded(message), decoded(message, tmp_path)

        assert (without.loan_id, without.record) == (12, None)
        assert with_them.record
        assert with_them.record["later"] == 5

    def test_of_many_in_one_is_each_of_them(self) -> None:
        items = [{"id": n, "type": "LoanAdjustTransactionBusinessEvent", "category": "Loan", "dataschema": wire.ADJUSTMENT,
                  "data": wire.written(wire.ADJUSTMENT, wire.adjustment_record(LOAN, PAID))} for n in (1, 2)]  # fmt: skip
        message = wire.event(10, "BulkBusinessEvent", BULK, wire.written(BULK, {"datas": items}), TODAY, NOW)

        assert [(one.key, one.loan_id) for one in decoded(message)] == [
            ("event-10/0", 12),
            ("event-10/1", 12),
        ]

    @pytest.mark.parametrize(
        ("frame", "said"),
        [
            (b"", "message: 0 bytes"),
            (b"{}" + b" " * 20, "message: does not begin with C3 01"),
            (repayment()[:-3], "message: not what its schema says"),
            (repayment() + b"\x00", "message: 1 bytes are left over"),
        ],
    )
    def test_that_is_none_is_refused_with_its_place(self, frame: bytes, said: str) -> None:
        with pytest.raises(FineractRefused, match=said):
            decoded(frame)

    @pytest.mark.parametrize("at", [datetime(6680, 11, 2, tzinfo=UTC), datetime(231, 11, 2, tzinfo=UTC)])
    def test_of_no_year_that_can_be_is_refused(self, at: datetime) -> None:
        record = wire.transaction_record(LOAN, PAID)
        kind = "LoanTransactionMakeRepaymentPostBusinessEvent"

        with pytest.raises(
            FineractRefused, match=r"createdAt: .* lies outside the years|createdAt: .* is no instant"
        ):
            decoded(wire.event(1, kind, TRANSACTION, record, TODAY, at))
        with pytest.raises(FineractRefused, match=r"businessDate: .* lies outside the years"):
            decoded(wire.event(1, kind, TRANSACTION, record, at.date(), NOW))

    @given(st.binary(max_size=300))
    @example(b"\xc3\x01" + b"\xff" * 40)
    def test_of_any_bytes_raises_one_error_only(self, body: bytes) -> None:
        for frame in (body, repayment()[:10] + body):
            try:
                decoded(frame)
            except FineractRefused:
                continue

    @given(st.data())
    def test_with_bytes_changed_raises_one_error_only(self, data: st.DataObject) -> None:
        frame = bytearray(repayment())
        for _ in range(data.draw(st.integers(1, 6))):
            frame[data.draw(st.integers(2, len(frame) - 1))] = data.draw(st.integers(0, 255))
        try:
            events = decoded(bytes(frame))
        except FineractRefused:
            return
        assert len(events) == 1


class TestBridgeFile:
    def test_holds_messages_each_after_its_length(self) -> None:
        messages = [repayment(n) for n in range(3)]

        assert list(frames(io.BytesIO(framed(*messages)))) == messages

    def test_that_breaks_off_gives_what_came_before(self) -> None:
        file = io.BytesIO(framed(repayment(1), repayment(2))[:-5])
        read = frames(file)

        assert next(read) == repayment(1)
        with pytest.raises(FineractRefused, match="the file breaks off inside a message"):
            next(read)

    @pytest.mark.parametrize(
        "body", [b"\x00", b"\x00\x00\x00\x01a", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"]
    )
    def test_without_lengths_is_refused(self, body: bytes) -> None:
        with pytest.raises(FineractRefused, match="byte 0: no length of a message"):
            list(frames(io.BytesIO(body)))


class TestAmount:
    @given(st.integers(0, 10**12))
    def test_comes_back_exactly(self, minor: int) -> None:
        assert exact_minor(from_avro(wire.avro(minor), "amount"), "CNY", "amount") == minor

    @pytest.mark.parametrize(
        ("amount", "currency", "said"),
        [
            ("0.001", "CNY", "more decimals than CNY"),
            ("1.5", "JPY", "more decimals than JPY"),
            ("-1", "CNY", "no amount"),
            ("NaN", "CNY", "no amount"),
            ("1E+400000000", "CNY", "larger than"),
            ("1E-400000000", "CNY", "more decimals"),
            ("99999999999999", "CNY", "larger than"),
            ("1", "XXQ", "not one of ISO 4217"),
        ],
    )
    def test_that_is_not_exact_is_refused(self, amount: str, currency: str, said: str) -> None:
        with pytest.raises(FineractRefused, match=f"balance: .*{said}"):
            exact_minor(Decimal(amount), currency, "balance")

    def test_of_more_digits_than_the_schema_has_is_refused(self) -> None:
        with pytest.raises(FineractRefused, match="20 digits"):
            from_avro(b"\x01" * 10, "amount")
