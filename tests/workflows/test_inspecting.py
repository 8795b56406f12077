"""An operator reads a case in the Web UI; nobody learns there whose case it is."""

import json
import re
from datetime import timedelta
from typing import Any

from case_on_server import Office
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle
from test_stalled import counted

from contracts.case_run import ROLL_SIGNAL, SEARCH_ATTRIBUTES


def summary(event: HistoryEvent) -> str:
    """What the Web UI shows in place of the kind of event."""
    return str(json.loads(event.user_metadata.summary.data or b'""'))


async def details(handle: WorkflowHandle[Any, Any]) -> str:
    """The case's page in Markdown, as the Web UI asks for it."""
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


class TestHistory:
    async def test_names_every_timer_and_every_activity(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await case.advance(days=40)
        named = {
            kind: [summary(event) for event in await case.events() if event.event_type == kind]
            for kind in (EventType.EVENT_TYPE_TIMER_STARTED, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
        }
        timers, activities = named.values()
        instant = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d Asia/Shanghai"
        in_hands = r" is in a person's hands; what came of it is told until "
        assert all(re.match(rf"\w+ by \w+(: |{in_hands}){instant}", text) for text in timers), timers
        assert any(re.search(in_hands, text) for text in timers)
        assert activities[0].startswith("write down: opened")
        assert activities[1:4] == ["notice by email", "reminder_1 by sms", "reminder_2 by email"]

    async def test_shows_the_case_in_markdown(self, office: Office) -> None:
        case = await office.opened(policy="platform-b")
        await case.tell("hold", reason="dispute")
        text = await details(case.handle)
        for row in ("| Stage | **notice** |", "| On hold | dispute |", "| Policy | platform-b@2", "| Risk |"):
            assert row in text
        await case.tell("withdraw", reason="sold back", by="Ms Chen")
        await case.handle.result()
        assert "**closed** (withdrawn)" in await details(case.handle)


class TestSearchAttributes:
    async def test_are_registered_and_find_the_case(self, office: Office) -> None:
        case = await office.opened(policy="platform-b")
        await case.tell("hold", reason="dispute")
        await case.tell("hold", reason="hardship")
        since = case.loan.overdue_since
        filters = {
            "CaseStage": 'CaseStage = "notice"',
            "LeewayPolicy": 'LeewayPolicy = "platform-b@2"',
            "OverdueSince": f'OverdueSince between "{since}T00:00:00Z" and "{since}T12:00:00Z"',
            "HoldReason": 'HoldReason = "dispute" and HoldReason = "hardship"',
            "Stalled": "Stalled is null",
            "Lender": 'Lender = "harbour"',
        }
        assert set(filters) == set(SEARCH_ATTRIBUTES)
        mine = f'WorkflowId = "{case.handle.id}"'
        assert await counted(office.client, " and ".join((mine, *filters.values())), 1)
        await case.tell("release", reason="dispute")
        await case.tell("release", reason="hardship")
        assert await counted(office.client, f"{mine} and HoldReason is null", 1)


def texts(events: list[HistoryEvent]) -> str:
    """Everything a history holds, payloads decoded."""
    found: list[str] = []

    def walk(message: Any) -> None:
        if isinstance(message, Payload):
            found.append(message.data.decode())
            return
        for field, value in message.ListFields():
            parts = value.values() if hasattr(value, "values") else value if field.is_repeated else (value,)
            for part in parts:
                if hasattr(part, "ListFields"):
                    walk(part)
                else:
                    found.append(str(part))

    for event in events:
        walk(event)
    return "\n".join(found)


class TestPersonalData:
    async def test_is_nowhere_in_ids_search_attributes_or_histories(self, office: Office) -> None:
        case = await office.opened(policy="platform-a", name="Zhao Xiulan")
        office.outside.fail_next("email", "busy")
        await case.advance_until_tried()
        await case.skip(timedelta(minutes=10))
        await case.handle.signal(ROLL_SIGNAL)
        await case.advance(days=120)
        await case.tell("plan_accepted")
        await case.advance(days=60)
        assert len(case.received()) >= 4
        runs = await case.runs()
        all_texts = "\n".join(texts(run) for run in runs)
        assert case.loan.loan_id in all_texts  # the search looks where it should
        assert "notice by email" in all_texts
        raw = str((await case.handle.describe()).raw_description) + all_texts + await details(case.handle)
        assert case.loan.email is not None
        for personal in ("Zhao", "Xiulan", case.loan.email, case.loan.phones[0].removeprefix("+")):
            assert personal not in raw
