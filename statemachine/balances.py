"""The balance as the loan system states it: it corrects what the case has counted, and zero cures."""

from datetime import datetime, timedelta

from lending.days import local_day
from lending.payment import Stated
from statemachine.case import Case
from statemachine.decision import Decision, Line, absorbed
from statemachine.messages import BalanceStated
from statemachine.money import after_money
from statemachine.policy import HousePolicy
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed

AHEAD_AT_MOST = timedelta(days=1)
"""How far the loan system's clock may go before ours: a day, for books that are dated at their end."""


def balance_stated(case: Case, event: BalanceStated, now: datetime, policy: HousePolicy) -> Decision:
    """Owed is what was stated less the payments booked after it. Of two statements the one as of later holds, whichever
    came first."""
    as_of = event.as_of or now
    stated = Stated(overdue_minor=event.overdue_minor, as_of=as_of)
    if case.stated and (as_of < case.stated.as_of or stated == case.stated):
        known = f"{case.stated.as_of:%Y-%m-%d %H:%M:%S}Z"
        return absorbed(
            case, f"the balance as of {known} is known; this one is not newer", as_of=as_of.isoformat()
        )
    since = event.overdue_since or case.account.overdue_since
    account = case.account.model_copy(update={"overdue_since": since})
    after = case.model_copy(update={"stated": stated, "account": account})
    trigger = Trigger.CLEARED if after.balance_minor <= 0 else Trigger.BALANCE_STATED
    if reason := reason_absorbed(case.stage, trigger):
        return absorbed(case, reason, overdue_minor=event.overdue_minor)
    facts = {"overdue_minor": event.overdue_minor, "as_of": as_of.isoformat(), "overdue_since": since.isoformat(),
             "before_minor": case.balance_minor, "balance_minor": after.balance_minor}  # fmt: skip
    changed = (
        "as was counted" if after.balance_minor == case.balance_minor else "not as was counted: corrected"
    )
    line = Line(kind="balance", reason=f"balance stated by the loan system, {changed}", facts=facts)
    return after_money(after, line, now, policy)


def refused(case: Case, event: BalanceStated, now: datetime) -> str | None:
    """Why the statement cannot be taken in: the field, the value, what to do."""
    if event.currency != case.account.currency:
        return f"currency: {event.currency} given, this loan is in {case.account.currency}; state it in that"
    if event.as_of and event.as_of > now + AHEAD_AT_MOST:
        return f"as_of: {event.as_of} is still to come; state what is overdue by now"
    today = local_day(now, case.account.zones)
    if event.overdue_since and event.overdue_since > today:
        return f"overdue_since: {event.overdue_since} is after today ({today}); give the oldest due date still unpaid"
    return None
