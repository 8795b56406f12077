"""Calls and visits in a person's hands: their task, and the answer that names it."""

from datetime import datetime

from activities.judgement import Passed
from contracts.carry_out import CarryOut, Made, PlannedContact
from ledger.entry import Entry
from statemachine.decision import task_of


async def hand_over(
    entry: Entry, request: CarryOut, planned: PlannedContact, talk_sheet: str, now: datetime, verdict: Passed
) -> None:
    """The task, to be done before the window closes; one that was set up ahead gets its talk sheet."""
    window = (now.replace(microsecond=0), verdict.closes_at)
    task = task_of(planned.contact, planned.key, window, verdict.people)
    await entry.add_task(request.case_id, f"{planned.key}/task", task, now, talk_sheet)


async def handed_over(
    entry: Entry, request: CarryOut, planned: PlannedContact, at: datetime, is_unreachable: bool | None = None
) -> Made:
    """Made, with the task and its end where the contact is in a person's hands."""
    made = Made(at=at, is_unreachable=is_unreachable)
    found = await entry.run("task_of_contact", {"key": f"{request.case_id}/{planned.key}/task"})
    if not found:
        return made
    return made.model_copy(update={"closes_at": found[0]["due_at"], "task": found[0]["task_id"]})
