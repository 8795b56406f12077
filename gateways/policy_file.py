"""House policies from YAML files. A mistake is named with file, line and column before anything uses it."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from compliance.house import ContactRules
from compliance.loosened import loosened
from compliance.pack import RulePack
from gateways.message import MessageError
from gateways.policy_terms import loose_terms
from gateways.rule_pack_file import packs_in
from gateways.scorecard_file import SCORECARDS, usable_scorecard
from gateways.template_check import THIRD_PERSON, check_templates
from gateways.yaml_file import PolicyError, mistake, parse, stamps_of
from lending.value import Value
from statemachine.policy import (
    DUE_REMINDER_CHANNELS,
    DUE_REMINDER_TEMPLATE,
    FOLLOW_UP_CHANNELS,
    FOLLOW_UP_TEMPLATE,
    MISSED_TEMPLATE,
    HousePolicy,
)
from statemachine.stage import Channel

POLICIES = Path(__file__).parents[1] / "policies"


class Policy(Value):
    """One file: the house's decisions, and its contact rules."""

    house: HousePolicy
    contact: ContactRules


def policies_in(folder: Path = POLICIES, packs: Mapping[str, RulePack] | None = None) -> dict[str, Policy]:
    """Every house policy in `folder`, by id; none looser than the law in `packs`. Raises PolicyError."""
    if packs is None and folder == POLICIES:
        return dict(_shipped(stamps_of(POLICIES), date.today()))
    return _read_all(folder, packs_in() if packs is None else packs)


@lru_cache(
    maxsize=2
)  # every message of every policy is written once: seconds, and each part of a process asks
def _shipped(_stamps: object, _today: date) -> dict[str, Policy]:
    return _read_all(POLICIES, packs_in())


def _read_all(folder: Path, law: Mapping[str, RulePack]) -> dict[str, Policy]:
    found = [read_policy(path, law) for path in sorted(folder.glob("*.yaml")) if path.name != "places.yaml"]
    if not found:
        raise PolicyError(f"{folder}: no policy in it; a house policy is a file NAME.yaml")
    return {policy.house.id: policy for policy in found}


def read_policy(path: Path, packs: Mapping[str, RulePack]) -> Policy:
    """One policy, complete, with all its templates, and nowhere looser than the law in `packs`. Raises PolicyError."""
    document = parse(path)
    mistakes: list[str] = []
    parts: dict[str, Any] = {}
    contact = document.get("contact")
    house, problems = _with_scorecard(path, document)
    mistakes += problems
    for name, model, value, prefix in (
        ("house", HousePolicy, house, ()),
        ("contact", ContactRules, contact, ("contact",)),
    ):
        try:
            parts[name] = model.model_validate(value)
        except ValidationError as error:
            mistakes += [
                mistake(path, document, (*prefix, *item["loc"]), item["msg"]) for item in error.errors()
            ]
    if not mistakes:
        mistakes = _template_mistakes(path, document, parts["house"], parts["contact"])
        mistakes += _law_mistakes(path, document, parts["contact"], packs)
        mistakes += [
            mistake(path, document, place, text)
            for place, text in loose_terms(parts["house"], parts["contact"].places, packs)
        ]
    if mistakes:
        raise PolicyError("\n".join(mistakes))
    return Policy(**parts)


def _with_scorecard(path: Path, document: Any) -> tuple[dict[str, Any], list[str]]:
    """The house's part with the scorecard that it names, and what keeps that card from being used."""
    house = {key: value for key, value in document.items() if key != "contact"}
    risk = house.get("risk")
    if not isinstance(risk, Mapping) or "scorecard" not in risk:
        return house, []
    beside = path.parent / SCORECARDS.name
    try:
        card = usable_scorecard(risk["scorecard"], beside if beside.is_dir() else SCORECARDS)
    except PolicyError as error:
        return house | {"risk": None}, [str(error)]
    except ValueError as error:
        return house | {"risk": None}, [mistake(path, document, ("risk", "scorecard"), str(error))]
    return house | {"risk": {**risk, "scorecard": card}}, []


def _law_mistakes(
    path: Path, document: Any, contact: ContactRules, packs: Mapping[str, RulePack]
) -> list[str]:
    known = f"there are {', '.join(sorted(packs))}"
    if not contact.places:
        text = f"is missing: name the places whose law the house keeps; {known}"
        return [mistake(path, document, ("contact", "places"), text)]
    lender = () if contact.lender_place is None else (contact.lender_place,)
    for field, places in (("places", contact.places), ("lender_place", lender)):
        if unknown := [place for place in places if place not in packs]:
            text = f"no rule pack for {', '.join(unknown)}; {known}"
            return [mistake(path, document, ("contact", field), text)]
    named = dict.fromkeys(part for place in (*contact.places, *lender) for part in (place[:2], place))
    rules = [rule for place in named for rule in packs[place].rules]
    found = dict.fromkeys(loosened(contact, rules, date.today()))
    return [mistake(path, document, ("contact", *loose.place), loose.text) for loose in found]


def _template_mistakes(path: Path, document: Any, house: HousePolicy, contact: ContactRules) -> list[str]:
    mistakes: list[str] = []
    places = dict.fromkeys(part for place in contact.places for part in (place[:2], place))
    for wanted, place in wanted_templates(house).items():
        try:
            check_templates(house.id, [wanted], places=places)
        except MessageError as error:
            mistakes += [mistake(path, document, place, problem) for problem in str(error).splitlines()]
    return mistakes


def wanted_templates(house: HousePolicy) -> dict[tuple[str, str], tuple[int | str, ...]]:
    """(template, channel) -> the first place in the policy's file that asks for it."""
    wanted: dict[tuple[str, str], tuple[int | str, ...]] = {
        (template, str(channel)): ("plan",)
        for template in (DUE_REMINDER_TEMPLATE, MISSED_TEMPLATE)
        for channel in DUE_REMINDER_CHANNELS
    }
    for name, rungs in house.strategies.items():
        for number, rung in enumerate(rungs):
            for channel in rung.channels:
                wanted.setdefault((rung.template, str(channel)), ("strategies", name, number, "template"))
    wanted[THIRD_PERSON, str(Channel.PHONE)] = ("contact",)
    wanted |= {(FOLLOW_UP_TEMPLATE, str(channel)): ("revisits",) for channel in FOLLOW_UP_CHANNELS}
    for channel in house.revisits.channels:
        wanted.setdefault((house.revisits.template, str(channel)), ("revisits", "template"))
    for channel in FOLLOW_UP_CHANNELS if house.visits else ():
        wanted.setdefault((FOLLOW_UP_TEMPLATE, str(channel)), ("visits",))
    return wanted
