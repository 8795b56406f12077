"""A plan that is kept ends the dunning: only reminders go out, each before its due day, and the case is cured."""

from case_on_server import Office
from household import budget
from timeline import day_of, timeline, to_day


class TestPlan:
    async def test_kept_to_its_end_cures_the_case(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        await case.tell("budget", statement=budget(600_000, await day_of(case, 4)))
        await to_day(case, 2)
        await case.tell("plan_accepted", instalments=3)
        for day in (18, 32, 46):
            await to_day(case, day)
            await case.tell("payment", reference=f"P-{day}", amount_minor=40_000, currency="CNY")
        assert await case.handle.result() == "cured"
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "offered 13 parts"),
            (2, "plan of 3 parts"),
            (16, "plan1_due_1 by sms"),
            (18, "paid 400.00"),
            (30, "plan1_due_2 by sms"),
            (32, "paid 400.00"),
            (44, "plan1_due_3 by sms"),
            (46, "paid 400.00"),
            (46, "closed"),
        ]
