"""Scorecard files: a house policy names one, and it is used only when a person has approved it."""

from datetime import date
from pathlib import Path

import pytest

from gateways.policy_file import policies_in, read_policy
from gateways.rule_pack_file import packs_in
from gateways.scorecard_file import (
    SCORECARDS,
    approve,
    read_scorecard,
    scorecards_in,
    usable_scorecard,
    write_scorecard,
)
from gateways.yaml_file import PolicyError
from lending.risk import Tier
from lending.scorecard import Band

CARD = """\
# read in the spring
id: own
version: 2
title: Our own card
source: {kind: expert, by: the risk desk, basis: three years of files}
bands:
  days_past_due: [{at_least: 15, points: 10}, {at_least: 30, points: 20}]
  broken_promises: [{at_least: 1, points: 15}]
unknown_points: 5
tiers: {medium_from: 15, high_from: 30}
approved_by: Ms Chen
approved_on: 2026-03-02
"""
UNAPPROVED = CARD.replace("Ms Chen", "").replace("2026-03-02", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the policies: platform-b, and beside it the scorecards."""
    shipped = (SCORECARDS.parent / "platform-b.yaml").read_text(encoding="utf-8")
    (tmp_path / "platform-b.yaml").write_text(shipped.replace("scorecard: standard", "scorecard: own"))
    (tmp_path / "scorecards").mkdir()
    return tmp_path


def written(folder: Path, text: str) -> Path:
    """The card in its file."""
    path = folder / "scorecards" / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path) -> str:
    """What keeps the policy from being read."""
    with pytest.raises(PolicyError) as raised:
        read_policy(folder / "platform-b.yaml", packs_in())
    return str(raised.value)


class TestShippedCards:
    def test_are_approved_and_weigh_what_cases_know(self) -> None:
        cards = scorecards_in()

        assert {usable_scorecard(name).id for name in cards} == set(cards) >= {"standard"}


class TestHousePolicy:
    def test_carries_the_card_that_it_names(self, folder: Path) -> None:
        path = written(folder, CARD)

        risk = read_policy(folder / "platform-b.yaml", packs_in()).house.risk

        assert risk is not None
        assert (risk.scorecard, risk.strategy[Tier.HIGH]) == (read_scorecard(path), "plan_first")

    @pytest.mark.parametrize("name", ["platform-a", "platform-c"])
    def test_gets_risk_by_data_alone(self, tmp_path: Path, name: str) -> None:
        text = (SCORECARDS.parent / f"{name}.yaml").read_text(encoding="utf-8")
        risk = (
            "risk: {scorecard: standard, strategy: {low: standard, medium: standard, high: long_overdue}}\n"
        )
        (tmp_path / f"{name}.yaml").write_text(text + risk, encoding="utf-8")

        house = policies_in(tmp_path)[name].house

        assert house.risk is not None
        assert house.risk.scorecard == read_scorecard(SCORECARDS / "standard.yaml")

    def test_that_names_no_card_that_is_there_is_told_which_there_are(self, folder: Path) -> None:
        line, column = 9, 3

        assert complaint(folder) == (
            f"{folder / 'platform-b.yaml'}:{line}:{column}: risk.scorecard: "
            "'own' is no card in scorecards; there are none"
        )

    def test_that_names_an_unapproved_card_is_refused_and_told_what_to_do(self, folder: Path) -> None:
        written(folder, UNAPPROVED)

        said = complaint(folder)

        assert said.startswith(f"{folder / 'platform-b.yaml'}:9:3: risk.scorecard: own@2 is not approved")
        assert "`leeway risk approve own.yaml --by NAME`" in said

    def test_that_names_a_card_of_strange_facts_is_refused(self, folder: Path) -> None:
        written(folder, CARD.replace("broken_promises", "Seniority"))

        assert "own@2 weighs Seniority, which no case knows; it may weigh days_past_due, " in complaint(
            folder
        )

    def test_with_a_card_written_into_it_is_refused(self, folder: Path) -> None:
        policy = folder / "platform-b.yaml"
        policy.write_text(policy.read_text().replace("scorecard: own", "scorecard: {id: own, version: 1}"))

        assert "risk.scorecard: write the name of a card" in complaint(folder)

    def test_hears_of_a_mistake_in_the_card_where_it_stands(self, folder: Path) -> None:
        path = written(folder, CARD.replace("points: 20", "points: many"))

        assert complaint(folder).startswith(f"{path}:7:62: bands.days_past_due.1.points: ")


class TestReadScorecard:
    @pytest.mark.parametrize(
        ("right", "wrong", "at", "complaint"),
        [
            ("broken_promises:", "age:", "8:3", "bands.age: age is protected, nobody is scored by it"),
            ("version: 2", "version: 0", "3:1", "version: "),
            ("id: own", "id: other", "2:1", "id: 'other' is not what the file is called"),
            ("high_from: 30", "high_from: 15", "10:26", "tiers.high_from: 15 must be above medium_from (15)"),
            ("at_least: 30", "at_least: 15", "7:48", "bands.days_past_due.1.at_least: 15 must be above"),
            ("approved_on: 2026-03-02", "approved_on:", "12:1", "approved_on: is missing"),
            ("unknown_points: 5", "unknown_points: 5\ncolour: red", "10:1", "colour: Extra inputs"),
        ],
    )
    def test_names_file_line_and_column_of_a_mistake(
        self, folder: Path, right: str, wrong: str, at: str, complaint: str
    ) -> None:
        path = written(folder, CARD.replace(right, wrong, 1))

        with pytest.raises(PolicyError) as raised:
            read_scorecard(path)

        assert str(raised.value).startswith(f"{path}:{at}: {complaint}")

    def test_refuses_the_form_that_only_old_cases_carry(self, folder: Path) -> None:
        path = written(folder, "medium_from: 25\nhigh_from: 50\n")

        with pytest.raises(PolicyError, match=":1:1: medium_from: belongs under tiers"):
            read_scorecard(path)


class TestWriteScorecard:
    def test_writes_what_is_read_back(self, folder: Path) -> None:
        card = read_scorecard(written(folder, UNAPPROVED))
        bands = {**card.bands, "surplus_to_income_percent": (Band(points=-4), Band(at_least=0, points=3))}
        again = card.model_copy(update={"id": "again", "bands": bands, "base_points": 70})

        write_scorecard(folder / "again.yaml", again)

        assert read_scorecard(folder / "again.yaml") == again
        assert (folder / "again.yaml").read_text().endswith("\napproved_by:\napproved_on:\n")

    def test_overwrites_nothing(self, folder: Path) -> None:
        path = written(folder, CARD)

        with pytest.raises(PolicyError, match="is there already"):
            write_scorecard(path, read_scorecard(path))
        assert path.read_text() == CARD


class TestApprove:
    def test_writes_name_and_day_and_keeps_the_rest(self, folder: Path) -> None:
        path = written(folder, UNAPPROVED)

        card = approve(path, " Ms Chen ", date(2026, 3, 2))

        assert (card.approved_by, card.approved_on) == ("Ms Chen", date(2026, 3, 2))
        assert path.read_text().startswith("# read in the spring\nid: own\n")
        assert read_policy(folder / "platform-b.yaml", packs_in()).house.risk is not None

    @pytest.mark.parametrize(
        ("text", "by", "complaint"),
        [(CARD, "Mr Li", "Ms Chen approved it on 2026-03-02"), (UNAPPROVED, "  ", "--by: is empty")],
    )
    def test_changes_nothing_without_a_name_or_a_second_time(
        self, folder: Path, text: str, by: str, complaint: str
    ) -> None:
        path = written(folder, text)

        with pytest.raises(PolicyError, match=complaint):
            approve(path, by, date(2026, 3, 3))
        assert path.read_text() == text
