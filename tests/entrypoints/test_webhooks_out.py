"""`leeway webhook`: every event reaches each endpoint, signed, in its case's order and under one id, whatever falls over."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

sys.path.append(str(Path(__file__).parents[1] / "activities"))

from at_the_door import AT_NINE, CaseAtDoor, Crash

from entrypoints.webhooks_out import deliver, new_key
from gateways.webhook_out import BadEndpoint, Said, WebhookSender, checked_url, signed
from ledger.entry import Row
from ledger.outbox import WAITS, NoSuchEndpoint, Outbox
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.receiver import Receiver
from statemachine import messages
from statemachine.stage import HoldReason

NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)


class Subscribed:
    """One lender's cases, and a receiver that is told of them."""

    def __init__(self, ledger: Ledger, outside: Outside, receiver: Receiver) -> None:
        self.ledger, self.receiver, self._outside = ledger, receiver, outside
        self.outbox, self.lender = Outbox(ledger), f"out-{uuid4().hex[:8]}"
        self.now = NOW

    async def subscribe(self, *types: str) -> None:
        self.receiver.key = new_key()
        args = (self.lender, "core", self.receiver.url, self.receiver.key, types, NOW)
        assert await self.outbox.add(*args)

    async def opens(self) -> CaseAtDoor:
        return await CaseAtDoor.opened(self.ledger, self._outside, lender=self.lender)

    async def pause(self, case: CaseAtDoor, times: int = 1) -> None:
        """Each pause and its end are two events."""
        for _ in range(times):
            await case.told(messages.HoldPlaced(reason=HoldReason.OPERATOR), AT_NINE)
            await case.told(messages.HoldReleased(reason=HoldReason.OPERATOR, by="Ms Chen"), AT_NINE)

    async def sends(self, after: timedelta = timedelta()) -> None:
        """All that is due now, or so much later."""
        self.now += after
        async with WebhookSender() as sender:
            while await deliver(self.outbox, sender, self.now):
                pass

    async def standing(self) -> Row:
        [row] = await self.outbox.endpoints(self.lender)
        return row

    async def announced(self, case: CaseAtDoor) -> list[str]:
        """The ids of the case's events as they were written."""
        async with self.ledger._pool.connection() as connection:
            query = "select event_id from outbox where case_id = %s order by seq"
            rows = await (await connection.execute(query, (case.case.case_id,))).fetchall()
        return [row["event_id"] for row in rows]


@pytest.fixture
async def told(ledger: Ledger, outside: Outside) -> AsyncIterator[Subscribed]:
    """A lender of this test's own, with one endpoint for everything."""
    async with Receiver() as receiver:
        lender = Subscribed(ledger, outside, receiver)
        await lender.subscribe()
        yield lender


