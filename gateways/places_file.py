"""Reads policies/places.yaml and the names of the time zones in the pinned tzdata."""

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
    return Places(zone_names, file.countries, subdivisions)


def _zone_names() -> frozenset[str]:
    """Every zone in the tzdata package, never the machine's own. "Factory" is its word for a zone not set."""
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}
