"""A case as its ledger's lines alone tell it: a second, plain reading, which shares with the core only what a day is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lending.days import day_ends, local_day
from lending.promise import PromiseTerms

Facts = Mapping[str, Any]
Span = tuple[str, str, str | None]
"""A hold as it is shown, its first instant and its end."""


@dataclass
class Told:
    """A promise that was told."""

    amount_minor: int
    due_on: date
    made_at: datetime
    state: str = "open"
    payments: list[str] = field(default_factory=list)


class LedgerReading:
    """Told every line, in order, it knows stage, balance, promises, the holds in force, and the call or visit that people
    know of: its step, and how often that was not done in time."""

    def __init__(self, owed_minor: int, zones: Sequence[str], terms: PromiseTerms) -> None:
        self.owed_minor, self.zones, self.terms = owed_minor, zones, terms
        self.stage = "notice"
        self.money: dict[str, int] = {}
        self.booked: dict[str, datetime] = {}
        self.bounced: dict[str, tuple[int, datetime]] = {}
        self.stated: tuple[int, datetime] | None = None
        self.promises: list[Told] = []
        self.holds: Counter[Span] = Counter()
        self.stopped_days: Counter[Span] = Counter()
        self.past: list[tuple[datetime, datetime]] = []
        self.plans: list[tuple[int, int]] = []
        self.visit: str | None = None
        self.not_done = 0

    @property
    def balance_minor(self) -> int:
        """What is owed by now."""
        if self.stated is None:
            return self.owed_minor - sum(self.money.values())
        owed_minor, as_of = self.stated
        for reference, amount_minor in self.money.items():
            owed_minor -= amount_minor if self.booked[reference] > as_of else 0
        for reference, (amount_minor, at) in self.bounced.items():
            owed_minor += amount_minor if self.booked[reference] <= as_of < at else 0
        return owed_minor

    def read(self, at: datetime, kind: str, facts: Facts) -> None:
        """One line. A line that says nothing happened is skipped."""
        if kind == "absorbed":
            return
        reader = getattr(self, f"_{kind}", None)
        if reader is not None:
            reader(at, facts)
        for promise in self.promises:
            self._judge(promise, at)

    def _made(self, at: datetime, facts: Facts) -> None:
        if facts.get("in_hands"):
            self.visit = facts["step"]
        elif not facts["step"].startswith("follow_up_"):
            self.visit, self.not_done = None, 0

    def _visit_set_up(self, at: datetime, facts: Facts) -> None:
        self.visit = facts["step"]

    _visit_booked = _visit_set_up

    def _visit_withdrawn(self, at: datetime, facts: Facts) -> None:
        self.visit = None

    def _visit_not_done(self, at: datetime, facts: Facts) -> None:
        self.visit, self.not_done = None, facts["times"]

    def _visit_given_up(self, at: datetime, facts: Facts) -> None:
        self.visit, self.not_done = None, 0

    def _visit(self, at: datetime, facts: Facts) -> None:
        if facts.get("contact"):
            self.visit, self.not_done = None, 0

    def _stage(self, at: datetime, facts: Facts) -> None:
        self.stage = facts["stage"]

    def _closed(self, at: datetime, facts: Facts) -> None:
        self.stage = "closed"

    def _plan(self, at: datetime, facts: Facts) -> None:
        self.stage = "plan_active"
        self.plans.append((sum(part["amount_minor"] for part in facts["instalments"]), self.balance_minor))
        self.promises = [promise for promise in self.promises if promise.state != "open"]

    def _plan_broken(self, at: datetime, facts: Facts) -> None:
        self.stage = "revisit"

    _plan_ended = _plan_broken

    def _payment(self, at: datetime, facts: Facts) -> None:
        self.booked[facts["reference"]] = datetime.fromisoformat(facts.get("booked_at", facts["received_at"]))
        if "amount_minor" not in facts:  # its reversal came before it
            at = datetime.fromisoformat(facts["reversed_at"])
            self.bounced[facts["reference"]] = facts["not_counted_minor"], at
            return
        self.money[facts["reference"]] = facts["amount_minor"]
        day = local_day(datetime.fromisoformat(facts["received_at"]), self.zones)
        for promise in sorted(self.promises, key=lambda one: (one.due_on, one.made_at)):
            last_day = self._last_day(promise)
            in_time = last_day is None or day <= last_day
            if promise.state != "kept" and in_time and day >= local_day(promise.made_at, self.zones):
                promise.payments.append(facts["reference"])
                return

    def _payment_reversed(self, at: datetime, facts: Facts) -> None:
        at = datetime.fromisoformat(facts["reversed_at"])
        self.bounced[facts["payment"]] = self.money.pop(facts["payment"]), at

    def _balance(self, at: datetime, facts: Facts) -> None:
        self.stated = facts["overdue_minor"], datetime.fromisoformat(facts["as_of"])

    def _promise(self, at: datetime, facts: Facts) -> None:
        self.promises.append(Told(facts["amount_minor"], date.fromisoformat(facts["due_on"]), at))

    def _hold(self, at: datetime, facts: Facts) -> None:
        if earlier := facts.get("in_place_of"):
            self._end(_span(earlier))
        self.holds[_span(facts)] += 1
        self.stopped_days[_span(facts)] += "deadlines" in facts["stops"]

    def _hold_ended(self, at: datetime, facts: Facts) -> None:
        if self._end(_span(facts)):
            until = datetime.fromisoformat(facts["until"]) if facts["until"] else at
            self.past.append((datetime.fromisoformat(facts["since"]), min(until, at)))

    def _hold_told_late(self, at: datetime, facts: Facts) -> None:
        if "deadlines" in facts["stops"]:
            since, until = (datetime.fromisoformat(facts[name]) for name in ("since", "until"))
            self.past.append((since, until))

    def _end(self, span: Span) -> bool:
        """Takes the hold away; whether it had stopped the days."""
        assert self.holds[span] > 0, f"{span} was never told"
        self.holds -= Counter([span])
        stopped = self.stopped_days[span] > 0
        self.stopped_days -= Counter([span])
        return stopped

    def _judge(self, promise: Told, at: datetime) -> None:
        received_minor = sum(self.money.get(reference, 0) for reference in promise.payments)
        if received_minor * 100 >= promise.amount_minor * self.terms.threshold_percent:
            promise.state = "kept"
            return
        last_day = self._last_day(promise)
        is_over = last_day is not None and day_ends(last_day, self.zones) <= at
        promise.state = "broken" if is_over else "open"

    def _last_day(self, promise: Told) -> date | None:
        """Counted day by day from the promise: a held day is none. None while a hold without an end is on the way."""
        day = local_day(promise.made_at, self.zones)
        left = (promise.due_on - day).days + self.terms.grace_days
        while left > 0:
            day += timedelta(days=1)
            last_moment = day_ends(day, self.zones) - timedelta(microseconds=1)
            spans = [
                (datetime.fromisoformat(since), until and datetime.fromisoformat(until))
                for _, since, until in +self.stopped_days
            ]
            if any(since <= last_moment and until is None for since, until in spans):
                return None
            held = any(since <= last_moment < until for since, until in (*self.past, *spans) if until)
            left -= not held
        return day


def _span(facts: Facts) -> Span:
    return facts["hold"], facts["since"], facts["until"]
