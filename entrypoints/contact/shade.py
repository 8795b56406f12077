"""How a month's stretches are told apart: a letter and a colour for each no, so that neither is needed alone."""

from collections.abc import Iterable, Mapping
from itertools import count
from string import ascii_lowercase
from typing import NamedTuple

from compliance.origin import Origin
from entrypoints.contact.month import DAY_SECONDS, Day, LegendRow, No

OPEN = "#2f9e6e"

# Law is dark, the house warm, a wish violet, the unknown red. Each family begins again when it is used up.
_FAMILIES: Mapping[Origin, tuple[str, ...]] = {
    Origin.UNKNOWN: ("#b3364a", "#d9798a"),
    Origin.LAW: ("#33405c", "#6c7f9e", "#4f7082", "#8c9bb5", "#5d5a86", "#93a8ad"),
    Origin.HOUSE: ("#efd3a4", "#f6e6cb", "#e2b184", "#d8bfa0", "#efc4b0", "#e6dcc8"),
    Origin.WISH: ("#b7a3dd", "#d8ccec", "#9a8bc9"),
}


class Shade(NamedTuple):
    """`letter` in the legend's order; colours are #rrggbb; `ink` is read on `colour`."""

    letter: str
    colour: str
    ink: str


def shades(legend: Iterable[LegendRow]) -> dict[No, Shade]:
    """One for each no that is shown."""
    used = {origin: count() for origin in Origin}
    found = {}
    for place, row in enumerate(legend):
        family = _FAMILIES[row.no.origin]
        colour = family[next(used[row.no.origin]) % len(family)]
        found[row.no] = Shade(ascii_lowercase[place % 26], colour, _ink(colour))
    return found


def open_hours(day: Day) -> str:
    """The permitted hours of a day: spans with an en dash, or an en dash alone for none."""
    spans = [f"{wall(one.begins)}–{wall(one.ends)}" for one in day.stretches if one.is_open]
    return ", ".join(spans) or "–"


def wall(seconds: int) -> str:
    """`HH:MM` of the wall clock; with seconds where there are any."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest and seconds < DAY_SECONDS else text


def hours_text(seconds: int) -> str:
    """`9 h`, `8.5 h`."""
    return f"{seconds / 3600:.2f}".rstrip("0").rstrip(".") + " h"


def _ink(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < 150 else "#4a4436"
