"""The window that closes between the door's yes and the sending: nothing leaves, and nothing stays reserved."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from at_the_door import SIX, CaseAtDoor, Crash, CrashesAfterSending, activity_at, utc
from temporalio.exceptions import ApplicationError

from activities.door import Answer, Door
from contracts.carry_out import Made, Refused
from gateways.message import Message
from gateways.receipt import Gateway, Receipt
from statemachine.stage import Channel

EMAIL, SMS = Channel.EMAIL, Channel.SMS
Open = Callable[..., Awaitable[CaseAtDoor]]
Gateways = dict[Channel, Gateway]
BEFORE_SIX = utc(SIX) - timedelta(minutes=5)


class LateClock:
    """The server's clock, five minutes on."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(minutes=5)  # type: ignore[no-any-return]


class SlowDoor(Door):
    """The door's yes was five minutes old when it came to the sending: its transaction took so long to commit."""

    async def _send(self, *given: Any) -> Answer:
        *known, clock = given
        return await super()._send(*known, LateClock(clock))


class Counting:
    """Counts what it was asked to send, and the longest time it was given for it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.takes_key = gateway.takes_key
        self.asked: list[float] = []

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        self.asked.append(timeout_s)
        return await self._gateway.send(key=key, to=to, message=message, timeout_s=timeout_s)


class TestWindowThatClosedOnTheWayOut:
    @pytest.mark.parametrize("channel", [EMAIL, SMS])
    async def test_lets_nothing_out_and_releases_what_was_reserved(
        self, opened: Open, gateways: Gateways, channel: Channel
    ) -> None:
        case, counting = await opened(), Counting(gateways[channel])
        door = case.door({channel: counting}, SlowDoor)
        with pytest.raises(ApplicationError, match="the window closed") as not_sent:
            await activity_at(door, case.contact(channel), BEFORE_SIX)
        assert (not_sent.value.type, not_sent.value.non_retryable) == ("NotSent", False)
        assert (counting.asked, case.received()) == ([], [])
        assert (await case.contacts(), await case.tasks()) == ([(channel, "released")], [])
        assert [line for line in await case.lines() if line["kind"] in ("made", "refused", "unknown")] == []

    async def test_is_refused_at_the_next_try_and_the_message_leaves_in_the_next_window(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(EMAIL)
        with pytest.raises(ApplicationError):
            await activity_at(case.door(gateways, SlowDoor), request, BEFORE_SIX)
        refused = await activity_at(case.door(gateways), request, utc(SIX) + timedelta(seconds=30))
        assert isinstance(refused, Refused)
        assert refused.next_at is not None
        again = case.contact(EMAIL, refused.next_at)
        assert isinstance(await activity_at(case.door(gateways), again, refused.next_at), Made)
        assert len(case.received()) == 1
        assert await case.contacts() == [(EMAIL, "made")]

    async def test_leaves_a_second_try_by_its_key_reserved_as_the_first_may_have_left(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(SMS)
        crashing = case.door({SMS: CrashesAfterSending(gateways[SMS])})
        with pytest.raises(Crash):
            await activity_at(crashing, request, BEFORE_SIX - timedelta(minutes=5))
        with pytest.raises(ApplicationError):
            await activity_at(case.door(gateways, SlowDoor), request, BEFORE_SIX)
        answer = await activity_at(case.door(gateways), request, utc(SIX) + timedelta(seconds=30))
        assert isinstance(answer, Made)
        assert not answer.is_certain
        assert await case.contacts() == [(SMS, "unknown")]

    async def test_and_that_is_still_open_gives_the_sending_no_longer_than_is_left(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case, counting = await opened(), Counting(gateways[EMAIL])
        before = utc(SIX) - timedelta(minutes=5, seconds=15)
        answer = await activity_at(case.door({EMAIL: counting}, SlowDoor), case.contact(EMAIL), before)
        assert isinstance(answer, Made)
        [timeout_s] = counting.asked
        assert 0 < timeout_s <= 15
        assert len(case.received()) == 1
