"""Calibration as a small SVG: what a card foresaw against what happened, one panel a data set."""

from collections.abc import Iterator, Sequence
from html import escape

from entrypoints.training.accuracy import Bin

_SIDE, _LEFT, _TOP, _GAP, _BELOW = 240, 62, 36, 84, 54
_FONT = 'font-family="system-ui, sans-serif"'


def calibration_picture(panels: Sequence[tuple[str, Sequence[Bin]]]) -> str:
    """One panel for each (title, bins); on the dashed line the card foresaw exactly what happened."""
    width = _LEFT + len(panels) * (_SIDE + _GAP) - _GAP + 24
    height = _TOP + _SIDE + _BELOW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'{_FONT} font-size="12" fill="#24292f">'
    )
    title = "<title>Share of bad loans foreseen and observed, in bins of about equally many rows</title>"
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    drawn = (line for number, panel in enumerate(panels) for line in _panel(number, *panel))
    return "\n".join([head, title, ground, *drawn, "</svg>", ""])


def _panel(number: int, title: str, bins: Sequence[Bin]) -> Iterator[str]:
    left, bottom = _LEFT + number * (_SIDE + _GAP), _TOP + _SIDE
    most = max(max(one.observed.high, one.foreseen) for one in bins)
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if most <= 5 * step or step == 0.25)
    top = step * -(-most // step)

    def across(share: float) -> str:
        return f"{left + share / top * _SIDE:.1f}"

    def up(share: float) -> str:
        return f"{bottom - share / top * _SIDE:.1f}"

    yield f'<text x="{left}" y="{_TOP - 14}" font-weight="600">{escape(title)}</text>'
    for tick in range(round(top / step) + 1):
        share = tick * step
        yield f'<path d="M{left} {up(share)}H{left + _SIDE}" stroke="#e3e6ea"/>'
        yield f'<text x="{left - 6}" y="{up(share)}" dy="4" text-anchor="end">{share:.0%}</text>'
        yield f'<text x="{across(share)}" y="{bottom + 17}" text-anchor="middle">{share:.0%}</text>'
    yield f'<path d="M{left} {bottom}L{left + _SIDE} {_TOP}" stroke="#8c959f" stroke-dasharray="5 4"/>'
    for one in bins:
        x = across(one.foreseen)
        yield f'<path d="M{x} {up(one.observed.low)}V{up(one.observed.high)}" stroke="#0969da" stroke-width="1.5"/>'
        yield f'<circle cx="{x}" cy="{up(one.observed.value)}" r="4" fill="#0969da"/>'
    middle = left + _SIDE / 2
    yield f'<text x="{middle:.0f}" y="{bottom + 38}" text-anchor="middle">foreseen bad</text>'
    turned = f"rotate(-90 {left - 44} {bottom - _SIDE / 2:.0f})"
    at = f'x="{left - 44}" y="{bottom - _SIDE / 2:.0f}" text-anchor="middle" transform="{turned}"'
    yield f"<text {at}>turned out bad, 95 % interval</text>"
