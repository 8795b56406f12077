"""Complaints: facts with a day by which they are answered, and what waits until then."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from lending.days import local_day
from statemachine.case import PAST_AT_MOST, Case, Hold
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.holds import hold_over, placed
from statemachine.messages import HoldPlaced, HoldReleased
from statemachine.open_questions import Complaint
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed

BACKDATED_AT_MOST_DAYS = 366
"""An older complaint is a matter for a person, not for a clock."""


def complaint_made(case: Case, event: ComplaintMade, now: datetime, policy: HousePolicy) -> Decision:
    """Recorded, with a task to answer it in time. What it concerns waits: the channel it is about, or all routine."""
    if reason := reason_absorbed(case.stage, Trigger.COMPLAINT_MADE):
        return absorbed(case, reason)
    complaint = as_received(event, local_day(now, case.account.zones), policy)
    noted = case.model_copy(
        update={"complaints": (*_kept(case), complaint), "failed_channels": (), "retry_at": None}
    )
    decision = Decision(case=noted, lines=(line_of(complaint, event),), tasks=(task_of(complaint),))
    if not complaint.holds or any(one.holds for one in case.open_complaints):
        return decision
    hold = Hold(
        reason=HoldReason.COMPLAINT, placed_at=now, by=event.by, why=f"complaint {complaint.reference}"
    )
    pause = placed(noted, hold, now, complaint.due_on)
    return decision.then(*pause.lines, case=pause.case)


def complaint_answered(case: Case, event: ComplaintAnswered, now: datetime, policy: HousePolicy) -> Decision:
    """What only this complaint had paused goes on, from now on. A late answer is named."""
    if reason := reason_absorbed(case.stage, Trigger.COMPLAINT_ANSWERED):
        return absorbed(case, reason)
    complaint = next(one for one in case.open_complaints if one.reference == event.complaint)
    today = local_day(now, case.account.zones)
    answered = complaint.model_copy(
        update={"answered_on": today, "result": event.result, "answered_by": event.by}
    )
    complaints = tuple(answered if one is complaint else one for one in case.complaints)
    update = {"complaints": complaints, "failed_channels": (), "retry_at": None, "stalled": None}
    decision = Decision(case=case.model_copy(update=update), lines=(answer_line(complaint, event, today),))
    still_held = any(one.holds for one in decision.case.open_complaints)
    if not complaint.holds or still_held:
        return decision
    over = hold_over(decision.case, HoldReason.COMPLAINT, f"complaint {complaint.reference} answered", now)
    return decision.then(*over.lines, case=over.case) if over.accepted else decision


def refused(case: Case, event: ComplaintMade | ComplaintAnswered, today: date) -> str | None:
    """Why it cannot be taken in: the field, the value, what to do."""
    return refused_among(case.complaints, event, today)


def refused_among(
    known: Sequence[Complaint], event: ComplaintMade | ComplaintAnswered, today: date
) -> str | None:
    """The same, for the complaints known of a case."""
    reference = event.reference if isinstance(event, ComplaintMade) else event.complaint
    found = next((one for one in known if one.reference == reference), None)
    if isinstance(event, ComplaintMade):
        if found:
            return f"reference: complaint {reference} is recorded already; give each a reference of its own"
        received_on = event.received_on
        if received_on and not 0 <= (today - received_on).days <= BACKDATED_AT_MOST_DAYS:
            return f"received_on: {received_on} must lie from {BACKDATED_AT_MOST_DAYS} days ago to today ({today})"
        return None
    if found is None:
        return f"complaint: {reference} is not known here; `leeway complaint list` shows the open ones"
    if not found.is_open:
        return f"complaint: {reference} was answered on {found.answered_on} ({found.result}); nothing is left to answer"
    return None


def refused_hold(case: Case, event: HoldPlaced | HoldReleased) -> str | None:
    """A complaint's pause comes and goes with the complaint, and in no other way."""
    if event.reason is not HoldReason.COMPLAINT:
        return None
    if isinstance(event, HoldPlaced):
        return "reason: a complaint pauses a case by itself; send the complaint"
    waiting = [one.reference for one in case.open_complaints if one.holds]
    return f"reason: {', '.join(waiting)} is not answered yet; send complaint_answered" if waiting else None


def as_received(event: ComplaintMade, today: date, policy: HousePolicy) -> Complaint:
    """The complaint with the day of its answer: the policy's days, by the calendar, from its receipt."""
    received_on = event.received_on or today
    return Complaint(
        reference=event.reference, about=event.about, channel=event.channel, came_by=event.came_by,
        received_on=received_on, due_on=received_on + timedelta(days=policy.complaints.answer_days),
    )  # fmt: skip


def complaint_of(told: Mapping[str, Any]) -> Complaint:
    """The complaint as the ledger has it: the facts of its line, or a row."""
    return Complaint.model_validate(
        {name: told[name] for name in Complaint.model_fields if told.get(name) is not None}
    )


def line_of(complaint: Complaint, event: ComplaintMade, is_closed: bool = False) -> Line:
    """How the ledger tells it, with its words (`text`), which are shown to named readers only."""
    told = complaint.model_dump(mode="json", exclude={"answered_on", "result", "answered_by"})
    facts = {name: value for name, value in (told | {"by": event.by, "text": event.text}).items() if value}
    waits = "all routine contact waits" if complaint.holds else f"{complaint.channel} rests"
    until = "the case is closed" if is_closed else f"{waits} until it is answered"
    reason = f"a complaint about {complaint.about}, to be answered by {complaint.due_on}; {until}"
    return Line(kind="complaint", reason=reason, facts=facts)


def task_of(complaint: Complaint) -> Task:
    """Somebody answers it."""
    note = f"answer complaint {complaint.reference} about {complaint.about}"
    return Task(kind="complaint", note=note, due_on=complaint.due_on, key=task_key(complaint.reference))


def task_key(reference: str) -> str:
    """The one task of a complaint."""
    return f"complaint/{reference}"


def answer_line(complaint: Complaint, event: ComplaintAnswered, today: date) -> Line:
    """How the ledger tells the answer, and by how many days it is late."""
    late_days = max(0, (today - complaint.due_on).days)
    facts = {"complaint": complaint.reference, "result": event.result, "by": event.by, "answered_on": today.isoformat(),
             "due_on": complaint.due_on.isoformat(), "late_days": late_days}  # fmt: skip
    facts |= {"text": event.note} if event.note else {}
    late = f", {late_days} days late" if late_days else ""
    return Line(
        kind="complaint_answered", reason=f"{event.result}: answered by {event.by}{late}", facts=facts
    )


def _kept(case: Case) -> tuple[Complaint, ...]:
    """Every open one, and the latest of the answered."""
    answered = [one for one in case.complaints if not one.is_open][-PAST_AT_MOST:]
    return tuple(one for one in case.complaints if one.is_open or one in answered)
