"""The people's desk: who may do what with a task, and what is written of it."""

from datetime import date, datetime, timedelta

import psycopg
import pytest
from tasks_in_ledger import NINE, SIX, a_case, a_review, a_visit

from contracts.desk_task import ADDRESS_UNKNOWN
from ledger.desk import CLAIM_DAYS, Desk, NoSuchTask, TaskRefused
from ledger.store import Ledger

CHEN, WU = "Ms Chen", "Mr Wu"
EARLIER = NINE - timedelta(days=1)
DAY = NINE.date()


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """The desk of the lender whose cases these are."""
    return Desk(ledger, "harbour")


@pytest.fixture
async def case_id(ledger: Ledger) -> str:
    """A case of a borrower with an address."""
    return await a_case(ledger)


@pytest.fixture
async def visit(ledger: Ledger, case_id: str) -> int:
    """A visit on `DAY` from nine to six."""
    return await a_visit(ledger, case_id)


@pytest.fixture
async def review(ledger: Ledger, case_id: str) -> int:
    """A review without a day."""
    return await a_review(ledger, case_id)


async def kinds(desk: Desk, task: int) -> list[tuple[str, str]]:
    """What was recorded of the task: kind and actor."""
    return [(step["kind"], step["by"]) for step in await desk.steps(task)]


async def refused(step: object, field: str) -> TaskRefused:
    """The refusal that is expected, which names `field`."""
    with pytest.raises(TaskRefused) as error:
        await step  # type: ignore[misc]
    assert error.value.field == field
    assert str(error.value).startswith(f"{field}: ")
    return error.value


class TestTask:
    async def test_shows_borrower_address_and_window_in_local_time(self, desk: Desk, visit: int) -> None:
        task = await desk.task(visit, EARLIER)

        assert (task.name, task.where) == ("Li Wei", "银杏里12号, 100020 北京")
        assert (task.window, task.day, task.zone) == ("Wed 2027-03-03 09:00-18:00", DAY, "Asia/Shanghai")
        assert (task.state, task.people, task.attempt, task.channel) == ("open", 2, 2, "visit")
        assert task.talk_sheet == "Good morning."

    @pytest.mark.parametrize(
        ("address", "where"),
        [
            ({"street": None, "city": None, "postcode": None}, ADDRESS_UNKNOWN),
            ({"street": None, "postcode": None}, f"北京 ({ADDRESS_UNKNOWN})"),
            ({"postcode": None}, "银杏里12号, 北京"),
        ],
    )
    async def test_says_to_find_an_address_that_is_unknown(
        self, ledger: Ledger, desk: Desk, address: dict[str, None], where: str
    ) -> None:
        task = await a_visit(ledger, await a_case(ledger, **address))

        assert (await desk.task(task, EARLIER)).where == where

    async def test_is_overdue_once_its_window_is_over(self, desk: Desk, visit: int) -> None:
        assert (await desk.task(visit, SIX - timedelta(seconds=1))).state == "open"
        assert (await desk.task(visit, SIX)).state == "overdue"

    async def test_of_another_lender_is_not_there(self, ledger: Ledger, visit: int) -> None:
        stranger = Desk(ledger, "another")
        with pytest.raises(NoSuchTask, match=f"no task {visit}"):
            await stranger.task(visit, EARLIER)
        with pytest.raises(NoSuchTask):
            await stranger.claim(visit, CHEN, EARLIER)
        assert await stranger.tasks(EARLIER) == []

    @pytest.mark.parametrize("number", [2**62, 2**63 - 1])
    async def test_that_never_was_is_named(self, desk: Desk, number: int) -> None:
        for step in (desk.claim(number, CHEN, EARLIER), desk.done(number, CHEN, "", EARLIER),
                     desk.undo(number, CHEN, "why", EARLIER), desk.hand_on(number, CHEN, WU, "why", EARLIER),
                     desk.to_be_done(number, CHEN, EARLIER)):  # fmt: skip
            with pytest.raises(NoSuchTask, match=str(number)):
                await step


