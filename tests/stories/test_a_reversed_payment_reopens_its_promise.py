"""A kept promise whose money did not stand is open again while there is time, and broken when there is none."""

from datetime import time

from case_on_server import CaseOnServer, Office
from timeline import day_of, timeline, to_day


async def kept(office: Office) -> CaseOnServer:
    """200.00 promised for day 5, with grace to the end of day 7; paid on day 2."""
    case = await office.opened(policy="platform-a")
    await to_day(case, 1)
    await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, 5)))
    await to_day(case, 2)
    await case.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")
    return case


class TestReversal:
    async def test_in_time_opens_the_promise_again_and_new_money_keeps_it(self, office: Office) -> None:
        case = await kept(office)
        await to_day(case, 4)
        await case.tell("payment_reversed", payment="P-1")
        await to_day(case, 7)
        await case.tell("payment", reference="P-2", amount_minor=20_000, currency="CNY")
        await to_day(case, 8)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 5"),
            (2, "paid 200.00"),
            (2, "kept: promise of 200.00 for day 5"),
            (4, "reversed, owing 1200.00 again"),
            (4, "open again: promise of 200.00 for day 5"),
            (7, "paid 200.00"),
            (7, "kept: promise of 200.00 for day 5"),
            (7, "reminder_1 by sms"),
        ]

    async def test_too_late_breaks_it(self, office: Office) -> None:
        case = await kept(office)
        await to_day(case, 8, time(0, 1))
        await case.tell("payment_reversed", payment="P-1")
        await to_day(case, 9)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 5"),
            (2, "paid 200.00"),
            (2, "kept: promise of 200.00 for day 5"),
            (7, "reminder_1 by sms"),
            (8, "reversed, owing 1200.00 again"),
            (8, "broken: promise of 200.00 for day 5"),
        ]
