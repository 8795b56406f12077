"""Paying in part is welcome and skips nothing: every rung is still taken once, in its order and rhythm."""

from case_on_server import Office
from timeline import timeline, to_day


class TestPartPayment:
    async def test_skips_no_rung_and_hurries_none(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        for day in (0, 3, 7, 14, 21, 24):
            await to_day(case, day)
            await case.tell("payment", reference=f"P-{day}", amount_minor=10_000, currency="CNY")
        await to_day(case, 25)
        assert await timeline(case) == [
            (0, "notice by email"),
            (0, "paid 100.00"),
            (3, "paid 100.00"),
            (7, "reminder_1 by sms"),
            (7, "paid 100.00"),
            (14, "reminder_2 by email"),
            (14, "paid 100.00"),
            (21, "counselling by phone"),
            (21, "phone: not_met"),
            (21, "paid 100.00"),
            (24, "plan_offer by email"),
            (24, "stage: revisit"),
            (24, "paid 100.00"),
        ]
