"""decide(case, event, now, policy) -> Decision: the one door into the core. It answers, it never acts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lending.days import days_past_due, local_day
from statemachine import (
    appointments,
    balances,
    bounced,
    budgets,
    complaint_message,
    complaints,
    escalation,
    events,
    hold_refusal,
    holds,
    ladder,
    limitation,
    machine_messages,
    messages,
    money,
    people,
    people_messages,
    plans,
    promises,
    strategy,
    tone,
    undecided,
    visits,
)
from statemachine.case import Account, Case
from statemachine.decision import Decision, Line, absorbed, joined
from statemachine.messages import Message
from statemachine.policy import HousePolicy
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed

_WEIGHS = (messages.BudgetStated, events.ContactFailed)
"""What changes the risk besides money and promises, which assess it where they are counted."""

_REFUSED: dict[type, Callable[[Case, Any, datetime, HousePolicy], str | None]] = {
    people_messages.VisitReported: visits.refused,
    people_messages.VisitBooked: appointments.refused_booking,
    people_messages.PreferenceChanged: lambda case, event, now, policy: people.refused_wish(case, event),
    people_messages.FactTold: lambda case, event, now, policy: people.refused_fact(event, now),
}
"""Whose refusals are judged by their own part of the core."""

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
    people_messages.VisitBooked: appointments.visit_booked,
    people_messages.PreferenceChanged: people.preference_changed,
    people_messages.FactTold: people.fact_told,
    people_messages.StrategyChosen: strategy.strategy_chosen,
    people_messages.EscalationDecided: escalation.escalation_decided,
    people_messages.Withdrawn: people.withdrawn,
    machine_messages.DeliveryReported: bounced.delivery_reported,
    events.ContactMade: appointments.contact_made,
    events.ContactRefused: bounced.contact_refused,
    events.ContactFailed: bounced.contact_failed,
    complaint_message.ComplaintMade: complaints.complaint_made,
    complaint_message.ComplaintAnswered: complaints.complaint_answered,
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
        return limitation.watched(assessed, None, now, policy)
    line = Line(kind="strategy", rule=f"{policy.id}/long_overdue_days",
                reason=f"{days} days past due: a notice and an offer, then revisits")  # fmt: skip
    long_overdue = assessed.then(line, case=assessed.case.model_copy(update={"strategy": "long_overdue"}))
    return limitation.watched(long_overdue, None, now, policy)


def decide(case: Case, event: Message | events.Report, now: datetime, policy: HousePolicy) -> Decision:
    """The case after `event` at `now` (aware, UTC), and what it wants done. The same input gives the same answer."""
    reference = getattr(event, "reference", None)
    if reference is not None and f"{event.kind}:{reference}" in case.seen:
        return absorbed(case, f"{event.kind} {reference} was already taken in", reference=reference)
    if reason := refusal(case, event, now, policy):
        return absorbed(case, reason)
    decision = _HANDLERS[type(event)](case, event, now, policy)
    if decision.accepted:
        decision = _settled(case, decision, event, now, policy)
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
            return promises.refused(case, event, today)
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
        case messages.HoldPlaced() | messages.HoldReleased() | messages.HardshipReported():
            return hold_refusal.refused(case, event, today)
        case people_messages.EscalationDecided():
            return escalation.refused(case, event, policy)
        case complaint_message.ComplaintMade() | complaint_message.ComplaintAnswered() if not case.is_closed:
            return complaints.refused(case, event, today)
        case people_messages.StrategyChosen(strategy=chosen) if chosen not in policy.strategies:
            return f"strategy: {chosen} is none of {policy.id}: choose one of {', '.join(policy.strategies)}"
        case messages.PlanAccepted():
            return plans.refused(case, event, today, policy)
        case messages.BudgetStated(statement=statement) if statement.currency != case.account.currency:
            return f"statement.currency: {statement.currency} given, this loan is in {case.account.currency}; convert it"
    judge = _REFUSED.get(type(event))
    return judge(case, event, now, policy) if judge else None


def _settled(
    before: Case, decision: Decision, event: Message | events.Report, now: datetime, policy: HousePolicy
) -> Decision:
    """After everything that changed the case its promises are judged anew; what weighs on the risk, assesses it; what
    people were asked is asked again where it must be; and a visit that is out of place by then is withdrawn."""
    judged = promises.judged(decision, now, policy)
    if judged.case.broken_promises != decision.case.broken_promises or isinstance(event, _WEIGHS):
        judged = strategy.reassessed(judged, now, policy)
    watched = limitation.watched(judged, event, now, policy, visits.made_at(before, event, now, policy))
    asked = undecided.asked_again(escalation.lapsed(before, watched), now, policy)
    return appointments.kept(asked, now, policy)


def _time_reached(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    if reason := reason_absorbed(case.stage, Trigger.TIME_REACHED):
        return absorbed(case, reason)
    decision = holds.holds_expired(case, now)
    if decision.case.holds:
        return decision
    lapsed = plans.plan_lapsed(decision.case, now, policy)
    return joined((decision, lapsed, appointments.time_reached(lapsed.case, now, policy)))
