"""A promise is judged on the payments that honour it, against a threshold, to a last day of grace."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.payment import Payment
from lending.promise import Promise, PromiseTerms

ZONES = ("Asia/Shanghai",)
MADE_AT = datetime(2026, 3, 9, 2, tzinfo=UTC)  # 10:00 in Shanghai
LAST_DAY = date(2026, 3, 22)
PROMISE = Promise(amount_minor=1000, due_on=date(2026, 3, 20), made_at=MADE_AT, payments=("P", "Q"))
TERMS = PromiseTerms(grace_days=2, threshold_percent=95)


def payment(
    amount_minor: int, reference: str = "P", at: datetime = MADE_AT, told_at: datetime | None = None,
    is_reversed: bool = False,
) -> Payment:  # fmt: skip
    """Money received."""
    return Payment(reference=reference, amount_minor=amount_minor, received_at=at, taken_in_at=told_at,
                   is_reversed=is_reversed)  # fmt: skip


class TestPromise:
    @pytest.mark.parametrize(("paid_minor", "is_kept"), [(950, True), (949, False), (1000, True), (0, False)])
    def test_is_kept_from_95_percent_on(self, paid_minor: int, is_kept: bool) -> None:
        assert PROMISE.is_kept([payment(paid_minor)], TERMS) is is_kept

    def test_is_kept_by_several_payments_together(self) -> None:
        assert PROMISE.is_kept([payment(500), payment(450, "Q")], TERMS)

    def test_counts_no_payment_that_honours_another(self) -> None:
        assert not PROMISE.is_kept([payment(1000, "R")], TERMS)

    def test_does_not_count_money_that_was_reversed(self) -> None:
        assert not PROMISE.is_kept([payment(1000, is_reversed=True)], TERMS)

    def test_has_its_last_day_after_the_days_of_grace(self) -> None:
        assert PROMISE.last_day(TERMS) == LAST_DAY
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


class TestHonouring:
    @pytest.mark.parametrize(
        ("days_after", "may"), [(-1, False), (0, True), (13, True), (14, False), (400, False)]
    )
    def test_takes_money_from_the_day_it_was_made_to_its_last_day(self, days_after: int, may: bool) -> None:
        money = payment(1, at=MADE_AT + timedelta(days=days_after), told_at=MADE_AT + timedelta(days=500))

        assert PROMISE.may_be_honoured_by(money, LAST_DAY, ZONES) is may

    def test_is_not_by_money_known_before_it(self) -> None:
        known = payment(1, at=MADE_AT - timedelta(hours=1), told_at=MADE_AT - timedelta(microseconds=1))

        assert not PROMISE.may_be_honoured_by(known, LAST_DAY, ZONES)

    def test_takes_money_that_the_bank_dates_at_the_start_of_that_very_day(self) -> None:
        """A bank knows days: what was paid after the promise may be dated at midnight before it."""
        at_midnight = payment(1, at=MADE_AT - timedelta(hours=10), told_at=MADE_AT + timedelta(hours=5))

        assert PROMISE.may_be_honoured_by(at_midnight, LAST_DAY, ZONES)

    def test_has_no_last_day_while_that_is_out_of_reach(self) -> None:
        assert PROMISE.may_be_honoured_by(payment(1, at=MADE_AT + timedelta(days=300)), None, ZONES)
