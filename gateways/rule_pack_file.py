"""Rule packs from YAML files, one a jurisdiction. A mistake is named with file, line and column, in one line."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from compliance.pack import RulePack
from gateways.pack_mistake import NO_TIME, Mistake, mistakes_of
from gateways.yaml_file import LINE_ENDS, PolicyError, mistake, parse, stamps_of

JURISDICTIONS = Path(__file__).parents[1] / "policies" / "jurisdictions"

_CLOCK = re.compile(r"\d\d:\d\d")
_CLOCKS = ("opens", "closes")
_DAYS = ("effective_from", "effective_to")


def packs_in(folder: Path = JURISDICTIONS) -> dict[str, RulePack]:
    """Every pack in `folder`, by jurisdiction (`US`, `US-MA`). Raises PolicyError, with a line for every mistake."""
    return dict(_packs(folder, stamps_of(folder)))


@lru_cache(maxsize=4)  # reading takes most of a second, and every part of a process asks for itself
def _packs(folder: Path, _stamps: object) -> dict[str, RulePack]:
    packs: dict[str, RulePack] = {}
    mistakes: list[str] = []
    for path in sorted(path for path in folder.glob("*") if not path.name.startswith(".")):
        try:
            packs[path.stem] = read_pack(path)
        except PolicyError as error:
            mistakes.append(str(error))
    mistakes += _without_country(folder, packs)
    if not packs and not mistakes:
        mistakes = [f"{folder}: no rule pack in it; a pack is a file JURISDICTION.yaml, such as CN.yaml"]
    if mistakes:
        raise PolicyError("\n".join(mistakes))
    return packs


def read_pack(path: Path) -> RulePack:
    """One pack, checked; the file is named after its jurisdiction. Raises PolicyError, with a line for every mistake."""
    if path.suffix != ".yaml":
        raise PolicyError(f"{path}:1:1: file name: write JURISDICTION.yaml, such as CN.yaml or US-MA.yaml")
    document = parse(path)
    found = [*_no_clocks(path, document), *_no_days(document), *_truths(document, ())]
    try:
        pack = RulePack.model_validate(document)
    except ValidationError as error:
        found += mistakes_of(_errors_elsewhere(error, found))
    else:
        if pack.jurisdiction != path.stem:
            text = (
                f"{pack.jurisdiction!r} is not what the file is called: rename it to {pack.jurisdiction}.yaml"
            )
            found.append((("jurisdiction",), text))
    if found:
        raise PolicyError("\n".join(sorted((mistake(path, document, *one) for one in found), key=_position)))
    return pack


def _position(line: str) -> tuple[int, int]:
    at = re.search(r":(\d+):(\d+): ", line)
    return (int(at[1]), int(at[2])) if at else (0, 0)


def _without_country(folder: Path, packs: Mapping[str, RulePack]) -> Iterator[str]:
    for place in packs:
        country, _, subdivision = place.partition("-")
        path = folder / f"{place}.yaml"
        if subdivision and not (folder / f"{country}.yaml").exists():
            text = f"{place} lies on top of {country}: add {country}.yaml, its country's pack"
            yield mistake(path, parse(path), ("jurisdiction",), text)


def _errors_elsewhere(error: ValidationError, found: Iterable[Mistake]) -> Iterator[ErrorDetails]:
    """The model's errors, without those at a place that has its mistake already."""
    known = {place for place, _ in found}
    for item in error.errors(include_url=False):
        if _in_file(item["loc"]) not in known:
            yield item


def _in_file(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return (*place[:2], *place[3:]) if place[:1] == ("rules",) else place


def _no_clocks(path: Path, document: Any) -> Iterator[Mistake]:
    """Times that are not `"HH:MM"`. Without quotes it is text in YAML 1.2, but a number (750 for 12:30) in YAML 1.1."""
    lines = LINE_ENDS.split(path.read_text(encoding="utf-8"))
    for place, opening in _openings(document):
        for field in _CLOCKS:
            if not isinstance(opening.get(field), str | int):
                continue
            line, column = opening.lc.value(field)
            written = lines[line][column:]
            if not written.startswith(('"', "'", "*", "&")):
                clock = re.split(r"[\s,}\]#]", written, maxsplit=1)[0]
                text = f'write the time in quotes, such as "12:30": {clock} unquoted is a number in some YAML readers'
                yield (*place, field), text
            elif not _CLOCK.fullmatch(str(opening[field])):
                yield (*place, field), f"{opening[field]!r} {NO_TIME}"


def _openings(document: Any) -> Iterator[tuple[tuple[int | str, ...], CommentedMap]]:
    for number, rule in _mappings(document.get("rules")):
        for count, opening in _mappings(rule.get("open")):
            yield ("rules", number, "open", count), opening


def _mappings(listed: Any) -> Iterator[tuple[int, CommentedMap]]:
    if isinstance(listed, CommentedSeq):
        yield from ((number, one) for number, one in enumerate(listed) if isinstance(one, CommentedMap))


def _no_days(document: Any) -> Iterator[Mistake]:
    """Numbers where a day belongs: 20250228 would be read as seconds since 1970."""
    for number, rule in _mappings(document.get("rules")):
        for field in _DAYS:
            if isinstance(rule.get(field), int | float):
                yield ("rules", number, field), f"{rule[field]} is no day: write YYYY-MM-DD"


def _truths(node: Any, place: tuple[int | str, ...]) -> Iterator[Mistake]:
    """`true` and `false`, which no field of a pack takes, and which would pass for 1 and 0."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(node, CommentedMap):
        parts = node.items()
    elif isinstance(node, CommentedSeq):
        parts = enumerate(node)
    elif isinstance(node, bool):
        yield place, f"{str(node).lower()} is neither a number nor a name: no field here is true or false"
    for part, value in parts:
        yield from _truths(value, (*place, part))
