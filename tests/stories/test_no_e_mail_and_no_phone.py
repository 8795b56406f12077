"""A borrower without e-mail and phone: the case stands still, says so wherever one looks, and goes on by itself."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from case_on_server import CaseOnServer, Office
from temporalio.api.sdk.v1 import WorkflowMetadata
from timeline import timeline, to_day

from entrypoints.tables import case_table
from ledger.reading import case_list, standing_still

NO_WAY: dict[str, Any] = {"email": None, "phones": ()}


async def details(case: CaseOnServer) -> str:
    """What the Web UI shows of the case."""
    metadata = await case.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def stalled_by(office: Office, reason: str) -> int:
    """How many cases `leeway case stalled` counts for this reason."""
    rows = await standing_still(office.ledger, "harbour")
    return sum(row["cases"] for row in rows if row["why"] == reason)


async def found(office: Office, query: str) -> bool:
    """Whether the server's list filter finds the case; it follows at a little distance."""
    for _ in range(200):
        if (await office.client.count_workflows(query)).count == 1:
            return True
        await asyncio.sleep(0.05)
    return False


class TestCaseWithoutAWay:
    async def test_is_stalled_shown_counted_and_goes_on_when_an_address_arrives(self, office: Office) -> None:
        before = await stalled_by(office, "no_channel")
        case = await office.opened(policy="platform-a", **NO_WAY)
        await to_day(case, 15)

        assert await stalled_by(office, "no_channel") == before + 1
        assert await found(office, f'WorkflowId = "{case.handle.id}" and Stalled = "no_channel"')
        shown = await details(case)
        assert "Stalled" in shown
        assert "no_channel" in shown
        [row] = [
            one for one in await case_list(office.ledger, "harbour") if one["loan_id"] == case.loan.loan_id
        ]
        assert (row["stalled"], row["unreachable_since"] is not None) == ("no_channel", True)
        assert "stalled: no_channel" in next(iter(case_table([row]).columns[2].cells))
        assert next(iter(case_table([row]).columns[4].cells)) == "looked at every week"
        [task] = await office.ledger.read("tasks", case_id=case.handle.id)
        assert task["kind"] == "find_contact"
        assert "no third person may be asked" in task["note"]
        assert "CN/third-person" in task["note"]

        case.loan = case.loan.model_copy(update={"email": f"{case.loan.loan_id}@example.test"})
        await office.book().open(case.loan, datetime.now(UTC))
        await to_day(case, 29)
        told = [(day, text) for day, text in await timeline(case) if " by " in text]
        assert told == [(21, "notice by email"), (28, "reminder_1 by email")]
        assert await stalled_by(office, "no_channel") == before
        assert "Stalled" not in await details(case)
