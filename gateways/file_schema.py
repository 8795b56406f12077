"""JSON Schemas of the YAML files that people write, for their editors. `leeway policy check` knows more than these."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from compliance.house import ContactRules
from compliance.pack import RulePack
from gateways.calendar_file import CalendarFile
from gateways.words import Words
from lending.risk import Tier
from lending.scorecard import Scorecard
from lending.value import Strict
from statemachine.policy import HousePolicy, Name


class RiskInFile(Strict):
    """The card of policies/scorecards that assesses a case, and the strategy that each tier gets."""

    scorecard: Name
    strategy: Mapping[Tier, Name]


class PolicyFile(HousePolicy):
    """A house policy: its ladder, its rhythm of revisits and its terms, with its contact rules on top of the law."""

    contact: ContactRules
    risk: RiskInFile | None = None  # type: ignore[assignment]  # the loader puts the card itself there


FILES: Mapping[str, type[BaseModel]] = {
    "rule-pack": RulePack,
    "policy": PolicyFile,
    "calendar": CalendarFile,
    "scorecard": Scorecard,
    "words": Words,
}
"""What each schema describes: policies/jurisdictions/*.yaml, policies/platform-*.yaml, policies/templates/words.yaml, and so on."""


class _Written(GenerateJsonSchema):
    """As people write it: no titles made up from the fields' names, and names in a mapping that must have their form."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found


def schema_text(name: str) -> str:
    """The schema of one of FILES, as docs/schemas/NAME.schema.json holds it."""
    made = FILES[name].model_json_schema(schema_generator=_Written)
    return f"{json.dumps({'$schema': _Written.schema_dialect, **made}, ensure_ascii=False, indent=2)}\n"
