"""A case's holds as pauses of the loan: what is missing in the book, and whether one of ours has to end there.

A pause in the book runs from its first day to before its last (so it counts), touches others but may not overlap them,
and needs an end; a hold may have none. Source of the rules: apache/fineract, DelinquencyActionParseAndValidator and
DelinquencyEffectivePauseHelperImpl.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

OPEN_ENDED_DAYS = 30
"""How far ahead a hold without an end is written; renewed on the day that ends."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Span:
    """From the first day to before the last."""

    start_on: date
    end_on: date

    def covers(self, day: date) -> bool:
        """Whether the day is one of it."""
        return self.start_on <= day < self.end_on


@dataclass(frozen=True)
class HeldSpan:
    """Days a case was or is held; `end_on` None: until released. `is_over`: its end is a fact, not a plan."""

    start_on: date
    end_on: date | None
    is_over: bool = False


@dataclass(frozen=True)
class Plan:
    """What brings the book in line: pauses to write, and whether today's pause, ours, has to end today."""

    pauses: tuple[Span, ...] = ()
    resumes: bool = False


def planned(
    held: Iterable[HeldSpan],
    book: Sequence[Span],
    ours: Iterable[date],
    today: date,
    disbursed_on: date | None,
) -> Plan:
    """The plan for one active loan. `book`: its pauses as they stand; `ours`: first days of those Leeway wrote; `today`:
    the book's own."""
    wanted = [_wanted(one, book, today) for one in held]
    first = disbursed_on or date.min
    spans = [Span(max(one.start_on, first), one.end_on) for one in wanted]
    gaps = _gaps([one for one in spans if one.start_on < one.end_on], book)
    is_held = any(one.covers(today) for one in spans)
    running = [one for one in book if one.covers(today)]
    own = set(ours)
    return Plan(gaps, not is_held and any(one.start_on in own for one in running))


def beginnable(gaps: Iterable[Span], resumed_on: Iterable[date]) -> tuple[Span, ...]:
    """The gaps as the book can take them: a pause that has a day of an earlier resume among its days, the last
    included, would end on that day."""
    resumed = sorted(resumed_on)
    found = []
    for gap in gaps:
        start = gap.start_on
        for day in resumed:
            if start <= day <= gap.end_on:
                start = day + _DAY
        if start < gap.end_on:
            found.append(Span(start, gap.end_on))
    return tuple(found)


def _wanted(one: HeldSpan, book: Sequence[Span], today: date) -> Span:
    """With an end: of an open-ended hold, as far as the book goes from today without a break, or a stretch ahead."""
    if one.end_on is not None:
        return Span(one.start_on, one.end_on)
    covered = today
    for span in sorted(book):
        if span.start_on <= covered < span.end_on:
            covered = span.end_on
    return Span(one.start_on, covered if covered > today else today + timedelta(days=OPEN_ENDED_DAYS))


def _gaps(wanted: Iterable[Span], book: Sequence[Span]) -> tuple[Span, ...]:
    """The days of `wanted` that the book does not have, joined where they touch."""
    missing: list[Span] = []
    for one in sorted(wanted):
        start = max([one.start_on, *(span.end_on for span in missing if span.end_on > one.start_on)])
        for span in sorted(span for span in book if span.start_on < span.end_on):
            if span.start_on > start and start < one.end_on:
                missing.append(Span(start, min(span.start_on, one.end_on)))
            start = max(start, span.end_on)
        if start < one.end_on:
            missing.append(Span(start, one.end_on))
    return _joined([span for span in missing if span.start_on < span.end_on])


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start_on <= joined[-1].end_on:
            joined[-1] = Span(joined[-1].start_on, max(joined[-1].end_on, span.end_on))
        else:
            joined.append(span)
    return tuple(joined)
