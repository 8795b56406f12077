"""decide(case, event, now, policy) -> Decision: the one door into the core. It answers, it never acts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lending.days import days_past_due, local_day
from statemachine import events, holds, ladder, messages, money, people, plans
from statemachine.case import Account, Case
from statemachine.decision import Decision, Line, absorbed, joined
from statemachine.messages import Message
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed

_PROMISE_AT_MOST_DAYS = 62
"""A promise further off than two months is a plan, and deserves one."""

_HOLD_AT_MOST_DAYS = 3660
"""A timer must end on a day that exists; who needs longer than ten years leaves the day out."""

_A_NAMED_PERSON_RELEASES = frozenset(
    {HoldReason.DEATH, HoldReason.BANKRUPTCY, HoldReason.LEGAL_REPRESENTATION}
)

_HANDLERS: dict[type, Callable[[Case, Any, datetime, HousePolicy], Decision]] = {
    messages.PaymentReceived: money.payment_received,
    messages.PaymentReversed: money.payment_reversed,
    messages.PromiseMade: money.promise_made,
    messages.DisputeOpened: holds.dispute_opened,
    messages.DisputeResolved: holds.dispute_resolved,
    messages.HardshipReported: holds.hardship_reported,
    messages.HoldPlaced: holds.hold_placed,
    messages.HoldReleased: holds.hold_released,
    messages.PlanAccepted: plans.plan_accepted,
    messages.PlanDeclined: plans.plan_declined,
    messages.VisitReported: people.visit_reported,
    messages.PreferenceChanged: people.preference_changed,
    messages.EscalationDecided: people.escalation_decided,
    messages.Withdrawn: people.withdrawn,
    events.ContactMade: ladder.contact_made,
    events.ContactRefused: ladder.contact_refused,
    events.ContactFailed: ladder.contact_failed,
    events.ContactLapsed: ladder.contact_lapsed,
    events.TimeReached: lambda case, event, now, policy: _time_reached(case, now, policy),
}


def open_case(account: Account, now: datetime, policy: HousePolicy) -> Decision:
    """A new case: its risk assessed before the first contact, its strategy chosen, its notice wanted from now."""
    days = days_past_due(account.overdue_since, now, account.zones)
    is_long_overdue = days >= policy.long_overdue_days and "long_overdue" in policy.strategies
    case = Case(account=account, policy=policy.name, opened_at=now, wanted_at=now)
    opened = Decision(
        case=case, lines=(Line(kind="opened", reason=f"{days} days past due", facts={"policy": policy.name}),)
    )
    assessed = money.reassessed(opened, now, policy)
    if not is_long_overdue:
        return assessed
    line = Line(kind="strategy", rule=f"{policy.id}/long_overdue_days",
                reason=f"{days} days past due: a notice and an offer, then revisits")  # fmt: skip
    return assessed.then(line, case=assessed.case.model_copy(update={"strategy": "long_overdue"}))


def decide(case: Case, event: Message | events.Report, now: datetime, policy: HousePolicy) -> Decision:
    """The case after `event` at `now` (aware, UTC), and what it wants done. The same input gives the same answer."""
    reference = getattr(event, "reference", None)
    if reference is not None and f"{event.kind}:{reference}" in case.seen:
        return absorbed(case, f"{event.kind} {reference} was already taken in", reference=reference)
    if reason := refusal(case, event, now, policy):
        return absorbed(case, reason)
    decision = _HANDLERS[type(event)](case, event, now, policy)
    if reference is None:
        return decision
    return decision.then(case=decision.case.remember(f"{event.kind}:{reference}"))


def refusal(case: Case, event: Message | events.Report, now: datetime, policy: HousePolicy) -> str | None:
    """Why this message cannot be taken in: the field, the value, the rule, what to do. None when it can."""
    today = local_day(now, case.account.zones)
    match event:
        case messages.PaymentReceived(currency=currency) if currency != case.account.currency:
            return f"currency: {currency} given, this loan is in {case.account.currency}; send it converted and booked"
        case messages.PromiseMade(due_on=due_on) if not 0 <= (due_on - today).days <= _PROMISE_AT_MOST_DAYS:
            return f"due_on: {due_on} must lie from today ({today}) to {_PROMISE_AT_MOST_DAYS} days on; else agree a plan"
        case messages.PromiseMade(amount_minor=amount_minor) if amount_minor > case.balance_minor:
            return f"amount_minor: {amount_minor} is more than is owed ({case.balance_minor}); promise at most that"
        case messages.PromiseMade() if case.promise is not None:
            return f"promise: one is open until {case.promise.due_on}; it is judged first"
        case messages.HoldReleased(reason=reason, by=by) if reason in _A_NAMED_PERSON_RELEASES and not by:
            return f"by: a {reason} hold is released by a named person; say who"
        case messages.HoldPlaced(until=until) | messages.HardshipReported(until=until) if (
            until and until < today
        ):
            return f"until: {until} is before today ({today}); give the last day the pause is in force"
        case messages.HoldPlaced(until=until) | messages.HardshipReported(until=until) if (
            until and (until - today).days > _HOLD_AT_MOST_DAYS
        ):
            return f"until: {until} is more than ten years on; leave it out, and release the hold when it is over"
        case messages.PlanAccepted(instalments=count) if count and count > policy.plan.instalments:
            return f"instalments: {count} given, {policy.id} offers at most {policy.plan.instalments}; ask a supervisor"
        case messages.PlanAccepted(first_due_on=first) if first and not today <= first <= today + timedelta(
            days=62
        ):
            return f"first_due_on: {first} must lie from today ({today}) to 62 days on"
        case messages.PreferenceChanged():
            start = event.not_before or case.wishes.not_before
            end = event.not_after or case.wishes.not_after
            if start and end and start >= end:
                return f"not_before: {start} must be earlier than not_after ({end}); give both"
    return None


def _time_reached(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    if reason := reason_absorbed(case.stage, Trigger.TIME_REACHED):
        return absorbed(case, reason)
    decision = holds.holds_expired(case, now)
    if not decision.case.holds:
        decision = joined((decision, money.promise_lapsed(decision.case, now, policy)))
        decision = joined((decision, plans.plan_lapsed(decision.case, now, policy)))
    return decision
