"""Paydays, and the due days that follow them: always days that exist."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from itertools import count, takewhile
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictInt

from lending.value import Strict


class Rhythm(StrEnum):
    """How often a borrower is paid, and so how often an instalment is due."""

    MONTHLY = "monthly"
    FORTNIGHTLY = "fortnightly"
    WEEKLY = "weekly"


PERIODS_A_YEAR = {Rhythm.MONTHLY: 12, Rhythm.FORTNIGHTLY: 26, Rhythm.WEEKLY: 52}
"""Of twelve months' surplus a year's instalments take no more than all: 26 fortnights, 52 weeks."""

_DAYS_APART = {Rhythm.FORTNIGHTLY: 14, Rhythm.WEEKLY: 7}


def _day_of_month(day: int) -> int:
    if not 1 <= day <= 31:
        raise ValueError(f"{day} is in no month: write a day from 1 to 31; 31 is the last day of every month")
    return day


DayOfMonth = Annotated[
    StrictInt, AfterValidator(_day_of_month), Field(json_schema_extra={"minimum": 1, "maximum": 31})
]


class MonthlyPay(Strict):
    """Paid on `day` of every month; a month without that day pays on its last."""

    rhythm: Literal[Rhythm.MONTHLY] = Rhythm.MONTHLY
    day: DayOfMonth


class WeeklyPay(Strict):
    """Paid every seven or fourteen days; `paid_on` is any one of these days."""

    rhythm: Literal[Rhythm.FORTNIGHTLY, Rhythm.WEEKLY]
    paid_on: date


Pay = Annotated[MonthlyPay | WeeklyPay, Field(discriminator="rhythm")]


def days_after_payday(pay: Pay, after_days: int, first_after: date, until: date) -> tuple[date, ...]:
    """`after_days` after each payday: the days later than `first_after` and not later than `until`, in order.

    A payday on the 31st is the last day of a shorter month (regulation: due days next to payday, and that exist).
    """
    paydays = _monthly(pay, first_after) if isinstance(pay, MonthlyPay) else _weekly(pay, first_after)
    late = timedelta(days=after_days)
    return tuple(day for day in takewhile(until.__ge__, (one + late for one in paydays)) if day > first_after)


def months_later(day: date, months: int) -> date:
    """The same day of the month, `months` later; in a shorter month its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _monthly(pay: MonthlyPay, around: date) -> Iterator[date]:
    anchor = date(around.year, 1, pay.day)  # January has every day
    return (months_later(anchor, months) for months in count(around.month - 2))


def _weekly(pay: WeeklyPay, around: date) -> Iterator[date]:
    apart = _DAYS_APART[pay.rhythm]
    first = around - timedelta(days=2 * apart + (around - pay.paid_on).days % apart)
    return (first + timedelta(days=number * apart) for number in count())