class TestClaiming:
    async def test_gives_the_task_to_one_person_and_records_it(self, desk: Desk, visit: int) -> None:
        task = await desk.claim(visit, CHEN, EARLIER)

        assert (task.state, task.holder, task.claimed_at) == ("claimed", CHEN, EARLIER)
        assert await kinds(desk, visit) == [("claimed", CHEN)]

    async def test_again_by_the_same_person_changes_nothing(self, desk: Desk, visit: int) -> None:
        first = await desk.claim(visit, CHEN, EARLIER)

        assert await desk.claim(visit, CHEN, EARLIER + timedelta(hours=1)) == first
        assert await kinds(desk, visit) == [("claimed", CHEN)]

    async def test_is_refused_for_what_another_has(self, desk: Desk, visit: int) -> None:
        before = await desk.claim(visit, CHEN, EARLIER)

        assert CHEN in str(await refused(desk.claim(visit, WU, EARLIER), "claimed_by"))
        assert await desk.task(visit, EARLIER) == before

    async def test_is_refused_to_those_whom_a_visit_is_not_booked_for(
        self, ledger: Ledger, desk: Desk, case_id: str
    ) -> None:
        visit = await a_visit(ledger, case_id, visitors=[CHEN, WU])

        await refused(desk.claim(visit, "Mr Li", EARLIER), "visitors")
        assert (await desk.claim(visit, WU, EARLIER)).holder == WU

    async def test_is_refused_after_the_window(self, desk: Desk, visit: int) -> None:
        await refused(desk.claim(visit, CHEN, SIX), "due_at")

    async def test_is_refused_of_what_is_withdrawn_or_done(
        self, desk: Desk, visit: int, review: int, superuser: psycopg.Connection
    ) -> None:
        superuser.execute("update task set withdrawn_at = %s where task_id = %s", (EARLIER, visit))
        await desk.done(review, CHEN, "", EARLIER)

        assert "visit_outcome" in str(await refused(desk.claim(visit, CHEN, EARLIER), "withdrawn_at"))
        await refused(desk.claim(review, CHEN, EARLIER), "done_at")

    async def test_of_a_window_lapses_with_it(self, desk: Desk, visit: int) -> None:
        await desk.claim(visit, CHEN, EARLIER)

        assert (await desk.task(visit, SIX)).holder is None
        assert (await desk.to_be_done(visit, WU, SIX)).claimed_by == CHEN  # whoever made it may say so

    @pytest.mark.parametrize(
        ("due_on", "lapses_at"),
        [
            (None, EARLIER + timedelta(days=CLAIM_DAYS)),
            (DAY, EARLIER + timedelta(days=CLAIM_DAYS)),
            (
                DAY + timedelta(days=30),
                datetime.combine(DAY + timedelta(days=31), NINE.min.timetz(), NINE.tzinfo),
            ),
        ],
    )
    async def test_of_another_task_lapses_after_a_week_and_its_day(
        self, ledger: Ledger, desk: Desk, case_id: str, due_on: date | None, lapses_at: datetime
    ) -> None:
        task = await a_review(ledger, case_id, due_on)
        await desk.claim(task, CHEN, EARLIER)

        await refused(desk.claim(task, WU, lapses_at - timedelta(seconds=1)), "claimed_by")
        assert (await desk.claim(task, WU, lapses_at)).holder == WU


class TestDoing:
    async def test_ends_a_task_with_a_note(self, desk: Desk, review: int) -> None:
        task = await desk.done(review, CHEN, "looked at", EARLIER)

        assert (task.state, task.done_at) == ("done", EARLIER)
        assert [(step["kind"], step["by"], step["note"]) for step in await desk.steps(review)] == [
            ("done", CHEN, "looked at")
        ]

    async def test_twice_is_refused(self, desk: Desk, review: int) -> None:
        await desk.done(review, CHEN, "", EARLIER)

        assert "undo" in str(await refused(desk.done(review, CHEN, "", EARLIER), "done_at"))

    async def test_is_refused_of_what_another_has(self, desk: Desk, review: int) -> None:
        await desk.claim(review, CHEN, EARLIER)

        await refused(desk.done(review, WU, "", EARLIER), "claimed_by")

    async def test_of_a_visit_wants_its_outcome(self, desk: Desk, visit: int) -> None:
        await refused(desk.done(visit, CHEN, "was there", EARLIER), "result")
        assert (await desk.task(visit, EARLIER)).state == "open"

    async def test_is_refused_of_what_is_withdrawn(
        self, desk: Desk, visit: int, review: int, superuser: psycopg.Connection
    ) -> None:
        superuser.execute(
            "update task set withdrawn_at = %s where task_id in (%s, %s)", (EARLIER, visit, review)
        )

        await refused(desk.to_be_done(visit, CHEN, EARLIER), "withdrawn_at")
        await refused(desk.done(review, CHEN, "", EARLIER), "withdrawn_at")


class TestUndoing:
    async def test_opens_a_task_again_with_who_and_why(self, desk: Desk, review: int) -> None:
        await desk.claim(review, CHEN, EARLIER)
        await desk.done(review, CHEN, "", EARLIER)
        task = await desk.undo(review, WU, "the wrong one", EARLIER)

        assert (task.state, task.holder, task.done_at) == ("claimed", CHEN, None)
        assert (await desk.steps(review))[-1]["note"] == "the wrong one"
        assert await kinds(desk, review) == [("claimed", CHEN), ("done", CHEN), ("undone", WU)]

    async def test_of_what_is_not_done_is_refused(self, desk: Desk, visit: int) -> None:
        await refused(desk.undo(visit, CHEN, "why", EARLIER), "done_at")


