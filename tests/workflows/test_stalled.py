"""A case that nobody may or can contact shows it, asks a person for help, and heals when the record is mended."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from case_on_server import CaseOnServer, Office, counted

from entrypoints.book import Opening

NO_WAY: dict[str, Any] = {"email": None, "phones": ()}
NO_ZONE: dict[str, Any] = {"zones": ()}


async def mended(office: Office, case: CaseOnServer, changes: dict[str, Any]) -> None:
    """The loan system sends the loan again, now with what was missing."""
    loan = case.loan.model_copy(update=changes)
    assert await office.book().open(loan, datetime.now(UTC)) is Opening.ALREADY_OPEN
    case.loan = loan


class TestStalledCase:
    @pytest.mark.parametrize(("missing", "rule"), [(NO_WAY, "no_channel"), (NO_ZONE, "no_time_zone")])
    async def test_is_shown_in_the_list_and_asks_a_person_once(
        self, office: Office, missing: dict[str, Any], rule: str
    ) -> None:
        case = await office.opened(policy="platform-c", **missing)
        await case.advance(days=60)
        assert (await case.view()).case.stalled == (await case.row())["stalled"] == rule
        mine = f'WorkflowId = "{case.handle.id}"'
        assert await counted(office.client, f'{mine} and Stalled = "{rule}"', 1)
        assert await counted(office.client, f"{mine} and Stalled is not null", 1)
        assert await case.contacts() == []
        assert await case.tasks() == {"find_contact": 1}
        asked = [line for line in await case.lines("refused") if line["rule"] == rule]
        assert len(asked) >= 8  # looked at again every week

    async def test_heals_when_an_address_is_on_record(self, office: Office) -> None:
        case = await office.opened(policy="platform-c", **NO_WAY)
        await case.advance(days=20)
        await mended(office, case, {"email": f"{case.loan.loan_id}@example.test"})
        await case.advance_until(lambda view: view.case.contacts_made == 1)
        assert (await case.view()).case.stalled is None
        assert [message.channel for message in case.received()] == ["email"]
        mine = f'WorkflowId = "{case.handle.id}"'
        assert await counted(office.client, f"{mine} and Stalled is null", 1)
        assert await counted(office.client, f'{mine} and Stalled != ""', 0)
        assert await counted(office.client, f"{mine} and Stalled is not null", 0)

    async def test_heals_when_the_time_zone_is_on_record(self, office: Office) -> None:
        case = await office.opened(policy="platform-c", **NO_ZONE)
        await case.advance(days=20)
        await mended(office, case, {"zones": ("Asia/Shanghai",)})
        await case.advance_until(lambda view: view.case.contacts_made == 1)
        assert (await case.view()).case.stalled is None
        assert len(case.received()) == 1

    async def test_goes_on_by_another_channel_when_one_is_refused_for_good(self, office: Office) -> None:
        case = await office.opened(policy="platform-c")
        office.outside.fail_next("email", "refuse")
        await case.advance_until(lambda view: view.case.contacts_made == 1)
        contacts = [(row["channel"], row["status"], row["key"][-8:]) for row in await case.contacts()]
        assert contacts == [("email", "failed", "notice/1"), ("sms", "made", "notice/2")]
        assert [message.channel for message in case.received()] == ["sms"]

    async def test_asks_a_person_when_the_last_channel_has_failed(self, office: Office) -> None:
        case = await office.opened(policy="platform-c", phones=())
        office.outside.fail_next("email", "refuse")
        await case.advance_until(lambda view: view.case.stalled is not None)
        assert await case.tasks() == {"find_contact": 1}
        assert case.received() == []

    async def test_whose_borrower_stopped_every_channel_is_never_contacted(self, office: Office) -> None:
        case = await office.opened(policy="platform-c")
        await case.tell("contact_preference", stop=["email", "sms", "phone", "visit"])
        await case.advance(days=90)
        assert await case.contacts() == []
        assert (await case.view()).case.stalled == "no_channel"


class TestStallForFewEyes:
    async def test_is_shown_as_restricted_wherever_everybody_reads(self, office: Office) -> None:
        case = await office.opened(policy="platform-c", country="KR", zones=("Asia/Seoul",))
        await case.tell("fact", name="hospital", by="Ms Chen")
        await case.advance_until(lambda view: view.case.stalled is not None)
        view, row = await case.view(), await case.row()
        assert view.case.stalled == "KR/hospital"
        assert row["stalled"] == "restricted"
        tasks = await case.ledger.read("tasks", case_id=case.handle.id)
        told = f"{view.waiting_for} {row['waiting_for']} {[task['note'] for task in tasks]}"
        assert "hospital" not in told
        assert "restricted" in told
        mine = f'WorkflowId = "{case.handle.id}"'
        assert await counted(office.client, f'{mine} and Stalled = "restricted"', 1)
        history = str(await case.events())
        summaries = [text for text in re.findall(r'metadata.*?data: "(.*?)"', history) if "hospital" in text]
        assert summaries == []
