"""One row of a placement file becomes an overdue loan, or the list of what keeps it from being one."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.places import PlaceError, Places, subdivision_of, zones_of
from contracts.loan import OverdueLoan
from gateways.phone_zones import phone_place
from gateways.table_row import CanonicalRow, MistakeError, read_row

_LONGEST_OVERDUE_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class Terms:
    """What every row is read against. `today` is the lender's date, from which `days_past_due` counts back."""

    lender: str
    policies: Collection[str]
    places: Places
    today: date


def read_loan(row: CanonicalRow, terms: Terms) -> OverdueLoan | list[MistakeError]:
    """The loan, or its mistakes: the first of each column, at least one."""
    return read_row(row, terms, OverdueLoan, _FIELDS, _COLUMNS)


def _policy(row: CanonicalRow, terms: Terms) -> str:
    policy = row.need("policy")
    if policy not in terms.policies:
        raise MistakeError("policy", policy, f"no such policy: there are {', '.join(sorted(terms.policies))}")
    return policy


def _country(row: CanonicalRow, terms: Terms) -> str:
    country = row.need("country")
    if country not in terms.places.countries:
        raise MistakeError("country", country, "not an ISO 3166 code: write two capital letters, such as CN")
    return country


def _subdivision(row: CanonicalRow) -> str | None:
    subdivision = row.get("subdivision")
    return subdivision and subdivision.removeprefix(f"{row.get('country')}-")


def _law_of(row: CanonicalRow, terms: Terms) -> str | None:
    """The subdivision whose law binds: what the row says, else the one that its postal code lies in."""
    try:
        return _subdivision(row) or subdivision_of(
            terms.places, row.get("country") or "", row.get("postal_code")
        )
    except PlaceError as error:
        raise MistakeError(error.field, error.value, str(error)) from error


def _zones(row: CanonicalRow, terms: Terms) -> tuple[str, ...]:
    country, phones = row.get("country") or "", map(phone_place, _phones(row))
    try:
        return zones_of(
            terms.places, country, _subdivision(row), row.get("time_zone"), row.get("postal_code"), phones
        )
    except PlaceError as error:
        raise MistakeError(error.field, error.value, str(error)) from error


def _phones(row: CanonicalRow) -> tuple[str, ...]:
    """Numbers without the marks people put between the digits, each once."""
    numbers = (re.sub(r"[ ().-]", "", number) for number in (row.get("phones") or "").split(";"))
    return tuple(dict.fromkeys(number for number in numbers if number))


def _balance_minor(row: CanonicalRow, _: Terms) -> int:
    balance_minor = row.sum_minor("balance")
    if not balance_minor:
        column = "balance" if row.get("balance") else "balance_minor"
        raise MistakeError(column, row.need(column), "nothing is overdue: leave the row out")
    return balance_minor


def _overdue_since(row: CanonicalRow, terms: Terms) -> date:
    row.need("overdue_since", "days_past_due")
    stated, counted = _stated_date(row), _counted_date(row, terms.today)
    column = "overdue_since" if counted is None else "days_past_due"
    if None not in (stated, counted) and stated != counted:
        reason = f"differs from overdue_since: counted from {terms.today} it is {counted}"
        raise MistakeError(column, row.need(column), reason)
    since = stated or counted
    assert since is not None
    if since > terms.today:
        raise MistakeError(column, row.need(column), f"in the future: today is {terms.today}")
    if (terms.today - since).days > _LONGEST_OVERDUE_DAYS:
        raise MistakeError(column, row.need(column), "more than a hundred years ago")
    return since


def _stated_date(row: CanonicalRow) -> date | None:
    text = row.get("overdue_since")
    if text is None:
        return None
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:  # the right shape, but no such day
        pass
    raise MistakeError("overdue_since", text, "not a date: write YYYY-MM-DD")


def _counted_date(row: CanonicalRow, today: date) -> date | None:
    days = row.whole("days_past_due")
    if days is not None and days > _LONGEST_OVERDUE_DAYS:
        raise MistakeError("days_past_due", str(days), "more than a hundred years")
    return None if days is None else today - timedelta(days=days)


_FIELDS: dict[str, Callable[[CanonicalRow, Terms], object]] = {
    "lender": lambda _, terms: terms.lender,
    "loan_id": lambda row, _: row.need("loan_id"),
    "borrower_id": lambda row, _: row.need("borrower_id"),
    "name": lambda row, _: row.need("name"),
    "currency": lambda row, _: row.need("currency"),
    "balance_minor": _balance_minor,
    "overdue_since": _overdue_since,
    "email": lambda row, _: row.get("email"),
    "phones": lambda row, _: _phones(row),
    "language": lambda row, _: row.need("language"),
    "country": _country,
    "subdivision": _law_of,
    "street": lambda row, _: row.get("street"),
    "city": lambda row, _: row.get("city"),
    "postcode": lambda row, _: row.get("postal_code"),
    "zones": _zones,
    "policy": _policy,
    "monthly_income_minor": lambda row, _: row.amount("monthly_income"),
    "monthly_outgoings_minor": lambda row, _: row.amount("monthly_outgoings"),
    "earlier_delinquencies": lambda row, _: row.whole("earlier_delinquencies") or 0,
}
"""Field of OverdueLoan -> how its text is read. What the value must be is the contract's rule, not ours."""

_COLUMNS = {
    "postcode": "postal_code",
    "zones": "time_zone",
    "monthly_income_minor": "monthly_income",
    "monthly_outgoings_minor": "monthly_outgoings",
}
