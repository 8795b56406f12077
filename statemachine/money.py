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
    payment = _payment(event, now)
    counted = case.model_copy(update={"payments": (*case.payments, payment)})
    trigger = Trigger.CLEARED if counted.balance_minor <= 0 else Trigger.PART_PAID
    if reason := reason_absorbed(case.stage, trigger):
        return absorbed(case, reason, reference=event.reference)
    is_stated = case.stated is not None and payment.is_in(case.stated)
    reason = "payment counted; it is in the stated balance already" if is_stated else "payment counted"
    return after_money(honoured(counted, payment, policy), _line(payment, counted, reason), now, policy)


def after_money(case: Case, line: Line, now: datetime, policy: HousePolicy) -> Decision:
    """What follows once the balance is another: cured when nothing is owed, else the risk is looked at again."""
    counted = Decision(case=case, lines=(line,))
    if case.balance_minor > 0:
        return reassessed(counted, now, policy)
    cured = {"stage": move(policy.shape, case.stage, Trigger.CLEARED), "outcome": Outcome.CURED}
    tasks = (Task(kind="refund", note=f"{-case.balance_minor} minor units more than owed"),)
    return counted.then(
        Line(kind="closed", reason="nothing is owed any more: cured"),
        case=case.model_copy(update=cured),
        tasks=tasks if case.balance_minor < 0 else (),
    )


def _payment(event: PaymentReceived, now: datetime) -> Payment:
    booked_at = event.received_at or now
    return Payment(reference=event.reference, amount_minor=event.amount_minor, received_at=min(booked_at, now),
                   taken_in_at=now, booked_at=booked_at if booked_at > now else None)  # fmt: skip


def _line(payment: Payment, counted: Case, reason: str) -> Line:
    facts = {"reference": payment.reference, "amount_minor": payment.amount_minor,
             "balance_minor": counted.balance_minor, "received_at": payment.received_at.isoformat()}  # fmt: skip
    if payment.booked_at:
        facts["booked_at"] = payment.booked_at.isoformat()
    return Line(kind="payment", reason=reason, facts=facts)


def _never_stood(case: Case, event: PaymentReceived, now: datetime) -> Decision:
    """A payment whose reversal came first: written down as reversed, and never counted. Where a balance was stated
    between the two, the money is in it, and is owed again."""
    if reason := reason_absorbed(case.stage, Trigger.PART_PAID):
        return absorbed(case, reason, reference=event.reference)
    reversed_at = case.reversed_early_at.get(event.reference)
    payment = _payment(event, now).model_copy(update={"is_reversed": True, "reversed_at": reversed_at})
    after = case.model_copy(update={"payments": (*case.payments, payment)})
    facts = {"reference": payment.reference, "not_counted_minor": payment.amount_minor,
             "balance_minor": after.balance_minor, "received_at": payment.received_at.isoformat(),
             "reversed_at": reversed_at.isoformat() if reversed_at else None}  # fmt: skip
    line = Line(kind="payment", reason="its reversal came before it: not counted", facts=facts)
    return Decision(case=after, lines=(line,))


def payment_reversed(case: Case, event: PaymentReversed, now: datetime, policy: HousePolicy) -> Decision:
    """The money did not stand: the balance is owed again."""
    if reason := reason_absorbed(case.stage, Trigger.PAYMENT_REVERSED):
        return absorbed(case, reason, payment=event.payment)
    reversed_at = event.reversed_at or now
    found = next((payment for payment in case.payments if payment.reference == event.payment), None)
    if found is None:
        early = _reversed_early(case, event.payment, reversed_at)
        line = Line(kind="reversal_noted", reason="the payment is not known yet; when it comes, it does not count",
                    facts={"payment": event.payment})  # fmt: skip
        return Decision(case=early, lines=(line,))
    if found.is_reversed:
        return absorbed(case, f"payment {event.payment} was already reversed")
    changes = {"is_reversed": True, "reversed_at": reversed_at}
    payments = tuple(
        payment.model_copy(update=changes) if payment is found else payment for payment in case.payments
    )
    reversed_case = case.model_copy(update={"payments": payments})
    facts = {"payment": event.payment, "balance_minor": reversed_case.balance_minor,
             "reversed_at": reversed_at.isoformat()}  # fmt: skip
    line = Line(kind="payment_reversed", reason="payment reversed; it is owed again", facts=facts)
    return reassessed(Decision(case=reversed_case, lines=(line,)), now, policy)


def _reversed_early(case: Case, payment: str, at: datetime) -> Case:
    kept = (*case.reversed_early, payment)[-SEEN_AT_MOST:]
    since = {payment: at} | case.reversed_early_at
    return case.model_copy(update={"reversed_early": kept,
                                   "reversed_early_at": {one: since[one] for one in kept if one in since}})  # fmt: skip
