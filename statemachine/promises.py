"""Promises to pay on a case: made, honoured by payments, kept, broken, and opened again when the money did not stand."""

from datetime import date, datetime, timedelta

from lending.days import day_ends, local_day
from lending.payment import Payment
from lending.promise import Promise, PromiseState
from statemachine.case import PAST_AT_MOST, Case, Hold
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.holds import placed
from statemachine.messages import PromiseMade
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed

OPEN_AT_MOST = 3
"""More promises at once are a plan, and deserve one."""

AT_MOST_DAYS = 62
"""A promise further off than two months is a plan, and deserves one."""

BROKEN_BEFORE_REVIEW = 2
"""Broken promises after which a person looks at what is affordable, instead of more calls."""

_MOVED = {
    (PromiseState.OPEN, PromiseState.KEPT): ("promise_kept", "the promised money came in time"),
    (PromiseState.OPEN, PromiseState.BROKEN): (
        "promise_broken",
        "too little came by the last day of grace",
    ),
    (PromiseState.KEPT, PromiseState.OPEN): (
        "promise_reopened",
        "its money did not stand; there is still time",
    ),
    (PromiseState.KEPT, PromiseState.BROKEN): (
        "promise_broken",
        "its money did not stand, and its last day is over",
    ),
    (PromiseState.BROKEN, PromiseState.KEPT): ("promise_kept", "money of its days was told late"),
    (PromiseState.BROKEN, PromiseState.OPEN): (
        "promise_reopened",
        "a hold that was told late covers its days",
    ),
}


def promise_made(case: Case, event: PromiseMade, now: datetime, policy: HousePolicy) -> Decision:
    """Routine contact waits until the promise is kept or its last day of grace is over."""
    if reason := reason_absorbed(case.stage, Trigger.PROMISE_MADE):
        return absorbed(case, reason)
    promise = Promise(amount_minor=event.amount_minor, due_on=event.due_on, made_at=now)
    waits_until = day_ends(promise.last_day(policy.promise), case.account.zones)
    line = Line(kind="promise", reason=f"promise noted; no routine contact before {waits_until:%Y-%m-%d %H:%M}Z",
                facts={"amount_minor": event.amount_minor, "due_on": event.due_on.isoformat()},
                next_at=waits_until)  # fmt: skip
    return Decision(case=_with(case, promise), lines=(line,))


def _with(case: Case, promise: Promise) -> Case:
    """One promise more. The oldest that is settled goes; that it was broken still counts."""
    kept, settled = [*case.promises, promise], [one for one in case.promises if one not in case.open_promises]
    changes: dict[str, object] = {}
    if len(kept) > PAST_AT_MOST and settled:
        kept.remove(settled[0])
        changes = {"broken_before": case.broken_before + (settled[0].state is PromiseState.BROKEN)}
    return case.model_copy(update={**changes, "promises": tuple(kept)})


def latest_day(case: Case, today: date) -> date:
    """The last day a new promise may name: so long after the first open promise was made, or after today."""
    made_on = (local_day(one.made_at, case.account.zones) for one in case.open_promises)
    return min(made_on, default=today) + timedelta(days=AT_MOST_DAYS)


def refused(case: Case, event: PromiseMade, today: date) -> str | None:
    """Why the promise cannot be taken beside those already open: the field, the value, what to do."""
    promised_minor = sum(
        promise.amount_minor - promise.received_minor(case.payments) for promise in case.open_promises
    )
    if event.amount_minor > case.balance_minor:
        return (
            f"amount_minor: {event.amount_minor} is more than is owed ({case.balance_minor}); "
            "promise at most that"
        )
    if event.amount_minor > case.balance_minor - promised_minor:
        return (
            f"amount_minor: {event.amount_minor} is more than is owed beside what is promised already "
            f"({case.balance_minor} less {promised_minor}); promise at most the rest"
        )
    if len(case.open_promises) >= OPEN_AT_MOST:
        return f"promise: {OPEN_AT_MOST} are open already; judge those first, or agree a plan"
    latest = latest_day(case, today)
    if event.due_on > latest:
        return (
            f"due_on: {event.due_on} is later than {latest}, {AT_MOST_DAYS} days after the first open promise was "
            "made; promise an earlier day, or agree a plan"
        )
    return None


def honoured(case: Case, payment: Payment, policy: HousePolicy) -> Case:
    """The payment matched to the one promise it honours: the earliest due that may take it and is not kept yet."""
    zones = case.account.zones
    for promise in sorted(case.promises, key=lambda promise: (promise.due_on, promise.made_at)):
        last_day = case.moved_on(promise.last_day(policy.promise), promise.made_at)
        if promise.state is PromiseState.KEPT or not promise.may_be_honoured_by(payment, last_day, zones):
            continue
        met = promise.model_copy(update={"payments": (*promise.payments, payment.reference)})
        promises = tuple(met if one is promise else one for one in case.promises)
        return case.model_copy(update={"promises": promises})
    return case


def judged(decision: Decision, now: datetime, policy: HousePolicy) -> Decision:
    """Every promise judged anew by the payments that stand; a line for each that moved. Two broken: a person."""
    case = decision.case
    states = [_state(case, promise, now, policy) for promise in case.promises]
    moved = [
        (promise, state)
        for promise, state in zip(case.promises, states, strict=True)
        if promise.state is not state
    ]
    if not moved:
        return decision
    promises = tuple(
        promise.model_copy(update={"state": state})
        for promise, state in zip(case.promises, states, strict=True)
    )
    is_broken_anew = any(state is PromiseState.BROKEN for _, state in moved)
    wanted_at = max(now, case.wanted_at) if is_broken_anew else case.wanted_at
    after = case.model_copy(update={"promises": promises, "wanted_at": wanted_at})
    decision = decision.then(*(_line(*one, policy) for one in moved), case=after)
    if case.is_closed or not is_broken_anew or after.broken_promises < BROKEN_BEFORE_REVIEW:
        return decision
    return _reviewed(decision, now, policy)


def _state(case: Case, promise: Promise, now: datetime, policy: HousePolicy) -> PromiseState:
    if promise.is_kept(case.payments, policy.promise):
        return PromiseState.KEPT
    last_day = case.moved_on(promise.last_day(policy.promise), promise.made_at)
    is_over = last_day is not None and now >= day_ends(last_day, case.account.zones)
    return PromiseState.BROKEN if is_over else PromiseState.OPEN


def _line(promise: Promise, state: PromiseState, policy: HousePolicy) -> Line:
    kind, reason = _MOVED[promise.state, state]
    facts = {"due_on": promise.due_on.isoformat(), "amount_minor": promise.amount_minor,
             "payments": list(promise.payments)}  # fmt: skip
    return Line(kind=kind, reason=reason, rule=f"{policy.id}/promise", facts=facts)


def _reviewed(decision: Decision, now: datetime, policy: HousePolicy) -> Decision:
    """No more calls: a pause, in which a person looks at what can be afforded."""
    case = decision.case
    note = f"{case.broken_promises} promises broken: what can be afforded?"
    reviewed = decision.then(tasks=(Task(kind="promise_review", note=note),))
    if not policy.promise.review_pause_days:
        return reviewed
    until_at = now + timedelta(days=policy.promise.review_pause_days)
    hold = Hold(
        reason=HoldReason.AFFORDABILITY_REVIEW, placed_at=now, until_at=until_at, by="Leeway", why=note
    )
    pause = placed(case, hold, now, None)
    return reviewed.then(*pause.lines, case=pause.case) if pause.accepted else reviewed
