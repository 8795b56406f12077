"""A person's calls and visits as an iCalendar feed (RFC 5545). It lands on phones: no debt, no sum, no borrower's name."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event

from contracts.desk_task import DeskTask
from statemachine.stage import Channel

_REFRESH_EVERY = timedelta(hours=1)


def visit_calendar(tasks: Iterable[DeskTask], person: str, lender: str) -> bytes:
    """The feed of `person`: one event for each task that has a window. What is withdrawn, or is theirs no more, is
    cancelled; an event keeps its UID, and its SEQUENCE rises when it changes."""
    feed = Calendar()
    feed.add("prodid", "-//Leeway//Visits//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", f"Leeway · {person}")
    feed.add("refresh-interval", _REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", "PT1H")
    for task in tasks:
        if task.due_at is not None:
            feed.add_component(_event(task, task.due_at, person, lender))
    return bytes(feed.to_ical())


def _event(task: DeskTask, due_at: datetime, person: str, lender: str) -> Event:
    is_visit = task.channel is Channel.VISIT
    is_over = task.withdrawn_at is not None and task.done_at is None
    is_theirs = person == task.claimed_by or person in task.visitors
    event = Event()
    event.add("uid", str(uuid5(NAMESPACE_URL, f"leeway:{lender}/tasks/{task.task_id}")))
    event.add("sequence", task.revision)
    event.add("dtstamp", _changed_at(task))
    event.add("dtstart", _utc(task.starts_at or task.created_at))
    event.add("dtend", _utc(due_at))
    event.add("summary", f"{'Visit' if is_visit else 'Call'} · ref {task.loan_id}")
    event.add("description", _description(task, person))
    if is_visit:
        event.add("location", task.where)
    event.add("status", "CANCELLED" if is_over or not is_theirs else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def _description(task: DeskTask, person: str) -> str:
    others = [name for name in task.visitors if name != person]
    parts = (
        f"Task {task.task_id}",
        f"{task.people} people" if task.people > 1 else "",
        f"with {', '.join(others)}" if others else "",
        "done" if task.done_at else "",
    )
    return " · ".join(filter(None, parts))


def _changed_at(task: DeskTask) -> datetime:
    known = (task.created_at, task.claimed_at, task.done_at, task.withdrawn_at)
    return _utc(max(at for at in known if at))


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
