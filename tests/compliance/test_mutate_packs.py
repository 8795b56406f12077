"""The mutation of the packs: it passes where every number is pinned, and lists the numbers that are not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mutate_packs import numbers_in

from gateways.rule_pack_file import JURISDICTIONS

SCRIPT = Path(__file__).parent / "mutate_packs.py"
PACK = """\
jurisdiction: PH
title: Title 1
rules:
  - id: PH/a1
    kind: stop
    citation: Act 2 art. 3
    effective_from: 2020-03-01
    force: must
    on: dispute
    lasts_days: 9
    certainty: L
    source: page 4
    note: 5 days
  - id: PH/a2
    kind: hours
    citation: Act 2 art. 6
    effective_from: 2020-03-01
    effective_to: 2021-01-01
    force: must
    open: [{opens: "00:00", closes: '22:30'}]
    certainty: H
    source: page 7
terms: [{name: no_8, value: 1, citation: Act 9, certainty: H, source: page 10}]
left_out: [{what: 11 hours, why: "12"}]
"""
PINS_HOURS_ALONE = """\
from law_at import hours

PLACE = "PH"


def test_hours_are_6_to_22():
    assert hours("PH/hours", "2026-05-04") == "06:00-22:00"
"""


def mutated(*arguments: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a run of the script."""
    run = subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=240
    )
    return run.returncode, (run.stdout + run.stderr).splitlines()


class TestNumbers:
    def test_are_those_of_rules_and_terms_and_none_in_text_or_names(self, tmp_path: Path) -> None:
        path = tmp_path / "PH.yaml"
        path.write_text(PACK, encoding="utf-8")

        assert [(number.place, number.text, number.changed) for number in numbers_in(path)] == [
            ("rules.0.effective_from", "2020-03-01", ("2020-03-02", "2020-02-29")),
            ("rules.0.lasts_days", "9", ("10", "8")),
            ("rules.1.effective_from", "2020-03-01", ("2020-03-02", "2020-02-29")),
            ("rules.1.effective_to", "2021-01-01", ("2021-01-02", "2020-12-31")),
            ("rules.1.open.0.opens", "00:00", ("01:00",)),
            ("rules.1.open.0.opens", "00:00", ("00:01",)),
            ("rules.1.open.0.closes", "22:30", ("23:30", "21:30")),
            ("rules.1.open.0.closes", "22:30", ("22:31", "22:29")),
            ("terms.0.value", "1", ("2", "0")),
        ]


class TestLaws:
    def test_have_a_file_of_tests_each(self) -> None:
        tests = [path.read_text(encoding="utf-8") for path in SCRIPT.parent.glob("test_law_of_*.py")]

        places = sorted(
            found for text in tests for found in re.findall('^PLACE = "(.+)"$', text, re.MULTILINE)
        )
        assert places == sorted(path.stem for path in JURISDICTIONS.glob("*.yaml"))


class TestMutation:
    def test_kills_every_number_of_a_shipped_pack(self) -> None:
        assert mutated("PH") == (0, ["6 numbers, 6 killed, 0 survived"])

    def test_lists_the_numbers_that_no_test_pins(self, tmp_path: Path) -> None:
        (tmp_path / "test_law_of_hours.py").write_text(PINS_HOURS_ALONE, encoding="utf-8")

        code, lines = mutated("PH", "--tests", str(tmp_path))

        assert (code, lines[0]) == (1, "6 numbers, 4 killed, 2 survived")
        assert [line.split(": ", 1)[1] for line in lines[1:]] == [
            "rules.0.effective_from: 2019-09-07 may as well be 2019-09-08 or 2019-09-06",
            "rules.0.exempt.1.days_past_due_over: 60 may as well be 61 or 59",
        ]

    @pytest.mark.parametrize(
        ("test", "said"),
        [
            ("PLACE = 'PH'\n\ndef test_fails():\n    assert False\n", "PH.yaml: its tests fail as it stands"),
            ("PLACE = 'CN'\n\ndef test_of_another_place():\n    assert True\n", "PH.yaml: has no tests"),
        ],
    )
    def test_proves_nothing_by_tests_that_fail_anyway_or_are_not_there(
        self, tmp_path: Path, test: str, said: str
    ) -> None:
        (tmp_path / "test_law_of_nothing.py").write_text(test, encoding="utf-8")

        assert mutated("PH", "--tests", str(tmp_path)) == (
            2,
            ["0 numbers, 0 killed, 0 survived", said],
        )

    def test_refuses_a_place_without_a_pack(self) -> None:
        code, lines = mutated("XX")

        assert (code, lines[0], lines[1].endswith("no such pack")) == (
            2,
            "0 numbers, 0 killed, 0 survived",
            True,
        )
