"""A call that was marked done by mistake: its outcome counts no more, and the later word does."""

from datetime import timedelta

import pytest
from at_the_door import AT_NOON
from desk import DAY, MINUTE, PHONE, SMS, Desk, Gateways, Open, desks

from ledger.address import is_lost
from ledger.desk import Desk as PeopleDesk
from ledger.desk import TaskRefused
from ledger.reading import history
from ledger.store import Ledger
from statemachine import messages
from statemachine.stage import HoldReason

LATER = AT_NOON + timedelta(hours=1)
CHEN = "Ms Chen"


@pytest.fixture
async def caller(opened: Open, gateways: Gateways) -> Desk:
    """A case one of whose calls is in a person's hands since noon."""
    [one] = await desks(opened, gateways, 1)
    assert await one.made(PHONE, AT_NOON)
    return one


@pytest.fixture
def people(ledger: Ledger) -> PeopleDesk:
    """Where they work."""
    return PeopleDesk(ledger, "harbour")


async def result(caller: Desk, task: int) -> str:
    """As what the limits count the task's call."""
    found = await caller.case.ledger.read(
        "contacts_told_of", case_id=caller.case.case.case_id, channel="phone", task=task
    )
    return str(found[0]["result"])


class TestOutcomeOfACall:
    async def test_marks_its_task_done_by_the_one_who_told_it(self, caller: Desk, people: PeopleDesk) -> None:
        task = await caller.task_of(AT_NOON)
        await caller.reports("not_met", LATER, task=task, by=CHEN)

        [step] = await people.steps(task)
        assert (step["kind"], step["by"], step["at"], step["note"]) == ("done", CHEN, LATER, "not_met")
        assert (await people.task(task, LATER)).state == "done"

    async def test_that_was_undone_counts_as_anything_until_the_later_word(
        self, caller: Desk, people: PeopleDesk
    ) -> None:
        task = await caller.task_of(AT_NOON)
        await caller.reports("not_met", LATER, task=task, by=CHEN)
        assert await result(caller, task) == "no_answer"
        await people.undo(task, CHEN, "it was another call", LATER)
        assert await result(caller, task) == "unknown"
        await caller.reports("met", LATER, task=task, by=CHEN)

        assert await result(caller, task) == "conversation"
        assert [step["kind"] for step in await people.steps(task)] == ["done", "undone", "done"]
        [line] = [line for line in await caller.case.lines() if line["kind"] == "outcome_undone"]
        assert line["facts"] == {"task": task, "channel": "phone", "by": CHEN}

    async def test_is_taken_after_an_undo_even_when_the_task_was_withdrawn_meanwhile(
        self, caller: Desk, people: PeopleDesk
    ) -> None:
        task, case_id = await caller.task_of(AT_NOON), caller.case.case.case_id
        await caller.reports("not_met", LATER, task=task, by=CHEN)
        await people.undo(task, CHEN, "it was another call", LATER)
        await caller.case.ledger.read("withdraw_tasks", case_id=case_id, at=LATER)  # a hold, perhaps

        assert (await people.to_be_done(task, CHEN, LATER)).channel == "phone"
        await caller.reports("met", LATER, task=task, by=CHEN)
        assert (await people.task(task, LATER)).state == "done"
        with pytest.raises(TaskRefused, match="done_at"):
            await people.to_be_done(task, CHEN, LATER)


