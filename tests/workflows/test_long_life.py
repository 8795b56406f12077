"""A silent borrower is revisited for years, inside the windows, with a history that stays short."""

import asyncio
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from case_on_server import CLOCK_EVENTS, CaseOnServer, Office
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from contracts.case_run import ROLL_SIGNAL
from statemachine.stage import Stage
from workflows.follow_case import ROLL_AFTER_EVENTS

PLACES: dict[str, dict[str, Any]] = {
    "China": {"country": "CN", "zones": ("Asia/Shanghai",)},
    "New York": {"country": "US", "subdivision": "NY", "zones": ("America/New_York",), "currency": "USD"},
    "somewhere in Indonesia": {"country": "ID", "zones": ("Asia/Jakarta", "Asia/Jayapura")},
}
MESSAGES, PEOPLE = (time(9, 30), time(19)), (time(10), time(17))
"""The windows of platform-c as its file says them, on working days."""


def is_working_day(country: str, subdivision: str | None, day: date) -> bool:
    """By the library itself, not by our calendar."""
    known = holidays.country_holidays(country, subdiv=subdivision, years=day.year)
    return day in known.weekend_workdays or (day.weekday() < 5 and day not in known)


async def outside_its_window(case: CaseOnServer) -> list[tuple[str, datetime]]:
    """Contacts made at an instant that is not permitted in every zone of the borrower."""
    found = []
    for contact in await case.contacts():
        opens, closes = PEOPLE if contact["channel"] in ("phone", "visit") else MESSAGES
        for zone in case.loan.zones:
            local = contact["settled_at"].astimezone(ZoneInfo(zone))
            works = is_working_day(case.loan.country, case.loan.subdivision, local.date())
            if not works or not opens <= local.time() < closes:
                found.append((contact["key"], local))
    return found


async def three_years(case: CaseOnServer) -> None:
    """Three silent years; the operator has the case continue as new in each of them."""
    for _ in range(3):
        await case.advance(days=365)
        await case.handle.signal(ROLL_SIGNAL)
        await case.alive()


class TestSilentBorrower:
    @pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
    async def test_is_revisited_for_three_years_inside_the_windows_only(
        self, office: Office, place: dict[str, Any]
    ) -> None:
        case = await office.opened(policy="platform-c", **place)
        await three_years(case)
        view = await case.view()
        assert (view.case.stage, view.case.stalled) == (Stage.REVISIT, None)
        assert len(await case.contacts("made")) == len(await case.contacts()) == view.case.contacts_made >= 14
        assert await outside_its_window(case) == []
        assert await case.ledger.broken_chain(case.handle.id) is None
        searched = {"find_contact", "third_person"} if place["country"] == "CN" else set()  # by its law, once
        assert set(await case.tasks()) == {"visit", "phone", "limitation"} | searched

    async def test_is_revisited_on_the_rhythm_of_the_policy(self, office: Office) -> None:
        case = await office.opened(policy="platform-c")
        await case.advance(days=1_000)
        visits = [row for row in await case.contacts() if row["step"].startswith("revisit")]
        gaps = [
            (later["wanted_at"] - earlier["settled_at"]) / timedelta(days=1)
            for earlier, later in pairwise(visits)
        ]
        assert [round(gap) for gap in gaps] == ([30, 45, 60] + [90] * 20)[: len(gaps)]
        assert len(gaps) >= 8
        assert [row["channel"] for row in visits[:4]] == ["visit", "phone", "visit", "phone"]

    async def test_leaves_short_runs_behind_each_carried_over_whole(self, office: Office) -> None:
        case = await office.opened(policy="platform-c")
        await three_years(case)
        runs = await case.runs()
        assert len(runs) == 4
        ends = [run[-1].event_type for run in runs[:-1]]
        assert ends == [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW] * 3
        assert all(length(run) < ROLL_AFTER_EVENTS for run in runs)
        numbers = [line["seq"] for line in await case.lines()]
        assert numbers == list(range(1, len(numbers) + 1))


class TestRun:
    async def test_continues_as_new_by_itself_once_it_has_grown_long(self, office: Office) -> None:
        case = await office.opened()
        for number in range(40):
            await case.tell("visit_outcome", result="not_met", reference=f"V{number}")
        runs = await case.runs()
        assert len(runs) == 2
        assert length(runs[0]) <= ROLL_AFTER_EVENTS + 12
        assert len(await case.lines("visit")) == 40
        await case.advance_until(lambda view: view.case.contacts_made == 1)
        assert (await case.contacts())[0]["step"] == "notice"

    async def test_loses_no_message_that_comes_while_it_continues_as_new(self, office: Office) -> None:
        case = await office.opened()
        payments: list[dict[str, Any]] = [
            {"reference": f"P{number}", "amount_minor": 10, "currency": "CNY"} for number in range(40)
        ]
        for first in range(0, 40, 8):
            await case.handle.signal(ROLL_SIGNAL)
            batch = payments[first : first + 8]
            await asyncio.gather(
                *(case.tell("payment", **payment) for payment in batch[:4]),
                *(case.handle.signal("payment", payment) for payment in batch[4:]),
            )
        await case.alive()
        assert (await case.view()).balance_minor == case.loan.balance_minor - 400
        assert len(await case.lines("payment")) == 40
        assert len(await case.runs()) > 2


def length(run: list[HistoryEvent]) -> int:
    """Events of a run, without those only a skipped clock writes."""
    return sum(event.event_type not in CLOCK_EVENTS for event in run)
