"""Limitation on a case: the last day is told in time, and a time-barred debt is never chased silently."""

from collections.abc import Iterator
from datetime import datetime

from lending.days import local_day
from lending.limitation import Limitation, Restart, Restarts, limitation
from statemachine.case import Case
from statemachine.decision import Decision, Line, Task
from statemachine.events import ContactMade, Report
from statemachine.machine_messages import DeliveryReported
from statemachine.messages import Message
from statemachine.people_messages import VisitReported
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, Stage
from statemachine.step import REVISIT
from statemachine.transitions import LADDER, Trigger, move

_WRITTEN = (Channel.EMAIL, Channel.SMS)
"""These are demands unless they came back, nobody can show that they left, or they were a revisit's, which asks how things
are; a call or a visit is one when the borrower was met."""


def limitation_of(case: Case, policy: HousePolicy) -> Limitation | None:
    """Until when the debt can be claimed, by everything the case knows; None: the house does not watch it."""
    if policy.limitation is None:
        return None
    return limitation(case.account.overdue_since, _restarts(case), policy.limitation)


def _restarts(case: Case) -> Iterator[Restart]:
    zones, time = case.account.zones, case.time
    for payment in case.payments:
        if not payment.is_reversed:
            day = local_day(payment.received_at, zones)
            yield Restart(day, Restarts.ACKNOWLEDGEMENT, "a payment")
    agreed = [(local_day(promise.made_at, zones), "a promise") for promise in case.promises]
    agreed += [(time.agreed_on, "an agreed plan")] if time.agreed_on else []
    for day, what in agreed:
        knew = time.told_on is not None and day >= time.told_on
        yield Restart(day, Restarts.ACKNOWLEDGEMENT, what, revives=knew)
    if time.revived_on:
        yield Restart(time.revived_on, Restarts.ACKNOWLEDGEMENT, "an agreement", revives=True)
    met = [time.met_on] if time.met_on else []
    arrived = (
        one.at
        for one in case.tries
        if one.channel in _WRITTEN and one.is_proven and not one.step.startswith(REVISIT)
    )
    for day in (*met, *(local_day(at, zones) for at in arrived)):
        yield Restart(day, Restarts.DEMAND, "a demand")


def next_at(case: Case, policy: HousePolicy) -> datetime | None:
    """When somebody is told that the last day comes near, or that it has passed."""
    found = limitation_of(case, policy)
    if policy.limitation is None or found is None or case.is_time_barred:
        return None
    return found.barred_at if case.time.alerted_for == found.ends_on else found.alert_at(policy.limitation)


def watched(
    decision: Decision,
    event: Message | Report | None,
    now: datetime,
    policy: HousePolicy,
    met_at: datetime | None = None,
) -> Decision:
    """Notes what the time depends on; tells a person in time; at its end the case goes to one. `met_at`: when the call or
    visit of which the event tells was made, where that is known."""
    if policy.limitation is None or decision.case.is_closed:
        return decision
    decision = decision.then(case=_noted(decision.case, event, now, met_at or now))
    if isinstance(event, ContactMade):
        return decision  # what follows a contact is told before it is made; the next timer tells a person
    found = limitation_of(decision.case, policy)
    assert found is not None
    if decision.case.is_time_barred:
        return _barred_still(decision, found, now, policy)
    if now >= found.barred_at:
        return _barred(decision, found, policy)
    if now < found.alert_at(policy.limitation) or decision.case.time.alerted_for == found.ends_on:
        return decision
    line = Line(kind="limitation", rule=f"{policy.id}/limitation.alert_days", next_at=found.barred_at,
                facts=_facts(found), reason=f"after {found.ends_on} the debt is time-barred")  # fmt: skip
    task = Task(kind="limitation", note=f"after {found.ends_on} the debt is time-barred: what becomes of it?",
                due_on=found.ends_on)  # fmt: skip
    return decision.then(line, case=_with(decision.case, alerted_for=found.ends_on), tasks=(task,))


def _noted(case: Case, event: Message | Report | None, now: datetime, met_at: datetime) -> Case:
    """The demand, the agreement, or the word that the debt is time-barred, where the event was one."""
    today = local_day(now, case.account.zones)
    if case.plan and case.plan.agreed_at == now:
        case = _with(case, agreed_on=today)
    match event:
        case ContactMade(contact=contact, is_certain=True) if (
            contact.channel is Channel.EMAIL and contact.time_barred  # a text may not speak of it
        ):
            return case if case.time.told_on else _with(case, told_on=today, told_by=contact.step)
        case DeliveryReported(step=case.time.told_by) if not event.status.has_arrived:
            return _with(case, told_on=None, told_by="")
        case VisitReported(result="met" | "conversation") if not case.is_time_barred:
            met_on = local_day(met_at, case.account.zones)
            return _with(case, met_on=max(met_on, case.time.met_on or met_on))
        case VisitReported(result="met" | "conversation") if case.time.accepted_by and not case.time.told_on:
            return _with(case, told_on=today, told_by="")
    return case


def _barred(decision: Decision, found: Limitation, policy: HousePolicy) -> Decision:
    """From now on it is a named person's: its routine stops where it was still being asked for."""
    case = _with(decision.case, barred_on=found.ends_on, accepted_by="", told_on=None, told_by="")
    line = Line(kind="time_barred", rule=f"{policy.id}/limitation", facts=_facts(found),
                reason=f"the debt is time-barred since {found.ends_on}; nothing is asked for silently")  # fmt: skip
    barred = decision.then(line, case=case)
    if case.stage in (*LADDER, Stage.REVISIT):
        return _to_a_person(barred, policy)
    note = f"the debt is time-barred since {found.ends_on}: no court can be asked for it"
    return barred.then(tasks=(Task(kind="limitation", note=note),))


def _barred_still(decision: Decision, found: Limitation, now: datetime, policy: HousePolicy) -> Decision:
    case = decision.case
    if now < found.barred_at:
        line = Line(kind="limitation", rule=f"{policy.id}/limitation", facts=_facts(found),
                    reason=f"{found.because} of {found.runs_from}: the time runs anew, until {found.ends_on}")  # fmt: skip
        knew = case.time.told_on is not None and found.runs_from >= case.time.told_on
        revived_on = found.runs_from if knew else case.time.revived_on
        anew = _with(case, barred_on=None, accepted_by="", told_on=None, told_by="", revived_on=revived_on)
        return decision.then(line, case=anew)
    if case.stage in (*LADDER, Stage.REVISIT) and not case.time.accepted_by:
        return _to_a_person(decision, policy)
    return decision


def _to_a_person(decision: Decision, policy: HousePolicy) -> Decision:
    case = decision.case
    moved = {"stage": move(policy.shape, case.stage, Trigger.TIME_BARRED)}
    line = Line(kind="stage", rule=f"{policy.id}/limitation", facts=moved,
                reason="time-barred: routine contact stops, a named person decides")  # fmt: skip
    task = Task(kind="escalation", note=f"decide: the debt is time-barred since {case.time.barred_on}")
    return decision.then(line, case=case.model_copy(update=moved), tasks=(task,))


def _facts(found: Limitation) -> dict[str, str]:
    return {"runs_from": f"{found.runs_from}", "because": found.because, "ends_on": f"{found.ends_on}"}


def _with(case: Case, **changes: object) -> Case:
    return case.model_copy(update={"time": case.time.model_copy(update=changes)})
