"""A month of permitted hours as an SVG picture: plain XML, no outside fonts, a title and a description for readers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from textwrap import wrap
from xml.etree.ElementTree import Element, SubElement, tostring

from entrypoints.contact.month import DAY_SECONDS, Day, Month, No, Stretch
from entrypoints.contact.shade import OPEN, Shade, hours_text, open_hours, shades, wall
from entrypoints.contact.words import citation_words

_LEFT, _HOUR, _ROW, _WEEK_GAP, _TOP, _RIGHT = 178, 32, 20, 7, 104, 168
_GRID = 24 * _HOUR
_WIDTH = _LEFT + _GRID + _RIGHT
_INK, _GREY, _PALE, _OFF_DAY = "#1f2430", "#6b7280", "#e5e7eb", "#a04b2a"
_FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
_KIND_INK = {"holiday": _OFF_DAY, "day off": _OFF_DAY, "make-up day": "#1d7a52", "unknown": "#b3364a"}


def draw(month: Month, title: str, about: str) -> str:
    """The picture. `title` says what is asked, `about` of whom; both are drawn above the hours."""
    tops = list(_row_tops(month))
    foot = tops[-1] + _ROW + 30
    below = [line for note in notes(month) for line in wrap(note, 160)]
    height = foot + 42 + 36 * len(month.legend) + 18 * len(below)
    svg = Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_WIDTH} {height}", "width": str(_WIDTH),
        "height": str(height), "role": "img", "aria-labelledby": "title desc", "font-family": _FONT,
    })  # fmt: skip
    SubElement(svg, "title", {"id": "title"}).text = f"{title}, {about}"
    SubElement(svg, "desc", {"id": "desc"}).text = description(month)
    _block(svg, 0, 0, _WIDTH, height, "#ffffff")
    _text(svg, 28, 40, title, 21, weight="600")
    _text(svg, 28, 63, f"{about}  ·  {summary(month)}", 13, _GREY)
    _hour_marks(svg, tops[-1] + _ROW)
    painted = shades(month.legend)
    for day, top in zip(month.days, tops, strict=True):
        _day(svg, day, top, painted)
    _legend(svg, month, painted, foot)
    for place, note in enumerate(below):
        _text(svg, 28, height - 18 * (len(below) - place), note, 12, _GREY)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(svg, encoding="unicode") + "\n"


def summary(month: Month) -> str:
    """On how many days, and for how long in all."""
    open_days = sum(1 for day in month.days if day.open_seconds)
    in_all = hours_text(sum(day.open_seconds for day in month.days))
    return f"permitted on {open_days} of {len(month.days)} days, {in_all} in all"


def description(month: Month) -> str:
    """The month in words, for who cannot see it."""
    days = (f"{day.day:%a} {day.day.day} ({day.kind}): {open_hours(day)}" for day in month.days)
    noes = (f"{row.no.rule} ({row.no.citation}): {row.no.says}" for row in month.legend)
    return f"Permitted hours by day. {'; '.join(days)}. Closed by: {'; '.join(noes) or 'nothing'}."


def _row_tops(month: Month) -> Iterator[int]:
    top = _TOP
    for day in month.days:
        if day.day.weekday() == 0 and day.day.day > 1:
            top += _WEEK_GAP
        yield top
        top += _ROW


def notes(month: Month) -> list[str]:
    """What a reader must know besides: several clocks, days that are a guess."""
    told = []
    if len(month.zones) > 1:
        told.append(
            f"Drawn on the clock of {month.zones[0]}; open only where every zone is: {', '.join(month.zones)}."
        )
    if month.provisional_from:
        before = month.provisional_from - timedelta(days=1)
        told.append(f"Holidays after {before} are not published yet: days near them stay closed, the stricter reading.")  # fmt: skip
    return told


def _hour_marks(svg: Element, bottom: int) -> None:
    for hour in range(0, 25, 3):
        x = _LEFT + hour * _HOUR
        SubElement(svg, "line", {"x1": str(x), "x2": str(x), "y1": str(_TOP - 6), "y2": str(bottom + 2),
                                 "stroke": _PALE})  # fmt: skip
        _text(svg, x, _TOP - 12, f"{hour:02}:00", 11, _GREY, anchor="middle")


def _day(svg: Element, day: Day, top: int, painted: Mapping[No, Shade]) -> None:
    base, is_off = top + 14, day.kind != "working"
    _text(svg, 28, base, f"{day.day:%a}", 12.5, _GREY if day.kind == "weekend" else _INK)
    _text(svg, 78, base, str(day.day.day), 12.5, _INK, anchor="end", weight="600")
    if is_off:
        _text(svg, 90, base, day.kind, 11.5, _KIND_INK.get(day.kind, _GREY))
    for _, run in groupby(day.stretches, key=lambda one: (one.exists, one.noes[:1])):
        _run(svg, day, list(run), top, painted)
    told = open_hours(day)
    if day.clock_change:
        told = f"{told}  ({day.clock_change})"
    ink = OPEN if day.open_seconds else _GREY
    _text(svg, _LEFT + _GRID + 16, base, told, 11.5, ink, weight="600" if day.open_seconds else "400")


def _run(svg: Element, day: Day, run: Sequence[Stretch], top: int, painted: Mapping[No, Shade]) -> None:
    """Neighbours that are shown as one; what closes each stands in the title."""
    first = run[0]
    x = _LEFT + first.begins * _GRID / DAY_SECONDS
    width = (run[-1].ends - first.begins) * _GRID / DAY_SECONDS
    shade = painted[first.noes[0]] if first.noes else None
    block = _block(svg, x + 0.5, top + 1, max(width - 1, 0.5), _ROW - 2, shade.colour if shade else OPEN)
    SubElement(block, "title").text = "\n".join(_told(day, one) for one in run)
    if not first.exists:
        block.attrib |= {"fill": "#ffffff", "stroke": "#c9ced6", "stroke-dasharray": "2 2"}
    elif shade and width >= 14:
        label = _text(svg, x + width / 2, top + 14, shade.letter, 10, shade.ink, anchor="middle")
        label.attrib |= {"pointer-events": "none", "opacity": "0.75"}


def _told(day: Day, stretch: Stretch) -> str:
    when = f"{day.day:%a} {day.day}, {wall(stretch.begins)} to {wall(stretch.ends)}"
    if not stretch.exists:
        return f"{when}: the clock jumps over it"
    noes = "; ".join(f"{no.rule}, {no.says} ({no.citation})" for no in stretch.noes)
    return f"{when}: {noes or 'permitted'}"


def _legend(svg: Element, month: Month, painted: Mapping[No, Shade], top: int) -> None:
    _block(svg, 28, top, 22, 14, OPEN)
    _text(svg, 60, top + 11.5, "permitted", 12.5, _INK, weight="600")
    for place, row in enumerate(month.legend):
        y, shade, no = top + 30 + 36 * place, painted[row.no], row.no
        _block(svg, 28, y, 22, 14, shade.colour)
        _text(svg, 39, y + 10.8, shade.letter, 10, shade.ink, anchor="middle")
        line = _text(svg, 60, y + 11.5, no.rule, 12.5, _INK, weight="600")
        SubElement(line, "tspan", {"font-weight": "400", "dx": "8"}).text = no.says
        also = f"; closed as well by {', '.join(row.also)}" if row.also else ""
        _text(svg, 60, y + 26.5, citation_words(no.citation, no.force, no.origin) + also, 11.5, _GREY)


def _block(parent: Element, x: float, y: float, width: float, height: float, fill: str) -> Element:
    return SubElement(parent, "rect", {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}",
                                       "fill": fill, "rx": "0" if (x, y) == (0, 0) else "3"})  # fmt: skip


def _text(
    parent: Element, x: float, y: float, text: str, size: float, fill: str = _INK, *,
    anchor: str = "start", weight: str = "400",
) -> Element:  # fmt: skip
    made = SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", "font-size": f"{size:g}", "fill": fill,
                                       "text-anchor": anchor, "font-weight": weight})  # fmt: skip
    made.text = text
    return made
