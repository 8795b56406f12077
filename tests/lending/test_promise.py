"""A promise is judged on money received after it was made, against a threshold, to a last day of grace."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.payment import Payment
from lending.promise import Promise, PromiseTerms

MADE_AT = datetime(2026, 3, 9, 2, tzinfo=UTC)
PROMISE = Promise(amount_minor=1000, due_on=date(2026, 3, 20), made_at=MADE_AT)
TERMS = PromiseTerms(grace_days=2, threshold_percent=95)


def payment(amount_minor: int, at: datetime = MADE_AT, is_reversed: bool = False) -> Payment:
    """Money received."""
    return Payment(reference="P", amount_minor=amount_minor, received_at=at, is_reversed=is_reversed)


class TestPromise:
    @pytest.mark.parametrize(("paid_minor", "is_kept"), [(950, True), (949, False), (1000, True), (0, False)])
    def test_is_kept_from_95_percent_on(self, paid_minor: int, is_kept: bool) -> None:
        assert PROMISE.is_kept([payment(paid_minor)], TERMS) is is_kept

    def test_is_kept_by_several_payments_together(self) -> None:
        assert PROMISE.is_kept([payment(500), payment(450)], TERMS)

    def test_does_not_count_money_that_came_before_it(self) -> None:
        earlier = MADE_AT - timedelta(microseconds=1)

        assert not PROMISE.is_kept([payment(1000, earlier)], TERMS)
        assert PROMISE.is_kept([payment(1000, MADE_AT)], TERMS)

    def test_does_not_count_money_that_was_reversed(self) -> None:
        assert not PROMISE.is_kept([payment(1000, is_reversed=True)], TERMS)

    def test_has_its_last_day_after_the_days_of_grace(self) -> None:
        assert PROMISE.last_day(TERMS) == date(2026, 3, 22)
        assert PROMISE.last_day(PromiseTerms(grace_days=0)) == date(2026, 3, 20)

    @given(st.integers(1, 10**15), st.integers(1, 100))
    def test_needs_its_share_rounded_up_to_a_minor_unit(self, amount_minor: int, percent: int) -> None:
        promise = PROMISE.model_copy(update={"amount_minor": amount_minor})
        terms = PromiseTerms(threshold_percent=percent)
        enough = next(
            n
            for n in range(amount_minor * percent // 100, amount_minor + 1)
            if n * 100 >= amount_minor * percent
        )

        assert promise.is_kept([payment(enough)], terms)
        assert not promise.is_kept([payment(enough - 1)], terms)
