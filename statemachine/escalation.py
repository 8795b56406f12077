"""Escalation: a named person decides what hurts."""

from datetime import datetime

from lending.days import same_time_later
from statemachine.case import Case
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.people_messages import EscalationDecided
from statemachine.policy import HousePolicy
from statemachine.stage import Outcome
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed

_CLOSING = {
    "refer": (Trigger.REFERRED, Outcome.REFERRED),
    "write_off": (Trigger.WRITTEN_OFF, Outcome.WRITTEN_OFF),
    "settle": (Trigger.SETTLED, Outcome.SETTLED),
}


def escalation_decided(case: Case, event: EscalationDecided, now: datetime, policy: HousePolicy) -> Decision:
    """Only a named person closes an escalated case, or sends it back to its revisits."""
    trigger, outcome = _CLOSING.get(event.decision, (Trigger.RETURNED_TO_REVISIT, None))
    if reason := reason_absorbed(case.stage, trigger):
        return absorbed(case, reason)
    stage = move(policy.shape, case.stage, trigger)
    wanted_at = same_time_later(now, policy.revisits.every_days[0], case.account.zones)
    changes = {
        "stage": stage,
        "outcome": outcome,
        "revisits_made": 0,
        "wanted_at": wanted_at,
        "retry_at": None,
        "stalled": None,
    }
    line = Line(kind="closed" if outcome else "stage", reason=f"{event.decision} decided by {event.by}",
                facts={"stage": stage})  # fmt: skip
    return Decision(case=case.model_copy(update=changes), lines=(line,))


def escalated(case: Case, policy: HousePolicy) -> Decision:
    """A visit found that a named person must decide."""
    if reason := reason_absorbed(case.stage, Trigger.ESCALATED):
        return absorbed(case, reason)
    changes = {"stage": move(policy.shape, case.stage, Trigger.ESCALATED)}
    line = Line(kind="stage", reason="a visit found that a named person must decide", facts=changes)
    task = Task(kind="escalation", note="decide: a visit asked for it")
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))
