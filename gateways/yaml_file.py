"""YAML files that people write. A mistake is named with file, line and column before anything uses it."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

LINE_ENDS = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""As YAML counts lines."""

_DAY = re.compile(r"(?:([\w-]+): *[\"']?)?\b(\d{4}-\d\d-\d\d)\b")


class PolicyError(ValueError):
    """A file that cannot be used. The text has one line per mistake: file:line:column field: rule."""


def stamps_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Every file in `folder` and below with size and time of change: the same as long as nothing was written there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)


def parse(path: Path) -> Any:
    """The mapping in `path`, its parts knowing their lines and columns. Raises PolicyError."""
    # The round-trip loader knows lines and columns; `safe` would lose them.
    yaml = YAML(typ="rt", pure=True)
    try:
        document = yaml.load(_text(path))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        advice = ": keep one of them" if isinstance(error, DuplicateKeyError) else ""
        raise PolicyError(f"{place}: not YAML: {error.problem}{advice}") from None
    except YAMLError as error:
        raise PolicyError(f"{path}: not YAML: {error}") from None
    except ValueError as error:
        raise PolicyError(_no_such_day(path) or f"{path}:1:1: {error}") from None
    if not isinstance(document, CommentedMap):
        raise PolicyError(f"{path}:1:1: a mapping of policy fields is expected")
    return document


def _no_such_day(path: Path) -> str | None:
    """Where a day stands that no month has: it stops the YAML reader, which forgets where."""
    for number, line in enumerate(LINE_ENDS.split(_text(path)), 1):
        for found in _DAY.finditer(line):
            try:
                date.fromisoformat(found[2])
            except ValueError:
                field = f"{found[1]}: " if found[1] else ""
                return f"{path}:{number}:{found.start(2) + 1}: {field}{found[2]}: there is no such day"
    return None


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise PolicyError(f"{path}:{line}:{column}: not UTF-8: save the file in UTF-8") from None


def mistake(path: Path, document: Any, place: tuple[int | str, ...], message: str) -> str:
    """One line for one mistake: `file:line:column: field: rule`, at the deepest part of `place` that is there."""
    rule = message.removeprefix("Value error, ")
    named = re.match(r"([\w.-]+): ", rule)  # a rule over several fields begins with the one to change
    if named:
        parts = (int(part) if part.isdigit() else part for part in named[1].split("."))
        place, rule = (*place, *parts), rule[named.end() :]
    line, column = _position(document, place)
    return f"{path}:{line}:{column}: {'.'.join(str(part) for part in place) or 'policy'}: {rule}"


def _position(node: Any, place: tuple[int | str, ...]) -> tuple[int, int]:
    """Line and column of the deepest part of `place` that the file has."""
    line, column = node.lc.line, node.lc.col
    for part in place:
        try:
            line, column = node.lc.key(part) if isinstance(node, CommentedMap) else node.lc.item(part)
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line + 1, column + 1
