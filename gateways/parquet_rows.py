"""A Parquet file as rows of text, a thousand at a time. Needs pyarrow, the group `parquet`."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from gateways.cell_text import cell_text
from gateways.csv_rows import CsvRow

MAGIC = b"PAR1"

_AT_ONCE = 1000
_BUFFER_BYTES = 1 << 20


class ParquetFault(ValueError):
    """The file cannot be read, or not any further: where, why, and what to do."""


def parquet_rows(file: BinaryIO) -> Iterator[CsvRow]:
    """The rows of `file`; the first holds the names of the columns, and the first of the others has the line 2.

    Raises ParquetFault.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ParquetFault(
            "a Parquet file, and pyarrow is not installed: run `pip install 'leeway[parquet]'`, or save it as CSV"
        ) from None
    line = 1
    try:
        # Pages are read as they are needed: a row group may be as large as the file.
        opened = parquet.ParquetFile(file, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        yield CsvRow(line, [str(name) for name in opened.schema_arrow.names])
        for batch in opened.iter_batches(batch_size=_AT_ONCE, use_threads=False):
            for row in _rows(batch):
                line += 1
                yield CsvRow(line, row)
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        words = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ParquetFault(f"not readable as Parquet after row {line}: {words}") from error


def _rows(batch: Any) -> Iterator[list[str]]:
    columns = [column.to_pylist() for column in batch.columns]
    return ([cell_text(value) for value in row] for row in zip(*columns, strict=True))
