"""A day is held once, whatever pauses lie over it, and a promise's last day is later by just the days that were held."""

from case_on_server import CaseOnServer, Office
from timeline import Timeline, day_of, timeline, to_day


async def held(office: Office, *pauses: tuple[str, int, int]) -> Timeline:
    """A promise for day 10, with grace to the end of day 12; each pause is told on its first day, to last to its last."""
    case = await office.opened(policy="platform-a")
    await to_day(case, 1)
    await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, 10)))
    for reason, first, last in pauses:
        await to_day(case, first)
        await case.tell("hold", reason=reason, until=str(await day_of(case, last)))
    await to_day(case, 25)
    return await told_of_the_pauses(case)


async def told_of_the_pauses(case: CaseOnServer) -> Timeline:
    """The timeline without the contacts around it and without the tasks of a pause."""
    return [
        (day, what) for day, what in await timeline(case) if what.split(":")[0] in ("hold", "over", "broken")
    ]


class TestPause:
    async def test_that_contains_another_holds_its_own_seven_days(self, office: Office) -> None:
        assert await held(office, ("disaster", 2, 8), ("hardship", 4, 5)) == [
            (2, "hold: disaster"),
            (4, "hold: hardship"),
            (6, "over: hardship"),
            (9, "over: disaster"),
            (20, "broken: promise of 200.00 for day 10"),
        ]

    async def test_that_equals_another_holds_its_four_days_once(self, office: Office) -> None:
        assert await held(office, ("disaster", 2, 5), ("hardship", 2, 5)) == [
            (2, "hold: disaster"),
            (2, "hold: hardship"),
            (6, "over: disaster"),
            (6, "over: hardship"),
            (17, "broken: promise of 200.00 for day 10"),
        ]

    async def test_that_touches_another_holds_three_days_after_its_three(self, office: Office) -> None:
        assert await held(office, ("disaster", 2, 4), ("hardship", 5, 7)) == [
            (2, "hold: disaster"),
            (5, "over: disaster"),
            (5, "hold: hardship"),
            (8, "over: hardship"),
            (19, "broken: promise of 200.00 for day 10"),
        ]

    async def test_that_overlaps_another_holds_the_six_days_of_both(self, office: Office) -> None:
        assert await held(office, ("disaster", 2, 5), ("hardship", 4, 7)) == [
            (2, "hold: disaster"),
            (4, "hold: hardship"),
            (6, "over: disaster"),
            (8, "over: hardship"),
            (19, "broken: promise of 200.00 for day 10"),
        ]

    async def test_told_again_for_the_same_reason_goes_on_to_the_later_day(self, office: Office) -> None:
        assert await held(office, ("disaster", 2, 5), ("disaster", 4, 7)) == [
            (2, "hold: disaster"),
            (4, "hold: disaster"),
            (8, "over: disaster"),
            (19, "broken: promise of 200.00 for day 10"),
        ]
