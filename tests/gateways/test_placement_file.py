"""Rules of reading a placement: what is right goes through, what is wrong is named, whatever the file holds."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.places import Places
from contracts.loan import OverdueLoan
from gateways.placement_file import COLUMNS, read_placement
from gateways.places_file import load_places
from gateways.rejects_file import RejectsFile
from gateways.table_file import BadRow, GoodRow, TableError

ROOT = Path(__file__).parents[2]
PLACES: Places = load_places(ROOT / "policies" / "places.yaml")
POLICIES = frozenset({"platform-a", "platform-b", "platform-c"})
TODAY = date(2026, 3, 10)
GOOD = {
    "loan_id": "L-1",
    "borrower_id": "B-1",
    "name": "陈静怡",
    "balance": "1234.50",
    "currency": "CNY",
    "days_past_due": "8",
    "email": "chen@example.com",
    "phones": "+86 120-0000-0001; +8612000000002;",
    "language": "zh-CN",
    "country": "CN",
    "subdivision": "BJ",
    "street": "银杏里12号",
    "city": "北京",
    "postal_code": "100020",
    "time_zone": "",
    "policy": "platform-a",
    "monthly_income": "12800",
    "monthly_outgoings": "",
    "earlier_delinquencies": "",
}


def read(content: bytes, lender: str = "demo") -> list[OverdueLoan | BadRow]:
    rows = read_placement(io.BytesIO(content), lender=lender, policies=POLICIES, places=PLACES, today=TODAY)
    return [row.value if isinstance(row, GoodRow) else row for row in rows]


def placement(*rows: dict[str, str]) -> bytes:
    """A CSV of `rows`, which have the same columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def mistakes(**changes: str) -> set[tuple[str, str]]:
    """Column and value of every mistake in a good row with `changes`."""
    outcome = read(placement(GOOD | changes))
    assert all(isinstance(row, BadRow) and row.line == 2 and row.reason for row in outcome)
    return {(row.column, row.value) for row in outcome if isinstance(row, BadRow)}


