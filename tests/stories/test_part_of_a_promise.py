"""Ninety-five percent of what was promised keep a promise, in as many parts as it takes; less does not."""

import pytest
from case_on_server import Office
from timeline import Timeline, day_of, timeline, to_day


class TestPartPayment:
    @pytest.mark.parametrize(
        ("second_minor", "then"),
        [
            (9_000, [(4, "kept: promise of 200.00 for day 5"), (7, "reminder_1 by sms")]),
            (8_999, [(8, "broken: promise of 200.00 for day 5"), (8, "reminder_1 by sms")]),
        ],
        ids=["to the threshold", "a minor unit short"],
    )
    async def test_keeps_a_promise_from_the_threshold_on(
        self, office: Office, second_minor: int, then: Timeline
    ) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, 5)))
        for day, amount_minor in ((3, 10_000), (4, second_minor)):
            await to_day(case, day)
            await case.tell("payment", reference=f"P-{day}", amount_minor=amount_minor, currency="CNY")
        await to_day(case, 8)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "promise of 200.00 for day 5"),
            (3, "paid 100.00"),
            (4, f"paid {second_minor / 100:.2f}"),
            *then,
        ]
