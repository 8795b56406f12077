"""What was told of one loan concerns the person: it is read at the door of every other loan, under the borrower's lock."""

from datetime import time, timedelta
from typing import Any

import pytest
from at_the_door import NINE, NOON, WEDNESDAY, activity_at, rules, utc
from desk import DAY, EMAIL, MINUTE, PHONE, SMS, Desk, Gateways, Open, Under, desks

from contracts.carry_out import Made, Refused
from lending.statement import Statement
from statemachine import messages
from statemachine.decide import decide
from statemachine.events import ContactRefused
from statemachine.fact import FactName
from statemachine.findings import Findings
from statemachine.ladder import STALL_RETRY_DAYS
from statemachine.stage import HoldReason

AT_TEN = utc(NINE) + timedelta(hours=1)
NOTHING_LEFT = Statement.model_validate({
    "currency": "CNY", "income": {"wages_minor": 300_000}, "fixed_costs": {"housing_minor": 400_000},
    "pay": {"rhythm": "monthly", "day": 31}})  # fmt: skip
CLOSES = messages.Withdrawn(reason="sold back")


def fact(name: FactName, given: bool = True) -> messages.FactTold:
    """A fact that is told now, or is over now."""
    return messages.FactTold(name=name, given=given)


async def told(desk: Desk, *said: Any) -> None:
    """One after the other, a minute apart, from nine on."""
    for place, message in enumerate(said):
        await desk.case.told(message, utc(NINE) + place * MINUTE)


class TestWishTellsOnEveryLoan:
    @pytest.mark.parametrize("then", [(), (CLOSES,)], ids=["its case open", "its case closed since"])
    async def test_a_stopped_channel(self, opened: Open, gateways: Gateways, then: Any) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.PreferenceChanged(stop=(SMS,)), *then)
        assert await second.refused(SMS, utc(NOON)) == ("stopped_channel", None)
        assert second.case.received() == []
        assert await second.made(EMAIL, utc(NOON))
        [stranger] = await desks(opened, gateways, 1)
        assert await stranger.made(SMS, utc(NOON))

    async def test_until_a_later_word_on_any_loan_lifts_it(self, opened: Open, gateways: Gateways) -> None:
        first, second, third = await desks(opened, gateways, 3)
        await told(first, messages.PreferenceChanged(stop=(SMS,)), CLOSES)
        await second.case.told(messages.PreferenceChanged(allow=(SMS,)), AT_TEN)
        assert await third.made(SMS, utc(NOON))

    async def test_hours_that_do_not_suit(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.PreferenceChanged(not_before=time(15)))
        assert await second.refused(PHONE, utc(NOON)) == ("wished_hours", utc(time(15)))
        assert await second.made(PHONE, utc(time(15)))

    async def test_a_representative(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.PreferenceChanged(representative=True))
        assert await second.refused(EMAIL, utc(NOON)) == ("representative", None)

    async def test_and_the_other_loan_goes_by_another_channel(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.PreferenceChanged(stop=(SMS,)))
        answer = await second.knocks(SMS, utc(NOON))
        assert isinstance(answer, Refused)
        assert answer.closed == (SMS,)


