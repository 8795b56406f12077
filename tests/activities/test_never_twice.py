"""A contact is made once or a person looks into it: whatever crashes, hangs or refuses in between."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from at_the_door import (
    NOON,
    SIX,
    CaseAtDoor,
    Crash,
    CrashesAfterSending,
    activity_at,
    utc,
)
from temporalio.exceptions import ApplicationError

from activities import door as door_module
from activities.door import Door
from contracts.carry_out import Failed, Made
from gateways.receipt import Gateway
from statemachine.stage import Channel

EMAIL, SMS, PHONE, VISIT = Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.VISIT
Open = Callable[..., Awaitable[CaseAtDoor]]
Gateways = dict[Channel, Gateway]
LATER = utc(NOON) + timedelta(minutes=1)


class Forgetful(Door):
    """The twin that would do harm: it does not mind what an earlier try left reserved."""

    async def _known(self, *_: Any) -> None:
        return None


class TestCrashBetweenSendingAndWriting:
    async def test_of_a_message_without_a_key_is_never_tried_again_and_a_person_checks(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(EMAIL)
        with pytest.raises(Crash):
            await activity_at(case.door({EMAIL: CrashesAfterSending(gateways[EMAIL])}), request, utc(NOON))
        for _ in range(2):
            answer = await activity_at(case.door(gateways), request, LATER)
            assert isinstance(answer, Made)
            assert not answer.is_certain
        assert len(case.received()) == 1
        assert await case.contacts() == [(EMAIL, "unknown")]
        assert [task["kind"] for task in await case.tasks()] == ["unknown_outcome"]

    async def test_of_a_message_with_a_key_is_mended_by_the_same_key(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(SMS)
        with pytest.raises(Crash):
            await activity_at(case.door({SMS: CrashesAfterSending(gateways[SMS])}), request, utc(NOON))
        answer = await activity_at(case.door(gateways), request, LATER)
        assert isinstance(answer, Made)
        assert answer.is_certain
        assert [message.key_or_message_id for message in case.received()] == [f"{case.case.case_id}/notice/1"]
        assert await case.contacts() == [(SMS, "made")]

    async def test_of_a_message_with_a_key_is_not_mended_outside_the_window(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(SMS)
        with pytest.raises(Crash):
            await activity_at(case.door({SMS: CrashesAfterSending(gateways[SMS])}), request, utc(NOON))
        answer = await activity_at(case.door(gateways), request, utc(SIX))
        assert isinstance(answer, Made)
        assert not answer.is_certain
        assert await case.contacts() == [(SMS, "unknown")]

    async def test_of_a_message_with_a_key_is_not_mended_when_the_provider_may_have_forgotten_the_key(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(SMS)
        with pytest.raises(Crash):
            await activity_at(case.door({SMS: CrashesAfterSending(gateways[SMS])}), request, utc(NOON))
        answer = await activity_at(case.door(gateways), request, utc(NOON) + timedelta(hours=3))
        assert isinstance(answer, Made)
        assert not answer.is_certain
        assert await case.contacts() == [(SMS, "unknown")]

    async def test_doubles_the_message_at_a_door_that_forgets_what_it_reserved(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(EMAIL)
        with pytest.raises(Crash):
            await activity_at(case.door({EMAIL: CrashesAfterSending(gateways[EMAIL])}), request, utc(NOON))
        await activity_at(case.door(gateways, Forgetful), request, LATER)
        assert len(case.received()) == 2  # so that the tests above can fail


class TestProvider:
    @pytest.mark.parametrize("channel", [EMAIL, SMS])
    async def test_that_never_answers_leaves_an_unknown_outcome_to_a_person(
        self, opened: Open, gateways: Gateways, channel: Channel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door_module, "_SEND_TIMEOUT_SECONDS", 0.4)
        case = await opened()
        door, request = case.door(gateways), case.contact(channel)
        case.outside.fail_next(channel.value, "hang_after_accept")  # type: ignore[arg-type]
        answers = [await activity_at(door, request, at) for at in (utc(NOON), LATER)]
        assert [answer.is_certain for answer in answers if isinstance(answer, Made)] == [False, False]
        assert len(case.received()) == 1
        assert await case.contacts() == [(channel, "unknown")]
        assert [task["kind"] for task in await case.tasks()] == ["unknown_outcome"]

    @pytest.mark.parametrize("channel", [EMAIL, SMS])
    async def test_that_refuses_for_good_ends_this_channel(
        self, opened: Open, gateways: Gateways, channel: Channel
    ) -> None:
        case = await opened()
        door, request = case.door(gateways), case.contact(channel)
        case.outside.fail_next(channel.value, "refuse")  # type: ignore[arg-type]
        answers = [await activity_at(door, request, at) for at in (utc(NOON), LATER)]
        assert {type(answer) for answer in answers} == {Failed}
        assert case.received() == []
        assert await case.contacts() == [(channel, "failed")]

    @pytest.mark.parametrize("channel", [EMAIL, SMS])
    async def test_that_is_busy_gets_the_message_later_and_once(
        self, opened: Open, gateways: Gateways, channel: Channel
    ) -> None:
        case = await opened()
        door, request = case.door(gateways), case.contact(channel)
        case.outside.fail_next(channel.value, "busy")  # type: ignore[arg-type]
        with pytest.raises(ApplicationError) as busy:
            await activity_at(door, request, utc(NOON))
        assert not busy.value.non_retryable
        assert await case.contacts() == [(channel, "released")]
        for _ in range(2):
            assert isinstance(await activity_at(door, request, LATER), Made)
        assert len(case.received()) == 1
        assert await case.contacts() == [(channel, "made")]

    async def test_that_was_busy_is_passed_by_when_another_channel_is_wanted_by_then(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        case.outside.fail_next("email", "busy")
        with pytest.raises(ApplicationError):
            await activity_at(case.door(gateways), case.contact(EMAIL), utc(NOON))
        await activity_at(case.door(gateways), case.contact(SMS), LATER)
        assert await case.contacts() == [(SMS, "made")]  # the ledger names the channel that was used
