"""What a template's source says itself, character by character, with where each stands in the file."""

import re
from collections.abc import Iterator

from gateways.words import HIDDEN

_PART = re.compile(
    r"(?P<never>\{%-?\s*block never\s*-?%\}.*?\{%-?\s*endblock\b[^%]*%\})"
    r"|(?P<comment>\{#.*?#\})|(?P<filled>\{\{.*?\}\})|(?P<tag>\{%.*?%\})",
    re.DOTALL,
)
_LITERAL = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_NAMES_A_FILE = re.compile(r"\{%-?\s*(extends|include|import|from)\b")


def spoken(source: str, *, is_talk_sheet: bool) -> tuple[str, tuple[int, ...]]:
    """The text of `source` without comments and tags but with the words quoted in them, and the place of each character.

    What a talk sheet lists in its block `never` is told to the visitor, not said to anybody, and left out.
    """
    told = list(_told(source, is_talk_sheet))
    return "".join(c for c, _ in told), tuple(place for _, place in told)


def line_and_column(source: str, place: int) -> tuple[int, int]:
    """Both from 1."""
    return source.count("\n", 0, place) + 1, place - source.rfind("\n", 0, place)


def _told(source: str, is_talk_sheet: bool) -> Iterator[tuple[str, int]]:
    at = 0
    for part in _PART.finditer(source):
        yield from _run(source, at, part.start())
        at = part.end()
        if part["never"] and not is_talk_sheet:
            yield from _run(source, part.start(), at)
        elif part["filled"] or (part["tag"] and not _NAMES_A_FILE.match(part["tag"])):
            yield from _quoted(source, part.start(), at, is_filled=part["filled"] is not None)
    yield from _run(source, at, len(source))


def _quoted(source: str, start: int, end: int, *, is_filled: bool) -> Iterator[tuple[str, int]]:
    """What an expression or a tag has in quotation marks; an expression without any fills in something unknown."""
    literals = list(_LITERAL.finditer(source, start, end))
    if is_filled and not literals:
        yield HIDDEN, start
    for literal in literals:
        number = 1 if literal[1] is not None else 2
        yield from _run(source, literal.start(number), literal.end(number))


def _run(source: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    yield from zip(source[start:end], range(start, end), strict=True)