class TestEvent:
    async def test_of_a_moved_case_says_from_where_to_where_and_why(self, told: Subscribed) -> None:
        case = await told.opens()
        await case.told(messages.Withdrawn(reason="sold back"), AT_NINE)
        await told.sends()

        moved = told.receiver.taken[-1]
        assert (moved["specversion"], moved["type"]) == ("1.0", "leeway.case.moved")
        assert (moved["subject"], moved["source"]) == (case.case.case_id, f"leeway/{told.lender}")
        assert (moved["data"]["from"], moved["data"]["to"]) == ("notice", "closed")
        assert moved["data"]["because"] == [{"what": "closed", "rule": ""}]
        assert "sold back" not in str(moved)

    async def test_of_a_pause_masks_what_is_for_few_eyes(self, told: Subscribed) -> None:
        case = await told.opens()
        await case.told(messages.HoldPlaced(reason=HoldReason.ILLNESS, note="in hospital"), AT_NINE)
        await told.sends()

        placed = told.receiver.taken[-1]
        assert placed["type"] == "leeway.hold.placed"
        assert placed["data"]["hold"] == "restricted"
        assert "illness" not in str(told.receiver.taken)
        assert "hospital" not in str(told.receiver.taken)

    async def test_is_signed_as_the_public_library_verifies_it(self) -> None:
        key, body = new_key(), {"id": "1", "data": {"名": "中"}}

        content, headers = signed("1", body, [new_key(), key], datetime.now(UTC))

        assert Webhook(key).verify(content, headers) == body

    async def test_is_told_once_and_in_the_order_of_its_case(self, told: Subscribed) -> None:
        first, second = await told.opens(), await told.opens()
        await told.pause(first, 3)
        await told.pause(second, 2)
        await told.sends()
        await told.sends(timedelta(days=1))

        for case in (first, second):
            assert told.receiver.ids(case.case.case_id) == await told.announced(case)
        numbers = [one["sequence"] for one in told.receiver.taken if one["subject"] == first.case.case_id]
        assert numbers == sorted(numbers)
        assert set(told.receiver.tries.values()) == {1}

    async def test_of_another_lender_is_not_told(
        self, told: Subscribed, ledger: Ledger, outside: Outside
    ) -> None:
        await CaseAtDoor.opened(ledger, outside, lender="someone-else")
        await told.sends()

        assert told.receiver.taken == []

    async def test_of_a_type_not_asked_for_is_not_told(self, told: Subscribed) -> None:
        await told.outbox.remove(told.lender, "core")
        await told.subscribe("leeway.hold.ended")
        await told.pause(await told.opens())
        await told.sends()

        assert [one["type"] for one in told.receiver.taken] == ["leeway.hold.ended"]


class TestFailure:
    async def test_holds_up_its_own_case_and_no_other(self, told: Subscribed) -> None:
        troubled, other = await told.opens(), await told.opens()
        await told.pause(troubled)
        await told.pause(other)
        told.receiver.fail(troubled.case.case_id, "broken", "broken")
        await told.sends()

        assert told.receiver.ids(troubled.case.case_id) == []
        assert told.receiver.ids(other.case.case_id) == await told.announced(other)

        await told.sends(WAITS[0])
        await told.sends(WAITS[1])
        assert told.receiver.ids(troubled.case.case_id) == await told.announced(troubled)

    async def test_is_not_tried_again_before_its_time(self, told: Subscribed) -> None:
        case = await told.opens()
        told.receiver.fail(case.case.case_id, "busy")
        await told.sends()
        await told.sends(timedelta(seconds=119))  # the receiver asked for 120

        [first] = (await told.announced(case))[:1]
        assert told.receiver.tries[first] == 1
        await told.sends(timedelta(seconds=1))
        assert told.receiver.tries[first] == 2

    async def test_after_it_was_taken_repeats_the_same_id(self, told: Subscribed) -> None:
        case = await told.opens()
        told.receiver.fail(case.case.case_id, "take_and_break")
        await told.sends()
        await told.sends(WAITS[0])

        first, *_ = await told.announced(case)
        assert told.receiver.ids(case.case.case_id)[:2] == [first, first]

    async def test_for_days_makes_a_dead_letter_that_can_be_replayed(self, told: Subscribed) -> None:
        case = await told.opens()
        await told.pause(case)
        first, *later = await told.announced(case)
        told.receiver.fail(case.case.case_id, *["broken"] * (len(WAITS) + 1))
        for wait in (timedelta(), *WAITS):
            await told.sends(wait)

        [dead] = await told.outbox.dead_letters(told.lender)
        assert (dead["event_id"], dead["said"], dead["tries"]) == (first, "HTTP 500", len(WAITS) + 1)
        assert told.receiver.ids(case.case.case_id) == later  # the dead are no longer in the way

        assert await told.outbox.replay_dead(told.lender, "core") == 1
        await told.sends()
        assert told.receiver.ids(case.case.case_id) == [*later, first]
        assert await told.outbox.dead_letters(told.lender) == []

    async def test_spans_three_days_of_tries(self) -> None:
        assert sum(WAITS, timedelta()) > timedelta(days=3)

    async def test_redirected_elsewhere_is_not_followed(self, told: Subscribed) -> None:
        case = await told.opens()
        told.receiver.fail(case.case.case_id, "redirect")
        await told.sends()

        assert told.receiver.ids() == []
        assert (await told.standing())["waiting"] == len(await told.announced(case))