class TestUndo:
    async def closed_to(self, caller: Desk) -> tuple[bool, bool]:
        """Whether the number may not be called, and may not be written to."""
        row = (await caller.case.ledger.read("case_at_door", case_id=caller.case.case.case_id))[0]
        return is_lost(row, PHONE), is_lost(row, SMS)

    async def third_persons(self, caller: Desk) -> int:
        """How many contacts with third persons the limits count."""
        loan = caller.case.loan
        rows = await caller.case.ledger.read(
            "borrower_contacts", lender=loan.lender, borrower_id=loan.borrower_id, since=AT_NOON - DAY, key=""
        )
        return sum(row["recipient"] == "third_person" for row in rows)

    async def test_of_a_wrong_number_opens_the_number_again(self, caller: Desk, people: PeopleDesk) -> None:
        task = await caller.task_of(AT_NOON)
        await caller.reports("wrong_number", LATER, task=task, by=CHEN)
        assert await self.closed_to(caller) == (True, True)

        await people.undo(task, CHEN, "it was another call", LATER)

        assert await self.closed_to(caller) == (False, False)
        line = (await caller.case.lines())[-1]
        assert (line["kind"], line["facts"]["reopened"]) == ("outcome_undone", ["phone", "sms"])
        assert await caller.made(PHONE, LATER + MINUTE)

    async def test_leaves_closed_what_another_call_had_closed(
        self, opened: Open, gateways: Gateways, people: PeopleDesk
    ) -> None:
        first, second = await desks(opened, gateways, 2)
        assert await first.made(PHONE, AT_NOON)
        assert await second.made(PHONE, AT_NOON + MINUTE)
        await first.reports("wrong_number", LATER, task=await first.task_of(AT_NOON), by=CHEN)
        mistaken = await second.task_of(AT_NOON + MINUTE)
        await second.reports("wrong_number", LATER + MINUTE, task=mistaken, by=CHEN)

        await people.undo(mistaken, CHEN, "it was another call", LATER + 2 * MINUTE)

        assert await self.closed_to(second) == (True, True)

    async def test_of_a_third_person_takes_back_the_contact_with_them(
        self, caller: Desk, people: PeopleDesk
    ) -> None:
        task = await caller.task_of(AT_NOON)
        await caller.reports("third_person", LATER, task=task, by=CHEN)
        assert await self.third_persons(caller) == 1

        await people.undo(task, CHEN, "it was the borrower", LATER)

        assert await self.third_persons(caller) == 0
        assert (await caller.case.lines())[-1]["facts"]["third_persons"] == 1
        loan = caller.case.loan
        shown = await history(caller.case.ledger, loan.lender, loan.loan_id)
        assert [row["facts"]["result"] for row in shown if row["kind"] == "contact_reported"] == ["withdrawn"]
        await caller.reports("third_person", LATER + MINUTE, task=task, by=CHEN)
        assert await self.third_persons(caller) == 1

    @pytest.mark.parametrize("then", ["hold", "withdraw"])
    async def test_withdraws_what_a_held_or_closed_case_does_not_need(
        self, caller: Desk, people: PeopleDesk, then: str
    ) -> None:
        task = await caller.task_of(AT_NOON)
        await caller.reports("not_met", LATER, task=task, by=CHEN)
        stop = (
            messages.HoldPlaced(reason=HoldReason.OPERATOR)
            if then == "hold"
            else messages.Withdrawn(reason="sold")
        )
        await caller.case.told(stop, LATER)

        undone = await people.undo(task, CHEN, "it was another call", LATER + MINUTE)

        assert (undone.state, undone.withdrawn_at) == ("withdrawn", LATER + MINUTE)

    async def test_of_a_closed_case_opens_only_what_outlives_it(
        self, caller: Desk, people: PeopleDesk
    ) -> None:
        complaint = messages.ComplaintMade(reference="C-1", about="amount")
        await caller.case.told(complaint, LATER)
        await caller.case.told(messages.HardshipReported(support_need="time"), LATER)
        tasks = {task["kind"]: int(task["task_id"]) for task in await caller.case.tasks()}
        asked = [tasks["complaint"], tasks["hardship_review"]]
        for task in asked:
            await people.done(task, CHEN, "", LATER)
        await caller.case.told(messages.Withdrawn(reason="sold"), LATER)

        states = [(await people.undo(task, CHEN, "not done", LATER)).state for task in asked]

        assert [state == "withdrawn" for state in states] == [False, True]
