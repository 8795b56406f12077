"""One row of a file becomes a model, or the list of what keeps it from being one."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateways.column_mapping import ColumnMapping, UnmappedValueError
from lending.money import EXPONENTS, MoneyError, minor_units

Model = TypeVar("Model", bound=BaseModel)
Terms = TypeVar("Terms")


class MistakeError(ValueError):
    """What is wrong with one value; `column` is empty when another column's mistake says it already."""

    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value


class CanonicalRow:
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
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
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

    def amount(self, column: str) -> int | None:
        """A plain decimal in the row's currency, as minor units."""
        text = self.get(column)
        if text is None:
            return None
        currency = self.get("currency") or ""
        if currency not in EXPONENTS:
            raise MistakeError("", "", "unreadable without its currency")
        try:
            return minor_units(text, currency)
        except MoneyError as error:
            raise MistakeError(column, text, str(error)) from error

    def whole(self, column: str) -> int | None:
        """Digits only."""
        text = self.get(column)
        if text is None:
            return None
        if re.fullmatch("[0-9]{1,16}", text) is None:
            raise MistakeError(column, text, "not a whole number: write digits only")
        return int(text)

    def sum_minor(self, name: str) -> int:
        """An amount given as `name`, as `name`_minor, or as both where they agree; never nothing."""
        self.need(name, f"{name}_minor")
        from_minor, from_decimal = self.whole(f"{name}_minor"), self.amount(name)
        if from_minor is not None and from_decimal not in (None, from_minor):
            reason = f"differs from {name}, which is {from_decimal} in minor units"
            raise MistakeError(f"{name}_minor", str(from_minor), reason)
        minor = from_decimal if from_minor is None else from_minor
        assert minor is not None
        return minor

    def _made(self, column: str) -> str:
        if self._rules is None:
            return self._cells.get(column, "")
        rule = self._rules.get(column)
        return "" if rule is None else rule.apply(self._number, self._cells)


def read_row(
    row: CanonicalRow,
    terms: Terms,
    model: type[Model],
    fields: Mapping[str, Callable[[CanonicalRow, Terms], Any]],
    columns: Mapping[str, str],
) -> Model | list[MistakeError]:
    """The model made of `fields` (its field -> how the text is read), or its mistakes: the first of each column, at least
    one. `columns` names the columns of fields that are called otherwise."""
    values: dict[str, Any] = {}
    mistakes: dict[str, MistakeError] = {}
    for field, read in fields.items():
        try:
            values[field] = read(row, terms)
        except MistakeError as mistake:
            mistakes.setdefault(mistake.column, mistake)
    try:
        made = model.model_validate(values)
    except ValidationError as error:
        for one in error.errors():
            if one["type"] != "missing":  # what could not be read is among the mistakes already
                column = columns.get(str(one["loc"][0]), str(one["loc"][0]))
                reason = one["msg"].removeprefix("Value error, ")
                mistakes.setdefault(column, MistakeError(column, str(one["input"]), reason))
    else:
        if not mistakes:
            return made
    mistakes.pop("", None)
    return list(mistakes.values())
