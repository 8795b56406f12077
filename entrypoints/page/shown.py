"""What the page shows of a case: pure, from the case as it answers and the rules it is pinned to. Amounts in minor units.

A hold that is for few eyes is never named: contact is paused, and that is all.
"""

from datetime import date, datetime, timedelta
from typing import Any

from lending.days import local_day
from lending.payment import received_minor
from lending.plan import Instalment, InstalmentPlan
from lending.value import Value
from statemachine.case import Case
from statemachine.decide import decide, refusal
from statemachine.decision import Decision
from statemachine.hold_kind import shown
from statemachine.messages import Message, PlanAccepted
from statemachine.policy import HousePolicy
from statemachine.promises import OPEN_AT_MOST, latest_day
from statemachine.stage import HoldReason, Stage

BORROWER = "borrower"
"""Who says what is said on the page."""

_OWN_HOLDS = (HoldReason.DISPUTE, HoldReason.HARDSHIP, HoldReason.COMPLAINT)
"""Those a borrower tells here, and is told back."""


class Part(Value):
    """One instalment of the running plan: `state` is paid, next or later."""

    number: int
    due_on: date
    amount_minor: int
    state: str = "later"


class Sum(Value):
    """An amount with its day: a payment that was counted, a promise that is open, a correction by the books."""

    on: date
    amount_minor: int


class Shown(Value):
    """Everything the page may say of a case."""

    reference: str
    currency: str
    since: date
    opened_minor: int
    owed_minor: int
    payments: tuple[Sum, ...]
    corrected: Sum | None
    promises: tuple[Sum, ...]
    told: tuple[str, ...]
    is_paused: bool
    plan: tuple[Part, ...]
    offer: tuple[Part, ...]
    has_budget: bool
    today: date
    parts_at_most: int
    last_plan_day: date
    promise_at_most_minor: int
    last_promise_day: date
    may_promise: bool
    is_time_barred: bool
    stopped: tuple[str, ...]
    not_before: str
    not_after: str
    not_on: tuple[str, ...]
    language: str

    @property
    def first_day(self) -> date:
        """The first day a promise or a plan may name; beside a budget a plan begins after today."""
        return self.today + timedelta(days=int(self.has_budget))

    @property
    def next_part(self) -> Part | None:
        """The instalment the running plan waits for."""
        return next((part for part in self.plan if part.state == "next"), None)


def shown_of(case: Case, house: HousePolicy, now: datetime) -> Shown:
    """The case at `now`, as its borrower may read it."""
    today, wishes, account = local_day(now, case.account.zones), case.wishes, case.account
    promised_minor = sum(one.amount_minor - one.received_minor(case.payments) for one in case.open_promises)
    free_minor = max(0, case.balance_minor - promised_minor)
    holds, last_promise_day = {hold.reason for hold in case.holds}, latest_day(case, today)
    return Shown(
        reference=account.loan_id,
        currency=account.currency,
        since=account.overdue_since,
        opened_minor=account.balance_minor,
        owed_minor=max(0, case.balance_minor),
        payments=tuple(
            Sum(on=local_day(one.received_at, account.zones), amount_minor=one.amount_minor)
            for one in case.payments
            if not one.is_reversed
        ),
        corrected=_corrected(case),
        promises=tuple(Sum(on=one.due_on, amount_minor=one.amount_minor) for one in case.open_promises),
        told=tuple(str(one) for one in _OWN_HOLDS if one in holds and shown(one) == one),
        is_paused=any(one not in _OWN_HOLDS for one in holds),
        plan=_running(case),
        offer=parts_of_plan(on_offer(case, house, now)),
        has_budget=case.budget is not None,
        today=today,
        parts_at_most=house.plan.longest_plan_months if case.budget else house.plan.instalments,
        last_plan_day=today + timedelta(days=house.plan.first_within_days),
        promise_at_most_minor=free_minor,
        last_promise_day=last_promise_day,
        may_promise=free_minor > 0 and len(case.open_promises) < OPEN_AT_MOST and today <= last_promise_day,
        is_time_barred=case.is_time_barred,
        stopped=tuple(wishes.stopped),
        not_before=_clock(wishes.not_before),
        not_after=_clock(wishes.not_after),
        not_on=tuple(wishes.not_on),
        language=account.language,
    )


def _corrected(case: Case) -> Sum | None:
    """What the loan system's own word on the balance has changed beside the payments that are shown."""
    counted_minor = case.account.balance_minor - received_minor(case.payments)
    if case.stated is None or case.balance_minor == counted_minor:
        return None
    stated_on = local_day(case.stated.as_of, case.account.zones)
    return Sum(on=stated_on, amount_minor=case.balance_minor - counted_minor)


def foreseen(case: Case, message: Message, house: HousePolicy, now: datetime) -> Decision | str:
    """What the case would decide; or why it would refuse, beginning with the field's name."""
    reason = refusal(case, message, now, house)
    return reason if reason is not None else decide(case, message, now, house)


def agreed_by(case: Case, decision: Decision) -> InstalmentPlan | None:
    """The plan that runs once this is decided, where it is a new one."""
    after = decision.case
    is_new = decision.accepted and after.stage is Stage.PLAN_ACTIVE and after.plans_made > case.plans_made
    return after.plan if is_new else None


def on_offer(case: Case, house: HousePolicy, now: datetime) -> InstalmentPlan | None:
    """The plan that a plain yes would agree to; None where there is none, or nothing is open."""
    if case.is_closed or case.balance_minor <= 0 or case.is_time_barred:
        return None
    decision = foreseen(case, PlanAccepted(by=BORROWER), house, now)
    return None if isinstance(decision, str) else agreed_by(case, decision)


def parts_of_plan(plan: InstalmentPlan | None, paid: int = 0) -> tuple[Part, ...]:
    """The plan's instalments, the first `paid` of them paid."""

    def part(number: int, one: Instalment) -> Part:
        state = "paid" if number <= paid else "next" if number == paid + 1 else "later"
        return Part(number=number, due_on=one.due_on, amount_minor=one.amount_minor, state=state)

    return tuple(part(number, one) for number, one in enumerate(plan.instalments if plan else (), start=1))


def _running(case: Case) -> tuple[Part, ...]:
    if case.plan is None or case.stage is not Stage.PLAN_ACTIVE:
        return ()
    due = case.plan.next_unpaid(case.payments)
    return parts_of_plan(case.plan, paid=due[0] - 1 if due else len(case.plan.instalments))


def _clock(time: Any) -> str:
    return f"{time:%H:%M}" if time is not None else ""
