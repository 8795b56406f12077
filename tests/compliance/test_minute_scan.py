"""The first permitted instant is the one that a scan of every minute finds.

The scan here is slow and plain, and was written without looking at how the code under test finds its answer.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.allowed_instant import Borrower, NeverPermitted, earliest_permitted
from compliance.calendar import WorkingCalendar
from compliance.rules import Cap, ContactRules, DayType, Window
from statemachine.case import Wishes
from statemachine.stage import Channel

MINUTE = timedelta(minutes=1)
ZONES = (
    *("Asia/Shanghai", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Pacific/Kiritimati"),
    *("Pacific/Pago_Pago", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Santiago"),
)


@cache
def minutes_of(zone: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """(instant, what the wall clock shows) for every minute around a local day."""
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    instants = (first + n * MINUTE for n in range(54 * 60))
    return tuple((at, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for at in instants)


@cache
def shows(zone: str, day: date, clock: time) -> tuple[datetime, ...]:
    """Every instant at which a clock there could be read as `clock`; where it never is, by both offsets of the gap."""
    wanted = datetime.combine(day, clock)
    minutes = minutes_of(zone, day)
    exactly = tuple(at for at, shown in minutes if shown == wanted)
    if exactly:
        return exactly
    (before, after) = next(
        (before, after) for before, after in pairwise(minutes) if before[1] < wanted < after[1]
    )
    return tuple(
        wanted.replace(tzinfo=UTC) - (shown - at.replace(tzinfo=None)) for at, shown in (before, after)
    )


def works(calendar: WorkingCalendar, day: date) -> bool:
    """People work on this day."""
    if calendar.provisional_from and day >= calendar.provisional_from:
        if day.weekday() not in calendar.weekdays:
            return False
        return all(abs((off - day).days) > calendar.widen_days for off in calendar.off)
    if day in calendar.on:
        return True
    return day.weekday() in calendar.weekdays and day not in calendar.off


def is_open(
    windows: list[Window], calendar: WorkingCalendar, wishes: Wishes, zone: str, at: datetime
) -> bool:
    """Some window is open there, and every clock that could apply agrees."""
    day = at.astimezone(ZoneInfo(zone)).date()
    if not calendar.valid_from <= day <= calendar.valid_until:
        return False
    for one in windows:
        opens = max(one.opens, wishes.not_before) if wishes.not_before else one.opens
        closes = min(one.closes, wishes.not_after) if wishes.not_after else one.closes
        if opens < closes and (one.days is DayType.EVERY or works(calendar, day)):
            begins, ends = shows(zone, day, opens), shows(zone, day, closes)
            if all(begin <= at for begin in begins) and all(at < end for end in ends):
                return True
    return False


def has_room(
    caps: list[Cap], contacts: list[tuple[Channel, datetime]], zones: tuple[str, ...], at: datetime
) -> bool:
    """Every cap has room at this minute, whichever day it counts as in the borrower's zones."""

    def first_day(when: datetime) -> date:
        return min(when.astimezone(ZoneInfo(zone)).date() for zone in zones)

    return all(
        sum(
            (first_day(at) - first_day(when)).days < cap.days
            for channel, when in contacts
            if channel in cap.channels
        )
        < cap.limit
        for cap in caps
        if Channel.SMS in cap.channels
    )


clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
hours = st.tuples(clocks, clocks).filter(lambda pair: pair[0] < pair[1])
days_near = st.dates(date(2026, 2, 1), date(2026, 12, 20))


@st.composite
def windows_in_any_order(draw: st.DrawFn) -> list[Window]:
    found = draw(st.lists(st.tuples(hours, st.sampled_from(DayType)), min_size=1, max_size=3))
    return [
        Window(rule=f"w{n}", channels=(Channel.SMS,), days=days, opens=opens, closes=closes)
        for n, ((opens, closes), days) in enumerate(found)
    ]


@st.composite
def calendars(draw: st.DrawFn, around: date) -> WorkingCalendar:
    near = st.integers(-3, 12).map(lambda n: around + timedelta(days=n))
    return WorkingCalendar(
        name="drawn",
        weekdays=draw(st.sampled_from([(0, 1, 2, 3, 4), (0, 1, 2, 3, 6), (0, 1, 2, 3, 4, 5, 6)])),
        off=frozenset(draw(st.lists(near, max_size=6))),
        on=frozenset(draw(st.lists(near, max_size=4))),
        provisional_from=draw(st.none() | near),
        widen_days=draw(st.integers(0, 3)),
        valid_from=date(2026, 1, 1),
        valid_until=draw(st.just(date(2027, 12, 31)) | near),
        source="test",
    )


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    day = draw(days_near | st.sampled_from([date(2026, 3, 7), date(2026, 10, 31), date(2026, 4, 4)]))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + draw(st.integers(0, 24 * 60)) * MINUTE
    hours_before = st.integers(0, 24 * 9).map(lambda n: at - timedelta(hours=n))
    caps = st.builds(
        Cap,
        rule=st.just("cap"),
        channels=st.sampled_from([(Channel.SMS,), (Channel.EMAIL,), tuple(Channel)]),
        limit=st.integers(1, 3),
        days=st.integers(1, 8),
    )
    before, after = draw(st.none() | clocks), draw(st.none() | clocks)
    return {
        "at": at,
        "windows": draw(windows_in_any_order()),
        "calendar": draw(calendars(day)),
        "zones": tuple(draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True))),
        "wishes": Wishes(not_before=before, not_after=after),
        "caps": draw(st.lists(caps, max_size=2)),
        "contacts": draw(st.lists(st.tuples(st.sampled_from(Channel), hours_before), max_size=5)),
    }


class TestEarliestPermitted:
    @given(questions())
    @settings(max_examples=100, deadline=None)
    def test_is_what_a_scan_of_every_minute_finds(self, question: dict[str, Any]) -> None:
        at, windows, zones = question["at"], question["windows"], question["zones"]
        calendar, wishes = question["calendar"], question["wishes"]

        def minute_is_permitted(minute: datetime) -> bool:
            is_everywhere = all(is_open(windows, calendar, wishes, zone, minute) for zone in zones)
            return is_everywhere and has_room(question["caps"], question["contacts"], zones, minute)

        def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
            return (start + n * MINUTE for n in range(int((end - start) / MINUTE)))

        rules = ContactRules(windows=tuple(windows), caps=tuple(question["caps"]), spread_minutes=0)
        borrower = Borrower(zones=zones, wishes=wishes, spread_key="case:h:L-1:1")
        answer = earliest_permitted(rules, calendar, borrower, Channel.SMS, at, question["contacts"])

        if isinstance(answer, NeverPermitted):
            assert not any(map(minute_is_permitted, minutes(at, at + timedelta(days=20))))
            return
        assert not any(map(minute_is_permitted, minutes(at, answer.at)))
        assert all(map(minute_is_permitted, minutes(answer.at, answer.closes_at)))
        assert answer.at < answer.closes_at
        assert (answer.moved_by is None) == (answer.at == at)
