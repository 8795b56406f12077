"""Rules of what loan systems say, on the wire."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.loan import OverdueLoan
from contracts.loan_event import (
    LOAN_EVENTS,
    BalanceStated,
    LoanClosed,
    LoanEvent,
    LoanOverdue,
    PaymentPosted,
    PaymentReversed,
)

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LOAN = OverdueLoan(
    lender="harbour", loan_id="A-1", borrower_id="P-1", name="Li Wei", balance_minor=80_000, currency="CNY",
    overdue_since=date(2026, 10, 20), language="zh-CN", country="CN", zones=("Asia/Shanghai",), policy="platform-a",
)  # fmt: skip
OF_LOAN: dict[str, Any] = {"source": "core", "event_id": "e-1", "lender": "harbour", "loan_id": "A-1"}
PAYMENT = PaymentPosted(**OF_LOAN, reference="TX 1", amount_minor=500, currency="CNY", received_at=AT)

EVERY_KIND: tuple[LoanEvent, ...] = (
    LoanOverdue(source="core", event_id="e-1", loan=LOAN, as_of=AT),
    PAYMENT,
    PaymentReversed(**OF_LOAN, payment="TX 1", reason="returned", reversed_at=AT),
    BalanceStated(**OF_LOAN, overdue_minor=0, currency="CNY", as_of=AT),
    BalanceStated(**OF_LOAN, overdue_minor=1, currency="JPY", overdue_since=date(2026, 10, 1), as_of=AT),
    LoanClosed(**OF_LOAN, reason="sold", closed_at=AT),
)

instants = st.datetimes(
    datetime(1970, 1, 3),
    datetime(2199, 12, 30),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def changed(**fields: Any) -> LoanEvent:
    return LOAN_EVENTS.validate_python(PAYMENT.model_dump() | fields)


class TestLoanEvent:
    @pytest.mark.parametrize("event", EVERY_KIND, ids=lambda event: event.kind)
    def test_comes_back_from_json_as_it_went(self, event: LoanEvent) -> None:
        assert LOAN_EVENTS.validate_json(event.model_dump_json()) == event

    @pytest.mark.parametrize("event", EVERY_KIND, ids=lambda event: event.kind)
    def test_names_its_lender_and_loan(self, event: LoanEvent) -> None:
        assert (event.lender, event.loan_id) == ("harbour", "A-1")

    @given(instants)
    def test_has_its_instants_in_utc_whatever_the_offset_they_were_written_with(self, at: datetime) -> None:
        event = LOAN_EVENTS.validate_json(
            PAYMENT.model_dump_json().replace("2026-11-02T09:30:00Z", at.isoformat())
        )

        assert isinstance(event, PaymentPosted)
        assert event.received_at == at
        assert event.received_at.tzinfo is UTC

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("kind", "payment"),
            ("source", "Core System"),
            ("event_id", ""),
            ("event_id", " e"),
            ("event_id", "é"),
            ("event_id", "x" * 201),
            ("lender", "Harbour"),
            ("loan_id", "A 1"),
            ("reference", ""),
            ("reference", "TX\x00"),
            ("amount_minor", 0),
            ("amount_minor", True),
            ("amount_minor", 5.0),
            ("amount_minor", 2**53),
            ("currency", "EURO"),
            ("received_at", datetime(2026, 11, 2, 9, 30)),
            ("received_at", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
            ("received_at", datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14)))),
            ("unknown", 1),
        ],
    )
    def test_refuses_a_bad_field_and_names_it(self, field: str, value: object) -> None:
        with pytest.raises(ValidationError) as refused:
            changed(**{field: value})

        assert field in str(refused.value)

    def test_may_state_that_nothing_is_overdue_but_never_less(self) -> None:
        body = BalanceStated(**OF_LOAN, overdue_minor=0, currency="CNY", as_of=AT).model_dump()

        with pytest.raises(ValidationError, match="overdue_minor"):
            LOAN_EVENTS.validate_python(body | {"overdue_minor": -1})
