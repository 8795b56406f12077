"""The same loan and episode can only ever be one case."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from case_on_server import Office, a_loan, counted
from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.case_run import TASK_QUEUE, WORKFLOW
from entrypoints.book import Opening


class TestOpening:
    async def test_has_its_effect_once_when_the_book_is_imported_by_ten_at_once(self, office: Office) -> None:
        loan, now = a_loan(), datetime.now(UTC)
        later = timedelta(days=1)
        opened = await asyncio.gather(*(office.book().open(loan, now, opens_after=later) for _ in range(10)))
        assert Counter(opened) == {Opening.OPENED: 1, Opening.ALREADY_OPEN: 9}
        await replace(office.case(loan), has_field_team=False).advance(days=1, hours=1)  # it does not run yet
        assert len(await office.case(loan).lines("opened")) == 1

    async def test_is_harmless_while_the_case_is_open(self, office: Office) -> None:
        case = await office.opened()
        run_id = (await case.handle.describe()).run_id
        assert await office.book().open(case.loan, datetime.now(UTC)) is Opening.ALREADY_OPEN
        assert (await case.handle.describe()).run_id == run_id

    async def test_does_not_open_a_closed_case_again(self, office: Office) -> None:
        case = await office.opened()
        await case.tell("withdraw", reason="placed by mistake", by="Ms Chen")
        assert await case.handle.result() == "withdrawn"
        assert await office.book().open(case.loan, datetime.now(UTC)) is Opening.ALREADY_CLOSED
        rows = await office.ledger.read("cases", lender=case.loan.lender, loan_id=case.loan.loan_id)
        assert [row["episode"] for row in rows] == [1]

    async def test_is_refused_by_the_id_itself_even_when_the_ledger_is_not_asked(
        self, office: Office
    ) -> None:
        case = await office.opened()
        await case.tell("withdraw", reason="placed by mistake", by="Ms Chen")
        await case.handle.result()
        with pytest.raises(WorkflowAlreadyStartedError):
            await office.client.start_workflow(
                WORKFLOW, id=case.handle.id, task_queue=TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )  # fmt: skip

    async def test_gives_a_loan_that_fell_overdue_again_its_second_episode(self, office: Office) -> None:
        first = await office.opened()
        await first.tell("payment", reference="all", amount_minor=first.loan.balance_minor, currency="CNY")
        assert await first.handle.result() == "cured"
        closed_on = (await first.row())["closed_at"].date()
        again = first.loan.model_copy(update={"overdue_since": closed_on + timedelta(days=40)})
        now = datetime.now(UTC)
        assert await office.book().open(again, now, opens_after=timedelta(days=60)) is Opening.OPENED
        second = replace(office.case(again, episode=2), has_field_team=False)  # it does not run yet
        await second.advance(days=60, hours=1)
        assert (await second.view()).case.account.episode == 2
        assert await office.book().open(again, now) is Opening.ALREADY_OPEN


class TestCase:
    async def test_ends_with_its_outcome_and_never_as_a_failure(self, office: Office) -> None:
        case = await office.opened()
        await case.tell(
            "payment", reference="too much", amount_minor=case.loan.balance_minor + 7, currency="CNY"
        )
        try:
            assert await case.handle.result() == "cured"
        except WorkflowFailureError as error:
            pytest.fail(f"{error.cause}")
        assert (await case.tasks())["refund"] == 1
        assert (await case.row())["balance_minor"] == -7


class TestTimeBarredDebt:
    async def test_is_shown_and_given_to_a_person_at_once(self, office: Office) -> None:
        long_ago = datetime.now(UTC).date() - timedelta(days=5 * 366)
        case = await office.opened(policy="platform-c", overdue_since=long_ago)
        assert await counted(
            office.client, f'WorkflowId = "{case.handle.id}" and CaseStage = "escalation"', 1
        )
        assert await case.tasks() == {"escalation": 1}
        assert (await case.row())["is_time_barred"]
        await case.advance(days=3)
        assert await case.contacts() == []
