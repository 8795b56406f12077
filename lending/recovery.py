"""What each way to end a case may bring, and costs: ranges from the house's own figures, never a promise.

For what is owed, B, in minor units, and each option's percent range [low, high]:

    revisit   B x revisit[tier, age]  less contacts_a_year x years x cost of a contact
    refer     B x refer[tier, age]    less the legal fee
    sell      B x sale price
    settle    B x settlement
    write off nothing, and costs nothing more

The low end takes the low percent, rounded down, and the high cost; the high end the high percent, rounded up, and the
low cost. All integers: no end of a range is finer than the minor unit.
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from lending.risk import Tier
from lending.value import Strict

Minor = Annotated[int, Field(ge=0, le=10**12)]
Percent = Annotated[int, Field(ge=0, le=100)]
Option = Literal["revisit", "settle", "refer", "sell", "write_off"]


def _in_order(span: tuple[int, int]) -> tuple[int, int]:
    if span[0] > span[1]:
        raise ValueError(f"{list(span)} is no range: write [low, high]")
    return span


PercentSpan = Annotated[tuple[Percent, Percent], AfterValidator(_in_order)]


class ContactCosts(Strict):
    """What one contact costs, by channel, in minor units."""

    email: Minor = 0
    sms: Minor = 0
    phone: Minor = 0
    visit: Minor = 0


class TierShares(Strict):
    """The share of what is owed that comes in, by risk tier, in percent."""

    low: PercentSpan
    medium: PercentSpan
    high: PercentSpan

    def of(self, tier: Tier | None) -> tuple[int, int]:
        """The tier's range; for an unknown tier all of them, from the lowest to the highest."""
        if tier is not None:
            span: tuple[int, int] = getattr(self, tier)
            return span
        every = (self.low, self.medium, self.high)
        return min(span[0] for span in every), max(span[1] for span in every)


class RecoveryBand(Strict):
    """Shares for debts that are `from_days` past due or more, up to the next band."""

    from_days: Annotated[int, Field(ge=0)]
    revisit: TierShares
    refer: TierShares


class RecoveryTerms(Strict):
    """The house's figures, in minor units of `currency`. They are its experience or its assumption: `basis` says which.

    Going on with revisits is reckoned for `years`, with as many contacts a year.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    basis: Annotated[str, Field(min_length=3, max_length=300)]
    contact_minor: ContactCosts
    contacts_a_year: Annotated[int, Field(ge=1, le=52)] = 6
    years: Annotated[int, Field(ge=1, le=5)] = 1
    legal_fee_minor: Minor
    sale_price_percent: PercentSpan
    settlement_percent: PercentSpan
    bands: Annotated[tuple[RecoveryBand, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _bands_rise_from_zero(self) -> "RecoveryTerms":
        days = [band.from_days for band in self.bands]
        if days[0] != 0 or days != sorted(set(days)):
            raise ValueError(f"bands: from_days {days} must begin with 0 and rise")
        return self


class Prospect(NamedTuple):
    """One option: what comes in and what it costs from now on, each from low to high, in minor units."""

    option: Option
    brings_minor: tuple[int, int]
    costs_minor: tuple[int, int]

    @property
    def net_minor(self) -> tuple[int, int]:
        """What is left: at worst low less high cost, at best high less low cost. It may be below zero."""
        return self.brings_minor[0] - self.costs_minor[1], self.brings_minor[1] - self.costs_minor[0]


def prospects(
    balance_minor: int,
    days_past_due: int,
    tier: Tier | None,
    revisit_channels: tuple[str, ...],
    terms: RecoveryTerms,
) -> tuple[Prospect, ...]:
    """Every option for what is owed. `revisit_channels` are those by which the house revisits."""
    band = next(band for band in reversed(terms.bands) if band.from_days <= max(0, days_past_due))
    count = terms.contacts_a_year * terms.years
    each = [getattr(terms.contact_minor, channel) for channel in revisit_channels] or [0]
    fee = (terms.legal_fee_minor, terms.legal_fee_minor)
    none = (0, 0)
    return (
        Prospect(
            "revisit", _share(balance_minor, band.revisit.of(tier)), (count * min(each), count * max(each))
        ),
        Prospect("settle", _share(balance_minor, terms.settlement_percent), none),
        Prospect("refer", _share(balance_minor, band.refer.of(tier)), fee),
        Prospect("sell", _share(balance_minor, terms.sale_price_percent), none),
        Prospect("write_off", none, none),
    )


def spent_minor(contacts: dict[str, int], terms: RecoveryTerms) -> int:
    """What the contacts made so far have cost; `contacts` counts them by channel."""
    total = 0
    for channel, count in contacts.items():
        cost: int = getattr(terms.contact_minor, channel, 0)
        total += cost * count
    return total


def _share(balance_minor: int, span: tuple[int, int]) -> tuple[int, int]:
    owed_minor = max(0, balance_minor)
    return owed_minor * span[0] // 100, -(-owed_minor * span[1] // 100)
