"""Fineract's decimals as integer minor units: exactly, or not at all."""

from decimal import Context, Decimal

from gateways.fineract.refusal import FineractRefused
from lending.money import EXPONENTS, MAX_MINOR

_WIDE = Context(prec=120)

SCALE = 8
"""Decimals of an amount in an external event: decimal(20, 8)."""


def exact_minor(amount: Decimal, currency: str, field: str) -> int:
    """`amount` in minor units of `currency`. Raises FineractRefused, naming `field`, for one below zero, one too large,
    one with a fraction of a minor unit and an unknown currency: nothing is rounded."""
    if currency not in EXPONENTS:
        raise FineractRefused(f"{field}: currency {currency[:12]!r} is not one of ISO 4217")
    if not amount.is_finite() or amount < 0:
        raise FineractRefused(f"{field}: {amount} is no amount: a number from 0 is expected")
    if not amount:
        return 0
    if amount.adjusted() > 15:
        raise FineractRefused(f"{field}: larger than Leeway keeps amounts exactly")
    decimals = EXPONENTS[currency]
    fraction = amount.as_tuple().exponent
    minor, rest = (
        (0, 1) if int(fraction) < -40 else divmod(int(amount.scaleb(40, _WIDE)), 10 ** (40 - decimals))
    )
    if rest:
        raise FineractRefused(f"{field}: {amount} has more decimals than {currency} ({EXPONENTS[currency]})")
    if minor > MAX_MINOR:
        raise FineractRefused(f"{field}: larger than Leeway keeps amounts exactly")
    return minor


def from_avro(unscaled: bytes, field: str) -> Decimal:
    """The bytes of a decimal(20, 8), read without rounding. Raises FineractRefused for more than its 20 digits."""
    if len(unscaled) > 9:
        raise FineractRefused(f"{field}: more than the 20 digits of decimal(20, 8)")
    return Decimal(int.from_bytes(unscaled, "big", signed=True)).scaleb(-SCALE)
