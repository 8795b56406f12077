"""Rules of taste and purity that a machine can hold: read from the source, each with a twin that breaks it."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = ("statemachine", "compliance", "lending", "contracts")
PACKAGES = (*PURE, "ledger", "gateways", "activities", "workflows", "simulator", "entrypoints")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

IMPURE = {"os", "time", "random", "secrets", "logging", "asyncio", "threading", "socket", "subprocess", "sys"}
IMPURE |= {
    "pathlib",
    "temporalio",
    "psycopg",
    "httpx",
    "aiosmtplib",
    "phonenumbers",
    "fastapi",
    "holidays",
    "jinja2",
    "ruamel",
}
CLOCKS = {"now", "utcnow", "today"}
STOPWATCH = re.compile(r"(.*\.)?(monotonic|perf_counter|process_time)(_ns)?|time\.time|(.*loop(\(\))?)\.time")
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def places(found: dict[Path, list[str]]) -> list[str]:
    """`file: what` for everything found."""
    return [f"{path.relative_to(ROOT)}: {what}" for path, all_of in found.items() for what in all_of]


def impurities(tree: ast.Module) -> list[str]:
    """Imports of the outside, and readings of a clock."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in IMPURE]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in IMPURE:
            found.append(node.module)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            found.append(ast.unparse(node))
        elif (
            isinstance(node, ast.Name)
            and node.id in {"open", "print", "input", "__import__"}
            and isinstance(node.ctx, ast.Load)  # a field may be named so
        ):
            found.append(node.id)
    return found


def documented(tree: ast.Module) -> Iterator[Documented]:
    """Every public function and class, and the public methods of public classes."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, Documented) and not node.name.startswith("_"):
                yield node
                if isinstance(node, ast.ClassDef):
                    waiting.append(node)


def undocumented(tree: ast.Module) -> list[str]:
    """What has no docstring, the module included."""
    missing = [node.name for node in documented(tree) if not ast.get_docstring(node)]
    return missing if ast.get_docstring(tree) else ["the module", *missing]


def docstring_lines(node: ast.Module | Documented) -> int:
    """How many lines the docstring takes."""
    if not ast.get_docstring(node):
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def long_functions(tree: ast.Module, at_most: int = 40) -> list[str]:
    """Functions with too many lines, docstrings not counted."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
            if lines > at_most:
                found.append(f"{node.name} has {lines} lines")
    return found


def timed_asserts(tree: ast.Module) -> list[str]:
    """Asserts on how long something took: on a reading of a clock, or on a name that was given one."""
    found = []
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        timed = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and any(map(_reads_stopwatch, ast.walk(node.value)))
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for check in (node for node in ast.walk(function) if isinstance(node, ast.Assert)):
            named = {node.id for node in ast.walk(check.test) if isinstance(node, ast.Name)}
            if named & timed or any(map(_reads_stopwatch, ast.walk(check.test))):
                found.append(f"{function.name}:{check.lineno} {ast.unparse(check.test)}")
    return found


def _reads_stopwatch(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and STOPWATCH.fullmatch(ast.unparse(node.func)) is not None


def named_modules(tree: ast.Module) -> set[str]:
    """The outermost names of everything imported."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names} | {node.module or "" for node in froms}
    return {name.split(".")[0] for name in names}


class TestPureCore:
    def test_knows_no_outside_and_reads_no_clock(self) -> None:
        pure = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in PURE]

        assert len(pure) > 30
        assert places({path: impurities(parse(path)) for path in pure}) == []

    @pytest.mark.parametrize(
        "line",
        [
            "import os",
            "import time",
            "import os.path as p",
            "from random import Random",
            "import logging",
            "from asyncio import sleep",
            "from temporalio import workflow",
            "import psycopg.rows",
            "at = datetime.now(UTC)",
            "at = datetime.datetime.utcnow()",
            "day = date.today()",
            "if True:\n    def f():\n        import httpx",
            "text = open('x').read()",
            "print('x')",
        ],
    )
    def test_would_be_caught_with_any_of_these(self, line: str) -> None:
        assert impurities(ast.parse(line))

    def test_may_take_time_as_a_value(self) -> None:
        assert impurities(ast.parse("from datetime import time\nopens = time(9)\nat.time()")) == []


class TestWorkflows:
    def test_know_no_time_zones_and_no_holidays_of_their_own(self) -> None:
        """What stands frozen in the case decides; the sequence of commands depends on no installed data."""
        for path in (ROOT / "workflows").glob("*.py"):
            assert not named_modules(parse(path)) & {"zoneinfo", "holidays", "tzdata", "random", "time"}, path


class TestSize:
    def test_of_functions_is_at_most_40_lines(self) -> None:
        assert places({path: long_functions(parse(path)) for path in SOURCES}) == []

    def test_of_files_is_at_most_300_lines(self) -> None:
        lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}

        assert [f"{path.relative_to(ROOT)}: {count}" for path, count in lines.items() if count > 300] == []

    def test_of_a_function_counts_its_lines_but_not_its_docstring(self) -> None:
        body = "\n".join(f"    x = {n}" for n in range(39))

        assert long_functions(ast.parse(f'def f():\n    """One.\n\n    Two."""\n{body}')) == []
        assert long_functions(ast.parse(f"def f():\n{body}\n    x = 40")) == ["f has 41 lines"]


class TestNames:
    def test_say_what_a_module_is_for(self) -> None:
        assert [path for path in (*SOURCES, *TESTS) if path.stem in BANNED_NAMES] == []

    def test_of_packages_are_the_ones_that_are_installed_and_layered(self) -> None:
        tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]

        assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(PACKAGES)
        assert set(tools["importlinter"]["root_packages"]) == set(PACKAGES)
        assert set(tools["mypy"]["files"]) == set(PACKAGES)


class TestDocstrings:
    def test_stand_in_every_module_and_public_class_and_function(self) -> None:
        assert places({path: undocumented(parse(path)) for path in SOURCES}) == []

    @pytest.mark.parametrize(
        ("source", "missing"),
        [
            ("x = 1", ["the module"]),
            ("'''Doc.'''\ndef f(): ...", ["f"]),
            ("'''Doc.'''\nclass C:\n    '''Doc.'''\n    async def m(self): ...", ["m"]),
            ("'''Doc.'''\ndef _f(): ...", []),
        ],
    )
    def test_would_be_missed(self, source: str, missing: list[str]) -> None:
        assert undocumented(ast.parse(source)) == missing


class TestTests:
    def test_assert_nothing_about_how_long_something_took(self) -> None:
        assert places({path: timed_asserts(parse(path)) for path in TESTS}) == []

    @pytest.mark.parametrize(
        "body",
        [
            "assert time.monotonic() - started < 5",
            "took = perf_counter() - started; assert took < 1",
            "start = time.time(); x(); end = time.time(); assert end - start < 2",
            "assert asyncio.get_running_loop().time() > 3",
        ],
    )
    def test_would_be_caught_timing(self, body: str) -> None:
        assert timed_asserts(ast.parse(f"def test(): {body}"))

    def test_may_wait_with_a_deadline(self) -> None:
        source = "def test():\n    while time.monotonic() < deadline: x()\n    assert at.time() < time(9)"

        assert timed_asserts(ast.parse(source)) == []


class TestLayers:
    def test_point_inwards_only(self) -> None:
        lint = Path(sys.executable).parent / "lint-imports"

        result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

        assert result.returncode == 0, result.stdout + result.stderr
