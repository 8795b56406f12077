"""One payment honours one promise, however large it is."""

from datetime import time

from case_on_server import Office
from timeline import day_of, timeline, to_day


class TestPayment:
    async def test_keeps_the_promise_due_first_and_leaves_the_other_to_be_kept_or_broken(
        self, office: Office
    ) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        for amount_minor, day in ((20_000, 9), (10_000, 3)):
            await case.tell("promise", amount_minor=amount_minor, due_on=str(await day_of(case, day)))
        await to_day(case, 2)
        await case.tell("payment", reference="P-1", amount_minor=30_000, currency="CNY")
        await to_day(case, 12, time(0, 1))
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 9"),
            (1, "promise of 100.00 for day 3"),
            (2, "paid 300.00"),
            (2, "kept: promise of 100.00 for day 3"),
            (12, "broken: promise of 200.00 for day 9"),
        ]
