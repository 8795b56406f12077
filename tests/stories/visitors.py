"""The people who call and visit in a story: what came of each call and visit is told an hour after it was handed over."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from case_on_server import CaseOnServer
from timeline import day_of, local

from statemachine.appointment import Appointment

Report = Callable[[Appointment], Mapping[str, Any] | None]
"""What came of a call or visit; None: nobody tells."""

_AN_HOUR = timedelta(hours=1)


def nobody_there(visit: Appointment) -> Mapping[str, Any]:
    """The borrower does not answer, and is not at home."""
    return {"result": "no_answer" if visit.channel == "phone" else "not_met"}


async def work(case: CaseOnServer, until_day: int, report: Report = nobody_there) -> None:
    """Moves the case from step to step until noon of that day; what is handed over is reported an hour later."""
    case.has_field_team = False  # these are the ones
    end = await day_of(case, until_day)
    told: set[str] = set()
    while await case.alive():
        view, now = await case.view(), await case.clock()
        visit = view.case.appointment
        outcome = report(visit) if visit and visit.made_at and visit.key not in told else None
        if visit and outcome is not None:
            await case.advance(seconds=_AN_HOUR.total_seconds())
            told.add(visit.key)
            answer = await case.tell("visit_outcome", channel=visit.channel, by="field team", **outcome)
            assert answer.accepted, answer.reasons
        elif view.next_at is None or local(view.next_at, case).date() > end:
            break
        else:
            await case.advance(seconds=max(1.0, (view.next_at - now).total_seconds()) + 3)
    days_left = (end - local(await case.clock(), case).date()).days
    if days_left > 0 and await case.alive():
        await case.advance(days=days_left)
