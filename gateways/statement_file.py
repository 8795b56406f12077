"""A budget from the YAML or JSON a person wrote. There, a name without `_minor` takes a plain amount: `wages: 1450.00`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateways.yaml_file import PolicyError, mistake, parse
from lending.money import EXPONENTS, MoneyError, minor_units
from lending.statement import FixedCosts, FlexibleCosts, Income, OtherDebt, PriorityArrears, Statement

GROUPS: Mapping[str, type[BaseModel]] = {
    "income": Income,
    "fixed_costs": FixedCosts,
    "flexible_costs": FlexibleCosts,
}
LISTS: Mapping[str, type[BaseModel]] = {"priority_arrears": PriorityArrears, "other_debts": OtherDebt}
MINOR = "_minor"


Place = tuple[int | str, ...]


class StatementError(PolicyError):
    """A budget that cannot be used. The text has one line per mistake: file:line:column: field: value: rule."""


def read_statement(path: Path) -> Statement:
    """The budget in `path`. Raises StatementError, with a line for every mistake."""
    document = _document(path)
    mistakes: list[tuple[Place, str]] = []
    amounts = _Amounts(str(document.get("currency")), mistakes)
    try:
        statement = Statement.model_validate(amounts.read(document, Statement, ()))
    except ValidationError as error:
        known = {place for place, _ in mistakes}
        mistakes += [one for one in map(_told, error.errors()) if one[0] not in known]
    if mistakes:
        raise StatementError(
            "\n".join(mistake(path, document, _as_written(document, place), text) for place, text in mistakes)
        )
    return statement


class _Amounts:
    """Reads plain amounts of one currency as minor units; what is none goes to `mistakes`."""

    def __init__(self, currency: str, mistakes: list[tuple[Place, str]]) -> None:
        self._currency = currency
        self._mistakes = mistakes

    def read(self, node: Any, model: type[BaseModel], place: Place) -> Any:
        """`node`, of which `model` is the form, with its amounts in minor units."""
        if not isinstance(node, Mapping):
            return node
        found = {}
        for name, value in node.items():
            here = (*place, str(name))
            if name in GROUPS:
                value = self.read(value, GROUPS[name], here)
            elif name in LISTS and isinstance(value, Sequence) and not isinstance(value, str):
                value = [self.read(one, LISTS[name], (*here, number)) for number, one in enumerate(value)]
            elif f"{name}{MINOR}" in model.model_fields:
                if f"{name}{MINOR}" in node:
                    self._mistakes.append(
                        (here, f"{value!r} given; {name}{MINOR} stands beside it: write one of them")
                    )
                name, value = f"{name}{MINOR}", self._minor(value, (*place, f"{name}{MINOR}"))
            found[name] = value
        return found

    def _minor(self, value: Any, place: Place) -> Any:
        if self._currency not in EXPONENTS:
            return 1  # unreadable without its currency, which is a mistake of its own
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self._mistakes.append(
                (place, f"{value!r} given; not an amount: write it plainly, such as 1450.00")
            )
            return 1
        if isinstance(value, int | float) and value < 0:
            self._mistakes.append(
                (place, f"{value} is below zero: write what it is in a month, 0 where there is none")
            )
            return 1
        try:
            return minor_units(str(value), self._currency)
        except MoneyError as error:
            self._mistakes.append((place, f"{value!r} given; {error}"))
            return 1


def _document(path: Path) -> Any:
    try:
        return parse(path)
    except PolicyError as error:
        raise StatementError(str(error)) from None
    except OSError as error:
        raise StatementError(
            f"statement: {path}: {error.strerror}: give a file; leeway plan form --template prints one"
        ) from None


def _told(item: ErrorDetails) -> tuple[Place, str]:
    """A mistake of the model: its place in the file, and value and rule."""
    place = tuple(part for part in item["loc"] if part not in ("monthly", "weekly", "fortnightly"))
    text = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        text = (
            f"{item['input']!r} given; no such line here: leeway plan form --template prints those there are"
        )
    elif item["type"] not in ("value_error", "missing"):
        text = f"{item['input']!r} given; {text}"
    return place, text


def _as_written(document: Any, place: Place) -> Place:
    """The place by the name the file has: `wages` where that stands for `wages_minor`."""
    if not place or not isinstance(place[-1], str):
        return place
    node, short = document, place[-1].removesuffix(MINOR)
    for part in place[:-1]:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return place
    return (*place[:-1], short) if isinstance(node, Mapping) and short in node else place


def template() -> str:
    """An empty budget as YAML, each line with what belongs there."""
    lines = [
        "# A month's budget. Amounts are plain, such as 1450.00; leave out what there is none of. No names:",
        "# other lenders stand here by a word of your own.",
        *_field(Statement, "currency", "GBP"),
        "household: {adults: 1, children: 0}",
    ]
    for group, model in GROUPS.items():
        lines += ["", f"{group}:  # {model.__doc__}"]
        for name in model.model_fields:
            lines += _field(model, name, "0.00", "  ")
    lines += ["", *_field(Statement, "savings_minor", "0.00", "# ")]
    for listed, item in LISTS.items():
        lines += ["", f"{listed}: []  # {item.__doc__ and item.__doc__.splitlines()[0]}"]
        lines += [f"#  - {{{', '.join(_example(item))}}}"]
    pay = Statement.model_fields["pay"].description
    lines += ["", f"# pay: {pay}", *_field(Statement, "spending_explained", '""')]
    return "\n".join(lines) + "\n"


def _field(model: type[BaseModel], name: str, value: str, before: str = "") -> list[str]:
    return [f"{before}{name.removesuffix(MINOR)}: {value}  # {model.model_fields[name].description}"]


def _example(model: type[BaseModel]) -> list[str]:
    return [
        f"{name.removesuffix(MINOR)}: {'0.00' if name.endswith(MINOR) else 'rent' if model is PriorityArrears else 'card 1'}"
        for name in model.model_fields
    ]
