"""An appointment is what the borrower and the visitors agreed on: permitted, by enough people, and it can be moved."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from case_on_server import CaseOnServer, Office
from temporalio.client import WorkflowUpdateFailedError
from timeline import day_of, timeline, to_day
from unchanged import everything
from visited import is_in_hands, long_overdue, visits

TWO = ["Ms Lin", "Mr Wu"]


async def at(case: CaseOnServer, day: int, hour: int) -> str:
    """An instant of the borrower's day."""
    local = datetime.combine(await day_of(case, day), time(hour), ZoneInfo(case.loan.zones[0]))
    return local.isoformat()


async def refuses(case: CaseOnServer, field: str, *says: str, **booking: object) -> None:
    """The booking is refused by its field, as update and as signal, and nothing is changed."""
    before, tasks, written = (await case.view()).case, await visits(case), await everything(case)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await case.tell("visit_booked", **booking)
    text = str(refused.value.cause).removeprefix("BadMessage: ")
    assert text.startswith(f"{field}: ")
    assert [word for word in says if word not in text] == []
    assert await everything(case) == written
    await case.handle.signal("visit_booked", booking)
    await case.alive()
    assert (await case.lines("absorbed"))[-1]["reason"].startswith(f"{field}: ")
    assert (await case.view()).case == before
    assert await visits(case) == tasks


class TestAppointment:
    async def test_is_booked_moved_and_kept(self, office: Office) -> None:
        case = await long_overdue(office)
        await to_day(case, 31)
        await case.tell("visit_booked", at=await at(case, 36, 15), people=TWO, by="the office")
        set_up, booked = await visits(case)
        assert set_up["withdrawn_at"] is not None
        assert (booked["visitors"], booked["people"], booked["withdrawn_at"]) == (TWO, 2, None)

        await case.tell("visit_booked", at=await at(case, 38, 11), people=TWO, by="the borrower")
        case.has_field_team = True
        await to_day(case, 39)
        assert (await timeline(case))[4:] == [
            (30, "set up: revisit_3 by visit"),
            (31, "booked: revisit_3 for day 36"),
            (31, "booked: revisit_3 for day 38"),
            (38, "revisit_3 by visit"),
            (38, "visit: not_met"),
        ]
        *withdrawn, kept = await visits(case)
        assert all(task["withdrawn_at"] for task in withdrawn)
        assert (kept["starts_at"].isoformat(), kept["done_at"] is not None) == (
            datetime.fromisoformat(await at(case, 38, 11)).astimezone(kept["starts_at"].tzinfo).isoformat(), True,
        )  # fmt: skip

    async def test_is_moved_also_while_somebody_is_on_their_way(self, office: Office) -> None:
        case = await long_overdue(office)
        await case.advance_until(is_in_hands)
        await case.tell("visit_booked", at=await at(case, 38, 11), people=TWO)
        [released] = await case.contacts("released")
        assert released["step"] == "revisit_3"
        case.has_field_team = True
        await to_day(case, 39)
        assert (await timeline(case))[-2:] == [(38, "revisit_3 by visit"), (38, "visit: not_met")]

    async def test_is_refused_outside_the_permitted_hours(self, office: Office) -> None:
        case = await long_overdue(office)
        await to_day(case, 31)
        says = ("platform-c/people", "house policy", "the next permitted instant is Thu")
        await refuses(case, "at", *says, at=await at(case, 37, 18), people=TWO)

    async def test_is_refused_by_one_person_where_two_are_needed(self, office: Office) -> None:
        case = await long_overdue(office)
        await to_day(case, 31)
        says = ("1 given", "visit_people", "a visit takes 2")
        await refuses(case, "people", *says, at=await at(case, 37, 11), people=["Ms Lin"])

    async def test_is_refused_for_a_day_that_has_passed(self, office: Office) -> None:
        case = await long_overdue(office)
        await to_day(case, 31)
        await refuses(case, "at", "must lie ahead", at=await at(case, 30, 11), people=TWO)

    async def test_is_withdrawn_by_a_hold(self, office: Office) -> None:
        case = await long_overdue(office)
        await to_day(case, 31)
        await case.tell("visit_booked", at=await at(case, 36, 15), people=TWO)
        await case.tell("hold", reason="illness", until=str(await day_of(case, 50)))
        assert all(task["withdrawn_at"] for task in await visits(case))
        assert (31, "withdrawn: revisit_3 by visit") in await timeline(case)


class TestReport:
    async def test_on_a_task_that_is_none_is_refused_and_changes_nothing(self, office: Office) -> None:
        case = await long_overdue(office)
        await case.advance_until(is_in_hands)
        before = await everything(case)
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await case.tell("visit_outcome", result="met", task=10**6)
        text = str(refused.value.cause).removeprefix("BadMessage: ")
        assert text.startswith("task: 1000000 is no open call or visit")
        assert await everything(case) == before
        [task] = await visits(case)
        assert task["done_at"] is None


class TestReportOfAWithdrawnVisit:
    async def test_is_taken_in_once_and_the_visit_does_not_come_again_at_once(self, office: Office) -> None:
        case = await long_overdue(office)
        view = await case.advance_until(is_in_hands)
        assert view.case.appointment is not None
        task = view.case.appointment.task
        await case.tell("hold", reason="operator", by="Ms Chen")
        assert (await case.view()).case.appointment is None
        await case.advance(minutes=30)

        answer = await case.tell("visit_outcome", result="met", task=task, by="Ms Lin")

        assert answer.accepted
        after = (await case.view()).case
        assert (after.revisits_made, after.withdrawn) == (view.case.revisits_made + 1, None)
        [visit] = await visits(case)
        assert (visit["task_id"], visit["done_at"] is not None) == (task, True)
        reported = await case.ledger.read(
            "borrower_contacts", lender=case.loan.lender, borrower_id=case.loan.borrower_id,
            since=await case.clock() - timedelta(days=2), key="",
        )  # fmt: skip
        assert [row["result"] for row in reported] == ["visited"]
        await case.tell("release", reason="operator", by="Ms Chen")
        await case.advance(days=10)
        assert len(await visits(case)) == 1
