"""What is wrong with a rule pack, shortly: the field, the value, and what may stand there."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from compliance.pack import LeftOut, RulePack, Term
from compliance.rule import Exemption, Opening, Rule

Place = tuple[int | str, ...]
Mistake = tuple[Place, str]
"""Where in the file, and what is to be done about it."""

KINDS: Mapping[str, type[BaseModel]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(get_args(Rule)[0])
}
"""The model of each kind of rule."""

_INSIDE: Mapping[str, type[BaseModel]] = {
    "open": Opening,
    "exempt": Exemption,
    "any_of": Exemption,
    "terms": Term,
    "left_out": LeftOut,
}
_FORMS = {
    "citation": "name the instrument and a number in it, such as 12 CFR 1006.6(b)(1) or GB/T 45251-2025 cl. 5.3",
    "jurisdiction": "write an ISO 3166 code in capitals, such as CN or US-MA",
    "id": "write JURISDICTION/name in small letters, digits and hyphens, such as CN/night",
    "name": "write small letters, digits and _, such as record_retention_years",
}
_AN_INTEGER = "is no whole number"
NO_TIME = 'is no time of day: write "HH:MM", from "00:00" to "24:00"'
_DAY = "is no day: write YYYY-MM-DD"
_TEXTS = {
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "int_parsing": _AN_INTEGER,
    "int_type": _AN_INTEGER,
    "int_from_float": _AN_INTEGER,
    "time_parsing": NO_TIME,
    "time_type": NO_TIME,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "string_type": "is no text: write it in quotes",
    "tuple_type": "is no list: write [one, two]",
}


def mistakes_of(errors: Iterable[ErrorDetails]) -> list[Mistake]:
    """One mistake for each place in the file, in the order of the errors of `RulePack`."""
    found: dict[Place, ErrorDetails] = {}
    for error in errors:
        if error["type"] == "too_short" and error["input"]:
            continue  # only because what is in it is wrong, which is said already
        place = _in_file(error["loc"])
        choice = place and isinstance(place[-1], str) and place[-1].startswith("literal[")
        if choice:
            place = place[:-1]
        if choice and place in found:
            earlier = found[place]
            both = f"{earlier['ctx']['expected']}, {error['ctx']['expected']}"
            found[place] = {**earlier, "ctx": {"expected": both}}
        else:
            found.setdefault(place, error)
    return [_mistake(place, error) for place, error in found.items()]


def _in_file(place: Place) -> Place:
    """Without the kind that pydantic puts behind the number of a rule."""
    return (*place[:2], *place[3:]) if place[:1] == ("rules",) else place


def _mistake(place: Place, error: ErrorDetails) -> Mistake:
    kind, value, given = error["type"], error["input"], error.get("ctx", {})
    match kind:
        case "union_tag_invalid":
            return (*place, "kind"), _not_one_of(given["tag"], KINDS)
        case "union_tag_not_found":
            return (*place, "kind"), f"is missing: write one of {_listed(KINDS)}"
        case "missing":
            return place, "is missing"
        case "extra_forbidden":
            return place, f"unknown field: {_field(place, error)}"
        case "enum" | "literal_error":
            return place, _not_one_of(value, re.findall(r"'([^']*)'", given["expected"]))
        case "string_pattern_mismatch":
            return place, f"{value!r} has not the right form: {_FORMS[str(place[-1])]}"
        case "too_short":
            return place, "is empty: write at least one"
        case "model_type" | "model_attributes_type" | "dict_type":
            return place, f"{_shown(value)} is no mapping: write field: value"
        case "value_error":
            return _named(place, str(given["error"]))
        case _ if kind in _TEXTS:
            return place, f"{_shown(value)} {_TEXTS[kind].format(**given)}"
    return place, error["msg"]


def _named(place: Place, text: str) -> Mistake:
    """A rule over several fields begins with the one to change: `rules.1.effective_from: …`."""
    named = re.match(r"([a-z_][\w.]*): ", text)
    if not named:
        return place, text
    parts = (int(part) if part.isdigit() else part for part in named[1].split("."))
    return (*place, *parts), text[named.end() :]


def _field(place: Place, error: ErrorDetails) -> str:
    allowed = list(_model(place, error["loc"]).model_fields)
    near = get_close_matches(str(place[-1]), allowed, n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}The fields here are {_listed(allowed)}"


def _model(place: Place, loc: Place) -> type[BaseModel]:
    for part in reversed(place[:-1]):
        if part in _INSIDE:
            return _INSIDE[str(part)]
        if part == "rules":
            return KINDS[str(loc[2])]
    return RulePack


def _not_one_of(value: Any, allowed: Iterable[str]) -> str:
    return f"{_shown(value)} is not one of {_listed(allowed)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _shown(value: Any) -> str:
    """The value as it stands in the file, cut short."""
    text = repr(str(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
