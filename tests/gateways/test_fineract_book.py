"""What is read of Fineract's loans, and what becomes of it: exactly, or refused by one error."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.loan_event import PaymentPosted
from gateways.fineract.book import BookClient, BookLoan, Debtor, read
from gateways.fineract.event import decoded
from gateways.fineract.mapping_file import SHIPPED, load_mapping
from gateways.fineract.refusal import FineractRefused
from gateways.fineract.schema_shelf import TRANSACTION
from gateways.fineract.translation import OpenCase, Translator
from gateways.yaml_file import PolicyError
from simulator import fineract_wire as wire
from simulator.fineract_loan import Instalment, StandInLoan, Transaction

TODAY = date(2026, 11, 2)
AT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
SHANGHAI = load_mapping()


def body(**changes: Any) -> dict[str, Any]:
    """A loan of two instalments, both overdue, as Fineract writes it."""
    schedule = [Instalment(n, TODAY - timedelta(days=60 - 30 * n), 35_050) for n in (0, 1)]
    loan = StandInLoan(12, 5012, date(2026, 1, 5), schedule)
    loan.transactions.append(Transaction(99, TODAY, 10_000))
    loan.settle(TODAY)
    told: dict[str, Any] = wire.loan_body(loan, TODAY)
    delinquent = {**told["delinquent"], "delinquentAmount": Decimal("601.000000")}
    return {**told, "delinquent": delinquent, "transactions": []} | changes


class TestLoan:
    def test_is_overdue_by_its_delinquent_amount_to_the_cent(self) -> None:
        loan = read(BookLoan, body(), "loans/12")

        assert (loan.overdue_minor, loan.overdue_since) == (60_100, TODAY - timedelta(days=60))

    def test_of_an_older_fineract_has_its_due_date_behind_the_days_of_grace(self) -> None:
        older = body()["delinquent"] | {"pastDueDate": None, "delinquentDate": [2026, 9, 10]}
        loan = read(BookLoan, body(delinquent=older, graceOnArrearsAgeing=7), "loans/12")

        assert loan.overdue_since == date(2026, 9, 3)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"id": "12"}, "loans/12: id: "),
            ({"id": True}, "loans/12: id: "),
            ({"currency": None}, "loans/12: currency: "),
            ({"delinquent": {"delinquentAmount": "601"}}, "loans/12: delinquent.delinquentAmount: "),
            ({"delinquent": {"pastDueDate": [2026, 13, 1]}}, "loans/12: delinquent.pastDueDate: "),
            ({"delinquent": {"pastDueDate": [1, 1, 1]}}, "loans/12: delinquent.pastDueDate: "),
            ({"transactions": [{}]}, "loans/12: transactions.0.id: "),
        ],
    )
    def test_with_a_field_that_cannot_be_used_is_refused(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(FineractRefused, match=said):
            read(BookLoan, body(**changes), "loans/12")

    @given(st.data())
    def test_with_any_value_anywhere_raises_one_error_only(self, data: st.DataObject) -> None:
        anything = st.recursive(
            st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
            ),
        )
        told = body()
        place: Any = told
        for name in data.draw(
            st.sampled_from([(), ("delinquent",), ("status",), ("timeline",), ("currency",)])
        ):
            place = place[name]
        place[data.draw(st.sampled_from(sorted(place)))] = data.draw(anything)
        debtor = Debtor(BookClient(id=5012, displayName="Li Wei"))
        case = data.draw(st.none() | st.just(OpenCase("case:h:12:1", 100, TODAY - timedelta(days=60), {})))
        try:
            Translator("harbour", SHANGHAI).loan(read(BookLoan, told, "loans/12"), case, AT, debtor)
        except FineractRefused:
            return


class TestPayment:
    @pytest.mark.parametrize(
        ("booked_on", "received_at"),
        [
            (TODAY, AT),
            (date(2026, 11, 1), datetime(2026, 11, 1, 15, 59, 59, tzinfo=UTC)),
            (date(2026, 12, 1), AT),
        ],
    )
    def test_of_an_event_came_when_it_was_made_or_at_the_end_of_the_day_it_was_booked_on(
        self, booked_on: date, received_at: datetime
    ) -> None:
        loan = StandInLoan(12, 5012, date(2026, 1, 5), [])
        record = wire.transaction_record(loan, Transaction(99, booked_on, 12_345))
        kind = "LoanTransactionMakeRepaymentPostBusinessEvent"
        (event,) = decoded(wire.event(1, kind, TRANSACTION, record, TODAY, AT))

        (told,) = Translator("harbour", SHANGHAI).event(event)

        assert isinstance(told, PaymentPosted)
        assert (told.loan_id, told.reference, told.amount_minor) == ("12", "99", 12_345)
        assert told.received_at == received_at

    @pytest.mark.parametrize("booked_on", [date(6680, 11, 2), date(231, 11, 2)])
    def test_booked_in_no_year_that_can_be_is_refused(self, booked_on: date) -> None:
        record = wire.transaction_record(StandInLoan(12, 1, TODAY, []), Transaction(99, booked_on, 12_345))
        kind = "LoanTransactionMakeRepaymentPostBusinessEvent"
        (event,) = decoded(wire.event(1, kind, TRANSACTION, record, TODAY, AT))

        with pytest.raises(FineractRefused, match=r"event event-1: date: .* lies outside the years"):
            Translator("harbour", SHANGHAI).event(event)

    def test_told_twice_two_ways_is_one(self) -> None:
        line = {"id": 99, "type": {"repayment": True}, "date": [2026, 11, 2], "amount": Decimal("123.45")}
        loan = read(BookLoan, body(transactions=[line]), "loans/12")
        case = OpenCase("case:harbour:12:1", 60_100, TODAY - timedelta(days=60), {})
        record = wire.transaction_record(StandInLoan(12, 1, TODAY, []), Transaction(99, TODAY, 12_345))
        kind = "LoanTransactionMakeRepaymentPostBusinessEvent"
        (event,) = decoded(wire.event(1, kind, TRANSACTION, record, TODAY, AT))
        translator = Translator("harbour", SHANGHAI)

        polled, _ = translator.loan(loan, case, AT, None)
        (told,) = translator.event(event)

        assert polled == told


class TestMapping:
    def test_shipped_is_one(self) -> None:
        assert load_mapping(SHIPPED).policy == "platform-c"

    def test_names_the_policy_of_a_product(self) -> None:
        mapping = SHANGHAI.model_copy(update={"products": {"Gold loan": "platform-a"}})

        assert (mapping.policy_of("Gold loan"), mapping.policy_of(None)) == ("platform-a", "platform-c")

    @pytest.mark.parametrize(
        ("number", "read_as"),
        [
            ("13800138000", "+8613800138000"),
            ("+44 7700 900123", "+447700900123"),
            ("0", None),
            ("n/a", None),
            (None, None),
        ],
    )
    def test_reads_mobile_numbers_of_its_country(self, number: str | None, read_as: str | None) -> None:
        assert SHANGHAI.phone(number) == read_as

    def test_with_a_mistake_names_file_line_and_rule(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.yaml"
        file.write_text(
            SHIPPED.read_text(encoding="utf-8").replace(
                "tenant_zone: Asia/Shanghai", "tenant_zone: Asia/Peking"
            )
        )

        with pytest.raises(
            PolicyError, match=r"mine.yaml:4:1: tenant_zone: 'Asia/Peking' is no IANA time zone"
        ):
            load_mapping(file)

    def test_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(PolicyError, match="LEEWAY_FINERACT_MAPPING"):
            load_mapping(tmp_path / "none.yaml")
