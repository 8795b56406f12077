"""Reads policies/places.yaml and the names of the time zones in the pinned tzdata."""

import re
from collections.abc import Collection, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from compliance.places import Places


class PlacesFileError(ValueError):
    """The file of places cannot be used: the message names the entry and the rule."""


def _words(text: object) -> object:
    """Zones are written one after the other on a line, or not at all."""
    return () if text is None else tuple(text.split()) if isinstance(text, str) else text


Zones = Annotated[tuple[str, ...], BeforeValidator(_words)]


class _PlacesFile(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    countries: dict[str, Zones]
    subdivisions: dict[str, dict[str, Zones]]
    postal_codes: dict[str, dict[str, str]]


def load_places(path: Path) -> Places:
    """The places in the file at `path`. Raises PlacesFileError if it is malformed or names an unknown zone."""
    try:
        file = _PlacesFile.model_validate(YAML(typ="safe", pure=True).load(path))
    except (OSError, YAMLError, ValidationError) as error:
        raise PlacesFileError(f"{path}: {error}") from error
    zone_names = _zone_names()
    subdivisions = {
        country: {code: zones for codes, zones in groups.items() for code in codes.split()}
        for country, groups in file.subdivisions.items()
    }
    for place in (file.countries, *subdivisions.values()):
        for code, zones in place.items():
            if unknown := set(zones) - zone_names:
                raise PlacesFileError(f"{path}: {code}: not in tzdata: {', '.join(sorted(unknown))}")
    if unknown := subdivisions.keys() - file.countries.keys():
        raise PlacesFileError(f"{path}: subdivisions of unknown countries: {', '.join(sorted(unknown))}")
    try:
        postal_codes = {
            country: _by_code(codes, subdivisions.get(country, {}))
            for country, codes in file.postal_codes.items()
        }
    except ValueError as error:
        raise PlacesFileError(f"{path}: {error}") from error
    return Places(zone_names, file.countries, subdivisions, postal_codes)


def _by_code(codes: Mapping[str, str], subdivisions: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Subdivision -> codes and ranges becomes code -> subdivisions. Raises ValueError."""
    found: dict[str, tuple[str, ...]] = {}
    for subdivision, ranges in codes.items():
        if subdivision not in subdivisions:
            raise ValueError(f"postal codes of an unknown subdivision: {subdivision}")
        for one in ranges.split():
            first, _, last = one.partition("-")
            last = last or first
            shaped = re.fullmatch("([0-9]{3}){2}|([0-9]{5}){2}", first + last)
            if not shaped or len(first) != len(last) or first > last:
                raise ValueError(f"{subdivision}: {one}: not 3 or 5 digits, or a range of such upwards")
            for number in range(int(first), int(last) + 1):
                code = f"{number:0{len(first)}}"
                found[code] = (*found.get(code, ()), subdivision)
    return found


def _zone_names() -> frozenset[str]:
    """Every zone in the tzdata package, never the machine's own. "Factory" is its word for a zone not set."""
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}
