"""Working calendars out of the `holidays` library, frozen the moment a policy is published."""

from datetime import date
from importlib.metadata import version

import holidays

from compliance.calendar import WorkingCalendar

YEARS_AHEAD = 4

# China publishes the make-up days of a year late in the year before. Until the library has them, the days around
# each public holiday stay closed; the width covers every arrangement since 2008
# but the two days decreed at four months' notice in September 2015 (a test counts them).
_MAKE_UP_COUNTRIES = {"CN": 4}


def working_calendar(country: str, subdivision: str | None, today: date) -> WorkingCalendar | None:
    """The working days of a place from last year to four years on; None where the library does not know it.

    An unknown subdivision falls back to its country's own holidays.
    """
    years = range(today.year - 1, today.year + YEARS_AHEAD + 1)
    try:
        known = holidays.country_holidays(country, subdiv=subdivision, years=years)
    except NotImplementedError:
        try:
            known = holidays.country_holidays(country, years=years)
        except NotImplementedError:
            return None
    weekend = set(known.weekend)
    provisional = _first_year_without_make_up_days(country, known, today.year)
    return WorkingCalendar(
        name=f"{country}-{subdivision}" if subdivision else country,
        weekdays=tuple(day for day in range(7) if day not in weekend),
        off=frozenset(day for day in known if day.weekday() not in weekend or provisional),
        on=frozenset(known.weekend_workdays),
        provisional_from=date(provisional, 1, 1) if provisional else None,
        widen_days=_MAKE_UP_COUNTRIES.get(country, 0),
        valid_from=date(years[0], 1, 1),
        valid_until=date(years[-1], 12, 31),
        source=f"holidays {version('holidays')}",
    )


def _first_year_without_make_up_days(country: str, known: holidays.HolidayBase, this_year: int) -> int | None:
    if country not in _MAKE_UP_COUNTRIES:
        return None
    year = this_year
    while any(day.year == year for day in known.weekend_workdays):
        year += 1
    return year
