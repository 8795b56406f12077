"""What a call's outcome counts for, by the law it is asked under: the report goes in, the door answers."""

import pytest
from at_the_door import AT_NOON
from desk import DAY, EMAIL, MINUTE, PHONE, SMS, Desk, Gateways, Open, Under, desks

from contracts.carry_out import Refused
from ledger.store import Ledger

TWO = ("+8613800000001", "+8613800000002")


async def called(desk: Desk, result: str, minute: int = 0) -> None:
    """A call that was handed over and made, with its outcome."""
    at = AT_NOON + 3 * minute * MINUTE
    assert await desk.made(PHONE, at)
    await desk.reports(result, at + MINUTE / 2, task=await desk.task_of(at))


class TestUnderTheLawOfChina:
    @pytest.mark.parametrize(
        "outcome", ["wrong_number", "right_party", "conversation", "third_person", "met"]
    )
    async def test_three_connected_calls_use_up_the_day(
        self, opened: Open, gateways: Gateways, under: Under, outcome: str
    ) -> None:
        """CN/connected-calls: whoever took the call, it was connected."""
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"), phones=(*TWO, *(f"+861390000000{n}" for n in range(4))))  # fmt: skip
        for n in range(3):
            await called(desk, outcome, n)
        assert (await desk.refused(PHONE, AT_NOON + 40 * MINUTE))[0] == "CN/connected-calls"

    async def test_unanswered_calls_use_up_six_a_day_for_each_number(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        """CN/dial-attempts."""
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"), phones=TWO)
        for n in range(12):
            await called(desk, "no_answer", n)
        assert (await desk.refused(PHONE, AT_NOON + 50 * MINUTE))[0] == "CN/dial-attempts"


class TestUnderTheLawOfTheUnitedStates:
    @pytest.mark.parametrize("outcome", ["no_answer", "wrong_number", "right_party", "third_person"])
    async def test_seven_calls_of_any_outcome_use_up_seven_days(
        self, opened: Open, gateways: Gateways, under: Under, outcome: str
    ) -> None:
        """US/calls."""
        phones = tuple(f"+861390000000{n}" for n in range(9))
        [desk] = await desks(opened, gateways, 1, snapshot=under("US"), phones=phones)
        for n in range(7):
            await called(desk, outcome, n)
        assert (await desk.refused(PHONE, AT_NOON + 40 * MINUTE))[0] == "US/calls"

    @pytest.mark.parametrize(("outcome", "pauses"), [("conversation", True), ("right_party", False), ("no_answer", False)])  # fmt: skip
    async def test_only_a_conversation_pauses_calls(
        self, opened: Open, gateways: Gateways, under: Under, outcome: str, pauses: bool
    ) -> None:
        """US/conversation."""
        [desk] = await desks(opened, gateways, 1, snapshot=under("US"))
        await called(desk, outcome)
        answer = await desk.knocks(PHONE, AT_NOON + DAY)
        assert isinstance(answer, Refused) is pauses
        assert not isinstance(answer, Refused) or answer.rule == "US/conversation"


class TestOtherLaws:
    @pytest.mark.parametrize("place", ["AU", "RU", "KR", "IN"])
    async def test_count_a_conversation_at_least_as_much_as_no_answer(
        self, opened: Open, gateways: Gateways, under: Under, place: str
    ) -> None:
        async def allowed(outcome: str) -> int:
            [desk] = await desks(opened, gateways, 1, snapshot=under(place))
            for n in range(4):
                at = AT_NOON + 3 * n * MINUTE
                if not await desk.made(PHONE, at):
                    return n
                await desk.reports(outcome, at + MINUTE / 2, task=await desk.task_of(at))
            return 4

        assert await allowed("conversation") <= await allowed("no_answer")


class TestWrongNumber:
    async def test_is_called_and_texted_no_more_on_any_loan_and_the_next_one_is(
        self, ledger: Ledger, opened: Open, gateways: Gateways
    ) -> None:
        first, second = await desks(opened, gateways, 2, phones=TWO)
        await called(first, "wrong_number")
        assert await second.made(PHONE, AT_NOON + 2 * MINUTE)
        assert await second.made(SMS, AT_NOON + 3 * MINUTE)
        rows = await ledger.read("borrower_contacts", lender="harbour", borrower_id=first.case.loan.borrower_id,
                                 since=AT_NOON - DAY, key="")  # fmt: skip
        assert [row["number"] for row in sorted(rows, key=lambda row: row["at"])] == [TWO[0], TWO[1], TWO[1]]

    async def test_that_was_the_last_leaves_no_phone_and_opens_the_search(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        """CN/third-person: the number is invalid."""
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"), email=None)
        await called(desk, "wrong_number")
        answer = await desk.knocks(PHONE, AT_NOON + DAY)
        assert isinstance(answer, Refused)
        assert not {PHONE, SMS, EMAIL} & set(answer.reachable)
        answer = await desk.knocks(None, AT_NOON + DAY)
        assert isinstance(answer, Refused)
        assert "a third person may be asked once" in answer.reason

    async def test_whose_call_nobody_asked_for_is_held_against_none(
        self, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1)
        await desk.reports("wrong_number", AT_NOON)
        assert await desk.made(PHONE, AT_NOON + DAY)


class TestThirdPersonWhoAnswered:
    async def test_counts_as_the_one_that_may_be_asked(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        """US/third-person: one, ever."""
        [desk] = await desks(opened, gateways, 1, snapshot=under("US"), email=None)
        await called(desk, "third_person")
        rows = await ledger.read("borrower_contacts", lender="harbour", borrower_id=desk.case.loan.borrower_id,
                                 since=AT_NOON - DAY, key="")  # fmt: skip
        assert sorted(row["recipient"] for row in rows) == ["borrower", "third_person"]
        answer = await desk.knocks(None, AT_NOON + DAY)
        assert isinstance(answer, Refused)
        assert "no third person may be asked" in answer.reason
        assert "US/third-person" in answer.reason