class TestHandingOn:
    async def test_gives_the_task_to_another_person(self, desk: Desk, visit: int) -> None:
        await desk.claim(visit, CHEN, EARLIER)
        task = await desk.hand_on(visit, CHEN, WU, "ill", EARLIER)

        assert task.holder == WU
        step = (await desk.steps(visit))[-1]
        assert (step["kind"], step["by"], step["passed_to"], step["note"]) == ("handed_on", CHEN, WU, "ill")

    async def test_gives_what_nobody_has_to_a_person(self, desk: Desk, visit: int) -> None:
        assert (await desk.hand_on(visit, CHEN, WU, "near by", EARLIER)).holder == WU

    async def test_to_oneself_is_refused(self, desk: Desk, visit: int) -> None:
        assert not (await refused(desk.hand_on(visit, CHEN, CHEN, "why", EARLIER), "to")).is_conflict

    async def test_to_who_has_it_is_refused(self, ledger: Ledger, desk: Desk, case_id: str) -> None:
        visit = await a_visit(ledger, case_id, visitors=[CHEN, WU])
        await desk.claim(visit, WU, EARLIER)

        await refused(desk.hand_on(visit, CHEN, WU, "why", EARLIER), "to")

    async def test_of_what_another_has_is_refused(self, desk: Desk, visit: int) -> None:
        await desk.claim(visit, CHEN, EARLIER)

        await refused(desk.hand_on(visit, WU, "Mr Li", "why", EARLIER), "claimed_by")


class TestSteps:
    @pytest.mark.parametrize("change", ["update task_event set by = 'nobody'", "delete from task_event"])
    async def test_cannot_be_changed(
        self, desk: Desk, visit: int, superuser: psycopg.Connection, change: str
    ) -> None:
        await desk.claim(visit, CHEN, EARLIER)

        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            superuser.execute(change.encode())

    async def test_count_as_revisions(self, desk: Desk, visit: int) -> None:
        before = (await desk.task(visit, EARLIER)).revision
        await desk.claim(visit, CHEN, EARLIER)
        await desk.claim(visit, CHEN, EARLIER)

        assert (await desk.task(visit, EARLIER)).revision == before + 1


class TestRoute:
    async def test_is_in_order_of_day_postcode_city_and_street(self, ledger: Ledger, desk: Desk) -> None:
        async def visit(at: datetime, **address: str | None) -> int:
            return await a_visit(
                ledger, await a_case(ledger, **address), at, at + timedelta(hours=9), kind="route"
            )

        last = await visit(NINE + timedelta(days=1), postcode="100001")
        nowhere = await visit(NINE, street=None, city=None, postcode=None)
        second_street = await visit(NINE, street="银杏里9号")
        first = await visit(NINE, street="Zebra Row", postcode="100010")
        first_street = await visit(NINE, street="银杏里10号")
        found = [task.task_id for task in await desk.tasks(EARLIER, kind="route", is_open=True)]

        assert found == [first, first_street, second_street, nowhere, last]
        assert [task.task_id for task in await desk.tasks(EARLIER, kind="route", on=DAY)] == found[:4]

    async def test_of_a_person_has_what_they_claimed_and_what_is_booked_for_them(
        self, ledger: Ledger, desk: Desk, case_id: str
    ) -> None:
        mine, booked, others = [
            await a_visit(ledger, case_id, visitors=who) for who in ([], [CHEN, "Miss Route"], [])
        ]
        await desk.claim(mine, "Miss Route", EARLIER)
        await desk.claim(others, WU, EARLIER)

        found = await desk.tasks(EARLIER, person="Miss Route")
        assert {task.task_id for task in found} == {mine, booked}
        assert [task.task_id for task in await desk.tasks(SIX, person="Miss Route")] == [
            booked
        ]  # the claim lapsed

    async def test_of_open_tasks_leaves_out_what_is_over(
        self, ledger: Ledger, desk: Desk, case_id: str, review: int, visit: int
    ) -> None:
        await desk.done(review, CHEN, "", EARLIER)

        everything = {task.task_id for task in await desk.tasks(EARLIER)}
        still_to_do = {task.task_id for task in await desk.tasks(EARLIER, is_open=True)}
        assert {review, visit} <= everything
        assert review not in still_to_do
        assert visit in still_to_do
