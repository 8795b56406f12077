"""The money, a plan, a dispute or a person's difficulty stops a contact, also one already on its way."""

from datetime import timedelta
from typing import Any

import pytest
from case_on_server import CaseOnServer, Office


async def with_an_email_on_its_way(office: Office) -> CaseOnServer:
    """A case whose notice was tried once: the mail server was busy, the next try comes in half a minute."""
    case = await office.opened(policy="platform-c")
    office.outside.fail_next("email", "busy")
    await case.advance_until_tried()
    return case


class TestContactOnItsWay:
    async def test_goes_out_once_when_nothing_stops_it(self, office: Office) -> None:
        case = await with_an_email_on_its_way(office)
        await case.skip(timedelta(minutes=10))
        assert [contact["status"] for contact in await case.contacts()] == ["made"]
        assert len(case.received()) == 1

    async def test_is_stopped_by_the_payment_that_cures_the_case(self, office: Office) -> None:
        case = await with_an_email_on_its_way(office)
        paid = await case.tell("payment", reference="all", amount_minor=120_000, currency="CNY")
        assert (paid.accepted, paid.balance_minor) == (True, 0)
        await case.skip(timedelta(minutes=10))
        assert await case.handle.result() == "cured"
        assert case.received() == []
        assert [contact["status"] for contact in await case.contacts()] == ["released"]
        assert [line["rule"] for line in await case.lines("refused")] == ["case_changed"]

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("hold", {"reason": "bereavement"}),
            ("dispute_opened", {"reason": "paid last month"}),
            ("hardship_reported", {"support_need": "large print, and time"}),
            ("withdraw", {"reason": "sold back", "by": "Ms Chen"}),
            ("contact_preference", {"stop": ["email"]}),
        ],
    )
    async def test_is_stopped_by(self, office: Office, kind: str, body: dict[str, Any]) -> None:
        case = await with_an_email_on_its_way(office)
        assert (await case.tell(kind, **body)).accepted
        await case.skip(timedelta(minutes=10))
        assert [message.channel for message in case.received()] != ["email"]
        assert not await case.contacts("made") or kind == "contact_preference"

    async def test_is_stopped_by_a_promise_and_by_a_plan(self, office: Office) -> None:
        promised, planned = await with_an_email_on_its_way(office), await office.opened()
        await promised.tell("promise", amount_minor=120_000, due_on=str(await promised.today()))
        await promised.skip(timedelta(minutes=10))
        assert promised.received() == []
        office.outside.fail_next("email", "busy")
        await planned.advance_until_tried()
        await planned.tell("plan_accepted")
        await planned.skip(timedelta(minutes=10))
        assert planned.received() == []


class TestHold:
    async def test_keeps_the_case_silent_until_its_last_day_is_over(self, office: Office) -> None:
        case = await office.opened()
        until = await case.today() + timedelta(days=300)
        await case.tell("hold", reason="breathing_space", until=str(until))
        await case.advance(days=300)
        assert await case.contacts() == []
        await case.advance_until(lambda view: view.case.contacts_made == 1)
        assert [contact["step"] for contact in await case.contacts("made")] == ["notice"]
        assert len(await case.lines("hold_ended")) == 1

    async def test_takes_payments_in(self, office: Office) -> None:
        case = await office.opened()
        await case.tell("hold", reason="dispute")
        await case.tell("payment", reference="P", amount_minor=120_000, currency="CNY")
        assert await case.handle.result() == "cured"
