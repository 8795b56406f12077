"""House policies from YAML files. A mistake is named with file, line and column before anything uses it."""

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from compliance.rules import ContactRules
from gateways.message import MessageError, check_templates
from lending.value import Value
from statemachine.plans import DUE_REMINDER_CHANNELS, DUE_REMINDER_TEMPLATE
from statemachine.policy import HousePolicy

POLICIES = Path(__file__).parents[1] / "policies"


class PolicyError(ValueError):
    """A policy file that cannot be used. The text has one line per mistake: file:line:column field: rule."""


class Policy(Value):
    """One file: the house's decisions, and its contact rules."""

    house: HousePolicy
    contact: ContactRules


def policies_in(folder: Path = POLICIES) -> dict[str, Policy]:
    """Every house policy in `folder`, by id. Raises PolicyError."""
    found = [read_policy(path) for path in sorted(folder.glob("*.yaml")) if path.name != "places.yaml"]
    if not found:
        raise PolicyError(f"{folder}: no policy in it; a house policy is a file NAME.yaml")
    return {policy.house.id: policy for policy in found}


def read_policy(path: Path) -> Policy:
    """One policy, complete and with all its templates. Raises PolicyError."""
    document = _parse(path)
    mistakes: list[str] = []
    parts: dict[str, Any] = {}
    contact = document.get("contact")
    house = {key: value for key, value in document.items() if key != "contact"}
    for name, model, value, prefix in (
        ("house", HousePolicy, house, ()),
        ("contact", ContactRules, contact, ("contact",)),
    ):
        try:
            parts[name] = model.model_validate(value)
        except ValidationError as error:
            mistakes += [
                _mistake(path, document, (*prefix, *item["loc"]), item["msg"]) for item in error.errors()
            ]
    if not mistakes:
        mistakes = _template_mistakes(path, document, parts["house"])
    if mistakes:
        raise PolicyError("\n".join(mistakes))
    return Policy(**parts)


def _template_mistakes(path: Path, document: Any, house: HousePolicy) -> list[str]:
    mistakes: list[str] = []
    for wanted, place in _wanted_templates(house).items():
        try:
            check_templates(house.id, [wanted])
        except MessageError as error:
            mistakes += [_mistake(path, document, place, problem) for problem in str(error).splitlines()]
    return mistakes


def _wanted_templates(house: HousePolicy) -> dict[tuple[str, str], tuple[int | str, ...]]:
    """(template, channel) -> the first place in the file that asks for it."""
    due = {(DUE_REMINDER_TEMPLATE, str(channel)): ("plan",) for channel in DUE_REMINDER_CHANNELS}
    wanted: dict[tuple[str, str], tuple[int | str, ...]] = {**due}
    for name, rungs in house.strategies.items():
        for number, rung in enumerate(rungs):
            for channel in rung.channels:
                wanted.setdefault((rung.template, str(channel)), ("strategies", name, number, "template"))
    for channel in house.revisits.channels:
        wanted.setdefault((house.revisits.template, str(channel)), ("revisits", "template"))
    return wanted


def _parse(path: Path) -> Any:
    # The round-trip loader knows lines and columns; `safe` would lose them.
    yaml = YAML(typ="rt", pure=True)
    try:
        document = yaml.load(_text(path))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise PolicyError(f"{place}: not YAML: {error.problem}") from None
    except YAMLError as error:
        raise PolicyError(f"{path}: not YAML: {error}") from None
    if not isinstance(document, CommentedMap):
        raise PolicyError(f"{path}:1:1: a mapping of policy fields is expected")
    return document


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise PolicyError(f"{path}:{line}:{column}: not UTF-8: save the file in UTF-8") from None


def _mistake(path: Path, document: Any, place: tuple[int | str, ...], message: str) -> str:
    rule = message.removeprefix("Value error, ")
    named = re.match(r"([\w.-]+): ", rule)  # a rule over several fields begins with the one to change
    if named:
        place, rule = (*place, *named[1].split(".")), rule[named.end() :]
    line, column = _position(document, place)
    return f"{path}:{line}:{column}: {'.'.join(str(part) for part in place) or 'policy'}: {rule}"


def _position(node: Any, place: tuple[int | str, ...]) -> tuple[int, int]:
    """Line and column of the deepest part of `place` that the file has."""
    line, column = node.lc.line, node.lc.col
    for part in place:
        try:
            line, column = node.lc.key(part) if isinstance(node, CommentedMap) else node.lc.item(part)
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line + 1, column + 1
