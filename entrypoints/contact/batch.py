"""Many questions, one JSON object a line; one answer a line, in order."""

import json
from collections.abc import Iterable
from typing import BinaryIO

from entrypoints.contact.desk import Desk
from entrypoints.contact.question import json_of

_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def answer_lines(desk: Desk, lines: Iterable[bytes], out: BinaryIO) -> int:
    """Writes an answer for each line that is not empty, at once; how many of them were errors.

    A line that cannot be used is answered by `{"error": ..., "line": n}`, counted from 1, and the run goes on.
    """
    errors = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = desk.answer(json_of(line))
        except (ValueError, OverflowError) as error:
            errors += 1
            told = {"error": str(error), "line": number}
        out.write(_to_json(told).encode("utf-8", "backslashreplace") + b"\n")
        out.flush()
    return errors
