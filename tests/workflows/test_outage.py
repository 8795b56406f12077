"""After an outage every rung is taken once, in order, from now on; nothing comes in a burst, and the gap is named."""

import asyncio
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from case_on_server import CaseOnServer, Office
from outage import unreachable_until

from compliance.house import Cap, ContactRules, Window
from gateways.policy_file import Policy
from ledger.store import Ledger
from statemachine import ladder
from statemachine.policy import HousePolicy
from statemachine.stage import Channel

ALL = tuple(Channel)


def two_rungs_at_once(policy: Policy) -> Policy:
    """The policy at any hour, one contact a day; its second reminder follows the first without a pause."""
    window = Window(rule="test/always", channels=ALL, days=("every",), opens=time(), closes=time.max)
    cap = Cap(rule="test/one-a-day", channels=ALL, limit=1, days=1)
    house = policy.house.model_dump()
    house["strategies"]["standard"][2]["after_days"] = 0
    contact = ContactRules(windows=(window,), caps=(cap,), spread_minutes=0)
    return Policy(house=HousePolicy.model_validate(house), contact=contact)


async def short_before_the_second_rung(away: Office) -> CaseOnServer:
    """A case whose first reminder is due in half a second."""
    case = await away.opened(policy="platform-c")
    await case.advance_until(lambda view: view.case.contacts_made == 1)
    due_at = (await case.view()).next_at
    assert due_at is not None
    await case.advance(seconds=(due_at - await case.clock()).total_seconds() - 0.5)
    return case


class TestAfterAnOutage:
    async def test_of_the_worker_the_missed_rungs_are_taken_once_in_order_and_not_in_a_burst(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ladder, "LATE_AFTER", timedelta(seconds=1))
        away = office.away(two_rungs_at_once(office.policies["platform-c"]))
        async with away.worker():
            case = await short_before_the_second_rung(away)
            due_at = (await case.view()).next_at
        assert due_at is not None
        await case.until(due_at + timedelta(seconds=2))  # the timer fires, and nobody is there
        assert len(await case.contacts()) == 1
        async with away.worker():
            await case.advance(days=15)
        contacts = await case.contacts()
        assert [contact["step"] for contact in contacts] == [
            "notice",
            "reminder_1",
            "reminder_2",
            "plan_offer",
        ]
        shanghai = ZoneInfo("Asia/Shanghai")
        assert len({contact["settled_at"].astimezone(shanghai).date() for contact in contacts}) == 4
        late = [line["facts"]["step"] for line in await case.lines("made") if "made late" in line["reason"]]
        assert late == ["reminder_1"]

    async def test_of_the_ledger_for_two_weeks_the_missed_rung_is_taken_once_and_the_gap_is_named(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away = office.away(two_rungs_at_once(office.policies["platform-c"]))
        async with away.worker():
            case = await short_before_the_second_rung(away)
            back_at = await case.clock() + timedelta(days=14, hours=1)  # inside the hours of the law
            monkeypatch.setattr(Ledger, "entry", unreachable_until(back_at))
            told = asyncio.create_task(case.tell("contact_preference", language="zh-CN"))
            await case.first_try_has_failed()
            await case.skip(timedelta(days=15))
            assert (await told).accepted
            [line] = [line for line in await case.lines("made") if line["facts"]["step"] == "reminder_1"]
            assert line["facts"]["late_hours"] == 14 * 24 + 1
            await case.advance(days=12)
        contacts = await case.contacts()
        assert [contact["step"] for contact in contacts] == [
            "notice",
            "reminder_1",
            "reminder_2",
            "plan_offer",
        ]
        shanghai = ZoneInfo("Asia/Shanghai")
        assert len({contact["settled_at"].astimezone(shanghai).date() for contact in contacts}) == 4
