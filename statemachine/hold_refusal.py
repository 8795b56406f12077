"""Why a hold cannot be placed or released as it is told: the field, the value, the rule, what to do."""

from datetime import date

from statemachine import complaints
from statemachine.case import Case
from statemachine.hold_kind import HOLD_KINDS
from statemachine.messages import HardshipReported, HoldPlaced, HoldReleased

_AT_MOST_DAYS = 3660
"""A timer must end on a day that exists; who needs longer than ten years leaves the day out."""

_BACKDATED_AT_MOST_DAYS = 366
"""An older fact is a matter for a person, not for a clock."""


def refused(case: Case, event: HoldPlaced | HoldReleased | HardshipReported, today: date) -> str | None:
    """None when it can be taken in. `today` is the borrower's day."""
    if isinstance(event, HardshipReported):
        return _refused_dates(None, event.until, None, today)
    if why := complaints.refused_hold(case, event):
        return why
    if isinstance(event, HoldPlaced):
        return _refused_dates(event.since, event.until, event.review_on, today)
    if HOLD_KINDS[event.reason].ended_by_name and not event.by:
        return f"by: a {event.reason} hold is released by a named person; say who"
    return None


def _refused_dates(since: date | None, until: date | None, review_on: date | None, today: date) -> str | None:
    if since and not 0 <= (today - since).days <= _BACKDATED_AT_MOST_DAYS:
        return f"since: {since} must lie from {_BACKDATED_AT_MOST_DAYS} days ago to today ({today})"
    if until and until < (since or today):
        return (
            f"until: {until} is before {since or f'today ({today})'}; give the last day the pause is in force"
        )
    if until and (until - today).days > _AT_MOST_DAYS:
        return f"until: {until} is more than ten years on; leave it out, and release the hold when it is over"
    if review_on and review_on < today:
        return (
            f"review_on: {review_on} is before today ({today}); give a day on which somebody will look again"
        )
    return None
