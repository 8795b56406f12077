"""Operators' calendar files: a year is added whole or not at all, and a mistake says where it is."""

from datetime import date
from pathlib import Path

import pytest

from gateways.calendar_file import (
    CalendarFile,
    CalendarYear,
    add_year,
    calendar_of,
    calendars_in,
    days_between,
    read_calendar,
)
from gateways.yaml_file import PolicyError

GOOD = """\
# Kept by the operations desk.
closed: [2026-12-31]
years:
  - year: 2027
    off: [2027-01-01, 2027-02-05, 2027-02-08]
    on: [2027-02-13]
    source: State Council, 2026-11-04
"""
YEAR_2027 = CalendarYear(
    year=2027,
    off=(date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 8)),
    on=(date(2027, 2, 13),),
    source="State Council, 2026-11-04",
)
YEAR_2028 = CalendarYear(year=2028, off=(date(2028, 1, 3),), source="国务院办公厅: 2028 年")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where China's file is written."""
    return tmp_path / "CN.yaml"


def refusal(path: Path, text: str) -> str:
    """What is said of a file that cannot be used."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        read_calendar(path)
    return str(raised.value)


class TestReadCalendar:
    def test_takes_the_published_years_and_the_closed_days(self, path: Path) -> None:
        path.write_text(GOOD)

        assert read_calendar(path) == CalendarFile(closed=(date(2026, 12, 31),), years=(YEAR_2027,))

    @pytest.mark.parametrize(
        ("right", "wrong", "at", "said"),
        [
            (
                "2027-02-08]",
                "2027-02-05]",
                "2027-02-05]",
                "years.0.off.2: 2027-02-05 is here twice: keep one",
            ),
            (
                "on: [2027",
                "on: [2027-02-13, 2027",
                "2027-02-13]",
                "years.0.on.1: 2027-02-13 is here twice: keep",
            ),
            ("[2026-12-31]", "[2026-12-31, 2026-12-31]", "2026-12-31]", "closed.1: 2026-12-31 is here twice"),
            ("02-13]", "02-12]", "2027-02-12", "years.0.on.0: 2027-02-12 is a Friday, a weekday already"),
            ("02-13]", "02-08]", "2027-02-08]\n    s", "years.0.on.0: 2027-02-08 is under off too"),
            ("2027-01-01", "2026-12-31", "2026-12-31, 2027", "years.0.off.0: 2026-12-31 is not in 2027"),
            ("2027-02-13", "2028-02-12", "2028-02-12", "years.0.on.0: 2028-02-12 is not in 2027"),
            ("2027-02-08", "2027-02-30", "2027-02-30", "2027-02-30: there is no such day"),
            ("2027-02-08", "'2027-02-30'", "'2027-02-30'", "years.0.off.2: Input should be a valid date"),
            ("2027-02-08", "20270208", "20270208", "years.0.off.2: write a day as YYYY-MM-DD"),
            ("2027-02-08", "2027-02-08T00:00:00", "2027-02-08T", "years.0.off.2: write a day as YYYY-MM-DD"),
            ("2027-02-08", "2027-2-8", "2027-2-8", "years.0.off.2: write a day as YYYY-MM-DD"),
            (
                "off: [2027-01-01, 2027-02-05, 2027-02-08]",
                "off: []",
                "off",
                "years.0.off: Tuple should have at",
            ),
            ("    source: State Council, 2026-11-04\n", "", "year: 2027", "years.0.source: Field required"),
            ("year: 2027", "year: '2027'", "year: '", "years.0.year: Input should be a valid integer"),
            ("    on:", "    of:", "of: [2027-02-13", "years.0.of: Extra inputs are not permitted"),
            ("    on:", "    off:", "off: [2027-02-13", 'not YAML: found duplicate key "off"'),
            ("years:", "closed: []\nyears:", "closed: []", 'not YAML: found duplicate key "closed"'),
            ("years:", "year:", "year:\n", "year: Extra inputs are not permitted"),
        ],
    )
    def test_names_file_line_and_column_of_a_mistake_once(
        self, path: Path, right: str, wrong: str, at: str, said: str
    ) -> None:
        text = GOOD.replace(right, wrong, 1)
        before = text[: text.index(at)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")

        told = refusal(path, text)

        assert told.startswith(f"{path}:{line}:{column}: {said}")
        assert len(told.splitlines()) == 1

    def test_takes_the_file_that_the_operating_page_shows(self, path: Path, project: Path) -> None:
        page = (project / "docs" / "operating.md").read_text(encoding="utf-8")
        path.write_text(page.split("```yaml\n")[1].split("```")[0])

        file = read_calendar(path)

        assert (len(file.closed), [year.year for year in file.years]) == (1, [2027])

    def test_names_a_year_that_is_here_twice(self, path: Path) -> None:
        again = GOOD[GOOD.index("  - year") :]

        assert refusal(path, GOOD + again) == f"{path}:8:5: years.1.year: 2027 is here twice: keep one"

    def test_names_every_mistake_of_a_file(self, path: Path) -> None:
        told = refusal(path, GOOD.replace("2027-01-01", "2026-01-01").replace("02-13]", "02-12]"))

        assert [line.split(": ")[1] for line in told.splitlines()] == ["years.0.off.0", "years.0.on.0"]

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("XX.yaml", "unknown country or form 'XX'"),
            ("cn.yaml", "unknown country or form 'cn'"),
            ("China.yaml", "unknown country or form 'China'"),
            ("AU-VCI.yaml", "unknown subdivision 'VCI' of AU: write one of ACT, NSW"),
            ("CN.yml", "write COUNTRY.yaml or COUNTRY-SUBDIVISION.yaml"),
        ],
    )
    def test_refuses_a_name_that_nothing_would_look_for(self, tmp_path: Path, name: str, said: str) -> None:
        told = refusal(tmp_path / name, GOOD)

        assert told.startswith(f"{tmp_path / name}:1:1: file name: {said}")

    def test_knows_the_weekend_of_the_country(self, tmp_path: Path) -> None:
        friday, saturday, sunday = (date(2027, 3, day) for day in (5, 6, 7))
        text = f"years: [{{year: 2027, off: [2027-09-23], on: [{friday}, {saturday}], source: x}}]"
        (tmp_path / "SA.yaml").write_text(text)

        assert read_calendar(tmp_path / "SA.yaml").years[0].on == (friday, saturday)
        assert "2027-03-07 is a Sunday" in refusal(
            tmp_path / "SA.yaml", text.replace(str(friday), str(sunday))
        )


class TestCalendarsIn:
    def test_are_all_files_of_the_folder_by_place(self, tmp_path: Path) -> None:
        for name in ("CN", "AU-VIC"):
            (tmp_path / f"{name}.yaml").write_text("closed: [2026-03-03]")
        (tmp_path / ".gitkeep").touch()

        assert calendars_in(tmp_path).keys() == {"CN", "AU-VIC"}

    def test_are_none_where_there_is_no_folder(self, tmp_path: Path) -> None:
        assert calendars_in(tmp_path / "none") == {}

    def test_refuse_a_file_that_would_be_read_for_no_place(self, tmp_path: Path) -> None:
        (tmp_path / "cn.yaml").write_text(GOOD)

        with pytest.raises(PolicyError, match="unknown country or form 'cn'"):
            calendars_in(tmp_path)


class TestCalendarOf:
    def test_is_none_for_a_place_without_a_file(self, tmp_path: Path) -> None:
        assert calendar_of("CN", tmp_path) is None

    def test_looks_nowhere_else(self, tmp_path: Path) -> None:
        (tmp_path / "calendars").mkdir()
        (tmp_path / "CN.yaml").write_text(GOOD)

        assert calendar_of("../CN", tmp_path / "calendars") is None


class TestAddYear:
    def test_makes_the_file(self, path: Path) -> None:
        assert add_year("CN", YEAR_2027, path.parent) == path
        assert read_calendar(path).years == (YEAR_2027,)
        assert list(path.parent.iterdir()) == [path]

    def test_makes_the_folder(self, tmp_path: Path) -> None:
        add_year("CN", YEAR_2027, tmp_path / "policies" / "calendars")

        assert (tmp_path / "policies" / "calendars" / "CN.yaml").exists()

    def test_adds_to_what_is_there_and_keeps_every_line_of_it(self, path: Path) -> None:
        path.write_text(GOOD)

        add_year("CN", YEAR_2028, path.parent)

        assert path.read_text(encoding="utf-8").startswith(GOOD)
        assert read_calendar(path).closed == (date(2026, 12, 31),)
        assert read_calendar(path).years == (YEAR_2027, YEAR_2028)

    def test_adds_to_a_file_that_has_closed_days_only(self, path: Path) -> None:
        path.write_text("closed: [2026-12-31]\n")

        add_year("CN", YEAR_2028, path.parent)

        assert read_calendar(path) == CalendarFile(closed=(date(2026, 12, 31),), years=(YEAR_2028,))

    def test_writes_a_long_year_without_breaking_it(self, path: Path) -> None:
        long = CalendarYear(year=2028, off=days_between(date(2028, 1, 24), date(2028, 3, 10)), source="x")

        add_year("CN", long, path.parent)

        assert read_calendar(path).years == (long,)
        assert max(map(len, path.read_text().splitlines())) <= 110

    def test_changes_nothing_when_the_year_is_there_just_so(self, path: Path) -> None:
        path.write_text(GOOD)
        other_order = YEAR_2027.model_copy(update={"off": YEAR_2027.off[::-1]})

        assert add_year("CN", other_order, path.parent) is None
        assert path.read_text() == GOOD

    @pytest.mark.parametrize(
        "changed",
        [{"off": YEAR_2027.off[1:]}, {"on": ()}, {"source": "another notice"}],
        ids=["off", "on", "source"],
    )
    def test_refuses_a_year_that_is_there_and_says_otherwise(
        self, path: Path, changed: dict[str, object]
    ) -> None:
        path.write_text(GOOD)

        with pytest.raises(PolicyError, match=r"2027 is there already and says otherwise \(State Council"):
            add_year("CN", YEAR_2027.model_copy(update=changed), path.parent)

        assert path.read_text() == GOOD

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"on": (date(2027, 2, 12),)}, "on: 2027-02-12 is a Friday, a weekday already"),
            ({"on": (date(2027, 2, 8),)}, "on: 2027-02-08 is under off too"),
            ({"off": (date(2026, 12, 31),)}, "off: 2026-12-31 is not in 2027"),
            ({"off": (date(2027, 1, 1),) * 2}, "off: 2027-01-01 is here twice"),
        ],
    )
    def test_writes_nothing_when_the_year_is_wrong(
        self, path: Path, changed: dict[str, object], said: str
    ) -> None:
        with pytest.raises(PolicyError) as raised:
            add_year("CN", YEAR_2027.model_copy(update=changed), path.parent)

        assert str(raised.value).startswith(said)
        assert list(path.parent.iterdir()) == []

    def test_writes_nothing_to_a_file_that_is_wrong_already(self, path: Path) -> None:
        wrong = GOOD.replace("02-13]", "02-12]")
        path.write_text(wrong)

        with pytest.raises(PolicyError, match=r"CN\.yaml:6:10: "):
            add_year("CN", YEAR_2028, path.parent)

        assert path.read_text() == wrong

    @pytest.mark.parametrize("place", ["XX", "cn", "AU-VCI", "../CN"])
    def test_refuses_an_unknown_place(self, tmp_path: Path, place: str) -> None:
        with pytest.raises(PolicyError, match="unknown"):
            add_year(place, YEAR_2027, tmp_path)
