"""Rules of money as text: exact, plain, or refused with a reason."""

from decimal import Decimal

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from lending.money import EXPONENTS, MAX_MINOR, MoneyError, format_minor, minor_units

currencies = st.sampled_from(sorted(EXPONENTS))


class TestMinorUnits:
    @given(st.integers(0, MAX_MINOR), currencies)
    def test_reads_back_what_format_minor_wrote(self, amount_minor: int, currency: str) -> None:
        text, code = format_minor(amount_minor, currency).split(" ")

        assert (minor_units(text, code), code) == (amount_minor, currency)

    @given(st.text(max_size=30) | st.from_regex(r"[0-9.,eE+\- ]{1,20}", fullmatch=True), currencies)
    def test_is_exact_or_refuses(self, text: str, currency: str) -> None:
        try:
            amount_minor = minor_units(text, currency)
        except MoneyError:
            return

        assert amount_minor == Decimal(text) * 10 ** EXPONENTS[currency]
        assert 0 <= amount_minor <= MAX_MINOR

    @pytest.mark.parametrize(
        ("text", "currency", "amount_minor"),
        [
            ("1234.50", "USD", 123450),
            ("1234.5", "CNY", 123450),
            ("7", "EUR", 700),
            ("0", "USD", 0),
            ("1500", "JPY", 1500),
            ("1.234", "KWD", 1234),
            ("2.5", "IQD", 2500),
            ("0.0001", "CLF", 1),
        ],
    )
    def test_takes_the_decimals_of_the_currency(self, text: str, currency: str, amount_minor: int) -> None:
        assert minor_units(text, currency) == amount_minor

    @pytest.mark.parametrize(
        "text",
        [
            *("1,234.50", "1.234,50", "1 234", "1_000", "$5", "5 USD"),
            *("-5.00", "+5.00", "", " 5", "5\n", "5.", ".5"),
            *("1e3", "NaN", "Infinity", "0x1F", "٣٤", "１２", "9" * 5000),
        ],
    )
    def test_refuses_what_is_not_plain(self, text: str) -> None:
        with pytest.raises(MoneyError, match="not a plain amount: write digits"):
            minor_units(text, "USD")

    @pytest.mark.parametrize(("text", "currency"), [("1.005", "USD"), ("1.000", "EUR"), ("1500.0", "JPY")])
    def test_refuses_more_decimals_than_the_currency_has(self, text: str, currency: str) -> None:
        """ "1.000" may be a thousand: a zero too many is not harmless."""
        with pytest.raises(MoneyError, match=f"decimals: {currency} has"):
            minor_units(text, currency)

    def test_refuses_an_amount_that_json_readers_would_round(self) -> None:
        assert minor_units("90071992547409.91", "USD") == MAX_MINOR

        with pytest.raises(MoneyError, match=r"too large: the most is 90071992547409\.91 USD"):
            minor_units("90071992547409.92", "USD")

    @pytest.mark.parametrize("currency", ["usd", "XXX", "XAU", "", "DEM"])
    def test_refuses_an_unknown_currency(self, currency: str) -> None:
        with pytest.raises(MoneyError, match="ISO 4217"):
            minor_units("5.00", currency)


class TestFormatMinor:
    @pytest.mark.parametrize(
        ("amount_minor", "currency", "text"),
        [
            (123450, "USD", "1234.50 USD"),
            (5, "USD", "0.05 USD"),
            (-5, "USD", "-0.05 USD"),
            (1500, "JPY", "1500 JPY"),
            (0, "KWD", "0.000 KWD"),
        ],
    )
    def test_writes_every_decimal(self, amount_minor: int, currency: str, text: str) -> None:
        assert format_minor(amount_minor, currency) == text


class TestExponents:
    def test_hold_only_currencies_that_exist(self) -> None:
        assert EXPONENTS.keys() <= list_currencies() | {"VED", "XCG", "ZWG"}
