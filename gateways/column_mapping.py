"""A column mapping: how a lender's own CSV becomes a placement. Its format is described in docs/connecting/files.md."""

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal, localcontext
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLAIN_NUMBER = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,9})?")


class MappingError(ValueError):
    """A mapping file that cannot be used: the message names the file, the entry and the rule."""


class UnmappedValueError(ValueError):
    """One source value that the mapping has no answer for. `value` is that value, the message the reason."""

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(reason)
        self.value = value


def _text(scalar: object) -> object:
    """YAML reads 12 as a number and that is harmless; 1.10 would lose its zero, so it must be quoted."""
    return str(scalar) if isinstance(scalar, int) and not isinstance(scalar, bool) else scalar


Text = Annotated[str, BeforeValidator(_text)]


class ColumnRule(BaseModel):
    """How one canonical value is made: from a column, a constant or a template; then `values`; then arithmetic."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    source: Annotated[str | None, Field(alias="from")] = None
    const: Text | None = None
    template: str | None = None
    values: dict[Text, Text] | None = None
    multiply_by: "ColumnRule | None" = None
    divide_by: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    decimals: Annotated[int, Field(ge=0, le=4)] = 2
    """Decimals kept after `divide_by`; the rest is cut off, so that an income is never overstated."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(origin is not None for origin in (self.source, self.const, self.template)) != 1:
            raise ValueError("give exactly one of from, const and template")
        return self

    def sources(self) -> Iterator[str]:
        """The source columns that the rule reads."""
        if self.source is not None:
            yield self.source
        if self.template is not None:
            yield from (name for name in _PLACEHOLDER.findall(self.template) if name != "row")
        if self.multiply_by is not None:
            yield from self.multiply_by.sources()

    def apply(self, row: int, cells: Mapping[str, str]) -> str:
        """The canonical text for data row number `row`. Raises UnmappedValueError. What is empty stays empty."""
        text = self._origin(row, cells)
        if self.values is not None and (text or text in self.values):
            if text not in self.values:
                raise UnmappedValueError(text, f"the mapping's values have no entry for it ({self._named()})")
            text = self.values[text]
        if text and self.multiply_by is not None:
            text = _arithmetic(text, "*", self.multiply_by.apply(row, cells))
        if text and self.divide_by is not None:
            text = _arithmetic(text, "/", str(self.divide_by), self.decimals)
        return text

    def _origin(self, row: int, cells: Mapping[str, str]) -> str:
        if self.source is not None:
            return cells[self.source].strip()
        if self.template is not None:
            return _PLACEHOLDER.sub(
                lambda found: str(row) if found[1] == "row" else cells[found[1]].strip(), self.template
            )
        return self.const or ""

    def _named(self) -> str:
        return f"source column '{self.source}'" if self.source is not None else "a template or constant"


class ColumnMapping(BaseModel):
    """Canonical column -> rule, and which rows are meant: those whose columns hold one of the values listed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    skip_unless: dict[str, list[Text]] = {}
    columns: dict[str, ColumnRule]

    def sources(self) -> set[str]:
        """Every source column that must be in the file."""
        return {*self.skip_unless, *(name for rule in self.columns.values() for name in rule.sources())}

    def chooses(self, cells: Mapping[str, str]) -> bool:
        """Whether a row of the source is an overdue loan to take in."""
        return all(cells[column].strip() in wanted for column, wanted in self.skip_unless.items())


def load_mapping(path: Path) -> ColumnMapping:
    """The mapping in the YAML file at `path`. Raises MappingError."""
    try:
        content = YAML(typ="safe", pure=True).load(path)
    except (OSError, YAMLError, ValueError, RecursionError) as error:
        raise MappingError(f"{path}: cannot be read as YAML: {error}") from error
    try:
        return ColumnMapping.model_validate(content)
    except ValidationError as error:
        raise MappingError("\n".join(_complaints(path, error))) from error


def _complaints(path: Path, error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        entry = ".".join(str(part) for part in one["loc"]) or "the file"
        yield f"{path}: {entry}: {one['msg'].removeprefix('Value error, ')}"


def _arithmetic(text: str, operator: str, operand: str, decimals: int = 0) -> str:
    """Exact product, or quotient cut to `decimals`, of two plain numbers."""
    for number in (text, operand):
        if _PLAIN_NUMBER.fullmatch(number) is None:
            raise UnmappedValueError(
                number, "not a plain number, so the mapping cannot multiply or divide it"
            )
    with localcontext(prec=64):
        if operator == "*":
            return format(Decimal(text) * Decimal(operand), "f")
        quotient = Decimal(text) / Decimal(operand)
        return format(quotient.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN), "f")
