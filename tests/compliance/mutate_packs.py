"""Changes every number of every rule pack, one at a time, and asks the tests of that law whether they notice.

A number is an integer, the hour and the minute of a clock time, or a day of effect. Each is made a little larger and a
little smaller; it is killed when its tests fail on every such copy of the packs, or when the copy is refused with
a mistake at that very number. Numbers inside text (source, note, citation, title, what was left out) and in names (a
rule's id) are no numbers of rules: they are left alone.

The tests are collected once; each copy is judged in a fork, by the test files whose PLACE is the changed pack's.

    python tests/compliance/mutate_packs.py [--packs FOLDER] [--tests FOLDER] [PLACE ...]

Exits 1 if a number survives, 2 if there is nothing to judge or the tests fail on the packs as they stand.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import law_at  # noqa: E402

from gateways.rule_pack_file import JURISDICTIONS  # noqa: E402
from gateways.yaml_file import PolicyError, parse  # noqa: E402

_NOTICED, _PASSED, _BROKEN = 10, 11, 12
_CLOCKS = ("opens", "closes")


class Number(NamedTuple):
    """One number of a pack, where it stands, and what it is changed to."""

    file: str
    place: str
    line: int
    column: int
    text: str
    changed: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.place}: {self.text}"


def numbers_in(path: Path) -> list[Number]:
    """Every number of a pack, in the order of the file."""
    return [  # a clock time stands behind its quote
        Number(
            path.name, ".".join(map(str, place)), line + 1, column + 1 + isinstance(value, str), text, changed
        )
        for place, (line, column), value in _scalars(parse(path), ())
        for text, changed in _changes(place, value)
    ]


def _scalars(node: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], tuple[int, int], Any]]:
    at = node.lc.value if isinstance(node, dict) else node.lc.item
    for part, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            yield from _scalars(value, (*place, part))
        else:
            yield (*place, part), at(part), value


def _changes(place: tuple[Any, ...], value: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is written, and what is written instead; a clock time has two numbers."""
    if isinstance(value, int):
        yield str(value), (str(value + 1), str(value - 1))
    elif isinstance(value, date):
        yield str(value), tuple(str(value + timedelta(days=days)) for days in (1, -1))
    elif place[-1] in _CLOCKS:
        hour, minute = map(int, value.split(":"))
        for step in (60, 1):
            moved = (hour * 60 + minute + sign * step for sign in (1, -1))
            yield value, tuple(f"{m // 60:02}:{m % 60:02}" for m in moved if m >= 0)


def changed_packs(packs: Path, number: Number, text: str, to: Path) -> Path:
    """A copy of the folder `packs` in which one number is `text`."""
    shutil.copytree(packs, to, dirs_exist_ok=True)
    lines = (packs / number.file).read_text(encoding="utf-8").splitlines(keepends=True)
    line, start = lines[number.line - 1], number.column - 1
    end = start + len(number.text)
    assert line[start:end] == number.text, f"{number}: not where it is said to be"
    lines[number.line - 1] = f"{line[:start]}{text}{line[end:]}"
    (to / number.file).write_text("".join(lines), encoding="utf-8")
    return to


class Mutation:
    """A pytest plugin that, instead of running the tests once, runs them on every changed copy of the packs."""

    def __init__(self, packs: Path, places: Sequence[str]) -> None:
        self._packs = packs
        self._files = sorted(path for path in packs.glob("*.yaml") if not places or path.stem in places)
        self.killed = 0
        self.survivors: list[str] = []
        self.unsound: list[str] = [] if self._files else [f"{packs}: no such pack"]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judges every number of every pack."""
        for path in self._files:
            items = [item for item in session.items if getattr(item.module, "PLACE", "") == path.stem]
            if not items or _judged(session, items, self._packs) != _PASSED:
                self.unsound.append(
                    f"{path.name}: {'its tests fail as it stands' if items else 'has no tests'}"
                )
                continue
            for number in numbers_in(path):
                self._judge(session, items, number)
        return True

    def _judge(self, session: pytest.Session, items: list[pytest.Item], number: Number) -> None:
        unnoticed = [text for text in number.changed if not self._is_noticed(session, items, number, text)]
        if unnoticed:
            self.survivors.append(f"{number} may as well be {' or '.join(unnoticed)}")
        else:
            self.killed += 1

    def _is_noticed(
        self, session: pytest.Session, items: list[pytest.Item], number: Number, text: str
    ) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            packs = changed_packs(self._packs, number, text, Path(folder))
            try:
                law_at.read(packs / number.file)  # once, here: the fork inherits it
            except PolicyError as error:
                return f": {number.place}: " in str(error)  # refused for this number, not for another
            verdict = _judged(session, items, packs)
        assert verdict != _BROKEN, f"{number}: the run broke down"
        return verdict == _NOTICED


def _judged(session: pytest.Session, items: list[pytest.Item], packs: Path) -> int:
    child = os.fork()
    if child == 0:
        verdict = _BROKEN
        try:
            verdict = _run(session, items, packs)
        finally:
            os._exit(verdict)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(session: pytest.Session, items: list[pytest.Item], packs: Path) -> int:
    law_at.FOLDER = packs
    for item in items:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if session.testsfailed:
            return _NOTICED
    return _PASSED


def main(arguments: Sequence[str]) -> int:
    """Judges, prints the counts and the survivors, and answers with the exit code."""
    parser = argparse.ArgumentParser(
        description="Changes every number of every rule pack; lists what no test notices."
    )
    parser.add_argument("places", nargs="*", metavar="PLACE", help="such as CN or US-MA; none: all")
    parser.add_argument("--packs", type=Path, default=JURISDICTIONS)
    parser.add_argument("--tests", type=Path, default=HERE)
    given = parser.parse_args(arguments)
    mutation = Mutation(given.packs, given.places)
    tests = sorted(map(str, given.tests.glob("test_law_of_*.py")))
    options = ["-pno:terminal", "-pno:cacheprovider", "--noconftest", "--import-mode=importlib", "-oaddopts="]
    config = str(HERE.parents[1] / "pyproject.toml")
    code = pytest.main([*options, "-c", config, *(tests or [str(given.tests)])], plugins=[mutation])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        mutation.unsound.append(f"the run broke down: pytest says {code!r}")
    count = mutation.killed + len(mutation.survivors)
    print(f"{count} numbers, {mutation.killed} killed, {len(mutation.survivors)} survived")
    for line in (*mutation.unsound, *mutation.survivors):
        print(line)
    return 2 if mutation.unsound or not count else 1 if mutation.survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
