"""A visit that is not done in time comes again in a permitted window, is counted, and is given up in the end."""

from case_on_server import Office
from timeline import local, to_day
from visited import after_the_visit, long_overdue, visited, visits


class TestVisit:
    async def test_stands_in_peoples_calendars_a_week_before_it_happens(self, office: Office) -> None:
        case = await long_overdue(office)
        await to_day(case, 31)
        [task] = await visits(case)
        starts_at, due_at = local(task["starts_at"], case), local(task["due_at"], case)
        assert (f"{starts_at:%a}", starts_at.hour, due_at.hour, task["people"]) == ("Wed", 10, 17, 2)
        assert task["talk_sheet"] is None

        await to_day(case, 37)
        [same] = await visits(case)
        assert same["task_id"] == task["task_id"]
        assert same["talk_sheet"]

    async def test_that_is_not_done_in_time_comes_again_twice_and_is_then_given_up(
        self, office: Office
    ) -> None:
        case = await visited(office)
        await to_day(case, 45)
        assert await after_the_visit(case) == [
            (37, "not done: revisit_3 by visit"),
            (37, "set up: revisit_3 by visit"),
            (38, "revisit_3 by visit"),
            (38, "not done: revisit_3 by visit"),
            (38, "set up: revisit_3 by visit"),
            (39, "revisit_3 by visit"),
            (39, "not done: revisit_3 by visit"),
            (39, "given up: revisit_3 by visit"),
            (39, "a person: visit_overdue"),
        ]
        times = [line["facts"]["times"] for line in await case.lines("visit_not_done")]
        assert times == [1, 2, 3]
        assert all(task["withdrawn_at"] for task in await visits(case))
        assert [row["status"] for row in await case.contacts() if row["channel"] == "visit"] == [
            "released"
        ] * 3

        case.has_field_team = True
        await to_day(case, 71)
        assert (await after_the_visit(case))[9:] == [(70, "revisit_4 by phone"), (70, "phone: not_met")]

    async def test_that_was_reported_late_counts_as_one_nobody_asked_for(self, office: Office) -> None:
        case = await visited(office)
        task = (await visits(case))[0]["task_id"]
        await to_day(case, 38, at=local(await case.clock(), case).time().replace(hour=8))
        answer = await case.tell("visit_outcome", result="met", by="Ms Lin")
        assert answer.accepted
        view = await case.view()
        assert view.case.appointment is not None
        assert (view.case.revisits_made, view.case.not_done) == (0, 1)
        assert [row["task_id"] for row in await visits(case) if row["withdrawn_at"]] == [task]
