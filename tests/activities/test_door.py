"""The door: never twice, never outside, never against what the ledger knows at this instant."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from at_the_door import (
    NINE,
    NOON,
    SIX,
    WEDNESDAY,
    CaseAtDoor,
    Crash,
    CrashesAfterSending,
    activity_at,
    rules,
    utc,
)
from temporalio.exceptions import ApplicationError

from contracts.carry_out import Made, Refused
from entrypoints.embedded.parts import Endpoints
from gateways.receipt import Gateway
from statemachine import messages
from statemachine.stage import Channel, HoldReason

EMAIL, SMS, PHONE, VISIT = Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.VISIT
Open = Callable[..., Awaitable[CaseAtDoor]]
Gateways = dict[Channel, Gateway]
LATER = utc(NOON) + timedelta(minutes=1)


def announced(servers: Endpoints, case: CaseAtDoor) -> list[str]:
    """The kinds of events the outside is told about this case, in order."""
    with psycopg.connect(servers.database_url) as connection:
        query = "select body->>'type' from outbox where case_id = %s order by seq"
        return [row[0] for row in connection.execute(query, (case.case.case_id,))]


class TestContact:
    @pytest.mark.parametrize("channel", [EMAIL, SMS])
    async def test_is_made_once_however_often_it_is_asked_for(
        self, opened: Open, gateways: Gateways, servers: Endpoints, channel: Channel
    ) -> None:
        case = await opened()
        door, request = case.door(gateways), case.contact(channel)
        answers = [await activity_at(door, request, utc(NOON) + timedelta(minutes=n)) for n in range(4)]
        assert {type(answer) for answer in answers} == {Made}
        assert len({answer.at for answer in answers if isinstance(answer, Made)}) == 2  # made, and remembered
        assert [message.channel for message in case.received()] == [channel]
        assert await case.contacts() == [(channel, "made")]
        assert announced(servers, case).count("leeway.contact.made") == 1
        assert len([line for line in await case.lines() if line["kind"] == "made"]) == 1

    @pytest.mark.parametrize("channel", [PHONE, VISIT])
    async def test_by_a_person_becomes_one_task_with_a_talk_sheet(
        self, opened: Open, gateways: Gateways, channel: Channel
    ) -> None:
        case = await opened()
        door, request = case.door(gateways), case.contact(channel, template="revisit")
        for _ in range(2):
            assert isinstance(await activity_at(door, request, utc(NOON)), Made)
        [task] = await case.tasks()
        assert task["kind"] == channel
        assert case.loan.name in task["talk_sheet"]
        assert await case.contacts() == [(channel, "made")]

    async def test_with_a_message_that_cannot_be_written_is_refused_before_anything_is_reserved(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        answer = await activity_at(case.door(gateways), case.contact(EMAIL, template="no_such"), utc(NOON))
        assert isinstance(answer, Refused)
        assert answer.rule == "message"
        assert await case.contacts() == []


class TestWindow:
    @pytest.mark.parametrize(
        ("at", "next_at"),
        [
            (utc(NINE) - timedelta(seconds=1), utc(NINE)),
            (utc(SIX), utc(NINE) + timedelta(days=1)),
            (utc(NOON) + timedelta(days=3), utc(NINE) + timedelta(days=5)),
        ],
        ids=["before it opens", "as it closes", "on a Saturday"],
    )
    async def test_shuts_the_door(self, opened: Open, gateways: Gateways, at: Any, next_at: Any) -> None:
        case = await opened()
        answer = await activity_at(case.door(gateways), case.contact(EMAIL, at), at)
        assert isinstance(answer, Refused)
        assert (answer.rule, answer.next_at) == ("test/nine-to-six", next_at)
        assert (case.received(), await case.contacts()) == ([], [])

    async def test_that_closed_during_the_retries_is_minded_and_the_next_one_gets_the_message(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        door, request = case.door(gateways), case.contact(EMAIL)
        case.outside.fail_next("email", "busy")
        with pytest.raises(ApplicationError):
            await activity_at(door, request, utc(SIX) - timedelta(minutes=1))
        refused = await activity_at(door, request, utc(SIX) + timedelta(minutes=1))
        assert isinstance(refused, Refused)
        assert case.received() == []
        assert refused.next_at is not None
        again = case.contact(EMAIL, refused.next_at)
        assert isinstance(await activity_at(door, again, refused.next_at), Made)
        assert len(case.received()) == 1

    async def test_met_shut_after_an_outage_has_the_outage_named(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        await activity_at(case.door(gateways), case.contact(EMAIL), utc(SIX) + timedelta(days=9))
        [line] = [line for line in await case.lines() if line["kind"] == "refused"]
        assert "planned for 2027-03-03 12:00Z" in line["reason"]

    async def test_is_not_asked_of_a_borrower_whose_clock_is_unknown(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened(zones=())
        answer = await activity_at(case.door(gateways), case.contact(EMAIL), utc(NOON))
        assert isinstance(answer, Refused)
        assert (answer.rule, answer.next_at) == ("no_time_zone", None)


class TestCap:
    async def test_counts_the_borrower_over_all_loans_and_channels(
        self, opened: Open, gateways: Gateways
    ) -> None:
        snapshot = rules(one_a_day=(1, 1))
        first = await opened(snapshot=snapshot)
        second = await opened(snapshot=snapshot, borrower_id=first.loan.borrower_id)
        assert isinstance(await activity_at(first.door(gateways), first.contact(SMS), utc(NOON)), Made)
        refused = await activity_at(second.door(gateways), second.contact(EMAIL), LATER)
        assert isinstance(refused, Refused)
        assert (refused.rule, refused.next_at) == ("one_a_day", utc(NINE) + timedelta(days=1))
        stranger = await opened(snapshot=snapshot)
        assert isinstance(await activity_at(stranger.door(gateways), stranger.contact(EMAIL), LATER), Made)

    @pytest.mark.parametrize("channel", [EMAIL, SMS])
    async def test_counts_a_message_of_which_nobody_knows_whether_it_came(
        self, opened: Open, gateways: Gateways, channel: Channel
    ) -> None:
        case = await opened(snapshot=rules(one_a_day=(1, 1)))
        broken = case.door({channel: CrashesAfterSending(gateways[channel])})
        with pytest.raises(Crash):
            await activity_at(broken, case.contact(channel), utc(NOON))
        answer = await activity_at(case.door(gateways), case.contact(PHONE, step="another"), LATER)
        assert isinstance(answer, Refused)
        assert answer.rule == "one_a_day"


class TestCaseThatChanged:
    @pytest.mark.parametrize(
        "message",
        [
            messages.PaymentReceived(reference="all", amount_minor=120_000, currency="CNY"),
            messages.Withdrawn(reason="sold back"),
            messages.HoldPlaced(reason=HoldReason.BEREAVEMENT),
            messages.DisputeOpened(reason="not mine"),
            messages.HardshipReported(support_need="time"),
            messages.PromiseMade(amount_minor=5, due_on=WEDNESDAY),
            messages.PlanAccepted(),
            messages.VisitReported(result="met", next_step="escalate"),
        ],
        ids=lambda message: message.kind,
    )
    async def test_while_the_contact_was_on_its_way_is_not_contacted(
        self, opened: Open, gateways: Gateways, message: Any
    ) -> None:
        case = await opened()
        request = case.contact(EMAIL)
        await case.told(message)
        answer = await activity_at(case.door(gateways), request, utc(NOON))
        assert isinstance(answer, Refused)
        assert answer.rule == "case_changed"
        assert (case.received(), await case.contacts()) == ([], [])

    async def test_after_the_message_left_keeps_what_the_later_request_wrote(
        self, opened: Open, gateways: Gateways, servers: Endpoints
    ) -> None:
        case = await opened()
        request = case.contact(EMAIL)

        class PaidMeanwhile:
            takes_key = False

            async def send(self, **sent: Any) -> Any:
                all_of_it = messages.PaymentReceived(reference="all", amount_minor=120_000, currency="CNY")
                await case.told(all_of_it, utc(NOON))
                return await gateways[EMAIL].send(**sent)

        answer = await activity_at(case.door({EMAIL: PaidMeanwhile()}), request, utc(NOON))
        assert isinstance(answer, Made)
        rows = await case.ledger.read("cases", lender=case.loan.lender, loan_id=case.loan.loan_id)
        assert (rows[0]["stage"], rows[0]["outcome"]) == ("closed", "cured")
        assert announced(servers, case)[-2:] == ["leeway.case.moved", "leeway.contact.made"]
        assert (
            announced(servers, case).count("leeway.case.moved") == 2
        )  # opened, then cured: nothing moved it back

    async def test_that_stopped_the_channel_is_not_contacted_by_it(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(EMAIL)
        await case.told(messages.PreferenceChanged(stop=(EMAIL,)))
        answer = await activity_at(case.door(gateways), request, utc(NOON))
        assert isinstance(answer, Refused)
        assert answer.rule == "stopped_channel"
        assert case.received() == []
