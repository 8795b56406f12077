"""A case that waits for a named person asks again, for ever: at its own rhythm, never in a burst."""

from datetime import datetime, timedelta

from statemachine.case import Case
from statemachine.decision import Decision, Line, Task
from statemachine.policy import HousePolicy
from statemachine.stage import Stage


def next_at(case: Case, policy: HousePolicy) -> datetime | None:
    """When the next reminder is due; None: the case waits for nobody, or the house reminds nobody."""
    every_days = policy.escalation.remind_every_days
    if case.stage is not Stage.ESCALATION or every_days is None:
        return None
    return (case.remind_from or case.wanted_at) + timedelta(days=every_days)


def asked_again(decision: Decision, now: datetime, policy: HousePolicy) -> Decision:
    """A task and a line when the time is there; what an outage swallowed is made up for by one."""
    case = decision.case
    if case.stage is not Stage.ESCALATION:
        left = {"escalated_at": None, "remind_from": None}
        return decision.then(case=case.model_copy(update=left)) if case.escalated_at else decision
    if case.escalated_at is None:
        return decision.then(case=case.model_copy(update={"escalated_at": now, "remind_from": now}))
    due_at, every_days = next_at(case, policy), policy.escalation.remind_every_days
    if due_at is None or every_days is None or now < due_at:
        return decision
    missed = (now - due_at) // timedelta(days=every_days)
    waiting_days = (now - case.escalated_at).days
    what = f"{case.proposal.decision} is proposed" if case.proposal else "nothing is proposed yet"
    line = Line(kind="escalation_reminder", rule=f"{policy.id}/escalation.remind_every_days",
                facts={"waiting_days": waiting_days, "every_days": every_days} | ({"missed": missed} if missed else {}),
                reason=f"undecided for {waiting_days} days; {what}")  # fmt: skip
    task = Task(
        kind="escalation_reminder", note=f"undecided for {waiting_days} days; {what}: decide, or send it back"
    )
    remind_from = due_at + missed * timedelta(days=every_days)
    return decision.then(line, case=case.model_copy(update={"remind_from": remind_from}), tasks=(task,))
