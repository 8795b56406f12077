"""What a call or a visit found, and the step that follows from it."""

from datetime import datetime

from statemachine.case import Case
from statemachine.decision import Decision, Line, absorbed, joined
from statemachine.escalation import escalated
from statemachine.holds import hardship_reported
from statemachine.messages import HardshipReported, PlanAccepted
from statemachine.people_messages import VisitReported
from statemachine.plans import plan_accepted
from statemachine.policy import HousePolicy
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed


def visit_reported(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> Decision:
    """The finding is recorded and drives the next step: a plan, a pause, a person's decision, or nothing new."""
    if reason := reason_absorbed(case.stage, Trigger.VISIT_REPORTED):
        return absorbed(case, reason)
    facts = {"channel": event.channel, "result": event.result, "next_step": event.next_step, "by": event.by}
    facts |= {name: told for name in ("situation", "task") if (told := getattr(event, name))}
    seen = Decision(
        case=case, lines=(Line(kind="visit", reason=f"{event.channel}: {event.result}", facts=facts),)
    )
    if event.next_step == "plan":
        return joined((seen, plan_accepted(case, PlanAccepted(by=event.by), now, policy)))
    if event.next_step == "hold":
        report = HardshipReported(support_need="seen on visit", by=event.by)
        return joined((seen, hardship_reported(case, report, now, policy)))
    if event.next_step == "escalate":
        return joined((seen, escalated(case, policy)))
    return seen
