"""`leeway risk`: a card is learned, measured on rows it never saw, and used only after a person approved it."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner, Result

from entrypoints.risk import app
from entrypoints.training import accuracy
from entrypoints.training.calibration_picture import calibration_picture
from entrypoints.training.comparison import scores_of
from entrypoints.training.learner import learn, split
from entrypoints.training.observations import Columns, TrainingError, read_observations
from gateways.scorecard_file import read_scorecard, usable_scorecard
from gateways.yaml_file import PolicyError
from lending.risk import RiskFacts, assess
from lending.scorecard import Learned

HEADER = "days_past_due,broken_promises,surplus_to_income_percent,earlier_delinquencies,branch,bad"


def rows(count: int, seed: int = 7) -> list[str]:
    """Loans that turn bad by what is overdue, what was promised and what is left; earlier delinquencies say nothing."""
    random = Random(seed)
    found = []
    for _ in range(count):
        days, broken, surplus = random.randrange(120), random.choice((0, 0, 1, 2)), random.randrange(-20, 60)
        chance = 0.05 + 0.004 * days + 0.12 * broken - 0.003 * surplus
        known = "" if random.random() < 0.1 else str(surplus)
        bad = "bad" if random.random() < chance else "good"
        found.append(f"{days},{broken},{known},{random.randrange(4)},{random.choice('NS')},{bad}")
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A lender's own outcomes."""
    path = tmp_path / "loans.csv"
    path.write_text("\n".join([HEADER, *rows(1500)]))
    return path


