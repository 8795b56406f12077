"""The risk report: what is committed says what it was made from, and making it again gives the same."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from real_loans import RealLoans, credit_data, lending_club
from write import PAGE, PICTURE, SEED, learned, report

from entrypoints.training.comparison import Comparison
from entrypoints.training.observations import TrainingError
from lending.protected import protected_attribute

LOANS = {"credit-data": credit_data, "lending-club": lending_club}
SAMPLE = 2_000


@pytest.fixture(scope="module", params=LOANS)
def loans(request: pytest.FixtureRequest) -> RealLoans:
    """Each data set in turn."""
    return LOANS[request.param]()


@pytest.fixture(scope="module")
def found(loans: RealLoans) -> Comparison:
    """What was learned from all of it."""
    return learned(loans)[0]


class TestReport:
    def test_is_what_is_committed(self) -> None:
        page, picture = report()

        assert (PAGE.read_text(encoding="utf-8"), PICTURE.read_text(encoding="utf-8")) == (page, picture), (
            "write it anew: make risk-report"
        )

    def test_says_which_data_and_seed_it_was_made_from(self, loans: RealLoans, found: Comparison) -> None:
        page = PAGE.read_text(encoding="utf-8")

        assert f"seed {SEED}," in page
        assert f"## {loans.source}" in page
        assert f"{found.rows:,} rows, {found.held_out:,} of them held out" in page

    def test_of_a_sample_is_the_same_when_made_again(self) -> None:
        first, again = (learned(credit_data(), SAMPLE) for _ in range(2))

        assert first == again
        assert first[0].rows == SAMPLE


class TestLearnedCard:
    def test_beats_chance_on_rows_it_never_saw(self, found: Comparison) -> None:
        assert found.learned.auc.low > 0.5

    def test_beats_the_hand_made_card_that_was_made_for_arrears(self, found: Comparison) -> None:
        assert found.better_by is not None
        assert found.better_by.low > 0

    def test_foresees_as_many_bad_loans_as_there_were(self, found: Comparison) -> None:
        bad = sum(one.rows * one.observed.value for one in found.learned.bins)

        assert found.learned.mean_foreseen * found.held_out == pytest.approx(bad, rel=0.05)

    def test_weighs_nothing_that_is_protected_nor_any_group(
        self, loans: RealLoans, found: Comparison
    ) -> None:
        assert [fact for fact in found.card.bands if protected_attribute(fact)] == []
        assert not set(found.card.bands) & set(loans.groups)

    def test_only_raises_or_only_lowers_the_risk_with_each_fact(self, found: Comparison) -> None:
        for bands in found.card.bands.values():
            points = [band.points for band in bands]
            assert points in (sorted(points), sorted(points, reverse=True))


class TestGroups:
    def test_are_judged_by_age_and_marriage_without_either_being_a_fact(self) -> None:
        found = learned(credit_data())[0]

        assert {group.column for group in found.groups} == {"age_group", "Marital"}
        assert all(sum(group.tiers.values()) == pytest.approx(1) for group in found.groups)

    def test_become_no_facts_by_being_left_among_them(self, tmp_path: Path) -> None:
        loans = credit_data()
        as_fact = RealLoans(loans.id, loans.source, loans.frame, ("Marital",))

        with pytest.raises(TrainingError, match="age_group: age is protected"):
            as_fact.observed(tmp_path)
