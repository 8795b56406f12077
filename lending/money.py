"""Money as text and as integer minor units. Exact: no binary floats, no rounding, no thousands marks."""

import re

_EXPONENT_2 = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER
    ZAR ZMW ZWG
"""
_EXPONENT_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_EXPONENT_3 = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENT_4 = "CLF UYW"

EXPONENTS = {
    code: exponent
    for exponent, codes in ((2, _EXPONENT_2), (0, _EXPONENT_0), (3, _EXPONENT_3), (4, _EXPONENT_4))
    for code in codes.split()
}
"""Currency code -> decimals of its minor unit. Source: ISO 4217 list one (2026), without metals, test and
no-currency codes. Not taken from CLDR (babel): its digits are for display and differ, as IQD 0 against ISO's 3."""

MAX_MINOR = 2**53 - 1
"""The largest amount, in minor units: every JSON reader, a browser's included, still has it exactly."""

_PLAIN = re.compile(r"([0-9]{1,16})(?:\.([0-9]{1,9}))?")


class MoneyError(ValueError):
    """The text or the currency is not money: the message says why and what to write instead."""


def minor_units(text: str, currency: str) -> int:
    """`text` as minor units of `currency`: ("1234.50", "USD") is 123450.

    Only digits and one '.' are read, because "1,234" and "1.234" mean different sums in different countries.
    Raises MoneyError for anything else, for more decimals than the currency has, and above MAX_MINOR.
    """
    exponent = _exponent(currency)
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        raise MoneyError(
            "not a plain amount: write digits, with '.' before the decimals and no sign, such as 1234.50"
        )
    whole, decimals = plain[1], plain[2] or ""
    if len(decimals) > exponent:
        raise MoneyError(f"{len(decimals)} decimals: {currency} has {exponent}")
    amount_minor = int(whole + decimals.ljust(exponent, "0"))
    if amount_minor > MAX_MINOR:
        raise MoneyError(f"too large: the most is {format_minor(MAX_MINOR, currency)}")
    return amount_minor


def format_minor(amount_minor: int, currency: str) -> str:
    """Minor units as plain text: (123450, "USD") is "1234.50 USD". Raises MoneyError on an unknown currency."""
    exponent = _exponent(currency)
    digits = str(abs(amount_minor)).rjust(exponent + 1, "0")
    sign = "-" if amount_minor < 0 else ""
    whole, decimals = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    return f"{sign}{whole}{'.' if exponent else ''}{decimals} {currency}"


def _exponent(currency: str) -> int:
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise MoneyError("not an ISO 4217 currency code: write three capital letters, such as CNY") from None
