"""A borrower who says nothing for three years is revisited at the house's rhythm, through an outage of two weeks."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from case_on_server import CaseOnServer, Office
from outage import unreachable_until
from temporalio.api.enums.v1 import EventType

from contracts.case_run import ROLL_SIGNAL
from ledger.entry import Row
from ledger.store import Ledger
from statemachine.stage import Stage
from workflows.follow_case import ROLL_AFTER_EVENTS

THREE_YEARS_DAYS = 1095
CLOCK_HOURS = 15
"""Inside the hours for visits: the ledger is back when somebody may be visited at once."""


async def a_year(case: CaseOnServer) -> None:
    """The operator has the case continue as new at its end."""
    await case.advance(days=365)
    await case.handle.signal(ROLL_SIGNAL)
    await case.alive()


async def without_a_ledger_for_two_weeks(case: CaseOnServer, patch: pytest.MonkeyPatch) -> Row:
    """The ledger goes short before a call or visit is due, and comes back two weeks later in the afternoon."""
    due_at = (await case.advance_until(lambda view: (view.waiting_for or "").startswith("revisit_"))).next_at
    assert due_at is not None
    await case.advance(seconds=(due_at - await case.clock()).total_seconds() - 60)
    now = (await case.clock()).astimezone(ZoneInfo("Asia/Shanghai"))
    back_at = (now + timedelta(days=14)).replace(hour=CLOCK_HOURS, minute=0)
    with patch.context() as gone:
        gone.setattr(Ledger, "entry", unreachable_until(back_at))
        told = asyncio.create_task(case.tell("contact_preference", language="zh-CN"))
        await case.first_try_has_failed()
        await case.skip(back_at - await case.clock() + timedelta(minutes=20))
        assert (await told).accepted
    return (await case.contacts())[-1]


class TestSilentBorrower:
    async def test_is_revisited_for_three_years_at_the_rhythm_of_the_house_and_never_in_a_burst(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case = await office.opened(policy="platform-c")
        await a_year(case)
        late = await without_a_ledger_for_two_weeks(case, monkeypatch)
        for _ in range(2):
            await a_year(case)

        assert (await case.view()).case.stage in (Stage.REVISIT, Stage.ESCALATION)
        contacts = await case.contacts("made")
        days = [row["reserved_at"].astimezone(ZoneInfo("Asia/Shanghai")).date() for row in contacts]
        assert all((later - earlier).days > 6 for earlier, later in pairwise(days))

        visits = [row for row in contacts if row["step"].startswith("revisit")]
        gaps = [
            (later["wanted_at"] - earlier["reserved_at"]).total_seconds() / 86_400
            for earlier, later in pairwise(visits)
        ]
        assert [round(gap) for gap in gaps] == ([30, 45, 60] + [90] * 20)[: len(gaps)]
        assert len(gaps) >= 10
        [line] = [line for line in await case.lines("made") if line["facts"]["step"] == late["step"]]
        assert "made late" in line["reason"]
        assert 14 * 24 <= line["facts"]["late_hours"] <= 15 * 24

        runs = await case.runs()
        ends = [run[-1].event_type for run in runs[:-1]]
        assert set(ends) == {EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW}
        assert all(len(run) < ROLL_AFTER_EVENTS * 2 for run in runs)
        assert await case.ledger.broken_chain(case.handle.id) is None
