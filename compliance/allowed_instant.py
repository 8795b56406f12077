"""May this contact happen at this instant; and if not, when? The answer always names its rule and its citation."""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from compliance.ask import Ask, Borrower
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.hours import SEARCH_DAYS
from compliance.judge import judge
from compliance.law import Law
from compliance.refusal import Refusal
from lending.value import Value

_NOTHING = History()
_LONGEST_DAYS = 800
"""No limit is longer than 366 days; a search past two of them has met rules that never agree."""


class Permitted(Value):
    """The contact may happen from `at` until before `closes_at`; `moved_by` names the rule that moved it.

    A limit that is used up is named before the opening hours that follow it.
    """

    kind: Literal["permitted"] = "permitted"
    at: datetime
    closes_at: datetime
    moved_by: str | None = None
    citation: str | None = None


class NeverPermitted(Value):
    """No instant is known at which this contact may happen."""

    kind: Literal["never"] = "never"
    rule: str
    reason: str
    citation: str = ""


def earliest_permitted(
    law: Law,
    calendar: WorkingCalendar | None,
    borrower: Borrower,
    ask: Ask | None,
    from_at: datetime,
    history: History = _NOTHING,
) -> Permitted | NeverPermitted:
    """The first permitted instant at or after `from_at` (aware, UTC), in all of the borrower's zones.

    `ask` None: no channel is left. A moved instant is spread over the first minutes of its window, by a hash of
    the borrower's `spread_key`: a morning is not a stampede.
    """
    if ask is None:
        return NeverPermitted(
            rule="no_channel", reason="no usable channel: add an e-mail or phone, or plan a visit"
        )
    at, searched_from, last_at = from_at, from_at, from_at + timedelta(days=_LONGEST_DAYS)
    limit: Refusal | None = None
    no: Refusal | None = None
    while at <= last_at:
        verdict = judge(law, calendar, borrower, ask, at, history)
        if verdict.refusal is None:
            moved_by = limit or no
            if moved_by is None:
                return Permitted(at=at, closes_at=verdict.closes_at)
            at = _spread(at, verdict.closes_at, law.house.spread_minutes, borrower.spread_key)
            return Permitted(
                at=at, closes_at=verdict.closes_at, moved_by=moved_by.rule, citation=moved_by.citation
            )
        refusal = verdict.refusal
        if refusal.free_at is None:
            return NeverPermitted(rule=refusal.rule, reason=refusal.reason, citation=refusal.citation)
        no = no or refusal
        if refusal.moves:
            if refusal.free_at > last_at:
                reason = f"{refusal.reason}; not before {refusal.free_at:%Y-%m-%d}, {_LONGEST_DAYS} days on or more"
                return NeverPermitted(rule=refusal.rule, reason=reason, citation=refusal.citation)
            limit, searched_from = limit or refusal, refusal.free_at
        elif at > searched_from + timedelta(days=SEARCH_DAYS):
            break
        at = refusal.free_at
    assert no is not None
    return _no_window(borrower, no)


def _no_window(borrower: Borrower, no: Refusal) -> NeverPermitted:
    reason = (
        f"no instant within {SEARCH_DAYS} days is open to every rule in every zone ({', '.join(borrower.zones)}); "
        f"the first no: {no.rule}, {no.reason}"
    )
    return NeverPermitted(rule="no_window", reason=reason, citation=no.citation)


def _spread(at: datetime, closes_at: datetime, spread_minutes: int, key: str) -> datetime:
    """A moved contact comes later in the same window, which is permitted to its end."""
    room_seconds = min(spread_minutes * 60, int((closes_at - at).total_seconds()) // 2)
    offset = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % (room_seconds + 1)
    return at + timedelta(seconds=offset)
