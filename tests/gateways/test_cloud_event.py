"""Rules of CloudEvents in: what is read, what is kept unread, and what is refused with the field named."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.loan_event import (
    BalanceStated,
    LoanClosed,
    LoanOverdue,
    PaymentPosted,
    PaymentReversed,
    Unread,
)
from gateways.cloud_event import TYPES, CloudEventError, read_cloud_events

AT = "2026-11-02T09:30:00Z"
LOAN = {
    "loan_id": "A-1", "borrower_id": "P-1", "name": "Li Wei", "balance_minor": 80_000, "currency": "CNY",
    "overdue_since": "2026-10-20", "language": "zh-CN", "country": "CN", "zones": ["Asia/Shanghai"],
    "policy": "platform-a",
}  # fmt: skip
DATA: dict[str, dict[str, Any]] = {
    "loan.overdue": LOAN,
    "loan.payment.posted": {
        "loan_id": "A-1", "reference": "TX-1", "amount_minor": 500, "currency": "CNY", "received_at": AT
    },
    "loan.payment.reversed": {"loan_id": "A-1", "payment": "TX-1", "reason": "returned", "reversed_at": AT},
    "loan.balance.stated": {"loan_id": "A-1", "overdue_minor": 0, "currency": "CNY"},
    "loan.closed": {"loan_id": "A-1", "reason": "sold", "closed_at": AT},
}  # fmt: skip
READ = dict(zip(DATA, (LoanOverdue, PaymentPosted, PaymentReversed, BalanceStated, LoanClosed), strict=True))


def envelope(of_type: str = "loan.payment.posted", **changes: Any) -> dict[str, Any]:
    known = {"specversion": "1.0", "id": "e-1", "source": "/core", "type": of_type, "time": AT}
    return known | {"data": DATA.get(of_type, {})} | changes


def read(told: Any) -> Any:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    found = read_cloud_events(body, "harbour", "core")
    return found[0] if len(found) == 1 else found


def mistake(told: Any) -> str:
    with pytest.raises(CloudEventError) as refused:
        read(told)
    return refused.value.field


class TestACloudEvent:
    @pytest.mark.parametrize("of_type", DATA)
    def test_of_each_type_is_read_as_what_the_loan_system_said(self, of_type: str) -> None:
        event = read(envelope(of_type))

        assert type(event) is READ[of_type]
        assert (event.lender, event.loan_id, event.source, event.event_id) == (
            "harbour",
            "A-1",
            "core",
            "/core e-1",
        )
        assert DATA.keys() == TYPES.keys()

    @pytest.mark.parametrize("of_type", ["loan.overdue", "loan.balance.stated"])
    def test_says_as_of_when_by_its_own_time_unless_its_data_do(self, of_type: str) -> None:
        later = envelope(of_type, data=DATA[of_type] | {"as_of": "2026-11-03T00:00:00+08:00"})

        assert read(envelope(of_type)).as_of.isoformat() == "2026-11-02T09:30:00+00:00"
        assert read(later).as_of.isoformat() == "2026-11-02T16:00:00+00:00"

    def test_is_told_apart_by_source_and_id_together(self) -> None:
        ids = {read(envelope(source=source, id=told)).event_id
               for source in ("/core", "/cards") for told in ("1", "2", "é", "x" * 300, " ")}  # fmt: skip

        assert len(ids) == 10

    def test_may_come_in_an_array(self) -> None:
        assert len(read([envelope(id="1"), envelope("loan.closed", id="2")])) == 2

    def test_of_another_type_is_kept_unread(self) -> None:
        event = read(envelope("loan.renamed", data={"anything": [1.5, None]}))

        assert isinstance(event, Unread)
        assert event.reason == "unknown_type"
        assert event.body["data"] == {"anything": [1.5, None]}

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            (b"", "body"),
            (b"\xff", "body"),
            (b"[" * 200_000, "body"),
            (b"[]", "body"),
            (b"3", "body"),
            (b'{"a": NaN}', "body"),
            (b'{"a": 1e999999}', "body"),
            (b'{"id": "\\u0000"}', "body"),
            (b'{"id": "\\ud800"}', "body"),
            (envelope(id=7), "id"),
            (envelope(source=""), "source"),
            (envelope(specversion="0.3"), "specversion"),
            (envelope(type=None), "type"),
            (envelope(data=None), "data"),
            (envelope(data=[]), "data"),
            (envelope(data=DATA["loan.closed"]), "data.reference"),
            (envelope(data=DATA["loan.payment.posted"] | {"amount_minor": True}), "data.amount_minor"),
            (envelope(data=DATA["loan.payment.posted"] | {"amount_minor": 1.0}), "data.amount_minor"),
            (envelope(data=DATA["loan.payment.posted"] | {"lender": "other"}), "data.lender"),
            (envelope(data=DATA["loan.payment.posted"] | {"event_id": "mine"}), "data.event_id"),
            (envelope("loan.overdue", data=LOAN | {"currency": "XXX"}), "data.currency"),
            (envelope("loan.overdue", data=LOAN | {"kind": "payment_posted"}), "data.kind"),
            (envelope("loan.overdue", data=LOAN | {"as_of": "yesterday"}), "data.as_of"),
            ([envelope(), envelope(id="")], "1.id"),
        ],
    )  # fmt: skip
    def test_that_cannot_be_read_is_refused_by_its_field(self, told: Any, field: str) -> None:
        assert mistake(told) == field

    @given(
        st.binary(max_size=300)
        | st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(list(envelope())), inner)
            ),
        ).map(lambda told: json.dumps(told).encode())
    )
    @example(json.dumps(envelope(data={"loan_id": {}})).encode())
    def test_of_any_bytes_is_read_or_refused_and_nothing_else(self, body: bytes) -> None:
        try:
            found = read_cloud_events(body, "harbour", "core")
        except CloudEventError:
            return
        assert found

    @given(st.sampled_from(list(DATA)), st.data())
    def test_with_any_field_changed_is_read_or_refused_and_nothing_else(
        self, of_type: str, data: st.DataObject
    ) -> None:
        told = envelope(of_type)
        where = data.draw(st.sampled_from([told, told["data"] | {}]))
        changed = where | {data.draw(st.sampled_from(sorted(where))): data.draw(
            st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.datetimes().map(str))}  # fmt: skip
        try:
            found = read(changed if where is told else told | {"data": changed})
        except CloudEventError:
            return
        assert found
