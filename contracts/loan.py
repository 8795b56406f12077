"""An overdue loan as it enters Leeway: from a placement file, the API or a loan system."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lending.money import EXPONENTS, MAX_MINOR
from lending.reason import Language

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _shaped(pattern: str, rule: str) -> AfterValidator:
    """A validator that takes what `pattern` matches whole, and otherwise answers with the `rule`."""
    matches: Callable[[str], object] = re.compile(pattern).fullmatch

    def check(value: str) -> str:
        if not matches(value):
            raise ValueError(rule)
        return value

    return AfterValidator(check)


def _readable(what: str, at_most: int) -> AfterValidator:
    """A validator of one line of text that people read; `what` names it in the error."""

    def check(text: str) -> str:
        if not text.strip() or len(text) > at_most:
            raise ValueError(f"{what} has 1 to {at_most} characters")
        # Line and control characters would forge message headers; direction controls would disguise the text.
        if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in _BIDI_CONTROLS for c in text):
            raise ValueError(f"{what} has no control characters")
        return text

    return AfterValidator(check)


def _known_currency(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("not an ISO 4217 currency code: write three capital letters, such as CNY")
    return code


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("the same entry is given twice")
    return values


Slug = Annotated[
    str,
    _shaped(
        "[a-z0-9][a-z0-9-]{0,39}", "1 to 40 small letters, digits and '-', beginning with a letter or digit"
    ),
]
Reference = Annotated[
    str,
    _shaped(
        "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        "1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit: "
        "it becomes part of workflow ids, so no personal data",
    ),
]
Email = Annotated[
    str,
    _shaped(
        r"(?=.{3,254}\Z)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
        "not an e-mail address: write one address, such as name@example.com",
    ),
]
Phone = Annotated[
    str, _shaped(r"\+[1-9][0-9]{5,14}", "not an international number: write '+' and 6 to 15 digits")
]
ZoneName = Annotated[str, _shaped(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", "not shaped like an IANA time zone")]
CurrencyCode = Annotated[str, AfterValidator(_known_currency)]
CountryCode = Annotated[
    str, _shaped("[A-Z]{2}", "not an ISO 3166 code: write two capital letters, such as CN")
]
SubdivisionCode = Annotated[
    str, _shaped("[A-Z0-9]{1,3}", "not an ISO 3166-2 code: write 1 to 3 capital letters or digits")
]
AmountMinor = Annotated[int, Field(ge=0, le=MAX_MINOR)]


class LoanFacts(BaseModel):
    """One loan with money overdue, and how its borrower may be reached, as its lender tells it. Amounts are minor units
    of `currency`."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    loan_id: Reference
    borrower_id: Reference
    name: Annotated[str, _readable("a name", 200)]
    balance_minor: Annotated[int, Field(gt=0, le=MAX_MINOR)]
    """What is overdue now, not what is still owed in all."""
    currency: CurrencyCode
    overdue_since: date
    """The oldest unpaid due date."""
    email: Email | None = None
    phones: Annotated[tuple[Phone, ...], AfterValidator(_distinct)] = ()
    language: Language
    country: CountryCode
    subdivision: SubdivisionCode | None = None
    street: Annotated[str, _readable("a street", 200)] | None = None
    """Street and house as a visitor finds it; with `city` and `postcode`, where the borrower lives."""
    city: Annotated[str, _readable("a city", 100)] | None = None
    postcode: Annotated[str, _readable("a postal code", 20)] | None = None
    zones: Annotated[tuple[ZoneName, ...], AfterValidator(_distinct)]
    """IANA zones that may be the borrower's; none means unknown, and the case shows as stalled."""
    policy: Slug
    monthly_income_minor: AmountMinor | None = None
    monthly_outgoings_minor: AmountMinor | None = None
    earlier_delinquencies: Annotated[int, Field(ge=0, le=999)] = 0


class OverdueLoan(LoanFacts):
    """The same in the book of a lender."""

    lender: Slug