class TestEndpoint:
    async def test_that_is_gone_is_switched_off_and_keeps_what_waits(self, told: Subscribed) -> None:
        case = await told.opens()
        await told.pause(case)
        told.receiver.fail(case.case.case_id, "gone")
        await told.sends()
        await told.sends(timedelta(days=2))

        standing = await told.standing()
        assert (standing["disabled_why"], standing["waiting"]) == (
            "HTTP 410: gone",
            len(await told.announced(case)),
        )
        assert told.receiver.ids() == []

        await told.outbox.enable(told.lender, "core")
        await told.sends()
        assert told.receiver.ids(case.case.case_id) == await told.announced(case)

    async def test_is_signed_for_with_both_keys_while_they_change(self, told: Subscribed) -> None:
        await told.opens()
        await told.outbox.set_key(told.lender, "core", new_key())
        await told.sends()
        assert len(told.receiver.taken) == 1  # the receiver still has the old key

        await told.outbox.set_key(told.lender, "core", None)
        await told.opens()
        await told.sends()
        assert len(told.receiver.taken) == 1

    async def test_that_came_late_can_be_told_of_what_was_before(self, told: Subscribed) -> None:
        await told.outbox.remove(told.lender, "core")
        case = await told.opens()
        await told.subscribe()
        await told.sends()
        assert told.receiver.ids() == []

        count = await told.outbox.replay_since(told.lender, "core", NOW - timedelta(days=30))
        await told.sends()
        assert told.receiver.ids() == await told.announced(case)
        assert count == len(told.receiver.ids())

    async def test_nobody_knows_is_named(self, told: Subscribed) -> None:
        with pytest.raises(NoSuchEndpoint, match=r"name: .* 'nobody'"):
            await told.outbox.enable(told.lender, "nobody")

    @pytest.mark.parametrize(
        "url",
        ["ftp://x.example/", "http://loans.example/hooks", "https://", "https://a:b@x.example/", "nowhere"],
    )
    def test_must_have_an_address_that_is_safe(self, url: str) -> None:
        with pytest.raises(BadEndpoint, match="url: "):
            checked_url(url)


class DiesAfterPosting(WebhookSender):
    """The receiver has it, and the process dies before that is written down."""

    async def post(self, url: str, content: bytes, headers: object) -> Said:
        await super().post(url, content, headers)  # type: ignore[arg-type]
        raise Crash


class TestSenders:
    async def test_two_at_once_tell_each_event_once(self, told: Subscribed) -> None:
        cases = [await told.opens() for _ in range(6)]
        for case in cases:
            await told.pause(case)
        await asyncio.gather(told.sends(), told.sends(), told.sends())
        await told.sends()

        for case in cases:
            assert told.receiver.ids(case.case.case_id) == await told.announced(case)
        assert set(told.receiver.tries.values()) == {1}

    async def test_one_that_dies_leaves_its_event_to_the_next_under_the_same_id(
        self, told: Subscribed
    ) -> None:
        case = await told.opens()
        async with DiesAfterPosting() as sender:
            with pytest.raises(Crash):
                await deliver(told.outbox, sender, told.now)
        await told.sends(timedelta(seconds=59))  # the claim of the dead one still stands
        assert len(told.receiver.ids()) == 1

        await told.sends(timedelta(seconds=1))
        first, *later = await told.announced(case)
        assert told.receiver.ids(case.case.case_id) == [first, first, *later]

    async def test_are_not_needed_for_an_event_to_be_kept(self, told: Subscribed, ledger: Ledger) -> None:
        """What is announced waits in the very transaction: a roll-back leaves neither."""
        case = await told.opens()
        before = (await told.standing())["waiting"]

        async def announced_in_vain() -> None:
            async with ledger.entry(told.lender, case.loan.borrower_id) as entry:
                await entry.announce(f"{case.case.case_id}/x", case.case.case_id, {"type": "t"}, AT_NINE)
                raise Crash

        with pytest.raises(Crash):
            await announced_in_vain()

        assert (await told.standing())["waiting"] == before
