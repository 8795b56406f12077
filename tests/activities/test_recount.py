"""What the limits count at the door, and how a late word counts anew: real packs, the real ledger."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from at_the_door import NOON, WEDNESDAY, rules, utc
from desk import DAY, EMAIL, MINUTE, PHONE, SMS, Gateways, Open, Under, desks


class TestLimit:
    async def test_sums_all_loans_of_the_person_and_all_who_collect(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        first, second = await desks(opened, gateways, 2, snapshot=under("CN"))
        assert await first.made(PHONE, utc(NOON))
        await first.agency_reports(utc(NOON) + MINUTE)
        assert await second.made(PHONE, utc(NOON) + 2 * MINUTE)
        assert await first.refused(PHONE, utc(NOON) + 3 * MINUTE) == (
            "CN/connected-calls", utc(time(8), WEDNESDAY + DAY),
        )  # fmt: skip

    async def test_of_a_house_sums_all_channels_and_what_agencies_report(
        self, opened: Open, gateways: Gateways
    ) -> None:
        first, second = await desks(opened, gateways, 2, snapshot=rules(three_a_day=(3, 1)))
        assert await first.made(SMS, utc(NOON))
        assert await second.made(PHONE, utc(NOON) + MINUTE)
        await first.agency_reports(utc(NOON), channel="visit", result="not_met")
        assert (await second.refused(EMAIL, utc(NOON) + 2 * MINUTE))[0] == "three_a_day"

    async def test_counts_an_agency_for_itself_where_the_rule_says_so(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        for n in range(6):  # six dials are an agency's own limit, not this lender's
            await desk.agency_reports(utc(NOON) + n * MINUTE, result="no_answer")
        assert await desk.made(PHONE, utc(NOON) + 9 * MINUTE)

    async def test_of_a_day_begins_anew_at_midnight_where_the_borrower_lives(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        zone = "Asia/Kathmandu"  # a quarter of an hour off every other clock
        noon, midnight = (datetime.combine(day, clock, ZoneInfo(zone)) for day, clock in (
            (WEDNESDAY, time(12)), (WEDNESDAY + DAY, time(0))))  # fmt: skip
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"), zones=(zone,))
        for n in range(3):
            assert await desk.made(PHONE, noon + n * MINUTE)
        before_midnight = timedelta(hours=10) - MINUTE  # 21:59
        assert (await desk.refused(PHONE, noon + before_midnight))[0] == "CN/connected-calls"
        opens_at = midnight + timedelta(hours=8)
        assert await desk.refused(PHONE, noon + before_midnight) == ("CN/connected-calls", opens_at)
        assert await desk.made(PHONE, opens_at)

    async def test_leaves_out_what_the_borrower_began_or_the_law_demanded(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=rules(one_a_day=(1, 1)))
        await desk.agency_reports(utc(NOON), purpose="reply")
        await desk.agency_reports(utc(NOON), purpose="required_by_law")
        assert await desk.made(PHONE, utc(NOON))
        [cn] = await desks(opened, gateways, 1, snapshot=under("CN"))
        for _ in range(3):
            await cn.agency_reports(utc(NOON), purpose="reply")
        assert await cn.made(PHONE, utc(NOON))


class TestLateWord:
    """A call is unknown until someone tells: till then it is everything it may have been."""

    async def test_that_nobody_answered_frees_the_limit_of_connected_calls(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        for n in range(3):
            assert await desk.made(PHONE, utc(NOON) + n * MINUTE)
        assert (await desk.refused(PHONE, utc(NOON) + 5 * MINUTE))[0] == "CN/connected-calls"
        await desk.reports("not_met", utc(NOON) + 6 * MINUTE, task=await desk.task_of(utc(NOON)))
        assert await desk.made(PHONE, utc(NOON) + 7 * MINUTE)

    async def test_that_it_was_connected_after_all_uses_the_limit_up_again(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        for n in range(3):
            assert await desk.made(PHONE, utc(NOON) + n * MINUTE)
        task = await desk.task_of(utc(NOON))
        await desk.reports("not_met", utc(NOON) + 6 * MINUTE, task=task)
        await desk.reports("wrong_person", utc(NOON) + 7 * MINUTE, task=task)
        assert (await desk.refused(PHONE, utc(NOON) + 8 * MINUTE))[0] == "CN/connected-calls"

    async def test_of_an_agency_counts_anew_as_well(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        for n in range(3):
            await desk.agency_reports(
                utc(NOON), reference=f"{desk.case.loan.loan_id}-{n}", result="no_answer"
            )
        assert await desk.made(PHONE, utc(NOON) + MINUTE)
        for n in range(2):
            await desk.agency_reports(
                utc(NOON), reference=f"{desk.case.loan.loan_id}-{n}", result="connected"
            )
        assert (await desk.refused(PHONE, utc(NOON) + 2 * MINUTE))[0] == "CN/connected-calls"

    async def test_of_a_conversation_pauses_calls_about_each_debt_discussed_for_seven_days(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        first, second, third = await desks(opened, gateways, 3, snapshot=under("US"))
        seventh_day = utc(time(8), WEDNESDAY + 7 * DAY)
        assert await first.made(PHONE, utc(NOON))
        assert await first.refused(PHONE, utc(NOON) + DAY) == (
            "US/conversation",
            seventh_day,
        )  # it may have been one
        assert await second.made(PHONE, utc(NOON) + MINUTE)  # about another debt
        await second.reports("not_met", utc(NOON) + 2 * MINUTE, task=await second.task_of(utc(NOON) + MINUTE))
        assert await second.made(PHONE, utc(NOON) + 3 * MINUTE)
        debts = [second.case.loan.loan_id, third.case.loan.loan_id]
        await first.reports("not_met", utc(NOON) + 2 * MINUTE, task=await first.task_of(utc(NOON)))
        assert await first.made(PHONE, utc(NOON) + DAY)
        await first.agency_reports(utc(NOON) + 4 * MINUTE, result="conversation", debts=debts)
        assert await third.refused(PHONE, utc(NOON) + DAY) == ("US/conversation", seventh_day)
        assert await third.made(PHONE, seventh_day)

    async def test_about_one_of_two_calls_frees_neither_unless_it_names_its_task(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        for n in range(3):
            assert await desk.made(PHONE, utc(NOON) + n * MINUTE)
        await desk.reports("not_met", utc(NOON) + 6 * MINUTE)
        assert (await desk.refused(PHONE, utc(NOON) + 7 * MINUTE))[0] == "CN/connected-calls"
        await desk.reports("not_met", utc(NOON) + 8 * MINUTE, task=await desk.task_of(utc(NOON)))
        assert await desk.made(PHONE, utc(NOON) + 9 * MINUTE)

    async def test_of_a_call_that_nobody_asked_for_counts_that_call(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("US"))
        await desk.reports("met", utc(NOON))
        assert (await desk.refused(PHONE, utc(NOON) + MINUTE))[0] == "US/conversation"

    async def test_written_twice_is_one_word(self, opened: Open, gateways: Gateways, under: Under) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        for n in range(2):
            assert await desk.made(PHONE, utc(NOON) + n * MINUTE)
        number, [first, second] = (
            desk.case.number,
            [await desk.task_of(utc(NOON) + n * MINUTE) for n in range(2)],
        )
        for _ in range(2):  # the activity's retry: the same request
            desk.case.number = number
            await desk.reports("met", utc(NOON) + 5 * MINUTE, task=second)
        await desk.reports("not_met", utc(NOON) + 6 * MINUTE, task=first)
        rows = await desk.case.ledger.read(
            "borrower_contacts",
            lender="harbour",
            borrower_id=desk.case.loan.borrower_id,
            since=utc(NOON) - DAY,
            key="",
        )
        assert sorted(row["result"] for row in rows) == ["conversation", "no_answer"]
