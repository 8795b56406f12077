"""What people learn and decide: visits, wishes, escalation, withdrawal."""

from datetime import datetime

from lending.days import same_time_later
from statemachine.case import Case
from statemachine.decision import Decision, Line, Task, absorbed, joined
from statemachine.holds import hardship_reported
from statemachine.messages import (
    EscalationDecided,
    HardshipReported,
    PlanAccepted,
    PreferenceChanged,
    VisitReported,
    Withdrawn,
)
from statemachine.plans import plan_accepted
from statemachine.policy import HousePolicy
from statemachine.stage import Outcome
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed

_CLOSING = {
    "refer": (Trigger.REFERRED, Outcome.REFERRED),
    "write_off": (Trigger.WRITTEN_OFF, Outcome.WRITTEN_OFF),
    "settle": (Trigger.SETTLED, Outcome.SETTLED),
}


def visit_reported(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> Decision:
    """The finding is recorded and drives the next step: a plan, a pause, a person's decision, or nothing new."""
    if reason := reason_absorbed(case.stage, Trigger.VISIT_REPORTED):
        return absorbed(case, reason)
    facts = {"channel": event.channel, "result": event.result, "next_step": event.next_step, "by": event.by}
    if event.situation:
        facts["situation"] = event.situation
    seen = Decision(
        case=case, lines=(Line(kind="visit", reason=f"{event.channel}: {event.result}", facts=facts),)
    )
    if event.next_step == "plan":
        return joined((seen, plan_accepted(case, PlanAccepted(by=event.by), now, policy)))
    if event.next_step == "hold":
        report = HardshipReported(support_need="seen on visit", by=event.by)
        return joined((seen, hardship_reported(case, report, now, policy)))
    if event.next_step == "escalate":
        return joined((seen, _escalated(case, policy)))
    return seen


def preference_changed(case: Case, event: PreferenceChanged, now: datetime, policy: HousePolicy) -> Decision:
    """The borrower's wishes hold from this moment; the next contact is planned again under them."""
    if reason := reason_absorbed(case.stage, Trigger.PREFERENCE_CHANGED):
        return absorbed(case, reason)
    stopped = (set(case.wishes.stopped) | set(event.stop)) - set(event.allow)
    changes = {"stopped": tuple(sorted(stopped))}
    changes |= {k: v for k in ("not_before", "not_after") if (v := getattr(event, k)) is not None}
    account = case.account.model_copy(update={"language": event.language}) if event.language else case.account
    update = {"wishes": case.wishes.model_copy(update=changes), "account": account, "failed_channels": (),
              "retry_at": None}  # fmt: skip
    wishes = event.model_dump(mode="json", exclude={"kind", "reference", "by"}, exclude_defaults=True)
    return Decision(
        case=case.model_copy(update=update),
        lines=(Line(kind="preference", reason="wishes noted", facts=wishes),),
    )


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
    line = Line(kind="closed" if outcome else "stage", reason=f"{event.decision} decided by {event.by}")
    return Decision(case=case.model_copy(update=changes), lines=(line,))


def withdrawn(case: Case, event: Withdrawn, now: datetime, policy: HousePolicy) -> Decision:
    """The lender takes the case back; nothing more goes out."""
    if reason := reason_absorbed(case.stage, Trigger.WITHDRAWN):
        return absorbed(case, reason)
    changes = {"stage": move(policy.shape, case.stage, Trigger.WITHDRAWN), "outcome": Outcome.WITHDRAWN}
    return Decision(
        case=case.model_copy(update=changes),
        lines=(Line(kind="closed", reason=f"withdrawn: {event.reason}"),),
    )


def _escalated(case: Case, policy: HousePolicy) -> Decision:
    if reason := reason_absorbed(case.stage, Trigger.ESCALATED):
        return absorbed(case, reason)
    changes = {"stage": move(policy.shape, case.stage, Trigger.ESCALATED)}
    line = Line(kind="stage", reason="a visit found that a named person must decide")
    task = Task(kind="escalation", note="decide: a visit asked for it")
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))
