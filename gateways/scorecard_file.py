"""Scorecards from YAML files, one a card. A card is used by a house policy only when a named person approved it."""

from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from gateways.yaml_file import PolicyError, mistake, parse
from lending.risk import RiskFacts
from lending.scorecard import Scorecard

Node = TypeVar("Node", CommentedMap, CommentedSeq)

SCORECARDS = Path(__file__).parents[1] / "policies" / "scorecards"


def scorecards_in(folder: Path = SCORECARDS) -> dict[str, Scorecard]:
    """Every card in `folder`, approved or not, by id; a missing folder holds none. Raises PolicyError."""
    return {path.stem: read_scorecard(path) for path in sorted(folder.glob("*.yaml"))}


def read_scorecard(path: Path) -> Scorecard:
    """One card, checked; the file is named after its id. Raises PolicyError, with a line for every mistake."""
    document = parse(path)
    if "medium_from" in document:  # the form that only old cases still carry
        raise PolicyError(mistake(path, document, ("medium_from",), "belongs under tiers, as high_from does"))
    try:
        card = Scorecard.model_validate(document)
    except ValidationError as error:
        lines = (mistake(path, document, item["loc"], item["msg"]) for item in error.errors())
        raise PolicyError("\n".join(lines)) from None
    if card.id != path.stem:
        text = f"{card.id!r} is not what the file is called: rename it to {card.id}.yaml"
        raise PolicyError(mistake(path, document, ("id",), text))
    return card


def usable_scorecard(named: Any, folder: Path = SCORECARDS) -> Scorecard:
    """The card that a house policy names. Raises ValueError, saying what to do, where it may not be used."""
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if not isinstance(named, str):
        raise ValueError(f"write the name of a card in {folder.name}, such as {', '.join(known)}")
    if named not in known:
        raise ValueError(f"{named!r} is no card in {folder.name}; there are {', '.join(known) or 'none'}")
    path = folder / f"{named}.yaml"
    card = read_scorecard(path)
    if card.approved_by is None:
        approve = f"leeway risk approve {path.name} --by NAME"
        raise ValueError(f"{card.name} is not approved; a person who has read it says so with `{approve}`")
    facts = list(RiskFacts.model_fields)
    if strange := [fact for fact in card.bands if fact not in facts]:
        text = (
            f"{card.name} weighs {', '.join(strange)}, which no case knows; it may weigh {', '.join(facts)}"
        )
        raise ValueError(text)
    return card


def write_scorecard(path: Path, card: Scorecard) -> None:
    """A new file, in the form people read and approve. Raises PolicyError where there is a file already."""
    document = CommentedMap(card.model_dump(exclude_defaults=True))
    document["source"] = CommentedMap(card.source.model_dump())
    document["bands"] = CommentedMap({fact: _bands(card, fact) for fact in card.bands})
    document["tiers"] = _flow(CommentedMap(card.tiers.model_dump()))
    document |= {"approved_by": card.approved_by, "approved_on": card.approved_on}
    try:
        with path.open("x", encoding="utf-8") as file:
            _yaml().dump(document, file)
    except FileExistsError:
        raise PolicyError(f"{path}: is there already; a card is never overwritten, name a new file") from None


def approve(path: Path, by: str, on: date) -> Scorecard:
    """Writes who approved the card and when, its comments kept. Raises PolicyError where somebody already did."""
    card = read_scorecard(path)
    document = parse(path)
    if card.approved_by is not None:
        text = f"{card.approved_by} approved it on {card.approved_on}; a changed card is a new version"
        raise PolicyError(mistake(path, document, ("approved_by",), text))
    if not by.strip():
        raise PolicyError("--by: is empty; write the name of the person who approves")
    document |= {"approved_by": by.strip(), "approved_on": on}
    beside = path.with_name(f".{path.name}")  # a file that is there is whole, whatever stops us
    with beside.open("w", encoding="utf-8") as file:
        _yaml().dump(document, file)
    beside.replace(path)
    return read_scorecard(path)


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _bands(card: Scorecard, fact: str) -> CommentedSeq:
    bands = (CommentedMap(band.model_dump(exclude_none=True)) for band in card.bands[fact])
    return _flow(CommentedSeq(_flow(band) for band in bands))


def _flow(node: Node) -> Node:
    node.fa.set_flow_style()
    return node
