"""What a call or a visit found, and the step that follows from it."""

from datetime import date, datetime, timedelta
from typing import Any, get_args

from lending.days import day_starts, local_day, same_time_later
from statemachine import ladder
from statemachine.agenda import told_until
from statemachine.appointment import Appointment
from statemachine.appointments import with_told
from statemachine.case import Case
from statemachine.decision import Decision, Line, Task, absorbed, joined
from statemachine.escalation import escalated
from statemachine.holds import hardship_reported
from statemachine.messages import HardshipReported, PlanAccepted
from statemachine.people_messages import CallResult, VisitReported, VisitResult
from statemachine.plans import plan_accepted
from statemachine.policy import FOLLOW_UP_CHANNELS, HousePolicy
from statemachine.stage import Channel, Stage
from statemachine.step import STEP_OVER, step_taken
from statemachine.transitions import LADDER, Trigger
from statemachine.transitions import absorbed as reason_absorbed

REMIND_AFTER_DAYS = 7
"""When the reminder goes out that a visit asked for, where no day is named."""

_REMIND_WITHIN_DAYS = 90
_VISIT_WITHIN_DAYS = 366
_TALKED = ("met", "conversation")


def visit_reported(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> Decision:
    """What was found is recorded, the step is taken, and the finding drives what comes next."""
    if reason := reason_absorbed(case.stage, Trigger.VISIT_REPORTED):
        return absorbed(case, reason)
    told = _told(case, event, now, policy)
    return joined((told, _next_step(told.case, event, now, policy)))


def refused(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> str | None:
    """Why the report cannot be taken in: the field, the value, the rule, what to do. None when it can."""
    if reason_absorbed(case.stage, Trigger.VISIT_REPORTED):
        return None
    by_channel = {
        Channel.VISIT: get_args(VisitResult),
        Channel.PHONE: (*get_args(CallResult), *get_args(VisitResult)),
    }
    if event.result not in by_channel[event.channel]:
        return (
            f"result: {event.result} is none of a {event.channel}'s: {', '.join(by_channel[event.channel])}"
        )
    if event.next_step == "escalate" and (reason := reason_absorbed(case.stage, Trigger.ESCALATED)):
        return f"next_step: escalate: {reason}"
    return (
        _refused_task(case, event, now, policy)
        or _refused_day(case, event, now)
        or _refused_step(_told(case, event, now, policy).case, event, now, policy)
    )


def made_at(case: Case, event: object, now: datetime, policy: HousePolicy) -> datetime | None:
    """When the call or visit was handed over of which the event tells; None: it tells of none that is known here."""
    visit = _meant(case, event, now, policy) if isinstance(event, VisitReported) else None
    return visit.made_at if visit else None


def _meant(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> Appointment | None:
    """The call or visit that the report is about: the one in a person's hands, or the one that was withdrawn there,
    where the report names it or comes in its time."""
    for visit in (case.appointment or case.withdrawn,):
        if visit is None or visit.made_at is None or visit.channel is not event.channel:
            continue
        told_by = told_until(visit, policy)
        is_in_time = visit is case.appointment or (told_by is not None and now < told_by)
        is_named = event.task is not None and event.task == visit.task
        if is_named or (is_in_time and None in (event.task, visit.task)):
            return visit
    return None


def _refused_task(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> str | None:
    visit = case.appointment
    if (
        event.task is None
        or policy.visits is None
        or event.task in case.told_tasks
        or _meant(case, event, now, policy)
    ):
        return None
    if visit is not None and visit.task == event.task:
        return f"channel: {event.channel} given, task {event.task} is a {visit.channel}"
    return (
        f"task: {event.task} is no open call or visit of this case; see `leeway case show` for the number, or leave it "
        "out for one that was made all the same"
    )


def _refused_day(case: Case, event: VisitReported, now: datetime) -> str | None:
    today = local_day(now, case.account.zones)
    days = (
        ("next_visit_on", event.next_visit_on, "visit", _VISIT_WITHIN_DAYS),
        ("remind_on", event.remind_on, "reminder", _REMIND_WITHIN_DAYS),
    )
    for field, day, step, within_days in days:
        if day is None:
            continue
        if event.next_step != step:
            return f"{field}: {day} goes with the next step {step}, not with {event.next_step}"
        if not 0 < (day - today).days <= within_days:
            return f"{field}: {day} must lie from tomorrow to {within_days} days after today ({today})"
    return None


def _refused_step(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> str | None:
    """The step is tried on the case as the report leaves it: what would change nothing is refused."""
    step = event.next_step
    if step == "plan":
        if event.result not in _TALKED:
            return f"next_step: plan follows a talk with the borrower; the result is {event.result}"
        agreed = plan_accepted(case, PlanAccepted(by=event.by), now, policy)
        return (
            None
            if agreed.case.plans_made > case.plans_made
            else f"next_step: plan: {agreed.lines[-1].reason}"
        )
    if step == "visit":
        if case.stage is not Stage.REVISIT:
            return f"next_step: visit: the stage is {case.stage}, and visits come in turn only at revisit"
        if ladder.usable_channel(case, (Channel.VISIT,)) is None:
            return "next_step: visit: the borrower wants no visit, or none can be made"
    if step == "reminder":
        if case.stage not in (*LADDER, Stage.REVISIT):
            return f"next_step: reminder: the stage is {case.stage}, and none is written there"
        if ladder.usable_channel(case, FOLLOW_UP_CHANNELS) is None:
            return "next_step: reminder: there is no e-mail address or phone to write to"
    return None


def _told(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> Decision:
    """The finding on record; the call or visit that was waited for is done, and its step is taken. So is that of one which
    was made although it was withdrawn, unless it has been set up anew since: then it counts by its task alone."""
    facts: dict[str, Any] = {
        "channel": event.channel,
        "result": event.result,
        "next_step": event.next_step,
        "by": event.by,
    }
    facts |= event.findings.choices
    if words := event.findings.words(event.situation):
        facts["situation"] = words
    if event.task:
        facts["task"] = event.task
    visit = _meant(case, event, now, policy)
    if policy.visits is not None and (visit is not None or event.task is None):
        facts["contact"] = visit.key if visit else ""
    needs = event.findings.support_needs
    note = "a support need is on record: what would help?"
    tasks = (Task(kind="hardship_review", note=note),) if needs and event.next_step != "hold" else ()
    changes = {"findings": event.findings} if event.findings.model_fields_set else {}
    line = Line(kind="visit", reason=f"{event.channel}: {event.result}", facts=facts)
    seen = Decision(case=case.model_copy(update=changes), lines=(line,), tasks=tasks)
    if visit is None or visit.made_at is None:
        return seen
    over = STEP_OVER | {"contacts_made": case.contacts_made + 1}
    done = seen.then(case=with_told(seen.case.model_copy(update=over), visit.task))
    finds_a_way = event.next_step not in ("none", "escalate")
    return step_taken(done, visit.step, visit.stage, visit.made_at, policy, finds_a_way=finds_a_way)


def _next_step(case: Case, event: VisitReported, now: datetime, policy: HousePolicy) -> Decision:
    match event.next_step:
        case "plan":
            return plan_accepted(case, PlanAccepted(by=event.by), now, policy)
        case "hold":
            need = event.findings.support_needs or "seen on visit"
            return hardship_reported(case, HardshipReported(support_need=need, by=event.by), now, policy)
        case "escalate" if (
            case.stage is Stage.ESCALATION
        ):  # this was the last revisit before a person decides
            return Decision(case=case, lines=())
        case "escalate":
            return escalated(case, policy)
        case "visit":
            changes: dict[str, Any] = {"next_by": Channel.VISIT} | _wanted_on(case, event.next_visit_on, now)
            return Decision(case=case.model_copy(update=changes), lines=())
        case "reminder":
            return Decision(
                case=case.model_copy(update={"remind_at": _remind_at(case, event, now)}), lines=()
            )
        case _:
            return Decision(case=case, lines=())


def _wanted_on(case: Case, day: date | None, now: datetime) -> dict[str, datetime | None]:
    """That day at the time of day at which the case is worked; without a day the rhythm says when."""
    return {} if day is None else {"wanted_at": _at_this_time(case, day, now), "retry_at": None}


def _remind_at(case: Case, event: VisitReported, now: datetime) -> datetime:
    day = event.remind_on or local_day(now, case.account.zones) + timedelta(days=REMIND_AFTER_DAYS)
    return _at_this_time(case, day, now)


def _at_this_time(case: Case, day: date, now: datetime) -> datetime:
    days = (day - local_day(now, case.account.zones)).days
    return max(same_time_later(now, days, case.account.zones), day_starts(day, case.account.zones))
