"""Money that stands: everything received, except what was reversed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lending.payment import Payment, received_minor

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)

payments = st.lists(
    st.builds(
        Payment,
        reference=st.text(min_size=1, max_size=5),
        amount_minor=st.integers(1, 10**15),
        received_at=st.integers(-100, 100).map(lambda hours: NOON + timedelta(hours=hours)),
        is_reversed=st.booleans(),
    )
)


class TestReceived:
    @given(payments)
    def test_is_the_sum_of_what_stands(self, received: list[Payment]) -> None:
        every = sum(payment.amount_minor for payment in received)
        reversed_ones = sum(payment.amount_minor for payment in received if payment.is_reversed)

        assert received_minor(received) == every - reversed_ones

    @given(payments)
    def test_since_an_instant_and_before_it_are_all_there_is(self, received: list[Payment]) -> None:
        before = [payment for payment in received if payment.received_at < NOON]

        assert received_minor(received, since=NOON) + received_minor(before) == received_minor(received)

    def test_counts_the_very_instant(self) -> None:
        payment = Payment(reference="P", amount_minor=5, received_at=NOON)

        assert received_minor([payment], since=NOON) == 5
        assert received_minor([payment], since=NOON + timedelta(microseconds=1)) == 0
