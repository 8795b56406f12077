"""decide(case, event, now, policy) -> Decision: the one door into the core. It answers, it never acts."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from lending.days import days_past_due, local_day
from statemachine import (
    balances,
    bounced,
    budgets,
    escalation,
    events,
    holds,
    ladder,
    machine_messages,
    messages,
    money,
    people,
    people_messages,
    plans,
    promises,
    strategy,
    tone,
    visits,
)
from statemachine.case import Account, Case
from statemachine.decision import Decision, Line, absorbed, joined
from statemachine.hold_kind import HOLD_KINDS, Stops
from statemachine.messages import Message
from statemachine.policy import HousePolicy
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed

_HOLD_AT_MOST_DAYS = 3660
"""A timer must end on a day that exists; who needs longer than ten years leaves the day out."""

_BACKDATED_AT_MOST_DAYS = 366
"""An older fact is a matter for a person, not for a clock."""

_WEIGHS = (messages.BudgetStated, events.ContactFailed)
"""What changes the risk besides money and promises, which assess it where they are counted."""

_HANDLERS: dict[type, Callable[[Case, Any, datetime, HousePolicy], Decision]] = {
    messages.PaymentReceived: money.payment_received,
    messages.PaymentReversed: money.payment_reversed,
    messages.BalanceStated: balances.balance_stated,
    messages.PromiseMade: promises.promise_made,
    messages.DisputeOpened: holds.dispute_opened,
    messages.DisputeResolved: holds.dispute_resolved,
    messages.HardshipReported: holds.hardship_reported,
    messages.HoldPlaced: holds.hold_placed,
    messages.HoldReleased: holds.hold_released,
    messages.BudgetStated: budgets.budget_stated,
    messages.PlanAccepted: plans.plan_accepted,
    messages.PlanDeclined: plans.plan_declined,
    people_messages.VisitReported: visits.visit_reported,
    people_messages.PreferenceChanged: people.preference_changed,
    people_messages.FactTold: people.fact_told,
    people_messages.StrategyChosen: strategy.strategy_chosen,
    people_messages.EscalationDecided: escalation.escalation_decided,
    people_messages.Withdrawn: people.withdrawn,
    machine_messages.DeliveryReported: bounced.delivery_reported,
    events.ContactMade: bounced.contact_made,
    events.ContactRefused: bounced.contact_refused,
    events.ContactFailed: bounced.contact_failed,
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
    assessed = strategy.reassessed(opened, now, policy)
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
    decision = _settled(_HANDLERS[type(event)](case, event, now, policy), event, now, policy)
    decision = decision.then(case=tone.remembered(decision.case))
    if reference is None:
        return decision
    return decision.then(case=decision.case.remember(f"{event.kind}:{reference}"))


def refusal(case: Case, event: Message | events.Report, now: datetime, policy: HousePolicy) -> str | None:
    """Why this message cannot be taken in: the field, the value, the rule, what to do. None when it can."""
    today = local_day(now, case.account.zones)
    match event:
        case messages.PaymentReceived(currency=currency) if currency != case.account.currency:
            return f"currency: {currency} given, this loan is in {case.account.currency}; send it converted and booked"
        case messages.PromiseMade(due_on=due_on) if not 0 <= (due_on - today).days <= promises.AT_MOST_DAYS:
            return f"due_on: {due_on} must lie from today ({today}) to {promises.AT_MOST_DAYS} days on; else agree a plan"
        case messages.PromiseMade():
            return promises.refused(case, event)
        case messages.BalanceStated():
            return balances.refused(case, event, now)
        case messages.PaymentReceived(received_at=received_at) if (
            received_at
            and case.stated is None  # afterwards it is weighed against the instant of the statement
            and local_day(received_at, case.account.zones) < case.account.overdue_since
        ):
            return (
                f"received_at: {received_at:%Y-%m-%d} is before the loan was overdue ({case.account.overdue_since}); "
                "money of that day is in the balance already"
            )
        case messages.HoldReleased(reason=reason, by=by) if HOLD_KINDS[reason].ended_by_name and not by:
            return f"by: a {reason} hold is released by a named person; say who"
        case messages.HoldPlaced() | messages.HardshipReported():
            return _refused_hold(event, today)
        case people_messages.EscalationDecided(decision="refer" | "write_off") if case.is_stopped(
            Stops.DECISIONS
        ):
            return f"decision: {event.decision} waits while a {', '.join(case.shown_holds)} hold is in force"
        case people_messages.StrategyChosen(strategy=chosen) if chosen not in policy.strategies:
            return f"strategy: {chosen} is none of {policy.id}: choose one of {', '.join(policy.strategies)}"
        case messages.PlanAccepted():
            return plans.refused(case, event, today, policy)
        case messages.BudgetStated(statement=statement) if statement.currency != case.account.currency:
            return f"statement.currency: {statement.currency} given, this loan is in {case.account.currency}; convert it"
        case people_messages.PreferenceChanged():
            return people.refused_wish(case, event)
        case people_messages.FactTold():
            return people.refused_fact(event, now)
    return None


def _refused_hold(event: messages.HoldPlaced | messages.HardshipReported, today: date) -> str | None:
    since = event.since if isinstance(event, messages.HoldPlaced) else None
    review_on = event.review_on if isinstance(event, messages.HoldPlaced) else None
    if since and not 0 <= (today - since).days <= _BACKDATED_AT_MOST_DAYS:
        return f"since: {since} must lie from {_BACKDATED_AT_MOST_DAYS} days ago to today ({today})"
    if event.until and event.until < (since or today):
        return f"until: {event.until} is before {since or f'today ({today})'}; give the last day the pause is in force"
    if event.until and (event.until - today).days > _HOLD_AT_MOST_DAYS:
        return f"until: {event.until} is more than ten years on; leave it out, and release the hold when it is over"
    if review_on and review_on < today:
        return (
            f"review_on: {review_on} is before today ({today}); give a day on which somebody will look again"
        )
    return None


def _settled(
    decision: Decision, event: Message | events.Report, now: datetime, policy: HousePolicy
) -> Decision:
    """After everything that changed the case its promises are judged anew; what weighs on the risk, assesses it."""
    if not decision.accepted:
        return decision
    judged = promises.judged(decision, now, policy)
    if judged.case.broken_promises == decision.case.broken_promises and not isinstance(event, _WEIGHS):
        return judged
    return strategy.reassessed(judged, now, policy)


def _time_reached(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    if reason := reason_absorbed(case.stage, Trigger.TIME_REACHED):
        return absorbed(case, reason)
    decision = holds.holds_expired(case, now)
    if decision.case.holds:
        return decision
    return joined((decision, plans.plan_lapsed(decision.case, now, policy)))
