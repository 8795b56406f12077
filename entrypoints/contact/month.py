"""A month on a borrower's own clock: when a contact is permitted, and what closes the rest. Values, nothing drawn."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from compliance.ask import PastContact
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.judge import judge
from compliance.law import Law
from compliance.origin import Origin
from compliance.refusal import Refusal
from compliance.rule import Force
from compliance.rule import Rule as AnyRule
from entrypoints.contact.check import Matter, Panel
from entrypoints.contact.wall import Piece, by_day, pieces_of
from entrypoints.contact.words import demand, wished_hours_words
from lending.days import day_starts, local_day

DAY_SECONDS = 86_400
_DAY = timedelta(days=1)


class No(NamedTuple):
    """What closes a stretch. `says` is the rule in a few words."""

    origin: Origin
    rule: str
    citation: str
    force: str
    says: str


class Stretch(NamedTuple):
    """Part of a day, in seconds of the wall clock, from `begins` until before `ends`.

    Open where `noes` is empty. `exists` False: the clock jumps over it. Where it shows an hour twice, both are meant.
    """

    begins: int
    ends: int
    noes: tuple[No, ...] = ()
    exists: bool = True

    @property
    def is_open(self) -> bool:
        """Whether a contact is permitted in all of it."""
        return self.exists and not self.noes


class Day(NamedTuple):
    """A day, whole, in stretches. `kind`: working, weekend, day off, holiday, make-up day or unknown."""

    day: date
    kind: str
    stretches: tuple[Stretch, ...]
    clock_change: str = ""

    @property
    def open_seconds(self) -> int:
        """How long the contact is permitted, by the wall clock."""
        return _seconds(one for one in self.stretches if one.is_open)


class LegendRow(NamedTuple):
    """One no that is shown, and the rules that say no wherever it is."""

    no: No
    also: tuple[str, ...]


class Month(NamedTuple):
    """The days of a month, and what closes their hours. `provisional_from`: from then on the calendar is a guess."""

    first: date
    zones: tuple[str, ...]
    days: tuple[Day, ...]
    legend: tuple[LegendRow, ...]
    provisional_from: date | None


class _Closed(NamedTuple):
    """Closed from one instant until before another; `rule` None: it is no rule's, but a wish or something unknown."""

    begins_at: datetime
    ends_at: datetime
    refusal: Refusal
    rule: AnyRule | None


def month_of(matter: Matter, first: date, past: Sequence[PastContact] = ()) -> Month:
    """The month that begins on `first`, on the clock of the first of the borrower's zones, of which there is one.

    `matter.at` is a day of that month: what is known then is what the month is drawn from. Each contact of `past`
    counts from its own instant on, so that days before it are as they were; the matter's own history is not read.
    """
    zone = matter.borrower.zones[0]
    days = [first + n * _DAY for n in range(31) if (first + n * _DAY).month == first.month]
    from_at = datetime.combine(days[0], time(), UTC) - _DAY
    until = datetime.combine(days[-1], time(), UTC) + 2 * _DAY
    pieces = list(pieces_of(zone, from_at, until))
    closed: dict[date, list[Stretch]] = {day: [] for day in days}
    there = {day: [Stretch(*span) for span in spans] for day, spans in by_day(from_at, until, pieces).items()}
    for one in _closed_by_rule(matter, sorted(past, key=attrgetter("at")), from_at, until):
        for day, stretches in _on_the_wall(one, matter, pieces, there).items():
            if day in closed:
                closed[day] += stretches
    drawn = tuple(
        Day(day, _kind(matter.calendar, day), tuple(_merged(closed[day], there[day])), _change(there[day]))
        for day in days
    )
    guess = _provisional_from(matter.calendar, days)
    return Month(first, matter.borrower.zones, drawn, tuple(_legend(drawn)), guess)


def _provisional_from(calendar: WorkingCalendar | None, days: Sequence[date]) -> date | None:
    if calendar is None or calendar.provisional_from is None or not calendar.knows(days[0]):
        return None
    return calendar.provisional_from if calendar.provisional_from <= days[-1] else None


def _closed_by_rule(
    matter: Matter, past: Sequence[PastContact], from_at: datetime, until: datetime
) -> Iterator[list[_Closed]]:
    """What each rule closes, asked alone, in the order of the law; with it what is unknown or wished for."""
    own = list(_closed(matter, matter.law.alone(), None, past, from_at, until))
    yield own
    if not any(one.refusal.origin is Origin.UNKNOWN for one in own):
        for member in Panel(matter.law).members(matter.ask):
            yield list(_closed(matter.without_wishes(), member.alone, member.rule, past, from_at, until))


