"""Money that came before a promise was made does not keep it."""

from datetime import time, timedelta

from case_on_server import Office
from timeline import day_of, timeline, to_day


class TestPromise:
    async def test_is_not_kept_by_money_that_came_or_was_booked_before_it(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        await case.tell("payment", reference="before", amount_minor=20_000, currency="CNY")
        await to_day(case, 2)
        await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, 3)))
        booked = await case.clock() - timedelta(days=1)
        await case.tell(
            "payment",
            reference="told late",
            amount_minor=20_000,
            currency="CNY",
            received_at=booked.isoformat(),
        )
        await to_day(case, 6, time(0, 1))
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "paid 200.00"),
            (2, "promise of 200.00 for day 3"),
            (2, "paid 200.00"),
            (6, "broken: promise of 200.00 for day 3"),
        ]
