"""Two broken promises bring a person and a pause, and no more calls."""

from case_on_server import Office
from timeline import day_of, timeline, to_day


class TestTwoBrokenPromises:
    async def test_bring_a_person_and_two_weeks_of_silence(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        for day in (1, 8):
            await to_day(case, day)
            await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, day + 1)))
        await to_day(case, 30)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 2"),
            (5, "broken: promise of 200.00 for day 2"),
            (7, "reminder_1 by sms"),
            (8, "promise of 200.00 for day 9"),
            (12, "broken: promise of 200.00 for day 9"),
            (12, "hold: affordability_review"),
            (12, "a person: promise_review"),
            (26, "over: affordability_review"),
            (28, "reminder_2 by email"),
        ]
