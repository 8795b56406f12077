"""Limitation: until when a debt can be claimed in court, and what makes the time run anew.

The time runs from the day the debt was overdue for `years` and ends with the corresponding day (民法典 art. 188, 195,
200-202). A demand restarts it where the law says so; an acknowledgement (a payment, a promise, an agreed plan) always.
Once it has ended, neither a demand nor a payment revives it; an agreement does only where the borrower had been told
before that the debt is time-barred (诉讼时效规定 2020 art. 19 lets any signature do so; this is the fairer reading).
Where sources leave a doubt the earlier day is taken: a plan's own last due day and days off that lengthen the time
(art. 189, 203) are not counted in.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field

from lending.payday import months_later
from lending.value import Strict

_EARLIEST_CLOCK = timedelta(hours=14)
"""The first places on earth at which a day begins: what is past there may be past for the borrower."""


class Restarts(StrEnum):
    """What makes the time run anew."""

    ACKNOWLEDGEMENT = "acknowledgement"
    DEMAND = "demand"


class LimitationTerms(Strict):
    """`alert_days` before the last day a person is told."""

    years: Annotated[int, Field(ge=1, le=30)]
    restarts: Annotated[tuple[Restarts, ...], Field(min_length=1)] = (Restarts.ACKNOWLEDGEMENT,)
    alert_days: Annotated[int, Field(ge=1, le=730)] = 180


class Restart(NamedTuple):
    """A day on which something happened that may restart the time. `revives`: also once it has ended."""

    on: date
    by: Restarts
    what: str
    revives: bool = False


class Limitation(NamedTuple):
    """The time runs since `runs_from`, for the reason `because`; `ends_on` is the last day on which it does."""

    runs_from: date
    ends_on: date
    because: str

    @property
    def barred_at(self) -> datetime:
        """The instant from which the debt may be time-barred, wherever the borrower is. Aware, UTC; knows no zones."""
        return _begins(self.ends_on + timedelta(days=1))

    def alert_at(self, terms: LimitationTerms) -> datetime:
        """The instant from which a person is told that the day comes near."""
        return _begins(self.ends_on - timedelta(days=terms.alert_days))


def limitation(overdue_since: date, restarts: Iterable[Restart], terms: LimitationTerms) -> Limitation:
    """When the time ends for a debt that is overdue since then."""
    found = Limitation(overdue_since, _ends_on(overdue_since, terms), "overdue")
    for restart in sorted(restarts, key=lambda one: one.on):
        counts = restart.by in terms.restarts and (restart.on <= found.ends_on or restart.revives)
        if counts and restart.on >= found.runs_from:
            found = Limitation(restart.on, _ends_on(restart.on, terms), restart.what)
    return found


def _ends_on(day: date, terms: LimitationTerms) -> date:
    return months_later(day, 12 * terms.years)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) - _EARLIEST_CLOCK
