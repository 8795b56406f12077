"""Working calendars out of the `holidays` library and the operators' files, frozen when a policy is published."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import holidays

from compliance.calendar import WorkingCalendar
from gateways.calendar_file import CALENDARS, CalendarFile, CalendarYear, calendar_of

YEARS_AHEAD = 4

# Countries that publish the make-up days of a year late in the year before. Until the library or an operator's file
# has them, so many days around each public holiday stay closed. Measured: the width covers every arrangement of
# 2015 to 2026, in China since 2008 but two days decreed at four months' notice in September 2015 (a test counts them).
_MAKE_UP_COUNTRIES = {
    "BY": 1, "CN": 4, "HU": 1, "KG": 3, "KZ": 1, "MM": 1, "RU": 4, "TW": 1, "UA": 2, "UZ": 3, "VN": 1,
}  # fmt: skip


class _Place(NamedTuple):
    """Where the days come from. `subdivision` None: neither the library nor a file knows more than the country."""

    country: str
    subdivision: str | None
    name: str
    national: CalendarFile
    own: CalendarFile

    @property
    def arranged(self) -> Mapping[int, CalendarYear]:
        """The published years, the place's own before its country's."""
        return {year.year: year for year in (*self.national.years, *self.own.years)}

    @property
    def closed(self) -> frozenset[date]:
        return frozenset((*self.national.closed, *self.own.closed))


class _Found(NamedTuple):
    """Public holidays and make-up days of some years."""

    holidays: frozenset[date]
    on: frozenset[date]


def working_calendar(
    country: str, subdivision: str | None, today: date, folder: Path = CALENDARS
) -> WorkingCalendar | None:
    """The working days of a place from last year to four years on; None where the library does not know it.

    A year in an operator's file replaces the library's, and carries the calendar on where it joins its end. An
    unknown subdivision falls back to its country. Raises PolicyError for a file that cannot be used.
    """
    try:
        holidays.country_holidays(country)
    except NotImplementedError:
        return None
    place = _place(country, subdivision, folder)
    asked = sorted({*range(today.year - 1, today.year + YEARS_AHEAD + 2), *place.arranged})
    known = holidays.country_holidays(country, subdiv=_known_subdivision(country, subdivision), years=asked)
    years = _covered(known, today.year, place.arranged)
    widen_days = _MAKE_UP_COUNTRIES.get(country, 0)
    found = _merged(place, known, years, widen_days)
    provisional = _first_provisional_year(place, known, today.year)
    return WorkingCalendar(
        name=place.name,
        weekdays=tuple(day for day in range(7) if day not in known.weekend),
        off=frozenset(day for day in found.holidays if day.weekday() not in known.weekend or provisional),
        on=found.on,
        holidays=found.holidays,
        # The arrangement of a year may reach into the last days of the year before.
        provisional_from=date(provisional, 1, 1) - timedelta(days=widen_days) if provisional else None,
        widen_days=widen_days,
        valid_from=date(years[0], 1, 1),
        valid_until=date(years[-1], 12, 31),
        source=_source(place, years),
    )


def _place(country: str, subdivision: str | None, folder: Path) -> _Place:
    nothing = CalendarFile()
    national = calendar_of(country, folder) or nothing
    name = f"{country}-{subdivision}" if subdivision else country
    own = calendar_of(name, folder) if subdivision else None
    if own is None and _known_subdivision(country, subdivision) is None:
        return _Place(country, None, country, national, nothing)
    return _Place(country, subdivision, name, national, own or nothing)


def _known_subdivision(country: str, subdivision: str | None) -> str | None:
    try:
        holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        return None
    return subdivision


def _covered(known: holidays.HolidayBase, this_year: int, arranged: Collection[int]) -> range:
    """The years something is known about, without a gap. Some countries of the library end early."""
    last = min(this_year + YEARS_AHEAD, known.end_year)
    first = min(max(this_year - 1, known.start_year), last)
    while last + 1 in arranged:
        last += 1
    while first - 1 in arranged:
        first -= 1
    return range(first, last + 1)


def _merged(place: _Place, known: holidays.HolidayBase, years: range, widen_days: int) -> _Found:
    """A published year instead of the library's. Of the library's days it leaves what it is silent on: public
    holidays on a weekend, and a subdivision's own where only its country's arrangement is published.

    A holiday up to `widen_days` past the last year is among them: it closes days before it.
    """
    public: set[date] = set()
    on: set[date] = set()
    after = range(years[-1] + 1, years[-1] + 2)
    national = set(holidays.country_holidays(place.country, subdiv=None, years=[*years, *after]))
    for year in (*years, *after):
        listed = {day for day in known if day.year == year}
        arrangement = place.arranged.get(year)
        if arrangement is None:
            public |= listed
            on |= {day for day in known.weekend_workdays if day.year == year}
            continue
        kept = {day for day in listed if day.weekday() in known.weekend} - set(arrangement.on)
        if arrangement not in place.own.years:
            kept |= listed - national
        public |= kept | set(arrangement.off)
        on |= set(arrangement.on)
    end = date(years[-1], 12, 31)
    public = {day for day in public | place.closed if day <= end + timedelta(days=widen_days)}
    return _Found(frozenset(public), frozenset(day for day in on - public if day <= end))


def _first_provisional_year(place: _Place, known: holidays.HolidayBase, this_year: int) -> int | None:
    """The first year nobody has published yet; years after it are read strictly too, until it is there."""
    if place.country not in _MAKE_UP_COUNTRIES:
        return None
    published = {day.year for day in known.weekend_workdays} | set(
        getattr(known, "special_public_holidays", ())
    )
    year = this_year
    while year in place.arranged or year in published:
        year += 1
    return year


def _source(place: _Place, years: range) -> str:
    parts = [f"holidays {version('holidays')}"]
    parts += [f"{year}: {entry.source}" for year, entry in sorted(place.arranged.items()) if year in years]
    if place.closed:
        parts.append("days closed by the operator")
    return "; ".join(parts)
