"""An escalated case: one person proposes, another approves; what changes on the way makes them look again."""

from typing import Any

import pytest
from case_on_server import CaseOnServer, Office
from temporalio.client import WorkflowUpdateFailedError
from timeline import timeline, to_day
from unchanged import everything


async def escalated(office: Office) -> CaseOnServer:
    """A case of which a visit found, on day 1, that a person must decide."""
    case = await office.opened(policy="platform-a")
    await to_day(case, 1)
    await case.tell("visit_outcome", result="met", next_step="escalate", by="field team")
    return case


async def refusal(case: CaseOnServer, **decision: Any) -> str:
    """Why the case does not take this decision; it is as it was."""
    before = await everything(case)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await case.tell("escalation_decision", **decision)
    assert await everything(case) == before
    return str(refused.value.cause).removeprefix("BadMessage: ")


class TestTwoPeople:
    async def test_refer_a_case_when_both_say_so(self, office: Office) -> None:
        case = await escalated(office)
        proposed = await case.tell(
            "escalation_decision", decision="refer", by="Ms Chen", note="no answer for a year"
        )
        assert proposed.reasons[0] == "refer proposed by Ms Chen; another person must approve"
        row = await case.row()
        assert row["proposal"]["decision"] == "refer"
        assert "note" not in row["proposal"]
        again = await refusal(case, decision="refer", by=" ｍｓ chen ")
        assert again == "by: Ms Chen proposed it; another person must approve"
        approved = await case.tell("escalation_decision", decision="refer", by="Mr Wu")
        assert approved.reasons == ("refer proposed by Ms Chen, approved by Mr Wu",)
        assert await case.handle.result() == "referred"
        tasks = await case.ledger.read("tasks", case_id=case.handle.id)
        done = {
            task["kind"]: task["done_at"] is not None
            for task in tasks
            if task["kind"].startswith("escalation")
        }
        assert done == {"escalation": True, "escalation_approval": True}

    async def test_look_again_when_money_came_or_a_dispute(self, office: Office) -> None:
        case = await escalated(office)
        await case.tell("escalation_decision", decision="sell", by="Ms Chen")
        await case.tell("payment", reference="P-1", amount_minor=1_000, currency="CNY")
        assert (await case.view()).case.proposal is None
        await case.tell("escalation_decision", decision="sell", by="Mr Wu")
        await case.tell("dispute_opened", reason="not mine")
        assert "decision: sell waits while a dispute hold" in await refusal(
            case, decision="sell", by="Ms Chen"
        )
        lapsed = [line["reason"] for line in await case.lines("proposal_lapsed")]
        assert lapsed == [
            "sell, proposed by Ms Chen, lapses: what is owed has changed; look again",
            "sell, proposed by Mr Wu, lapses: a dispute hold has begun; look again",
        ]
        tasks = await case.ledger.read("tasks", case_id=case.handle.id)
        assert not [
            task for task in tasks if task["kind"] == "escalation_approval" and not task["withdrawn_at"]
        ]


class TestUndecided:
    async def test_asks_again_every_two_weeks_until_it_is_sent_back(self, office: Office) -> None:
        case = await escalated(office)
        await to_day(case, 44)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "visit: met, next escalate"),
            (1, "stage: escalation"),
            (1, "a person: escalation"),
            *(
                (day, text)
                for day in (15, 29, 43)
                for text in ("escalation reminder", "a person: escalation_reminder")
            ),
        ]
        tasks = await case.ledger.read("tasks", case_id=case.handle.id)
        reminders = [task["withdrawn_at"] is None for task in tasks if task["kind"] == "escalation_reminder"]
        assert reminders == [False, False, True]
        await case.tell("escalation_decision", decision="back_to_revisit", by="Mr Wu")
        await to_day(case, 80)
        after = [text for day, text in await timeline(case) if day > 43]
        assert after == ["stage: revisit", "revisit_2 by phone", "phone: not_met"]
