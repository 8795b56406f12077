"""Rules of reading a file of rows: CSV, pipes and Parquet say the same, and every fault costs one row or is one error."""

import csv
import io
import sys
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from gateways.cell_text import cell_text
from gateways.first_lines import FirstLines
from gateways.table_file import BadRow, Columns, TableError, TableRow, table_rows

COLUMNS = Columns(required=(("loan_id",), ("amount", "amount_minor")), optional=("name", "paid_on", "phones"))


def read(content: bytes) -> list[TableRow | BadRow]:
    return list(table_rows(io.BytesIO(content), COLUMNS, None))


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_parquet(rows: list[dict[str, Any]], **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), file, **options)
    return file.getvalue()


WHOLE = as_parquet([{"loan_id": f"L-{number}", "amount": "1"} for number in range(50)])


class TestAFile:
    @given(
        st.lists(
            st.fixed_dictionaries(
                dict.fromkeys(("loan_id", "amount", "name"), st.text("ab,|\"'; é陈", max_size=8))
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_says_the_same_with_commas_with_pipes_and_as_parquet(self, rows: list[dict[str, str]]) -> None:
        by_comma = read(as_csv(rows))

        assert read(as_csv(rows, "|")) == read(as_parquet(rows)) == by_comma
        assert [row.cells for row in by_comma if isinstance(row, TableRow)] == rows

    def test_with_pipes_names_the_pipe_in_a_fault(self) -> None:
        (bad,) = read(b'loan_id|amount\n"a"b|1\n')

        assert isinstance(bad, BadRow)
        assert "and then '|' or line end" in bad.reason

    def test_in_parquet_has_its_numbers_days_instants_and_lists_as_text(self) -> None:
        (row,) = read(as_parquet([{"loan_id": "A", "amount": Decimal("1280.5000"), "paid_on": date(2026, 11, 3),
                                   "phones": ["+861", "+862"], "name": None}]))  # fmt: skip

        assert isinstance(row, TableRow)
        assert row.cells == {
            "loan_id": "A", "amount": "1280.5", "paid_on": "2026-11-03", "phones": "+861;+862", "name": "",
        }  # fmt: skip

    @pytest.mark.parametrize("cut", [4, 12, len(WHOLE) // 2, len(WHOLE) - 1])
    def test_in_parquet_that_breaks_off_is_refused(self, cut: int) -> None:
        with pytest.raises(TableError, match="not readable as Parquet after row"):
            read(WHOLE[:cut])

    @given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
    def test_in_parquet_that_is_damaged_raises_nothing_but_a_table_error(
        self, place: int, junk: bytes
    ) -> None:
        damaged = WHOLE[:place] + junk + WHOLE[place + len(junk) :]
        with suppress(TableError):
            assert len(read(damaged)) <= 50

    def test_in_parquet_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)

        with pytest.raises(TableError, match=r"pip install 'leeway\[parquet\]'"):
            read(WHOLE)


class TestACell:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, ""), (True, "true"), (12, "12"), (12.0, "12"), (12.5, "12.5"), (Decimal("1E+3"), "1000"),
            (datetime(2026, 3, 2), "2026-03-02"), (datetime(2026, 3, 2, 1, tzinfo=UTC), "2026-03-02T01:00:00+00:00"),
            (date(2026, 3, 2), "2026-03-02"), (["a", None], "a;"), (float("nan"), "nan"), (Decimal("NaN"), "NaN"),
        ],
    )  # fmt: skip
    def test_is_written_as_in_a_csv(self, value: object, text: str) -> None:
        assert cell_text(value) == text


class TestFirstLines:
    @given(st.lists(st.text(max_size=3), max_size=200))
    def test_answer_as_a_dictionary_would(self, names: list[str]) -> None:
        lines, known = FirstLines(), dict[str, int]()

        for line, name in enumerate(names, start=2):
            assert lines.first(name, line) == known.setdefault(name, line)
