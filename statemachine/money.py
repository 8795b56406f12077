"""Money on a case: payments counted once, and reversals."""

from datetime import datetime

from lending.payment import Payment
from statemachine.case import SEEN_AT_MOST, Case
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.messages import PaymentReceived, PaymentReversed
from statemachine.policy import HousePolicy
from statemachine.promises import honoured
from statemachine.stage import Outcome
from statemachine.strategy import reassessed
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed


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
    paid = honoured(case.model_copy(update={"payments": (*case.payments, payment)}), payment, policy)
    facts = {
        "reference": event.reference,
        "amount_minor": event.amount_minor,
        "balance_minor": paid.balance_minor,
        "received_at": received_at.isoformat(),
    }
    counted = Decision(case=paid, lines=(Line(kind="payment", reason="payment counted", facts=facts),))
    if trigger is Trigger.PART_PAID:
        return reassessed(counted, now, policy)
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
