"""Money and promises: what a payment, a reversal or a promise does to a case."""

from datetime import datetime

from lending.days import day_ends, days_past_due
from lending.payment import Payment
from lending.promise import Promise
from lending.risk import RiskFacts, assess
from statemachine.case import SEEN_AT_MOST, Case
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.ladder import aligned
from statemachine.messages import PaymentReceived, PaymentReversed, PromiseMade
from statemachine.policy import HousePolicy
from statemachine.stage import Outcome
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed

PROMISES_BEFORE_REVIEW = 2
"""Broken promises after which a person looks at what is affordable, instead of more calls."""


def payment_received(case: Case, event: PaymentReceived, now: datetime, policy: HousePolicy) -> Decision:
    """Counts the money once; the case is cured when nothing is owed. Too much is counted, and owed back."""
    if any(payment.reference == event.reference for payment in case.payments):
        return absorbed(
            case, f"payment {event.reference} is already counted", amount_minor=event.amount_minor
        )
    if event.reference in case.reversed_early:
        return _never_stood(case, event, now)
    trigger = Trigger.CLEARED if event.amount_minor >= case.balance_minor else Trigger.PART_PAID
    if reason := reason_absorbed(case.stage, trigger):
        return absorbed(case, reason, reference=event.reference)
    received_at = min(event.received_at or now, now)
    payment = Payment(reference=event.reference, amount_minor=event.amount_minor, received_at=received_at,
                      taken_in_at=now)  # fmt: skip
    paid = case.model_copy(update={"payments": (*case.payments, payment)})
    facts = {
        "reference": event.reference,
        "amount_minor": event.amount_minor,
        "balance_minor": paid.balance_minor,
    }
    counted = Decision(case=paid, lines=(Line(kind="payment", reason="payment counted", facts=facts),))
    if trigger is Trigger.PART_PAID:
        return reassessed(_promise_met(counted, policy), now, policy)
    cured = {"stage": move(policy.shape, case.stage, trigger), "outcome": Outcome.CURED}
    tasks = (Task(kind="refund", note=f"{-paid.balance_minor} minor units more than owed"),)
    return counted.then(
        Line(kind="closed", reason="nothing is owed any more: cured"),
        case=paid.model_copy(update=cured),
        tasks=tasks if paid.balance_minor < 0 else (),
    )


def _never_stood(case: Case, event: PaymentReceived, now: datetime) -> Decision:
    """A payment whose reversal came first: written down as reversed, and never counted."""
    payment = Payment(reference=event.reference, amount_minor=event.amount_minor,
                      received_at=min(event.received_at or now, now), taken_in_at=now, is_reversed=True)  # fmt: skip
    line = Line(
        kind="payment",
        reason="its reversal came before it: not counted",
        facts={"reference": event.reference},
    )
    return Decision(case=case.model_copy(update={"payments": (*case.payments, payment)}), lines=(line,))


def payment_reversed(case: Case, event: PaymentReversed, now: datetime, policy: HousePolicy) -> Decision:
    """The money did not stand: the balance is owed again."""
    if reason := reason_absorbed(case.stage, Trigger.PAYMENT_REVERSED):
        return absorbed(case, reason, payment=event.payment)
    found = next((payment for payment in case.payments if payment.reference == event.payment), None)
    if found is None:
        early = case.model_copy(
            update={"reversed_early": (*case.reversed_early, event.payment)[-SEEN_AT_MOST:]}
        )
        line = Line(kind="reversal_noted", reason="the payment is not known yet; when it comes, it does not count",
                    facts={"payment": event.payment})  # fmt: skip
        return Decision(case=early, lines=(line,))
    if found.is_reversed:
        return absorbed(case, f"payment {event.payment} was already reversed")
    payments = tuple(
        payment.model_copy(update={"is_reversed": True}) if payment is found else payment
        for payment in case.payments
    )
    reversed_case = case.model_copy(update={"payments": payments})
    facts = {"payment": event.payment, "balance_minor": reversed_case.balance_minor}
    line = Line(kind="payment_reversed", reason="payment reversed; it is owed again", facts=facts)
    return reassessed(Decision(case=reversed_case, lines=(line,)), now, policy)