class TestReadPlacement:
    def test_reads_a_good_row_whole(self) -> None:
        assert read(placement(GOOD)) == [
            OverdueLoan(
                lender="demo",
                loan_id="L-1",
                borrower_id="B-1",
                name="陈静怡",
                balance_minor=123450,
                currency="CNY",
                overdue_since=date(2026, 3, 2),
                email="chen@example.com",
                phones=("+8612000000001", "+8612000000002"),
                language="zh-CN",
                country="CN",
                subdivision="BJ",
                street="银杏里12号",
                city="北京",
                postcode="100020",
                zones=("Asia/Shanghai",),
                policy="platform-a",
                monthly_income_minor=1280000,
            )
        ]

    def test_takes_two_spellings_that_agree(self) -> None:
        both = GOOD | {"balance_minor": "123450", "overdue_since": "2026-03-02"}

        assert read(placement(both)) == read(placement(GOOD))

    def test_reads_the_other_spellings(self) -> None:
        row = GOOD | {"balance_minor": "123450", "overdue_since": "2026-03-02", "subdivision": "CN-BJ"}
        spelled = {name: row[name] for name in row if name not in ("balance", "days_past_due")}

        assert read(b"\xef\xbb\xbf" + placement(spelled)) == read(placement(GOOD))

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            *((column, "") for column in ("loan_id", "borrower_id", "name", "balance", "currency")),
            *((column, "") for column in ("days_past_due", "language", "country", "policy")),
            ("loan_id", "a@b.com"),
            ("borrower_id", "B 1"),
            ("name", "two\nlines"),
            ("street", "two\nlines"),
            ("city", "x" * 101),
            ("postal_code", "1" * 21),
            ("balance", "-5.00"),
            ("balance", "1,234.50"),
            ("balance", "12.345"),
            ("balance", "NaN"),
            ("balance", "0.00"),
            ("balance", "99999999999999999"),
            ("currency", "RMB"),
            ("days_past_due", "-1"),
            ("days_past_due", "1.5"),
            ("days_past_due", "99999"),
            ("days_past_due", "٣"),
            ("email", "nobody"),
            ("phones", "12345"),
            ("language", "fr"),
            ("country", "China"),
            ("country", "XX"),
            ("subdivision", "Beijing"),
            ("time_zone", "Asia/Bejing"),
            ("policy", "platform-z"),
            ("monthly_income", "-1"),
            ("monthly_outgoings", "1e3"),
            ("earlier_delinquencies", "some"),
            ("earlier_delinquencies", "1000"),
        ],
    )
    def test_names_the_column_and_the_value_of_a_mistake(self, column: str, value: str) -> None:
        assert mistakes(**{column: value}) == {(column, value.replace("\n", "\\n"))}

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("overdue_since", "2026-02-30"),
            ("overdue_since", "02/03/2026"),
            ("overdue_since", "20260302"),
            ("overdue_since", "2026-03-11"),
            ("overdue_since", "1899-01-01"),
            ("balance_minor", "12.50"),
            ("balance_minor", "-5"),
            ("balance_minor", "0"),
            ("balance_minor", "9999999999999999"),
        ],
    )
    def test_names_a_mistake_in_the_other_spellings(self, column: str, value: str) -> None:
        other = {"overdue_since": "days_past_due", "balance_minor": "balance"}[column]

        assert mistakes(**{column: value, other: ""}) == {(column, value)}

    def test_refuses_two_balances_that_differ(self) -> None:
        assert mistakes(balance_minor="123451") == {("balance_minor", "123451")}

    def test_refuses_two_ages_that_differ(self) -> None:
        assert mistakes(overdue_since="2026-03-01") == {("days_past_due", "8")}

    def test_reports_every_mistake_of_a_row(self) -> None:
        assert mistakes(
            loan_id="a b", currency="RMB", email="x", time_zone="X", policy="p", phones="1;+2"
        ) == {
            ("loan_id", "a b"),
            ("currency", "RMB"),
            ("email", "x"),
            ("time_zone", "X"),
            ("policy", "p"),
            ("phones", "1"),
        }

    def test_refuses_the_same_loan_a_second_time(self) -> None:
        first, second = read(placement(GOOD, GOOD | {"name": "Other"}))

        assert isinstance(first, OverdueLoan)
        assert second == BadRow(3, "loan_id", "L-1", "the same loan is in line 2: leave one out")

    def test_takes_a_loan_whose_first_row_was_refused(self) -> None:
        refused, taken = read(placement(GOOD | {"email": "x"}, GOOD))

        assert isinstance(refused, BadRow)
        assert isinstance(taken, OverdueLoan)

    def test_loses_only_its_own_row_to_bytes_that_are_not_utf8(self) -> None:
        latin = placement(GOOD | {"name": "Zoe"}).replace(b"Zoe", b"Zo\xeb")
        last = placement(GOOD).splitlines()[1]

        bad, good = read(latin + last)

        assert bad == BadRow(2, "name", "Zo\\xeb", "not UTF-8: save the file as UTF-8")
        assert isinstance(good, OverdueLoan)

    @pytest.mark.parametrize("column", ["loan_id", "name", "balance", "email", "time_zone", "policy"])
    def test_refuses_a_nul(self, column: str) -> None:
        assert mistakes(**{column: "a\0b"}) == {(column, "a\\x00b")}

    def test_names_the_line_that_a_row_begins_on(self) -> None:
        noted = GOOD | {"name": "two\r\nlines"}

        assert [
            row.line for row in read(placement(noted, GOOD | {"policy": "x"})) if isinstance(row, BadRow)
        ] == [2, 4]

    def test_reports_a_row_that_is_not_csv(self) -> None:
        head, row = placement(GOOD).splitlines()

        bad, good = read(b"\n".join([head, row + b",x", row]))

        assert bad == BadRow(2, "", "", "20 fields where the header has 19")
        assert isinstance(good, OverdueLoan)

    def test_cuts_a_long_value_in_the_report(self) -> None:
        assert mistakes(email="x" * 5000) == {("email", "x" * 200 + "...")}

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (b"", "the file is empty"),
            (b"\n\n", "the file is empty"),
            (b"loan_id,name\n", "missing: borrower_id, balance or balance_minor, currency"),
            (b"loan_id;name\n", "found loan_id;name"),
            (placement(GOOD).replace(b"email", b"e_mail"), "unknown columns: e_mail; known are balance"),
            (placement(GOOD).replace(b"email", b"phones"), "columns named twice: phones"),
            (placement(GOOD).decode().encode("utf-16"), "not a UTF-8 text file"),
            (placement(GOOD).decode().encode("utf-16-le"), "not a UTF-8 text file"),
            (b'"loan_id\n', "line 1: not CSV"),
            (b"PK\x03\x04\xff\xfe", "not a UTF-8 text file"),
        ],
    )
    def test_refuses_a_file_whose_columns_do_not_fit(self, content: bytes, complaint: str) -> None:
        with pytest.raises(TableError) as raised:
            read(content)

        assert complaint in str(raised.value)
        assert str(raised.value).isprintable()

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r"cannot read .*x\.csv: No such file"):
            next(
                read_placement(tmp_path / "x.csv", lender="a", policies=POLICIES, places=PLACES, today=TODAY)
            )

    def test_refuses_a_lender_that_is_not_a_slug(self) -> None:
        with pytest.raises(TableError, match="lender 'A:B'"):
            read(placement(GOOD), lender="A:B")

    @given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "ignore")))
    def test_raises_nothing_but_a_table_error(self, content: bytes) -> None:
        with pytest.raises(TableError):  # a random file never has the nine required columns
            read(content)
        for outcome in read(placement(GOOD) + content):
            assert isinstance(outcome, OverdueLoan | BadRow)

    @given(st.dictionaries(st.sampled_from(sorted(COLUMNS.names())), st.text(max_size=40), max_size=4))
    def test_answers_every_row_with_a_loan_or_its_mistakes(self, changes: dict[str, str]) -> None:
        text = placement(GOOD | changes).decode("utf-8", "surrogatepass")

        outcome = read(text.encode("utf-8", "surrogatepass"))

        assert outcome
        assert len(outcome) == 1 or all(isinstance(row, BadRow) for row in outcome)
        assert all(not isinstance(row, BadRow) or (row.line == 2 and row.reason) for row in outcome)

    @given(st.lists(st.none() | st.binary(max_size=40) | st.text('",\r\n ab\0', max_size=40), max_size=12))
    def test_lets_good_rows_through_whatever_stands_between_them(
        self, lines: list[str | bytes | None]
    ) -> None:
        head, row = placement(GOOD).splitlines()
        content = [head]
        for number, junk in enumerate(lines):
            good = row.replace(b"L-1", b"L-%d" % number)
            content.append(good if junk is None else junk.encode() if isinstance(junk, str) else junk)

        loans = [loan.loan_id for loan in read(b"\n".join(content)) if isinstance(loan, OverdueLoan)]

        assert loans == [f"L-{number}" for number, junk in enumerate(lines) if junk is None]


