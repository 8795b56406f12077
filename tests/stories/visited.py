"""A borrower who is long overdue, and the people who visit them under platform-c."""

from datetime import UTC, datetime, timedelta
from typing import Any

from case_on_server import CaseOnServer, Office
from timeline import Timeline, timeline

from contracts.case_run import CaseView
from ledger.entry import Row

UNTIL_VISITED: Timeline = [
    (0, "strategy"),
    (0, "notice by email"),
    (7, "plan_offer by email"),
    (7, "stage: revisit"),
    (30, "set up: revisit_3 by visit"),
    (37, "revisit_3 by visit"),
]
"""Day 37 is a Wednesday; the visit stands in people's calendars a week before it."""


def is_in_hands(view: CaseView) -> bool:
    """Whether somebody is on their way."""
    visit = view.case.appointment
    return visit is not None and visit.made_at is not None


def is_set_up(view: CaseView) -> bool:
    """Whether a visit stands in people's calendars."""
    visit = view.case.appointment
    return visit is not None and visit.made_at is None


async def long_overdue(office: Office) -> CaseOnServer:
    """A case of a debt of a hundred days, with nobody who does its visits but who tells of them here."""
    overdue_since = datetime.now(UTC).date() - timedelta(days=100)
    case = await office.opened(policy="platform-c", overdue_since=overdue_since)
    case.has_field_team = False
    return case


async def visited(office: Office) -> CaseOnServer:
    """The first visit is in a person's hands."""
    case = await long_overdue(office)
    await case.advance_until(is_in_hands)
    return case


async def visits(case: CaseOnServer) -> list[Row]:
    """The tasks of calls and visits, the earliest first."""
    tasks = await case.ledger.read("tasks", case_id=case.handle.id)
    return [task for task in tasks if task["kind"] in ("visit", "phone")]


async def tells(case: CaseOnServer, **told: Any) -> None:
    """The visitor's word, half an hour later, on the task they were given."""
    await case.advance(minutes=30)
    task = (await case.view()).case.appointment
    assert task is not None
    answer = await case.tell("visit_outcome", task=task.task, result="met", by="Ms Lin", **told)
    assert answer.accepted


async def after_the_visit(case: CaseOnServer) -> Timeline:
    """What happened once the visit was made, which begins alike in every story."""
    told = await timeline(case)
    assert told[: len(UNTIL_VISITED)] == UNTIL_VISITED
    return told[len(UNTIL_VISITED) :]
