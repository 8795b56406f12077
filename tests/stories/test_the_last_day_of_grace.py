"""The last day of grace counts to its end, and no longer."""

from datetime import time

from case_on_server import CaseOnServer, Office
from timeline import day_of, timeline, to_day


async def promising(office: Office) -> CaseOnServer:
    """200.00 are promised for day 2; two days of grace end with day 4, a Friday."""
    case = await office.opened(policy="platform-a")
    await to_day(case, 1)
    await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, 2)))
    return case


async def pays(case: CaseOnServer) -> None:
    await case.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")


class TestPromise:
    async def test_is_kept_in_the_last_minute_of_grace(self, office: Office) -> None:
        case = await promising(office)
        await to_day(case, 4, time(23, 59))
        await pays(case)
        await to_day(case, 8)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 2"),
            (4, "paid 200.00"),
            (4, "kept: promise of 200.00 for day 2"),
            (7, "reminder_1 by sms"),
        ]

    async def test_is_broken_a_minute_later(self, office: Office) -> None:
        case = await promising(office)
        await to_day(case, 5, time(0, 1))
        await pays(case)
        await to_day(case, 8)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 2"),
            (5, "broken: promise of 200.00 for day 2"),
            (5, "paid 200.00"),
            (7, "reminder_1 by sms"),
        ]