def _closed(
    matter: Matter,
    law: Law,
    rule: AnyRule | None,
    past: Sequence[PastContact],
    from_at: datetime,
    until: datetime,
) -> Iterator[_Closed]:
    """Walks from one edge to the next: as many judgements as there are changes."""
    _, calendar, borrower, ask, _, _ = matter
    edges = [edge for fact in borrower.facts for edge in (fact.since, fact.until) if edge is not None]
    edges += [contact.at for contact in past]
    at, made, history = from_at, -1, History()
    while at < until:
        if (count := bisect_right(past, at, key=attrgetter("at"))) != made:
            made, history = count, History(past[:count])
        refusal, closes_at = judge(law, calendar, borrower, ask, at, history)
        changes = [edge for edge in edges if edge > at]
        if refusal is None:
            at = min((closes_at, *changes))
            continue
        # Without a known end it may still end with a day, such as the last of so many days past due.
        tomorrow = day_starts(local_day(at, borrower.zones) + _DAY, borrower.zones)
        ends_at = min((refusal.free_at or tomorrow, *changes))
        yield _Closed(at, min(ends_at, until), refusal, rule)
        at = ends_at


def _on_the_wall(
    closed: Iterable[_Closed],
    matter: Matter,
    pieces: Sequence[Piece],
    there: Mapping[date, Sequence[Stretch]],
) -> dict[date, list[Stretch]]:
    """What one rule closes, day by day; of a day without an hour left it says so."""
    found: dict[date, list[tuple[_Closed, int, int]]] = {}
    for one in closed:
        for day, spans in by_day(one.begins_at, one.ends_at, pieces).items():
            found.setdefault(day, []).extend((one, *span) for span in spans)
    stretches = {}
    for day, parts in found.items():
        is_whole = sum(ends - begins for _, begins, ends in parts) >= _seconds(there.get(day, ()))
        stretches[day] = [Stretch(begins, ends, (_no(one, matter, is_whole),)) for one, begins, ends in parts]
    return stretches


def _merged(closed: Sequence[Stretch], there: Sequence[Stretch]) -> Iterator[Stretch]:
    """The whole day without overlaps; neighbours that say the same are one."""
    edges = {edge for one in (*closed, *there) for edge in (one.begins, one.ends)} | {0, DAY_SECONDS}
    last: Stretch | None = None
    for begins, ends in pairwise(sorted(edges)):
        noes = dict.fromkeys(
            no for one in closed if one.begins <= begins and ends <= one.ends for no in one.noes
        )
        ordered = tuple(sorted(noes, key=lambda no: tuple(Origin).index(no.origin)))
        exists = any(one.begins <= begins and ends <= one.ends for one in there)
        if last is not None and (last.noes, last.exists) == (ordered, exists):
            last = last._replace(ends=ends)
            continue
        if last is not None:
            yield last
        last = Stretch(begins, ends, ordered, exists)
    if last is not None:
        yield last


def _no(closed: _Closed, matter: Matter, is_whole_day: bool) -> No:
    refusal, rule = closed.refusal, closed.rule
    if refusal.origin is Origin.UNKNOWN:
        says = _unknown(matter) if refusal.rule == "calendar" else refusal.reason
        return No(refusal.origin, refusal.rule, refusal.citation, str(Force.MUST), says)
    if rule is None:
        says = refusal.reason if refusal.moves else wished_hours_words(matter.borrower.wishes)
        return No(refusal.origin, refusal.rule, refusal.citation, str(Force.MUST), says)
    says = refusal.reason
    if rule.kind == "hours" and len(matter.borrower.zones) == 1:
        says = f"{'closed that day: only' if is_whole_day else 'outside'} {demand(rule)}"
    return No(refusal.origin, refusal.rule, refusal.citation, str(rule.force), says)


def _unknown(matter: Matter) -> str:
    """One text for all unknown days, of which each refusal names its own."""
    calendar, day = matter.calendar, matter.at.date()
    assert calendar is not None
    return calendar.unknown_reason(calendar.valid_until + _DAY if calendar.knows(day) else day)


def _kind(calendar: WorkingCalendar | None, day: date) -> str:
    if calendar is None or not calendar.knows(day):
        return "unknown"
    if calendar.is_holiday(day):
        return "holiday"
    is_weekday = day.weekday() in calendar.weekdays
    if calendar.works(day):
        return "working" if is_weekday else "make-up day"
    return "day off" if is_weekday else "weekend"


def _change(there: Sequence[Stretch]) -> str:
    """What the clock does on this day besides running."""
    seconds = _seconds(there) - DAY_SECONDS
    if not seconds:
        return ""
    return f"clock {'back' if seconds > 0 else 'forward'} {abs(seconds) // 60} min"


def _seconds(stretches: Iterable[Stretch]) -> int:
    return sum(one.ends - one.begins for one in stretches)


def _legend(days: Iterable[Day]) -> Iterator[LegendRow]:
    """Every no that is shown, in the order of `Origin`."""
    also: dict[No, set[str]] = {}
    for stretch in (one for day in days for one in day.stretches if one.noes and one.exists):
        shown, others = stretch.noes[0], {no.rule for no in stretch.noes[1:]}
        also[shown] = also[shown] & others if shown in also else others
    for no in sorted(also, key=lambda one: tuple(Origin).index(one.origin)):
        yield LegendRow(no, tuple(sorted(also[no] - {no.rule})))
