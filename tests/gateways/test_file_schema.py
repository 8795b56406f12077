"""The schemas that editors read: valid, and of one mind with the files that are shipped and with those refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from gateways.calendar_file import CalendarFile
from gateways.file_schema import FILES, schema_text

POLICIES = Path(__file__).parents[2] / "policies"
SHIPPED = {
    "rule-pack": sorted((POLICIES / "jurisdictions").glob("*.yaml")),
    "policy": sorted(POLICIES.glob("platform-*.yaml")),
    "calendar": sorted((POLICIES / "calendars").glob("*.yaml")),
    "scorecard": sorted((POLICIES / "scorecards").glob("*.yaml")),
    "words": [POLICIES / "templates" / "words.yaml"],
}
CALENDAR = """\
closed: [2026-12-31]
years:
  - {year: 2027, off: [2027-01-01], on: [2027-02-20], source: who published it}
"""


def as_editors_read(text: str) -> Any:
    """YAML as an editor's JSON Schema checks it: a day is text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def complaints(name: str, text: str) -> list[str]:
    """What the schema has against a file, by the deepest place it names."""
    checker = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator(json.loads(schema_text(name)), format_checker=checker)
    return [".".join(map(str, error.absolute_path)) for error in validator.iter_errors(as_editors_read(text))]


def changed(name: str, right: str, wrong: str) -> str:
    """A shipped file with one thing written otherwise."""
    files = {
        "rule-pack": POLICIES / "jurisdictions" / "CN.yaml",
        "policy": POLICIES / "platform-b.yaml",
        "scorecard": POLICIES / "scorecards" / "standard.yaml",
        "words": POLICIES / "templates" / "words.yaml",
    }
    text = CALENDAR if name == "calendar" else files[name].read_text(encoding="utf-8")
    assert right in text
    return text.replace(right, wrong, 1)


class TestSchema:
    @pytest.mark.parametrize("name", FILES)
    def test_is_one(self, name: str) -> None:
        schema = json.loads(schema_text(name))

        Draft202012Validator.check_schema(schema)
        assert schema["description"]
        assert schema["additionalProperties"] is False

    def test_explains_every_kind_of_rule(self) -> None:
        schema = json.loads(schema_text("rule-pack"))

        kinds = schema["properties"]["rules"]["items"]["discriminator"]["mapping"]
        described = [
            schema["$defs"][place.removeprefix("#/$defs/")]["description"] for place in kinds.values()
        ]
        assert len(set(described)) == len(kinds) == 7

    @pytest.mark.parametrize(
        ("name", "path"), [(name, path) for name, paths in SHIPPED.items() for path in paths]
    )
    def test_takes_what_is_shipped_which_names_it(self, name: str, path: Path) -> None:
        text = path.read_text(encoding="utf-8")

        _, _, named = text.splitlines()[0].partition("# yaml-language-server: $schema=")
        assert (path.parent / named).resolve() == POLICIES.parent / "docs" / "schemas" / f"{name}.schema.json"
        assert complaints(name, text) == []

    def test_takes_a_calendar_as_its_page_shows_it(self) -> None:
        CalendarFile.model_validate(as_editors_read(CALENDAR))

        assert complaints("calendar", CALENDAR) == []

    @pytest.mark.parametrize("written", ['"00:00"', '"23:59"', '"24:00"'])
    def test_takes_a_time_of_day_and_the_end_of_one(self, written: str) -> None:
        assert complaints("rule-pack", changed("rule-pack", '"22:00"', written)) == []

    @pytest.mark.parametrize(
        ("name", "right", "wrong"),
        [
            ("rule-pack", "channels: [phone]", "channels: [phone, fax]"),
            ("rule-pack", "limit: 3", "limit: -1"),
            ("rule-pack", "limit: 3", "limit: true"),
            ("rule-pack", '"22:00"', '"25:00"'),
            ("rule-pack", '"22:00"', '"24:01"'),
            ("rule-pack", '"22:00"', '"22:00:30"'),
            ("rule-pack", '"22:00"', "1320"),
            ("rule-pack", "    citation: GB/T 45251-2025 cl. 5.3\n", ""),
            ("rule-pack", "citation: GB/T 45251-2025 cl. 5.3", "citation: everybody knows"),
            ("rule-pack", "limit: 3", "limits: 3"),
            ("rule-pack", "limit: 3", "limit: 3\n    colour: red"),
            ("rule-pack", "kind: limit", "kind: limits"),
            ("rule-pack", "kind: limit", "kind: pause"),
            ("rule-pack", "title: China", "title: China\ncolour: red"),
            ("rule-pack", "fact: hours_agreed", "fact: hours_ok"),
            ("rule-pack", "effective_from: 2025-02-28", "effective_from: spring"),
            ("rule-pack", "effective_from: 2025-02-28", "effective_from: 20250228"),
            ("rule-pack", "certainty: H", "certainty: sure"),
            ("rule-pack", "why: one secondary", "who: one secondary"),
            ("policy", "long_overdue_days: 120", "long_overdue_days: 0"),
            ("policy", "scorecard: standard", "scorecard: {id: standard}"),
            ("scorecard", "points: 10", "points: ten"),
            ("scorecard", "kind: expert", "kind: oracle"),
            ("scorecard", "unknown_points: 5", "unknown: 5"),
            ("policy", "  standard:", "  Standard:"),
            ("policy", "stage: notice", "stage: note"),
            ("policy", "days: working", "days: [working, funday]"),
            ("policy", "days: working", "days: []"),
            ("policy", 'opens: "09:00"', 'opens: "9:00"'),
            ("policy", "limit: 3", "limit: 0"),
            ("policy", "spread_minutes", "spread"),
            ("policy", "contact:", "contacts:"),
            ("calendar", "closed: [2026-12-31]", "closed: 2026-12-31"),
            ("calendar", "on: [2027-02-20]", "on: [20270220]"),
            ("calendar", ", source: who published it", ""),
            ("calendar", "year: 2027", "year: 27"),
        ],
    )
    def test_refuses_what_leeway_refuses(self, name: str, right: str, wrong: str) -> None:
        assert complaints(name, changed(name, right, wrong))
