"""`leeway calendar`: a year is added once, and what it changed can be seen."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from entrypoints.calendar import app
from gateways.calendar_file import days_between, read_calendar
from gateways.working_days import working_calendar
from gateways.yaml_file import PolicyError

YEAR = date.today().year
"""The command is about the years around today; the days below are the same in any year."""

SATURDAY = next(day for day in days_between(date(YEAR, 3, 8), date(YEAR, 3, 14)) if day.weekday() == 5)
WEEK = days_between(SATURDAY + timedelta(days=2), SATURDAY + timedelta(days=6))
WEEK_SPAN = f"{WEEK[0]}..{WEEK[-1]}"
OFF = ("--off", f"{YEAR}-01-01", "--off", WEEK_SPAN)
ADD = ("add", "CN", str(YEAR), *OFF, "--on", str(SATURDAY), "--source", "State Council",
       "--worked", f"{YEAR}-01-01..{YEAR}-12-31")  # fmt: skip


def leeway_calendar(folder: Path, *words: str) -> Result:
    """The command on a folder of files; what cannot be used is raised, as the command line expects."""
    return CliRunner().invoke(app, [*words, "--folder", str(folder)], catch_exceptions=False)


def shown(folder: Path, *words: str) -> dict[str, Any]:
    """What `show --json` says."""
    answer: dict[str, Any] = json.loads(leeway_calendar(folder, "show", *words, "--json").stdout)
    return answer


class TestAdd:
    def test_writes_the_year_with_its_spans_as_days(self, tmp_path: Path) -> None:
        said = leeway_calendar(tmp_path, *ADD).stdout

        year = read_calendar(tmp_path / "CN.yaml").years[0]
        assert year.off == (date(YEAR, 1, 1), *WEEK)
        assert (year.on, year.source) == ((SATURDAY,), "State Council")
        assert said == f"{tmp_path / 'CN.yaml'}: {YEAR} added, 6 days off and 1 make-up days\n"

    def test_of_the_same_year_again_changes_nothing(self, tmp_path: Path) -> None:
        leeway_calendar(tmp_path, *ADD)
        before = (tmp_path / "CN.yaml").read_text()

        assert "nothing to add" in leeway_calendar(tmp_path, *ADD).stdout
        assert (tmp_path / "CN.yaml").read_text() == before

    def test_of_the_same_year_with_other_days_is_refused(self, tmp_path: Path) -> None:
        leeway_calendar(tmp_path, *ADD)

        with pytest.raises(PolicyError, match="says otherwise"):
            leeway_calendar(tmp_path, *ADD, "--off", f"{YEAR}-10-01")

    def test_refuses_a_year_that_leaves_a_public_holiday_out_unless_it_is_said_to_be_worked(
        self, tmp_path: Path
    ) -> None:
        """A day forgotten is a day opened."""
        library = working_calendar("US", None, date.today(), tmp_path)
        assert library is not None
        forgotten, *kept = sorted(day for day in library.off if day.year == YEAR)
        off = [word for day in kept for word in ("--off", str(day))]
        command = ("add", "US", str(YEAR), *off, "--source", "Gazette")

        with pytest.raises(PolicyError) as raised:
            leeway_calendar(tmp_path, *command)

        assert str(raised.value).startswith(f"off: {forgotten}: public holidays in {library.source}")
        assert list(tmp_path.iterdir()) == []
        assert leeway_calendar(tmp_path, *command, "--worked", str(forgotten)).exit_code == 0

    def test_asks_nothing_when_none_is_left_out(self, tmp_path: Path) -> None:
        whole = ("--off", f"{YEAR}-01-01..{YEAR}-12-31")

        assert leeway_calendar(tmp_path, "add", "US", str(YEAR), *whole, "--source", "x").stderr == ""

    def test_says_when_a_gap_keeps_the_year_from_being_used(self, tmp_path: Path) -> None:
        far = str(YEAR + 20)
        said = leeway_calendar(tmp_path, "add", "CN", far, "--off", f"{far}-01-01", "--source", "x").stderr

        assert "not in use yet: calendar CN covers" in said

    def test_says_when_a_year_before_it_keeps_it_provisional(self, tmp_path: Path) -> None:
        far = str(YEAR + 4)
        worked = ("--worked", f"{far}-01-01..{far}-12-31")
        added = ("add", "CN", far, "--off", f"{far}-01-01", "--source", "x", *worked)
        said = leeway_calendar(tmp_path, *added).stderr

        assert "still read as provisional" in said

    def test_adds_to_a_subdivision(self, tmp_path: Path) -> None:
        whole = ("--off", "2026-01-01..2026-12-31")
        leeway_calendar(tmp_path, "add", "AU-VIC", "2026", *whole, "--source", "Gazette")

        assert read_calendar(tmp_path / "AU-VIC.yaml").years[0].source == "Gazette"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--off", "2026-02-30"), "--off 2026-02-30: day is out of range for month; write YYYY-MM-DD or"),
            (("--off", "tomorrow"), "--off tomorrow: Invalid isoformat string"),
            (("--on", "2026-02-14.."), "--on 2026-02-14..: Invalid isoformat string"),
            (("--on", "..2026-02-14"), "--on ..2026-02-14: "),
            (("--off", "2026-02-20..2026-02-16"), "--off 2026-02-20..2026-02-16: ends before it begins"),
            (("--on", "2026-02-13"), "on: 2026-02-13 is a Friday, a weekday already"),
            (("--source", " "), "source: String should have at least 1 character"),
        ],
    )
    def test_names_what_cannot_be_used_and_writes_nothing(
        self, tmp_path: Path, words: tuple[str, str], said: str
    ) -> None:
        good = (
            "add",
            "CN",
            "2026",
            "--off",
            "2026-01-01",
            "--source",
            "x",
            "--worked",
            "2026-01-01..2026-12-31",
        )

        with pytest.raises(PolicyError) as raised:
            leeway_calendar(tmp_path, *good, *words)

        assert str(raised.value).startswith(said)
        assert list(tmp_path.iterdir()) == []


class TestShow:
    def test_tells_the_arrangement_of_a_published_year(self, tmp_path: Path) -> None:
        leeway_calendar(tmp_path, *ADD)

        facts = shown(tmp_path, "CN", "--year", str(YEAR))

        assert facts["status"] == "published"
        assert set(facts["off"]) >= set(map(str, WEEK))
        assert all(date.fromisoformat(day).weekday() < 5 for day in facts["off"])
        assert facts["on"] == [str(SATURDAY)]
        assert set(facts["holidays"]) >= {f"{YEAR}-01-01", *map(str, WEEK)}
        assert facts["source"].endswith(f"; {YEAR}: State Council")

    def test_tells_the_hash_and_the_days_of_the_calendar_a_case_is_pinned_to(self, tmp_path: Path) -> None:
        calendar = working_calendar("AU", "VIC", date.today(), tmp_path)
        assert calendar is not None

        facts = shown(tmp_path, "AU", "VIC")

        assert facts["sha256"] == calendar.sha256()
        assert facts["valid_until"] == str(calendar.valid_until)
        assert facts["year"] == YEAR
        assert facts == shown(tmp_path, "AU-VIC")

    def test_tells_a_year_nobody_has_published(self, tmp_path: Path) -> None:
        year = YEAR + 4

        facts = shown(tmp_path, "CN", "--year", str(year))

        assert (facts["status"], facts["on"]) == ("provisional", [])
        assert len(facts["off"]) > 40

    def test_is_a_table_for_people_with_spans_and_the_whole_hash(self, tmp_path: Path) -> None:
        leeway_calendar(tmp_path, *ADD)

        said = leeway_calendar(tmp_path, "show", "CN").stdout

        assert WEEK_SPAN in said
        assert shown(tmp_path, "CN")["sha256"] in said

    def test_says_what_to_load_for_a_year_beyond_the_data(self, tmp_path: Path) -> None:
        last = YEAR + 4

        with pytest.raises(PolicyError, match=f"leeway calendar add CN {last + 1} "):
            leeway_calendar(tmp_path, "show", "CN", "--year", str(last + 1))

    def test_refuses_a_country_the_library_does_not_know(self, tmp_path: Path) -> None:
        with pytest.raises(PolicyError, match="unknown country or form 'XX'"):
            leeway_calendar(tmp_path, "show", "XX")

    def test_refuses_a_subdivision_the_library_does_not_know(self, tmp_path: Path) -> None:
        with pytest.raises(PolicyError, match="unknown subdivision 'ZZZ' of AU"):
            leeway_calendar(tmp_path, "show", "AU", "ZZZ")
