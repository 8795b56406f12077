"""Calls and visits as appointments: set up ahead, booked, handed over, done or not in time, given up, withdrawn."""

from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from lending.days import day_ends, local_day, local_text
from statemachine import bounced, ladder
from statemachine.agenda import BY_PEOPLE, WaitUntil, is_set_up, step_contact, told_until, whats_next
from statemachine.appointment import Appointment
from statemachine.case import Case
from statemachine.decision import Contact, Decision, Line, Task, absorbed
from statemachine.events import ContactMade
from statemachine.fact import FactName
from statemachine.people_messages import VisitBooked
from statemachine.person_name import is_nobody, same_person
from statemachine.policy import HousePolicy
from statemachine.stage import Stage
from statemachine.step import STEP_OVER, step_taken
from statemachine.transitions import LADDER, Trigger
from statemachine.transitions import absorbed as reason_absorbed

_BOOKED_AT_MOST = timedelta(days=366)
_TOLD_AT_MOST = 20
_AT_WORK = (*LADDER, Stage.REVISIT)
"""The stages whose contacts go on; elsewhere nobody calls or visits."""

_NOBODY_GOES = frozenset(
    {FactName.CEASE_REQUESTED, FactName.LEGAL_REPRESENTATION, FactName.DEATH, FactName.HOSPITAL}
)
"""Once one of these is told, nobody goes who is already on the way; the law judges what comes later."""


def contact_made(case: Case, event: ContactMade, now: datetime, policy: HousePolicy) -> Decision:
    """A call or visit is handed to a person: its step is taken only when they tell what came of it."""
    contact = event.contact
    by_hand = policy.visits is not None and contact.channel in BY_PEOPLE and event.is_certain
    if not by_hand or contact.instalment or contact.step in case.taken:
        decision = bounced.contact_made(case, event, now, policy)
        return decision.then(case=with_told(decision.case, event.task)) if by_hand else decision
    if reason := reason_absorbed(case.stage, Trigger.CONTACT_MADE):
        return absorbed(case, reason, step=contact.step)
    if contact.attempt < case.attempt:
        return absorbed(case, "it was set up anew while it was handed over", step=contact.step)
    before = case.appointment
    zones = case.account.zones
    handed_over = _appointment(case, contact).model_copy(
        update={
            "at": before and before.at,
            "people": before.people if before else (),
            "made_at": event.at,
            "due_at": event.closes_at or day_ends(local_day(event.at, zones), zones),
            "task": event.task,
        }
    )
    changes: dict[str, Any] = {
        "appointment": handed_over,
        "retry_at": None,
        "lapsed_at": None,
        "moved_by": None,
        "stalled": None,
    }
    changes |= {"offer": contact.plan} if contact.plan else {}
    changes |= {} if event.is_unreachable is None else {"is_unreachable": event.is_unreachable}
    made = ladder.made_line(event, case.lapsed_at)
    line = made.model_copy(
        update={
            "reason": f"{made.reason}; in a person's hands until they tell what came of it",
            "facts": made.facts | {"in_hands": True},
        }
    )
    return Decision(case=case.model_copy(update=changes), lines=(line,))


def with_told(case: Case, task: int | None) -> Case:
    """The case that takes a word, and a later word, on this task."""
    if task is None or task in case.told_tasks:
        return case
    return case.model_copy(update={"told_tasks": (*case.told_tasks, task)[-_TOLD_AT_MOST:]})


def _appointment(case: Case, contact: Contact) -> Appointment:
    assert contact.channel is not None
    key = contact.key(case.case_id)
    return Appointment(key=key, step=contact.step, stage=contact.stage, channel=contact.channel)