def leeway_risk(*words: str | Path) -> Result:
    """The command; what cannot be used is raised, as the command line expects."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def trained(data: Path, out: Path, *more: str) -> Result:
    """`leeway risk train` on `data`."""
    return leeway_risk("train", data, "--outcome", "bad", "--out", out, "--group", "branch", *more)


class TestTrain:
    def test_writes_a_card_that_beats_chance_on_rows_it_never_saw(self, data: Path, tmp_path: Path) -> None:
        said = trained(data, tmp_path / "own.yaml").stdout

        card = read_scorecard(tmp_path / "own.yaml")
        assert isinstance(card.source, Learned)
        assert card.source.auc_low > 0.5
        assert (card.source.data, card.source.rows, card.source.held_out) == ("loans.csv", 1050, 450)
        assert (card.source.seed, card.source.learned_on) == (15, date.today())
        for told in ("| `own@1` | learned |", "| `standard@1` | compared with | 4 of 7 |", "| branch: N |"):
            assert told in said

    def test_writes_a_card_nobody_may_use_until_a_person_approves_it(
        self, data: Path, tmp_path: Path
    ) -> None:
        trained(data, tmp_path / "own.yaml")
        with pytest.raises(ValueError, match="own@1 is not approved"):
            usable_scorecard("own", tmp_path)

        said = leeway_risk("approve", tmp_path / "own.yaml", "--by", "Ms Chen").stdout

        assert "own@1 approved by Ms Chen" in said
        assert usable_scorecard("own", tmp_path).approved_on == date.today()

    def test_of_the_same_data_and_seed_writes_the_same_card(self, data: Path, tmp_path: Path) -> None:
        (tmp_path / "again").mkdir()
        for out in (tmp_path / "own.yaml", tmp_path / "again" / "own.yaml"):
            trained(data, out)

        assert (tmp_path / "own.yaml").read_text() == (tmp_path / "again" / "own.yaml").read_text()

    def test_weighs_no_group_and_nothing_left_out(self, data: Path, tmp_path: Path) -> None:
        trained(data, tmp_path / "own.yaml", "--leave-out", "broken_promises")

        assert not {"branch", "bad", "broken_promises"} & set(read_scorecard(tmp_path / "own.yaml").bands)

    def test_says_so_where_the_other_card_knows_none_of_the_facts(self, data: Path, tmp_path: Path) -> None:
        data.write_text(re.sub("days|broken|surplus|earlier", "my", data.read_text()))
        data.write_text(data.read_text().replace("my_promises", "mine").replace("my_to", "my_own_to"))

        assert "nothing to compare" in trained(data, tmp_path / "own.yaml").stdout

    def test_never_changes_a_file_that_is_there(self, data: Path, tmp_path: Path) -> None:
        out = tmp_path / "own.yaml"
        out.write_text("mine")

        with pytest.raises(PolicyError, match="a file that is not there yet"):
            trained(data, out)
        assert out.read_text() == "mine"

    @pytest.mark.parametrize("name", ["own.yml", "Own.yaml", "our own.yaml", "nowhere/own.yaml"])
    def test_refuses_a_name_no_card_can_have_before_it_works(
        self, data: Path, tmp_path: Path, name: str
    ) -> None:
        with pytest.raises(PolicyError, match="--out "):
            trained(data, tmp_path / name)

    def test_of_a_file_that_is_not_there_ends_with_2(self, tmp_path: Path) -> None:
        result = trained(tmp_path / "lost.csv", tmp_path / "own.yaml")

        said = re.sub(r"[\s│]", "", result.output)  # the message is wrapped in a box
        assert (result.exit_code, "lost.csv" in said) == (2, True)

    def test_reads_numbers_in_quotes_and_rounds_decimals_down(self, data: Path) -> None:
        data.write_text(data.read_text().replace("\n", '\n"12.9",0,-3.1,NA,N,bad\n', 1))

        row = next(read_observations(data, Columns("bad", ["branch"])).known())

        assert list(row.values()) == [12, 0, -4, None]

    @pytest.mark.parametrize(
        ("right", "wrong", "complaint"),
        [
            ("broken_promises", "Gender", "Gender: sex or gender is protected"),
            ("broken_promises", "postal_code", "postal_code: postal code is protected"),
            ("branch", "Branch", "branch: no such column; there are days_past_due"),
            ("broken_promises", "days_past_due", "days_past_due: is the name of two columns"),
            ("\n", "\nabc,0,1,1,N,good\n", "days_past_due: 'abc' in line 2 is no number"),
            ("\n", "\n1,0,1,1,N,maybe\n", "bad: 'maybe' in line 2 is no outcome; write 1, true, yes or bad"),
            ("\n", "\n1,0\n", "line 2: has 2 values, the header 6"),
            (",bad", ",good", "bad: no such column"),
        ],
    )
    def test_refuses_data_it_cannot_learn_from_and_writes_nothing(
        self, data: Path, tmp_path: Path, right: str, wrong: str, complaint: str
    ) -> None:
        data.write_text(data.read_text().replace(right, wrong, 1))

        with pytest.raises((TrainingError, PolicyError), match=re.escape(complaint)):
            trained(data, tmp_path / "own.yaml")
        assert not (tmp_path / "own.yaml").exists()

    def test_refuses_too_few_bad_rows(self, data: Path, tmp_path: Path) -> None:
        data.write_text("\n".join([HEADER, *(row.replace("bad", "good") for row in rows(200))]))

        with pytest.raises(TrainingError, match="bad: 0 bad rows, at least 50 are needed"):
            trained(data, tmp_path / "own.yaml")


class TestLearn:
    def test_centres_the_points_so_that_an_unknown_fact_is_an_average_one(self, data: Path) -> None:
        seen, _ = split(read_observations(data, Columns("bad", ["branch"])), 15)
        learning = learn(seen, 15)

        for fact, bands in learning.bands.items():
            known = seen.facts[fact][~np.isnan(seen.facts[fact])]
            reached = [[b.points for b in bands if b.at_least is None or v >= b.at_least][-1] for v in known]
            assert abs(np.mean(reached)) < 0.6, fact

    def test_raises_the_score_with_the_days_and_lowers_it_with_the_surplus(self, data: Path) -> None:
        seen, _ = split(read_observations(data, Columns("bad", ["branch"])), 15)
        bands = learn(seen, 15).bands

        rising = [band.points for band in bands["days_past_due"]]
        falling = [band.points for band in bands["surplus_to_income_percent"]]
        assert rising == sorted(set(rising))
        assert falling == sorted(set(falling), reverse=True)
        assert len(rising) >= 3

    def test_makes_a_card_that_scores_a_case_as_it_scores_a_row(self, data: Path, tmp_path: Path) -> None:
        trained(data, tmp_path / "own.yaml")
        card = read_scorecard(tmp_path / "own.yaml")
        observed = read_observations(data, Columns("bad", ["branch"]))
        row = next(observed.known())

        case = RiskFacts.model_validate({"balance_to_income_percent": None} | row)
        assert assess(card, case).score == scores_of(card, observed)[0]


class TestAccuracy:
    @pytest.mark.parametrize("ties", [1, 3, 50])
    def test_is_the_auc_that_scikit_learn_finds(self, ties: int) -> None:
        random = np.random.default_rng(4)
        bad = random.random(300) < 0.3
        scores = np.floor((random.random(300) * 100 + 20 * bad) / ties)

        found = accuracy.auc(scores, bad)

        assert found.value == pytest.approx(roc_auc_score(bad, scores))
        assert found.low < found.value < found.high

    def test_has_an_interval_about_as_wide_as_resampling_the_rows_gives(self) -> None:
        random = np.random.default_rng(4)
        bad = random.random(400) < 0.3
        scores = random.random(400) + 0.4 * bad
        drawn = [random.integers(0, 400, 400) for _ in range(600)]
        resampled = [roc_auc_score(bad[rows], scores[rows]) for rows in drawn]

        found = accuracy.auc(scores, bad)

        assert found.high - found.low == pytest.approx(3.92 * np.std(resampled), rel=0.15)

    def test_sees_no_difference_between_a_card_and_itself(self) -> None:
        scores, bad = np.arange(40.0), np.arange(40) % 3 == 0

        assert accuracy.auc_difference(scores, scores, bad) == accuracy.Estimate(0, 0, 0)

    def test_reads_odds_that_double(self) -> None:
        odds = accuracy.odds_of(np.array([200.0, 220.0, 160.0]), 200, 20)

        assert odds == pytest.approx([1 / 2, 2 / 3, 1 / 5])

    def test_knows_the_interval_of_a_share(self) -> None:
        """Wilson's interval of 10 in 100, as textbooks print it."""
        share = accuracy.wilson(10, 100)

        assert (round(share.low, 4), round(share.high, 4)) == (0.0552, 0.1744)

    def test_puts_every_row_into_one_bin_of_its_risk(self) -> None:
        foreseen = np.linspace(0.1, 0.9, 83)

        bins = accuracy.calibration(foreseen, foreseen > 0.5)

        assert sum(one.rows for one in bins) == 83
        assert [one.foreseen for one in bins] == sorted(one.foreseen for one in bins)
        assert (bins[0].observed.value, bins[-1].observed.value) == (0, 1)


class TestPicture:
    def test_is_well_formed_and_shows_every_bin(self) -> None:
        from xml.etree.ElementTree import fromstring

        bins = accuracy.calibration(np.linspace(0.01, 0.4, 80), np.arange(80) % 4 == 0)

        drawn = fromstring(calibration_picture([("a & b", bins), ("c", bins)]))

        assert len(drawn.findall("{*}circle")) == 2 * len(bins)


class TestImports:
    @pytest.mark.parametrize("module", ["entrypoints.worker", "entrypoints.cli"])
    def test_of_what_runs_cases_load_no_learning(self, module: str, project: Path) -> None:
        code = f"import {module}, sys; print(sorted({{'sklearn', 'scipy', 'entrypoints.training'}} & set(sys.modules)))"

        loaded = subprocess.run(
            [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
        )

        assert loaded.stdout == "[]\n"