def rejected(path: Path, bad: list[BadRow]) -> int:
    """How many rows a rejects file with these mistakes counts."""
    with RejectsFile(path) as rejects:
        for one in bad:
            rejects.write(one)
        return rejects.rows


class TestTheRejectsFile:
    def test_reads_back_with_the_rule_and_what_to_do(self, tmp_path: Path) -> None:
        bad = [
            BadRow(2, "name", 'a "b", c', "x: write y: z"),
            BadRow(2, "email", "", "no"),
            BadRow(9, "", "", "陈"),
        ]
        path = tmp_path / "rejects.csv"

        assert rejected(path, bad) == 2

        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert rows == [
            ["row", "field", "value", "rule", "what to do"],
            ["2", "name", 'a "b", c', "x", "write y: z"],
            ["2", "email", "", "no", "correct it, and import the file again"],
            ["9", "", "", "陈", "correct it, and import the file again"],
        ]

    def test_is_not_made_when_nothing_was_refused(self, tmp_path: Path) -> None:
        assert rejected(tmp_path / "rejects.csv", []) == 0
        assert list(tmp_path.iterdir()) == []

    def test_can_hold_whatever_was_refused(self, tmp_path: Path) -> None:
        bad = [
            row
            for row in read(placement(GOOD)[:-4] + b"\xff\0\x1b[2J\r\n\xed\xa0\x80")
            if isinstance(row, BadRow)
        ]

        assert rejected(tmp_path / "rejects.csv", bad) == len({row.line for row in bad}) > 0
        assert (tmp_path / "rejects.csv").read_text(encoding="utf-8").replace("\n", "").isprintable()
