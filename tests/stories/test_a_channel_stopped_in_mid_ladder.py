"""A borrower stops a channel in mid-ladder: what is left goes by the other one, and no rung is lost or doubled."""

from case_on_server import Office
from receipts import hand_in
from timeline import timeline, to_day


class TestStoppedChannel:
    async def test_leaves_the_next_rungs_to_the_other(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        await case.tell("contact_preference", stop=["sms"])
        await to_day(case, 14)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "preference"),
            (7, "reminder_1 by email"),
            (14, "reminder_2 by email"),
        ]

    async def test_by_a_word_to_the_provider_counts_like_one_to_us(self, office: Office) -> None:
        """Who opted out never got the notice: it comes by text, and so does everything after it."""
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        await hand_in(office, case, status="opted_out")
        await to_day(case, 15)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "notice by email: opted_out"),
            (1, "preference"),
            (1, "notice by sms"),
            (7, "reminder_1 by sms"),
            (14, "reminder_2 by sms"),
        ]
        assert (await case.view()).case.wishes.stopped == ("email",)
