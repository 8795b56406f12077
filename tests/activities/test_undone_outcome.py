"""A call that was marked done by mistake: its outcome counts no more, and the later word does."""

from datetime import timedelta

import pytest
from at_the_door import AT_NOON
from desk import PHONE, Desk, Gateways, Open, desks

from ledger.desk import Desk as PeopleDesk
from ledger.desk import TaskRefused
from ledger.store import Ledger

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