def time_reached(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    """A visit is put into people's calendars when it is near; one that nobody reported in time is set up again."""
    if policy.visits is None or case.is_closed:
        return Decision(case=case, lines=())
    visit = case.appointment
    told_by = told_until(visit, policy) if visit else None
    if visit is None or told_by is None:
        return _set_up(case, now, policy)
    return _not_done(case, visit, now, policy) if told_by <= now else Decision(case=case, lines=())


def _set_up(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    nothing = Decision(case=case, lines=())
    coming = whats_next(case, policy, now)
    contact = coming.visit if isinstance(coming, WaitUntil) and coming.at <= now else None
    if contact is None:
        return nothing
    line = Line(kind="visit_set_up", rule=f"{policy.id}/visits.notice_days",
                reason=f"{contact.step} by {contact.channel} is put into people's calendars",
                facts={"step": contact.step, "channel": contact.channel})  # fmt: skip
    return nothing.then(line, case=case.model_copy(update={"appointment": _appointment(case, contact)}))


def _not_done(case: Case, visit: Appointment, now: datetime, policy: HousePolicy) -> Decision:
    """Nobody told that it was done: it counts for no limit. Set up again in the next window, or given up."""
    assert policy.visits is not None
    count, rule = case.not_done + 1, f"{policy.id}/visits.tries"
    facts = {"step": visit.step, "channel": visit.channel, "contact": visit.key, "times": count}
    line = Line(
        kind="visit_not_done", rule=rule, reason=f"{visit.words}: no outcome was told in time", facts=facts
    )
    if count <= policy.visits.tries:
        again = case.model_copy(update=_anew(case) | {"not_done": count, "retry_at": now})
        set_up = _set_up(again, now, policy)
        return Decision(case=set_up.case, lines=(line, *set_up.lines))
    given_up = Line(kind="visit_given_up", rule=rule, facts=facts,
                    reason=f"{visit.words} was not done {count} times; the case goes on without it")  # fmt: skip
    task = Task(
        kind="visit_overdue", note=f"{visit.words} was not done {count} times: who can do what comes next?"
    )
    passed = case.model_copy(update=STEP_OVER | {"given_up": case.given_up + 1})
    decision = Decision(case=passed, lines=(line, given_up), tasks=(task,))
    return step_taken(decision, visit.step, visit.stage, visit.made_at or now, policy, was_given_up=True)


def _anew(case: Case) -> dict[str, Any]:
    """The same step under a key of its own. That says nothing of the borrower: it is no failed contact."""
    return {"appointment": None, "attempt": case.attempt + 1, "set_anew": case.set_anew + 1}


def refused_booking(case: Case, event: VisitBooked, now: datetime, policy: HousePolicy) -> str | None:
    """Why there is nothing to book at that time: the field, the value, what to do. The law is asked beside this."""
    if reason_absorbed(case.stage, Trigger.VISIT_BOOKED):
        return None
    if policy.visits is None:
        return f"at: {policy.name} makes no appointments; move the case to a policy with a visits block"
    if case.holds or case.open_promises:
        why = ", ".join(case.shown_holds) or f"a promise for {case.open_promises[0].due_on}"
        return f"at: {event.at} cannot be booked during {why}: nobody calls or visits then"
    if not now < event.at <= now + _BOOKED_AT_MOST:
        return f"at: {event.at} must lie ahead of now ({now:%Y-%m-%d %H:%M}Z), by {_BOOKED_AT_MOST.days} days at most"
    contact = step_contact(case, policy, now)
    if contact.channel not in BY_PEOPLE:
        return f"at: {contact.step} comes next, by {contact.channel}; only a call or a visit can be booked"
    if any(is_nobody(name) for name in event.people):
        return f"people: {', '.join(map(repr, event.people))} names nobody; write the name of each who goes"
    if any(same_person(one, other) for one, other in combinations(event.people, 2)):
        return f"people: {', '.join(event.people)} names somebody twice"
    return None


def visit_booked(case: Case, event: VisitBooked, now: datetime, policy: HousePolicy) -> Decision:
    """The call or visit comes at that instant, by those people; what was arranged before is withdrawn."""
    if reason := reason_absorbed(case.stage, Trigger.VISIT_BOOKED):
        return absorbed(case, reason)
    before = step_contact(case, policy, now).key(case.case_id)
    free = case.model_copy(update=_anew(case) | {"retry_at": None, "moved_by": None, "stalled": None})
    contact = step_contact(free, policy, now)
    booked = _appointment(free, contact).model_copy(update={"at": event.at, "people": event.people})
    facts = {"step": contact.step, "channel": contact.channel, "at": event.at, "people": event.people,
             "by": event.by, "in_place_of": before}  # fmt: skip
    line = Line(kind="visit_booked", facts=facts, next_at=event.at,
                reason=f"{booked.words} is booked for {local_text(event.at, case.account.zones)}")  # fmt: skip
    return Decision(case=free.model_copy(update={"appointment": booked}), lines=(line,))


def kept(decision: Decision, now: datetime, policy: HousePolicy) -> Decision:
    """Whatever closes, holds or settles the case, or takes another way, withdraws the call or visit."""
    case, visit = decision.case, decision.case.appointment
    if visit is None or (why := _withdrawn(case, visit, now, policy)) is None:
        return decision
    line = Line(kind="visit_withdrawn", reason=f"{visit.words} is withdrawn: {why}",
                facts={"step": visit.step, "channel": visit.channel, "contact": visit.key})  # fmt: skip
    if visit.made_at is not None:  # somebody may be there already: what they tell is taken in
        case = with_told(case.model_copy(update={"withdrawn": visit}), visit.task)
    return decision.then(line, case=case.model_copy(update=_anew(case)))


def _withdrawn(case: Case, visit: Appointment, now: datetime, policy: HousePolicy) -> str | None:
    if case.is_closed:
        return "the case is closed"
    if case.holds:
        return "on hold, " + ", ".join(case.shown_holds)
    if case.open_promises:
        return f"a promise for {case.open_promises[0].due_on} is waited for"
    if case.stage not in _AT_WORK:
        return f"the stage is {case.stage}"
    if policy.visits is None:
        return f"{policy.name} makes no appointments"
    if visit.channel in (*case.wishes.stopped, *case.paused_channels):
        return f"{visit.channel} was stopped"
    if case.wishes.representative or any(fact.name in _NOBODY_GOES for fact in case.facts):
        return "the borrower is not to be contacted"
    if visit.made_at is None and not is_set_up(case, step_contact(case, policy, now)):
        return "another contact comes next"
    return None
