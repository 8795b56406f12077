"""A house may be stricter than the law, never looser: what a policy opens or allows beyond it."""

from collections.abc import Iterator, Sequence
from datetime import date, time
from itertools import product
from typing import NamedTuple

from compliance.calendar import WEEKDAYS
from compliance.house import Cap, ContactRules
from compliance.rule import HoursRule, LimitRule, Opening, PeopleRule, Span
from compliance.rule import Rule as AnyRule
from statemachine.stage import Channel, Place

_DAY_MINUTES = 24 * 60
_SPAN_DAYS = {Span.WEEK: 7, Span.MONTH: 31}


class Loosened(NamedTuple):
    """`place` is where in the policy's contact rules; the text names the law and what it allows."""

    place: tuple[str | int, ...]
    text: str


def loosened(house: ContactRules, rules: Sequence[AnyRule], today: date) -> Iterator[Loosened]:
    """Every window, cap and number of visitors of the house that the law in `rules` would not allow, today or later."""
    bound = [
        rule for rule in rules
        if (rule.effective_to is None or rule.effective_to > today)
        and (house.party is None or house.party in rule.binds)
    ]  # fmt: skip
    visits = any(Channel.VISIT in window.channels for window in house.windows)
    for rule in bound:
        if isinstance(rule, PeopleRule) and visits and house.visit_people < rule.at_least:
            text = f"{house.visit_people} is fewer than the {rule.at_least} of {rule.id} ({rule.citation})"
            yield Loosened(("visit_people",), f"{text}: no visit would ever be permitted")
    for number, window in enumerate(house.windows):
        for rule in bound:
            if isinstance(rule, HoursRule) and Place.HOME in rule.places \
                    and set(window.channels) & set(rule.channels) and _opens_more(window, rule.open):  # fmt: skip
                yield Loosened(("windows", number, "opens"), _window_text(window, rule))
    for number, cap in enumerate(house.caps):
        for rule in bound:
            if isinstance(rule, LimitRule) and _allows_more(cap, rule):
                yield Loosened(
                    ("caps", number, "limit"),
                    f"{cap.limit} in {cap.days} days is looser than {rule.id} ({rule.citation}): {rule.limit} in "
                    f"{_days(rule)} days; the house may be stricter than the law, never looser",
                )


def _window_text(window: Opening, rule: HoursRule) -> str:
    lawful = ", ".join(f"{opening.opens:%H:%M} to {opening.closes:%H:%M} ({', '.join(opening.days)})"
                       for opening in rule.open)  # fmt: skip
    return (
        f"{window.opens:%H:%M} to {window.closes:%H:%M} on {', '.join(window.days)} days is looser than {rule.id} "
        f"({rule.citation}): {lawful}; the house may be stricter than the law, never looser"
    )


def _opens_more(window: Opening, lawful: Sequence[Opening]) -> bool:
    """On some kind of day (weekday, worked or not, holiday or not) the window is open while the law is closed."""
    for weekday, works, is_holiday in product(range(7), (True, False), (True, False)):
        day = (weekday, works, is_holiday)
        if _minutes(window, day) & ~_union(lawful, day):
            return True
    return False


def _union(openings: Sequence[Opening], day: tuple[int, bool, bool]) -> int:
    """The open minutes as bits; what an opening of the day before leaves open is taken to open on every day."""
    minutes = 0
    for opening in openings:
        minutes |= _minutes(opening, day)
        if opening.crosses:
            minutes |= _minutes(opening, day) >> _DAY_MINUTES
    return minutes


def _minutes(opening: Opening, day: tuple[int, bool, bool]) -> int:
    """Bit n is set where minute n after the day's midnight is open."""
    weekday, works, is_holiday = day
    names = {"every", WEEKDAYS[weekday], "working" if works else "off"}
    if names.isdisjoint(opening.days) or (is_holiday and opening.holidays == "closed"):
        return 0
    first, last = _minute(opening.opens), _minute(opening.closes)
    if opening.crosses:
        last += _DAY_MINUTES
    return ((1 << (last - first)) - 1) << first


def _minute(clock: time) -> int:
    return _DAY_MINUTES if clock == time.max else clock.hour * 60 + clock.minute


def _allows_more(cap: Cap, rule: LimitRule) -> bool:
    """A cap over nothing but what the law limits, with more contacts than the law allows in as many days.

    A cap over more channels says nothing of each: it is not compared, and the law binds beside it.
    """
    if rule.span is Span.EVER or not set(cap.channels) <= set(rule.channels) or Place.HOME not in rule.places:
        return False
    return cap.limit > rule.limit * -(-cap.days // _days(rule))


def _days(rule: LimitRule) -> int:
    return rule.days or _SPAN_DAYS[rule.span]
