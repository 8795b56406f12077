"""Escalation: a named person decides what hurts; where the policy wants two, the first one proposes."""

from datetime import datetime

from lending.days import same_time_later
from statemachine.case import Case
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.hold_kind import Stops
from statemachine.open_questions import Proposal
from statemachine.people_messages import EscalationDecided
from statemachine.person_name import is_nobody, same_person
from statemachine.policy import HousePolicy
from statemachine.stage import Outcome, Stage
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed

HURTS = ("refer", "sell", "write_off")
"""These take as many people as the policy says, and wait while a hold stops decisions."""

_CLOSING = {
    "refer": (Trigger.REFERRED, Outcome.REFERRED),
    "sell": (Trigger.SOLD, Outcome.SOLD),
    "write_off": (Trigger.WRITTEN_OFF, Outcome.WRITTEN_OFF),
    "settle": (Trigger.SETTLED, Outcome.SETTLED),
}


def refused(case: Case, event: EscalationDecided, policy: HousePolicy) -> str | None:
    """Why the decision cannot be taken: the field, the value, what to do."""
    if event.decision in HURTS and case.is_stopped(Stops.DECISIONS):
        return f"decision: {event.decision} waits while a {', '.join(case.shown_holds)} hold is in force"
    if case.is_time_barred and event.decision == "refer":
        return (
            f"decision: the debt is time-barred since {case.time.barred_on}: no court is asked for it; settle, write off, "
            "or send it back to revisits"
        )
    if case.is_time_barred and event.decision == "sell" and not event.note.strip():
        return (
            f"note: the debt is time-barred since {case.time.barred_on}: write why it is sold all the same, and that the "
            "buyer knows"
        )
    if policy.escalation.approvals > 1 and is_nobody(event.by):
        return f"by: {event.by!r} names nobody; write the name of the person who decides"
    proposal = case.proposal
    if proposal and proposal.decision == event.decision and same_person(proposal.by, event.by):
        return f"by: {proposal.by} proposed it; another person must approve"
    return None


def people_for(case: Case, decision: str, policy: HousePolicy) -> int:
    """How many named people the decision takes on this case."""
    terms = policy.escalation
    if decision == "settle" and terms.settle_alone is not None:
        alone_minor = terms.settle_alone.get(case.account.currency, 0)
        return terms.approvals if case.balance_minor > alone_minor else 1
    return terms.approvals if decision in HURTS else 1


def escalation_decided(case: Case, event: EscalationDecided, now: datetime, policy: HousePolicy) -> Decision:
    """Only a named person closes an escalated case, or sends it back to its revisits. What hurts may take two."""
    trigger, outcome = _CLOSING.get(event.decision, (Trigger.RETURNED_TO_REVISIT, None))
    if reason := reason_absorbed(case.stage, trigger):
        return absorbed(case, reason)
    if people_for(case, event.decision, policy) > 1:
        if case.proposal is None or case.proposal.decision != event.decision:
            return _proposed(case, event, now, policy)
        by = f"proposed by {case.proposal.by}, approved by {event.by}"
    else:
        by = f"decided by {event.by}"
    return _carried_out(case, event, trigger, outcome, by, now, policy)


def _carried_out(
    case: Case, event: EscalationDecided, trigger: Trigger, outcome: Outcome | None, by: str, now: datetime,
    policy: HousePolicy,
) -> Decision:  # fmt: skip
    stage = move(policy.shape, case.stage, trigger)
    wanted_at = same_time_later(now, policy.revisits.every_days[0], case.account.zones)
    changes: dict[str, object] = {
        "stage": stage,
        "outcome": outcome,
        "revisits_made": 0,
        "revisits_unmade": 0,
        "remind_at": None,
        "next_by": None,
        "wanted_at": wanted_at,
        "retry_at": None,
        "stalled": None,
        "proposal": None,
    }
    if outcome is None and case.is_time_barred:
        changes["time"] = case.time.model_copy(update={"accepted_by": event.by})
    facts = {"stage": stage, "decision": event.decision, "by": event.by}
    facts |= {"proposed_by": case.proposal.by} if by.startswith("proposed") and case.proposal else {}
    facts |= {"note": event.note} if event.note else {}
    line = Line(kind="closed" if outcome else "stage", reason=f"{event.decision} {by}", facts=facts)
    return Decision(case=case.model_copy(update=changes), lines=(line,))


def _proposed(case: Case, event: EscalationDecided, now: datetime, policy: HousePolicy) -> Decision:
    """Noted, in place of any other proposal; a second person is asked."""
    if reason := reason_absorbed(case.stage, Trigger.DECISION_PROPOSED):
        return absorbed(case, reason)
    proposal = Proposal(decision=event.decision, by=event.by, at=now, note=event.note)
    facts = {"decision": event.decision, "by": event.by} | ({"note": event.note} if event.note else {})
    if case.proposal:
        facts["in_place_of"] = f"{case.proposal.decision} by {case.proposal.by}"
    line = Line(kind="proposal", rule=f"{policy.id}/escalation.approvals", facts=facts,
                reason=f"{event.decision} proposed by {event.by}; another person must approve")  # fmt: skip
    task = Task(kind="escalation_approval", note=f"approve or decide otherwise: {event.decision} is proposed")
    return Decision(case=case.model_copy(update={"proposal": proposal}), lines=(line,), tasks=(task,))


def lapsed(before: Case, decision: Decision) -> Decision:
    """A proposal falls when what it was made from has changed: whoever made it must look again."""
    case = decision.case
    proposal = case.proposal
    if proposal is None or proposal is not before.proposal:
        return decision
    if case.stage is not Stage.ESCALATION:
        why = "the case has left escalation"
    elif case.balance_minor != before.balance_minor:
        why = "what is owed has changed"
    elif case.is_stopped(Stops.DECISIONS) and not before.is_stopped(Stops.DECISIONS):
        why = f"a {', '.join(case.shown_holds)} hold has begun"
    else:
        return decision
    line = Line(kind="proposal_lapsed", facts={"decision": proposal.decision, "by": proposal.by},
                reason=f"{proposal.decision}, proposed by {proposal.by}, lapses: {why}; look again")  # fmt: skip
    return decision.then(line, case=case.model_copy(update={"proposal": None}))


def escalated(case: Case, policy: HousePolicy) -> Decision:
    """A visit found that a named person must decide."""
    if reason := reason_absorbed(case.stage, Trigger.ESCALATED):
        return absorbed(case, reason)
    changes = {"stage": move(policy.shape, case.stage, Trigger.ESCALATED)}
    line = Line(kind="stage", reason="a visit found that a named person must decide", facts=changes)
    task = Task(kind="escalation", note="decide: a visit asked for it")
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))
