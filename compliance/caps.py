"""Frequency caps count people: all of a borrower's loans and channels together."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from compliance.rules import Cap
from lending.days import day_ends, local_day
from lending.value import Value
from statemachine.stage import Channel


class Capped(Value):
    """`rule` is used up at the asked instant; it has room again at `free_at`."""

    rule: str
    free_at: datetime


def capped(
    caps: Sequence[Cap],
    contacts_at: Sequence[tuple[Channel, datetime]],
    channel: Channel,
    at: datetime,
    zones: Sequence[str],
) -> Capped | None:
    """The used-up cap that frees last, or None. A contact counts on its calendar day in the borrower's zone."""
    used_up = [
        found for cap in caps if channel in cap.channels and (found := _used_up(cap, contacts_at, at, zones))
    ]
    return max(used_up, key=lambda found: found.free_at, default=None)


def _used_up(
    cap: Cap, contacts_at: Sequence[tuple[Channel, datetime]], at: datetime, zones: Sequence[str]
) -> Capped | None:
    first_day = local_day(at, zones) - timedelta(days=cap.days - 1)
    days = sorted(day for channel, when in contacts_at if channel in cap.channels
                  and (day := local_day(when, zones)) >= first_day)  # fmt: skip
    if len(days) < cap.limit:
        return None
    # Room again when enough of them have left the counted days: the limit-th from the end decides.
    last_day_counted = days[-cap.limit] + timedelta(days=cap.days - 1)
    return Capped(rule=cap.rule, free_at=day_ends(last_day_counted, zones))