class TestFactOfThePerson:
    @pytest.mark.parametrize("then", [(), (CLOSES,)], ids=["its case open", "its case closed since"])
    async def test_stops_their_other_loans(
        self, opened: Open, gateways: Gateways, under: Under, then: Any
    ) -> None:
        first, second = await desks(opened, gateways, 2, snapshot=under("US"))
        await told(first, fact(FactName.CEASE_REQUESTED), *then)
        assert await second.refused(PHONE, utc(NOON)) == ("US/cease", None)

    async def test_stops_a_loan_that_falls_overdue_later(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [first] = await desks(opened, gateways, 1, snapshot=under("US"))
        await told(first, fact(FactName.CEASE_REQUESTED), CLOSES)
        later = await opened(snapshot=under("US"), borrower_id=first.case.loan.borrower_id)
        assert await Desk(later, gateways).refused(PHONE, utc(NOON)) == ("US/cease", None)

    async def test_is_over_by_a_later_word_on_any_loan(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        first, second, third = await desks(opened, gateways, 3, snapshot=under("US"))
        await told(first, fact(FactName.CEASE_REQUESTED), CLOSES)
        await second.case.told(fact(FactName.CEASE_REQUESTED, given=False), AT_TEN)
        assert await third.made(PHONE, utc(NOON))

    async def test_that_permits_ends_with_the_case_it_was_told_of(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        first, second = await desks(opened, gateways, 2, snapshot=under("US"))
        await told(first, fact(FactName.TEXT_CONSENT))
        assert await second.made(SMS, utc(NOON))
        await first.case.told(CLOSES, utc(NOON))
        assert await second.refused(SMS, utc(NOON) + MINUTE) == ("US/text-consent", None)

    async def test_that_permits_is_taken_back_on_every_loan_at_once(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        first, second = await desks(opened, gateways, 2, snapshot=under("US"))
        await told(first, fact(FactName.TEXT_CONSENT))
        await second.case.told(fact(FactName.TEXT_CONSENT, given=False), AT_TEN)
        for desk in (first, second):
            assert await desk.refused(SMS, utc(NOON)) == ("US/text-consent", None)

    async def test_is_not_one_of_a_single_debt(self, opened: Open, gateways: Gateways, under: Under) -> None:
        first, second = await desks(opened, gateways, 2, snapshot=under("KR"))
        await told(first, fact(FactName.PLAN_REQUESTED))
        assert (await first.refused(PHONE, utc(NOON)))[0] == "KR/plan-requested"
        assert await second.made(PHONE, utc(NOON))


class TestHoldForThePersonsSake:
    """Whatever the law says: nothing runs during a hold."""

    async def test_stops_their_other_loans_without_a_word_of_why(
        self, opened: Open, gateways: Gateways
    ) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.HoldPlaced(reason=HoldReason.BEREAVEMENT))
        answer = await second.knocks(EMAIL, utc(NOON))
        assert isinstance(answer, Refused)
        assert (answer.rule, answer.next_at) == ("hold", None)
        assert "bereavement" not in answer.model_dump_json()

    async def test_gives_its_end_as_the_next_instant(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.HoldPlaced(reason=HoldReason.DISASTER, until=WEDNESDAY + DAY))
        assert await second.refused(EMAIL, utc(NOON)) == ("hold", utc(time(0), WEDNESDAY + 2 * DAY))
        assert await second.made(EMAIL, utc(NOON, WEDNESDAY + 2 * DAY))

    async def test_ends_for_all_when_it_is_released(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        reason = HoldReason.BEREAVEMENT
        await told(
            first, messages.HoldPlaced(reason=reason), messages.HoldReleased(reason=reason, by="Ms Tan")
        )
        assert await second.made(EMAIL, utc(NOON))

    async def test_outlives_its_case_until_a_later_word_ends_it(
        self, opened: Open, gateways: Gateways
    ) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.HoldPlaced(reason=HoldReason.DEATH), CLOSES)
        assert await second.refused(EMAIL, utc(NOON)) == ("hold", None)
        await second.case.told(fact(FactName.DEATH, given=False), utc(NOON))
        assert await second.made(EMAIL, utc(NOON) + MINUTE)

    async def test_is_not_one_of_a_single_debt(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.DisputeOpened(reason="not mine"))
        assert await second.made(EMAIL, utc(NOON))

    async def test_leaves_the_other_case_stalled_not_knocking_again_and_again(
        self, opened: Open, gateways: Gateways
    ) -> None:
        first, second = await desks(opened, gateways, 2, snapshot=rules())
        await told(first, messages.HoldPlaced(reason=HoldReason.BEREAVEMENT))
        request = second.request(EMAIL, utc(NOON))
        assert request.contact is not None
        answer = await activity_at(second.case.door(gateways), request, utc(NOON))
        assert isinstance(answer, Refused)
        event = ContactRefused(contact=request.contact.contact, **answer.model_dump(exclude={"kind"}))
        case = decide(second.case.case, event, utc(NOON), second.case.snapshot.house).case
        # The record of channels is mended first, and then the case waits.
        case = decide(case, event, utc(NOON), second.case.snapshot.house).case
        assert (case.stalled, case.retry_at) == ("hold", utc(NOON) + STALL_RETRY_DAYS * DAY)


class TestComplaintOnAnotherLoan:
    @pytest.mark.parametrize(
        ("complaint", "stops"),
        [
            ({"about": "conduct"}, True),
            ({"about": "contact"}, True),
            ({"about": "data", "channel": "phone"}, True),
            ({"about": "other"}, True),
            ({"about": "conduct", "channel": "phone"}, False),
            ({"about": "amount"}, False),
            ({"about": "plan"}, False),
        ],
        ids=str,
    )
    async def test_stops_this_one_where_it_is_about_the_person(
        self, opened: Open, gateways: Gateways, complaint: Any, stops: bool
    ) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.ComplaintMade(reference="C-1", **complaint))
        if stops:
            assert await second.refused(EMAIL, utc(NOON)) == ("hold", None)
        else:
            assert await second.made(EMAIL, utc(NOON))

    async def test_stops_it_until_it_is_answered(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        answer = messages.ComplaintAnswered(complaint="C-1", result="rejected", by="Mr Wu")
        await told(first, messages.ComplaintMade(reference="C-1", about="conduct"), answer)
        assert await second.made(EMAIL, utc(NOON))

    async def test_stops_nobody_else(self, opened: Open, gateways: Gateways) -> None:
        [first], [stranger] = await desks(opened, gateways, 1), await desks(opened, gateways, 1)
        await told(first, messages.ComplaintMade(reference="C-1", about="conduct"))
        assert await stranger.made(EMAIL, utc(NOON))


class TestDifficultyOnAnotherLoan:
    ASKS_NOTHING = "nothing is asked of you"

    async def subject(self, desk: Desk) -> str:
        """How the notice by e-mail begins that goes out now."""
        contact = desk.case.contact(EMAIL, utc(NOON))
        answer = await activity_at(desk.case.door(desk.gateways), contact, utc(NOON))
        assert isinstance(answer, Made), answer
        [mail] = desk.case.received()
        return str(mail.subject)

    @pytest.mark.parametrize(
        "said",
        [
            (messages.HardshipReported(support_need="time"), messages.HoldReleased(reason=HoldReason.HARDSHIP, by="Ms Tan")),
            (messages.VisitReported(result="met", findings=Findings(support_needs="large print")),),
            (messages.VisitReported(result="met", findings=Findings(income="none")),),
            (messages.BudgetStated(statement=NOTHING_LEFT), messages.HoldReleased(reason=HoldReason.HARDSHIP, by="Ms Tan")),
            (fact(FactName.DISABILITY),),
            (messages.HardshipReported(support_need="time"), CLOSES, ),
        ],
        ids=["hardship", "support need", "no income", "budget", "fact", "closed since"],
    )  # fmt: skip
    async def test_sets_the_voice_of_this_one(self, opened: Open, gateways: Gateways, said: Any) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, *said)
        if said[-1] is CLOSES:  # the hold outlives its case until somebody says that it is over
            await second.case.told(fact(FactName.HARDSHIP, given=False), AT_TEN)
        assert self.ASKS_NOTHING in await self.subject(second)

    async def test_sets_it_no_more_once_that_loan_was_cured(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(
            first, messages.VisitReported(result="met", findings=Findings(support_needs="large print"))
        )
        paid = messages.PaymentReceived(reference="all", amount_minor=120_000, currency="CNY")
        await first.case.told(paid, AT_TEN)
        assert self.ASKS_NOTHING not in await self.subject(second)

    async def test_is_not_told_by_a_complaint(self, opened: Open, gateways: Gateways) -> None:
        first, second = await desks(opened, gateways, 2)
        await told(first, messages.ComplaintMade(reference="C-1", about="conduct", channel="phone"))
        assert self.ASKS_NOTHING not in await self.subject(second)
