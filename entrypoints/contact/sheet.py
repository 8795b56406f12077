"""A month of permitted hours in the terminal: a day a line, a half-hour a column, and the legend below."""

from collections.abc import Mapping
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from entrypoints.contact.month import DAY_SECONDS, Day, Month, No
from entrypoints.contact.shade import OPEN, Shade, hours_text, open_hours, shades
from entrypoints.contact.svg import notes, summary
from entrypoints.contact.words import citation_words

_CELLS = 48
_CELL_SECONDS = DAY_SECONDS // _CELLS
_LABEL = 19
_KIND_STYLE = {"holiday": "red", "day off": "red", "make-up day": "green", "unknown": "red"}


def month_sheet(month: Month, title: str, about: str, has_colour: bool) -> RenderableType:
    """The sheet, 79 columns wide. Without colour a closed stretch is its letter all along, with it only once."""
    painted = shades(month.legend)
    marks = "".join(f"{hour:02}".ljust(6) for hour in range(0, 24, 3))
    lines = [Text(title, "bold"), Text(f"{about}, {summary(month)}", "dim"), Text()]
    lines.append(Text(" " * _LABEL + marks + "24", "dim"))
    for day in month.days:
        if day.day.weekday() == 0 and day.day.day > 1:
            lines.append(Text())
        lines.append(_line(day, painted, has_colour))
    lines.append(Text())
    return Group(*lines, _legend(month, painted), *(Text(note, "dim") for note in notes(month)))


def _line(day: Day, painted: Mapping[No, Shade], has_colour: bool) -> Text:
    kind = "" if day.kind == "working" else day.kind
    label = f"{day.day:%a} {day.day.day:>2} "
    line = Text.assemble((label, "dim" if day.kind == "weekend" else ""))
    line.append(f"{kind:{_LABEL - len(label)}}", _KIND_STYLE.get(day.kind, "dim"))
    for cell, run in groupby(_cells(day)):
        line.append_text(_run(cell, len(list(run)), painted, has_colour))
    told = open_hours(day)
    line.append(
        f" {told if len(told) <= 11 else hours_text(day.open_seconds)}", OPEN if day.open_seconds else "dim"
    )
    if day.clock_change:
        line.append(f"\n{'':{_LABEL}}{day.clock_change}", "yellow")
    return line


def _cells(day: Day) -> list[tuple[No | None, str]]:
    """Each half-hour: what closes it, and whether it is open, partly open, closed or jumped over."""
    cells: list[tuple[No | None, str]] = []
    for number in range(_CELLS):
        begins, ends = number * _CELL_SECONDS, (number + 1) * _CELL_SECONDS
        parts = [one for one in day.stretches if one.begins < ends and begins < one.ends]
        no = next((one.noes[0] for one in parts if one.noes), None)
        if not any(one.exists for one in parts):
            cells.append((None, "jumped"))
        elif all(one.is_open for one in parts):
            cells.append((None, "open"))
        else:
            cells.append((no, "partly" if any(one.is_open for one in parts) else "closed"))
    return cells


def _run(cell: tuple[No | None, str], width: int, painted: Mapping[No, Shade], has_colour: bool) -> Text:
    no, state = cell
    if no is None:
        return Text("\u2588" * width, OPEN) if state == "open" else Text("\u00d7" * width, "yellow")
    shade = painted[no]
    if state == "partly":
        return Text("\u2584" * width, f"{OPEN} on {shade.colour}")
    return Text(
        shade.letter.center(width) if has_colour else shade.letter * width, f"{shade.ink} on {shade.colour}"
    )


def _legend(month: Month, painted: Mapping[No, Shade]) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text("\u2588\u2588\u2588", OPEN), "permitted")
    for row in month.legend:
        shade, no = painted[row.no], row.no
        also = f"; closed as well by {', '.join(row.also)}" if row.also else ""
        told = Text.assemble(
            (no.rule, "bold"),
            f" {no.says}\n",
            (citation_words(no.citation, no.force, no.origin) + also, "dim"),
        )
        table.add_row(Text(f" {shade.letter} ", f"{shade.ink} on {shade.colour}"), told)
    return table
