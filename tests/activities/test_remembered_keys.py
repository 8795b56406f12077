"""How long a key is trusted: what a crash left reserved goes out again only while the provider still knows its key."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from at_the_door import AT_NOON, SIX, CaseAtDoor, Crash, CrashesAfterSending, activity_at, rules, utc
from temporalio.exceptions import ApplicationError

from activities import door as door_module
from contracts.carry_out import CarryOut, Made, Refused
from gateways.message import Message
from gateways.receipt import Gateway, Receipt
from statemachine.stage import Channel

SMS, PHONE = Channel.SMS, Channel.PHONE
Open = Callable[..., Awaitable[CaseAtDoor]]
Gateways = dict[Channel, Gateway]
IN_TIME, TOO_LATE = timedelta(minutes=59), timedelta(minutes=61)


class HasForgotten:
    """A provider that takes keys and no longer knows the ones of an hour ago: each comes to it as a new one."""

    takes_key = True

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        return await self._gateway.send(key=f"{key}/new", to=to, message=message, timeout_s=timeout_s)


async def crashed(case: CaseAtDoor, gateways: Gateways) -> CarryOut:
    """The request of a text that left at noon, whose worker died before it could write that down."""
    request = case.contact(SMS)
    with pytest.raises(Crash):
        await activity_at(case.door({SMS: CrashesAfterSending(gateways[SMS])}), request, AT_NOON)
    return request


class TestReservationLeftByACrash:
    async def test_within_the_hour_is_sent_again_by_its_key(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        request = await crashed(case, gateways)
        answer = await activity_at(case.door(gateways), request, AT_NOON + IN_TIME)
        assert isinstance(answer, Made)
        assert answer.is_certain
        assert len(case.received()) == 1  # the provider knew the key
        assert (await case.contacts(), await case.tasks()) == ([(SMS, "made")], [])

    async def test_older_than_an_hour_is_not_sent_again_and_a_person_checks(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = await crashed(case, gateways)
        for more in (timedelta(), timedelta(minutes=1)):
            door = case.door({SMS: HasForgotten(gateways[SMS])})
            answer = await activity_at(door, request, AT_NOON + TOO_LATE + more)
            assert isinstance(answer, Made)
            assert not answer.is_certain
        assert len(case.received()) == 1
        assert await case.contacts() == [(SMS, "unknown")]
        assert [task["kind"] for task in await case.tasks()] == ["unknown_outcome"]

    async def test_is_as_old_as_its_first_try_however_often_it_crashed_since(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = await crashed(case, gateways)
        crashing = case.door({SMS: CrashesAfterSending(gateways[SMS])})
        with pytest.raises(Crash):
            await activity_at(crashing, request, AT_NOON + timedelta(minutes=40))
        door = case.door({SMS: HasForgotten(gateways[SMS])})
        answer = await activity_at(door, request, AT_NOON + timedelta(minutes=80))
        assert isinstance(answer, Made)
        assert not answer.is_certain
        assert len(case.received()) == 1
        assert await case.contacts() == [(SMS, "unknown")]

    async def test_doubles_the_message_at_a_door_that_trusts_a_key_for_longer(
        self, opened: Open, gateways: Gateways, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door_module, "_PROVIDERS_REMEMBER_KEYS", timedelta(hours=2))
        case = await opened()
        request = await crashed(case, gateways)
        await activity_at(case.door({SMS: HasForgotten(gateways[SMS])}), request, AT_NOON + TOO_LATE)
        assert len(case.received()) == 2  # so that the tests above can fail


class TestSecondTryByItsKey:
    """The first try may have left; that its second try did not says nothing about the first."""

    async def test_that_meets_a_busy_provider_is_not_sent_anew_once_the_key_is_forgotten(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = await crashed(case, gateways)
        case.outside.fail_next("sms", "busy")
        with pytest.raises(ApplicationError) as busy:
            await activity_at(case.door(gateways), request, AT_NOON + timedelta(minutes=40))
        assert not busy.value.non_retryable
        door = case.door({SMS: HasForgotten(gateways[SMS])})
        answer = await activity_at(door, request, AT_NOON + TOO_LATE)
        assert isinstance(answer, Made)
        assert not answer.is_certain
        assert len(case.received()) == 1
        assert await case.contacts() == [(SMS, "unknown")]

    async def test_that_meets_a_busy_provider_and_then_a_closed_window_is_left_to_a_person(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = await crashed(case, gateways)
        case.outside.fail_next("sms", "busy")
        with pytest.raises(ApplicationError):
            await activity_at(case.door(gateways), request, AT_NOON + timedelta(minutes=40))
        answer = await activity_at(case.door(gateways), request, utc(SIX))
        assert isinstance(answer, Made)  # not refused: it may have been received
        assert not answer.is_certain
        assert [task["kind"] for task in await case.tasks()] == ["unknown_outcome"]

    async def test_that_meets_a_busy_provider_still_counts_for_the_limits(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened(snapshot=rules(one_a_day=(1, 1)))
        request = await crashed(case, gateways)
        case.outside.fail_next("sms", "busy")
        with pytest.raises(ApplicationError):
            await activity_at(case.door(gateways), request, AT_NOON + timedelta(minutes=10))
        call = case.contact(PHONE, step="another")
        answer = await activity_at(case.door(gateways), call, AT_NOON + timedelta(minutes=20))
        assert isinstance(answer, Refused)
        assert answer.rule == "one_a_day"

    async def test_that_is_refused_for_good_is_left_to_a_person(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = await crashed(case, gateways)
        case.outside.fail_next("sms", "refuse")
        answer = await activity_at(case.door(gateways), request, AT_NOON + timedelta(minutes=40))
        assert isinstance(answer, Made)  # not failed: no other channel says it a second time
        assert not answer.is_certain
        assert await case.contacts() == [(SMS, "unknown")]
