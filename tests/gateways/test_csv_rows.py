"""Rules of reading CSV rows: right line numbers, little memory, and one broken row costs one row."""

import io
import tracemalloc
from pathlib import Path

import pytest

from gateways.csv_rows import MAX_ROW_CHARS, CsvFault, CsvRow, csv_rows


def rows(text: str) -> list[CsvRow | CsvFault]:
    return list(csv_rows(io.StringIO(text, newline="")))


class TestCsvRows:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_counts_physical_lines(self, end: str) -> None:
        text = end.join(["a,b", f'"two{end}lines",1', "", "3,4"])

        assert rows(text) == [
            CsvRow(1, ["a", "b"]),
            CsvRow(2, [f"two{end}lines", "1"]),
            CsvRow(5, ["3", "4"]),
        ]

    def test_refuses_fields_too_many_or_too_few(self) -> None:
        assert rows("a,b\n1,2,3\n1\n1,2\n") == [
            CsvRow(1, ["a", "b"]),
            CsvFault(2, "3 fields where the header has 2"),
            CsvFault(3, "1 fields where the header has 2"),
            CsvRow(4, ["1", "2"]),
        ]

    @pytest.mark.parametrize("after", ["", '"x",y\n', 'x,"y"\n'])
    @pytest.mark.parametrize("count", [0, 1, 30_000])
    def test_loses_one_row_to_a_quote_that_is_never_closed(self, count: int, after: str) -> None:
        good = "".join(f"{number},y\n" for number in range(count)) + after

        head, fault, *rest = rows('a,b\n"1,2\n' + good)

        assert head == CsvRow(1, ["a", "b"])
        assert isinstance(fault, CsvFault)
        assert (fault.line, "not CSV" in fault.reason) == (2, True)
        assert rest == [CsvRow(row.line + 2, row.cells) for row in rows(good) if isinstance(row, CsvRow)]

    def test_reads_again_what_two_stray_quotes_enclose(self) -> None:
        head, first, good, last = rows('a,b\n"x\n1,2\n"\n')

        assert (head, first) == (CsvRow(1, ["a", "b"]), CsvFault(2, "1 fields where the header has 2"))
        assert good == CsvRow(3, ["1", "2"])
        assert isinstance(last, CsvFault)
        assert last.line == 4

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_refuses_a_field_of_twenty_megabytes_in_little_memory(self, tmp_path: Path, quote: str) -> None:
        path = tmp_path / "huge.csv"
        path.write_text(f"a,b\n{quote}{'x' * 20_000_000}{quote},2\n3,4\n")

        with path.open(encoding="utf-8", newline="") as file:
            tracemalloc.start()
            outcome = list(csv_rows(file))
            peak_bytes = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()

        reason = f"the row is longer than {MAX_ROW_CHARS} characters"
        assert outcome == [CsvRow(1, ["a", "b"]), CsvFault(2, reason), CsvRow(3, ["3", "4"])]
        assert peak_bytes < 12_000_000

    def test_refuses_a_row_that_grows_over_many_lines(self) -> None:
        line = '"' + "x" * 100_000 + '\n",'

        fault = rows("a,b\n" + line * 12 + "\n")[1]

        assert isinstance(fault, CsvFault)
        assert (fault.line, fault.reason) == (2, f"the row is longer than {MAX_ROW_CHARS} characters")

    def test_is_empty_for_an_empty_file(self) -> None:
        assert rows("") == rows("\n\r\n") == []
