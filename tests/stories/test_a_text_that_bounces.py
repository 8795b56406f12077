"""A text comes back: its rung goes out by e-mail, once, and the number is used no more until it is corrected."""

from datetime import UTC, datetime

from case_on_server import Office
from receipts import hand_in
from timeline import timeline, to_day


class TestBouncedText:
    async def test_is_taken_over_by_e_mail_and_its_rung_is_taken_once(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 6)
        office.outside.fail_next("sms", "bounce_later")
        await to_day(case, 7)
        assert (await hand_in(office, case))["told"] == 2
        await to_day(case, 8)
        again = await hand_in(office, case)
        assert (again["told"], again["known"]) == (1, 2)
        await to_day(case, 15)
        assert [line for line in await timeline(case) if line[1] != "absorbed"] == [
            (0, "notice by email"),
            (7, "reminder_1 by sms"),
            (7, "notice by email: delivered"),
            (7, "reminder_1 by sms: hard_bounce"),
            (7, "reminder_1 by email"),
            (8, "reminder_1 by email: delivered"),
            (14, "reminder_2 by email"),
        ]
        assert [message.channel for message in case.received()] == ["email"] * 3
        view = await case.view()
        assert view.case.taken == ("notice", "reminder_1", "reminder_2")

    async def test_is_no_burst_where_every_word_comes_late(self, office: Office) -> None:
        """Three messages by the same dead mailbox: each goes out again, in the ladder's rhythm, before the next rung."""
        case = await office.opened(policy="platform-c")
        for _ in range(2):
            office.outside.fail_next("email", "bounce_later")
        await to_day(case, 20)
        await hand_in(office, case)
        await to_day(case, 60)
        told = [(day, text) for day, text in await timeline(case) if " by " in text and ":" not in text]
        assert told == [
            (0, "notice by email"),
            (7, "reminder_1 by sms"),
            (17, "reminder_2 by email"),
            (21, "notice by sms"),
            (31, "reminder_2 by sms"),
            (42, "plan_offer by sms"),
        ]

    async def test_leaves_the_number_alone_until_the_loan_system_corrects_it(self, office: Office) -> None:
        case = await office.opened(policy="platform-a", email=None)
        office.outside.fail_next("sms", "bounce_later")
        await to_day(case, 1)
        await hand_in(office, case)
        await to_day(case, 20)
        assert (await case.view()).case.stalled == "no_channel"
        assert case.received() == []
        phones = (f"+86{int(case.loan.phones[0][3:]) % 10**10:010d}9",)
        case.loan = case.loan.model_copy(update={"phones": phones})
        await office.book().open(case.loan, datetime.now(UTC))
        await to_day(case, 30)
        assert [message.to for message in case.received()][:1] == list(phones)
        assert (await case.view()).case.stalled is None
