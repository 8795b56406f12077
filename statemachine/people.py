"""What people learn and decide: visits, wishes, escalation, withdrawal."""

from datetime import datetime

from lending.days import same_time_later
from statemachine.case import Case, Wishes
from statemachine.decision import Decision, Line, Task, absorbed, joined
from statemachine.fact import Fact, FactName
from statemachine.holds import hardship_reported
from statemachine.messages import (
    EscalationDecided,
    FactTold,
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
        return joined((seen, _escalated(case, policy)))
    return seen


def preference_changed(case: Case, event: PreferenceChanged, now: datetime, policy: HousePolicy) -> Decision:
    """The borrower's wishes hold from this moment; the next contact is planned again under them."""
    if reason := reason_absorbed(case.stage, Trigger.PREFERENCE_CHANGED):
        return absorbed(case, reason)
    account = case.account.model_copy(update={"language": event.language}) if event.language else case.account
    update = {"wishes": wishes_after(case.wishes, event), "account": account, "failed_channels": (),
              "retry_at": None}  # fmt: skip
    wishes = event.model_dump(mode="json", exclude={"kind", "reference", "by"}, exclude_defaults=True)
    return Decision(
        case=case.model_copy(update=update),
        lines=(Line(kind="preference", reason="wishes noted", facts=wishes),),
    )


def wishes_after(wishes: Wishes, event: PreferenceChanged) -> Wishes:
    """What the borrower wants once `event` is added to their wishes so far."""
    stopped = (set(wishes.stopped) | set(event.stop)) - set(event.allow)
    changes: dict[str, object] = {"stopped": tuple(sorted(stopped))}
    wished = ("not_before", "not_after", "not_on", "not_at", "representative")
    changes |= {name: told for name in wished if (told := getattr(event, name)) is not None}
    return wishes.model_copy(update=changes)


def fact_told(case: Case, event: FactTold, now: datetime, policy: HousePolicy) -> Decision:
    """The fact holds from `since`, or is over; the next contact is planned again under it."""
    if reason := reason_absorbed(case.stage, Trigger.PREFERENCE_CHANGED):
        return absorbed(case, reason)
    told = Fact(event.name, event.since or now, event.until)
    kept = tuple(fact for fact in case.facts if fact.name is not event.name)
    facts = (*kept, told) if event.given else kept
    update = {"facts": facts, "failed_channels": (), "retry_at": None}
    said = event.model_dump(mode="json", include={"name", "given", "since", "until", "by"}, exclude_none=True)
    reason = f"{event.name} {'noted' if event.given else 'is over'}"
    tasks: tuple[Task, ...] = ()
    if event.name is FactName.AUTOMATION_REFUSED and event.given:
        note = "the borrower wants no decision by a machine alone: choose the strategy"
        tasks = (Task(kind="strategy_review", note=note),)
    return Decision(
        case=case.model_copy(update=update),
        lines=(Line(kind="fact", reason=reason, facts=said),),
        tasks=tasks,
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
    line = Line(kind="closed" if outcome else "stage", reason=f"{event.decision} decided by {event.by}",
                facts={"stage": stage})  # fmt: skip
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
    line = Line(kind="stage", reason="a visit found that a named person must decide", facts=changes)
    task = Task(kind="escalation", note="decide: a visit asked for it")
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))