def promise_made(case: Case, event: PromiseMade, now: datetime, policy: HousePolicy) -> Decision:
    """Routine contact waits until the promise is kept or its last day of grace is over."""
    if reason := reason_absorbed(case.stage, Trigger.PROMISE_MADE):
        return absorbed(case, reason)
    promise = Promise(amount_minor=event.amount_minor, due_on=event.due_on, made_at=now)
    waits_until = day_ends(promise.last_day(policy.promise), case.account.zones)
    line = Line(kind="promise", reason=f"promise noted; no routine contact before {waits_until:%Y-%m-%d %H:%M}Z",
                facts={"amount_minor": event.amount_minor, "due_on": event.due_on.isoformat()},
                next_at=waits_until)  # fmt: skip
    return Decision(case=case.model_copy(update={"promise": promise}), lines=(line,))


def promise_lapsed(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    """The last day of grace is over and too little came: broken."""
    promise = case.promise
    if promise is None or now < day_ends(promise.last_day(policy.promise), case.account.zones):
        return Decision(case=case, lines=())
    broken = case.broken_promises + 1
    line = Line(kind="promise_broken", reason="too little came by the last day of grace",
                rule=f"{policy.id}/promise", facts={"due_on": promise.due_on.isoformat(), "broken": broken})  # fmt: skip
    tasks = (Task(kind="promise_review", note=f"{broken} promises broken: what can be afforded?"),)
    lapsed = case.model_copy(
        update={"promise": None, "broken_promises": broken, "wanted_at": max(now, case.wanted_at)}
    )
    return reassessed(
        Decision(case=lapsed, lines=(line,), tasks=tasks if broken >= PROMISES_BEFORE_REVIEW else ()),
        now,
        policy,
    )


def _promise_met(decision: Decision, policy: HousePolicy) -> Decision:
    case = decision.case
    if case.promise is None or not case.promise.is_kept(case.payments, policy.promise):
        return decision
    due_on = case.promise.due_on.isoformat()
    line = Line(kind="promise_kept", reason="the promised money came in time", facts={"due_on": due_on})
    return decision.then(line, case=case.model_copy(update={"promise": None}))


def reassessed(decision: Decision, now: datetime, policy: HousePolicy) -> Decision:
    """The risk looked at again; a changed tier changes the strategy, with its reasons."""
    case = decision.case
    if policy.risk is None or case.is_closed:
        return decision
    assessment = assess(policy.risk.scorecard, risk_facts(case, now))
    before = case.assessment
    if before and before.tier is assessment.tier:
        return decision.then(case=case.model_copy(update={"assessment": assessment}))
    strategy = case.strategy if case.strategy == "long_overdue" else policy.risk.strategy[assessment.tier]
    was = f"{before.tier} → " if before else ""
    line = Line(kind="risk", rule=f"{policy.id}/risk", facts={"score": assessment.score, "strategy": strategy},
                reason=f"risk {was}{assessment.tier}: {'; '.join(assessment.reasons) or 'nothing weighs'}")  # fmt: skip
    changes = {"assessment": assessment, "strategy": strategy}
    return aligned(decision.then(line, case=case.model_copy(update=changes)), policy)


def risk_facts(case: Case, now: datetime) -> RiskFacts:
    """The facts the scorecard sees. Income unknown or zero leaves the ratio unknown."""
    account = case.account
    income_minor = account.monthly_income_minor
    return RiskFacts(
        days_past_due=days_past_due(account.overdue_since, now, account.zones),
        earlier_delinquencies=account.earlier_delinquencies,
        broken_promises=case.broken_promises,
        balance_to_income_percent=max(0, case.balance_minor) * 100 // income_minor if income_minor else None,
    )
