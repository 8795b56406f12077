"""A pause that is over on its first day held no day: contact goes on as planned, and no last day moves."""

from datetime import time

from case_on_server import Office
from timeline import day_of, timeline, to_day


class TestPauseResumedOnItsFirstDay:
    async def test_leaves_the_days_contact_where_it_was(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await case.tell("hold", reason="disaster")
        await to_day(case, 0, time(8, 30))
        await case.tell("release", reason="disaster")
        await to_day(case, 0)
        assert await timeline(case) == [
            (0, "hold: disaster"),
            (0, "a person: hold_review"),
            (0, "over: disaster"),
            (0, "notice by email"),
        ]

    async def test_gives_a_promise_no_day_more(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, 1)))
        await to_day(case, 1)
        await case.tell("hold", reason="disaster")
        await to_day(case, 1, time(20))
        await case.tell("release", reason="disaster")
        await to_day(case, 4)
        assert await timeline(case) == [
            (0, "promise of 200.00 for day 1"),
            (1, "hold: disaster"),
            (1, "a person: hold_review"),
            (1, "over: disaster"),
            (4, "broken: promise of 200.00 for day 1"),
            (4, "notice by email"),
        ]
