"""One row of a placement file becomes an overdue loan, or the list of what keeps it from being one."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import ValidationError

from compliance.places import PlaceError, Places, subdivision_of, zones_of
from contracts.loan import OverdueLoan
from gateways.column_mapping import ColumnMapping, UnmappedValueError
from gateways.phone_zones import phone_place
from lending.money import EXPONENTS, MoneyError, minor_units

_LONGEST_OVERDUE_DAYS = 36_525


class MistakeError(ValueError):
    """What is wrong with one value; `column` is empty when another column's mistake says it already."""

    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value


@dataclass(frozen=True, slots=True)
class Terms:
    """What every row is read against. `today` is the lender's date, from which `days_past_due` counts back."""

    lender: str
    policies: Collection[str]
    places: Places
    today: date


class PlacementRow:
    """The canonical text of one data row; `number` counts data rows from 1."""

    def __init__(self, number: int, cells: Mapping[str, str], mapping: ColumnMapping | None) -> None:
        self._number = number
        self._cells = cells
        self._rules = None if mapping is None else mapping.columns

    def get(self, column: str) -> str | None:
        """The value without the spaces around it; None when it is empty or there is no such column."""
        try:
            text = self._made(column).strip()
        except UnmappedValueError as error:
            raise MistakeError(column, error.value, str(error)) from error
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise MistakeError(column, text, "not UTF-8: save the file as UTF-8")
        return text or None

    def need(self, *columns: str) -> str:
        """The first value there is in `columns`."""
        for column in columns:
            if (text := self.get(column)) is not None:
                return text
        known = self._cells if self._rules is None else self._rules
        column = next((column for column in columns if column in known), columns[0])
        raise MistakeError(column, "", f"{' or '.join(columns)} must be given")

    def _made(self, column: str) -> str:
        if self._rules is None:
            return self._cells.get(column, "")
        rule = self._rules.get(column)
        return "" if rule is None else rule.apply(self._number, self._cells)


def read_loan(row: PlacementRow, terms: Terms) -> OverdueLoan | list[MistakeError]:
    """The loan, or its mistakes: the first of each column, at least one."""
    values: dict[str, object] = {"lender": terms.lender}
    mistakes: dict[str, MistakeError] = {}
    for field, read in _FIELDS.items():
        try:
            values[field] = read(row, terms)
        except MistakeError as mistake:
            mistakes.setdefault(mistake.column, mistake)
    try:
        loan = OverdueLoan.model_validate(values)
    except ValidationError as error:
        for one in error.errors():
            if one["type"] != "missing":  # what could not be read is among the mistakes already
                column = _COLUMNS.get(str(one["loc"][0]), str(one["loc"][0]))
                reason = one["msg"].removeprefix("Value error, ")
                mistakes.setdefault(column, MistakeError(column, str(one["input"]), reason))
    else:
        if not mistakes:
            return loan
    mistakes.pop("", None)
    return list(mistakes.values())


def _policy(row: PlacementRow, terms: Terms) -> str:
    policy = row.need("policy")
    if policy not in terms.policies:
        raise MistakeError("policy", policy, f"no such policy: there are {', '.join(sorted(terms.policies))}")
    return policy


def _country(row: PlacementRow, terms: Terms) -> str:
    country = row.need("country")
    if country not in terms.places.countries:
        raise MistakeError("country", country, "not an ISO 3166 code: write two capital letters, such as CN")
    return country


def _subdivision(row: PlacementRow) -> str | None:
    subdivision = row.get("subdivision")
    return subdivision and subdivision.removeprefix(f"{row.get('country')}-")


def _law_of(row: PlacementRow, terms: Terms) -> str | None:
    """The subdivision whose law binds: what the row says, else the one that its postal code lies in."""
    try:
        return _subdivision(row) or subdivision_of(
            terms.places, row.get("country") or "", row.get("postal_code")
        )
    except PlaceError as error:
        raise MistakeError(error.field, error.value, str(error)) from error


def _zones(row: PlacementRow, terms: Terms) -> tuple[str, ...]:
    country, phones = row.get("country") or "", map(phone_place, _phones(row))
    try:
        return zones_of(
            terms.places, country, _subdivision(row), row.get("time_zone"), row.get("postal_code"), phones
        )
    except PlaceError as error:
        raise MistakeError(error.field, error.value, str(error)) from error


def _phones(row: PlacementRow) -> tuple[str, ...]:
    """Numbers without the marks people put between the digits, each once."""
    numbers = (re.sub(r"[ ().-]", "", number) for number in (row.get("phones") or "").split(";"))
    return tuple(dict.fromkeys(number for number in numbers if number))


def _amount(row: PlacementRow, column: str) -> int | None:
    text = row.get(column)
    if text is None:
        return None
    currency = row.get("currency") or ""
    if currency not in EXPONENTS:
        raise MistakeError("", "", "unreadable without its currency")
    try:
        return minor_units(text, currency)
    except MoneyError as error:
        raise MistakeError(column, text, str(error)) from error


def _whole(row: PlacementRow, column: str) -> int | None:
    text = row.get(column)
    if text is None:
        return None
    if re.fullmatch("[0-9]{1,16}", text) is None:
        raise MistakeError(column, text, "not a whole number: write digits only")
    return int(text)


def _balance_minor(row: PlacementRow, _: Terms) -> int:
    row.need("balance", "balance_minor")
    from_minor, from_decimal = _whole(row, "balance_minor"), _amount(row, "balance")
    if from_minor is not None and from_decimal not in (None, from_minor):
        reason = f"differs from balance, which is {from_decimal} in minor units"
        raise MistakeError("balance_minor", str(from_minor), reason)
    balance_minor = from_decimal if from_minor is None else from_minor
    if not balance_minor:
        column = "balance_minor" if from_decimal is None else "balance"
        raise MistakeError(column, row.need(column), "nothing is overdue: leave the row out")
    return balance_minor


def _overdue_since(row: PlacementRow, terms: Terms) -> date:
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


def _stated_date(row: PlacementRow) -> date | None:
    text = row.get("overdue_since")
    if text is None:
        return None
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:  # the right shape, but no such day
        pass
    raise MistakeError("overdue_since", text, "not a date: write YYYY-MM-DD")


def _counted_date(row: PlacementRow, today: date) -> date | None:
    days = _whole(row, "days_past_due")
    if days is not None and days > _LONGEST_OVERDUE_DAYS:
        raise MistakeError("days_past_due", str(days), "more than a hundred years")
    return None if days is None else today - timedelta(days=days)


_FIELDS: dict[str, Callable[[PlacementRow, Terms], object]] = {
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
    "monthly_income_minor": lambda row, _: _amount(row, "monthly_income"),
    "monthly_outgoings_minor": lambda row, _: _amount(row, "monthly_outgoings"),
    "earlier_delinquencies": lambda row, _: _whole(row, "earlier_delinquencies") or 0,
}
"""Field of OverdueLoan -> how its text is read. What the value must be is the contract's rule, not ours."""

_COLUMNS = {
    "postcode": "postal_code",
    "zones": "time_zone",
    "monthly_income_minor": "monthly_income",
    "monthly_outgoings_minor": "monthly_outgoings",
}
