"""A pause that is told late holds from its first day: what it covers was not broken."""

from case_on_server import Office
from timeline import day_of, timeline, to_day


class TestBackdatedPause:
    async def test_opens_a_promise_again_that_was_broken_under_it(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, 2)))
        await to_day(case, 6)
        since, until = await day_of(case, 2), await day_of(case, 9)
        await case.tell("hold", reason="illness", since=str(since), until=str(until), by="Ms Chen")
        await to_day(case, 12)
        await case.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")
        await to_day(case, 15)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 2"),
            (5, "broken: promise of 200.00 for day 2"),
            (6, "hold: restricted"),
            (6, "open again: promise of 200.00 for day 2"),
            (6, "a person: hold_review"),
            (10, "over: restricted"),
            (12, "paid 200.00"),
            (12, "kept: promise of 200.00 for day 2"),
            (14, "reminder_1 by sms"),
        ]

    async def test_that_was_over_when_it_was_told_stops_nothing_now(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 6)
        since, until = await day_of(case, 1), await day_of(case, 4)
        await case.tell("hold", reason="disaster", since=str(since), until=str(until))
        await to_day(case, 8)
        assert await timeline(case) == [
            (0, "notice by email"),
            (6, "told late: disaster"),
            (7, "reminder_1 by sms"),
        ]
