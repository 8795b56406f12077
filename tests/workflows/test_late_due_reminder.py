"""A due reminder that a public holiday moves past the due date: it is left out, and the plan keeps all of its grace."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from case_on_server import CaseOnServer, Office

from lending.days import day_ends, day_starts
from statemachine.stage import Stage

SHANGHAI = "Asia/Shanghai"
GRACE_DAYS = 7
"""Of platform-c, as its file says it; its reminder goes out three days before the due date, so on 1 October."""


def national_day(today: date) -> date:
    """The next 1 October that leaves time for a plan. China rests from then to the 7th, every year."""
    this_year = date(today.year, 10, 1)
    return this_year if this_year - today > timedelta(days=20) else date(today.year + 1, 10, 1)


async def due_in_the_holidays(office: Office) -> tuple[CaseOnServer, date]:
    """A case with a plan whose first instalment is due on 4 October; it was quiet until ten days before the week."""
    case = await office.opened(policy="platform-c")
    holiday = national_day(await case.today())
    agreed_on = holiday - timedelta(days=10)
    await case.tell("hold", reason="operator", until=str(agreed_on - timedelta(days=1)))
    starts_at = day_starts(agreed_on, (SHANGHAI,)) + timedelta(hours=12)
    await case.advance(seconds=(starts_at - await case.clock()).total_seconds())
    due_on = holiday + timedelta(days=3)
    answer = await case.tell("plan_accepted", instalments=3, first_due_on=str(due_on))
    assert (answer.accepted, answer.stage) == (True, Stage.PLAN_ACTIVE)
    return case, due_on


async def reminder_is_due(case: CaseOnServer, due_on: date) -> None:
    """Moves the clock past the reminder, which was planned for the first day people work again."""
    planned_at = (await case.view()).next_at
    assert planned_at is not None
    assert due_on < planned_at.astimezone(ZoneInfo(SHANGHAI)).date() <= due_on + timedelta(days=GRACE_DAYS)
    await to(case, planned_at + timedelta(seconds=3))


async def to(case: CaseOnServer, instant: datetime) -> None:
    """Moves the case's clock to an instant."""
    await case.advance(seconds=(instant - await case.clock()).total_seconds())


class TestReminderMovedPastTheDueDate:
    async def test_is_left_out_and_breaks_nothing_before_the_grace_ends(self, office: Office) -> None:
        case, due_on = await due_in_the_holidays(office)
        contacts_before = len(await case.contacts())
        await reminder_is_due(case, due_on)
        grace_ends = day_ends(due_on + timedelta(days=GRACE_DAYS), (SHANGHAI,))
        view = await case.view()
        assert (view.case.stage, view.next_at) == (Stage.PLAN_ACTIVE, grace_ends)
        await to(case, grace_ends - timedelta(minutes=5))
        assert (await case.view()).case.stage is Stage.PLAN_ACTIVE
        assert await case.lines("plan_broken") == []
        assert len(await case.contacts()) == contacts_before
        await to(case, grace_ends + timedelta(seconds=3))
        [line] = await case.lines("instalment_missed")
        assert line["at"] >= grace_ends

    async def test_leaves_a_plan_that_is_paid_within_its_grace_as_it_was(self, office: Office) -> None:
        case, due_on = await due_in_the_holidays(office)
        await reminder_is_due(case, due_on)
        paid = await case.tell("payment", reference="P-1", amount_minor=40_000, currency="CNY")
        assert (paid.accepted, paid.stage) == (True, Stage.PLAN_ACTIVE)
        await to(case, day_ends(due_on + timedelta(days=GRACE_DAYS), (SHANGHAI,)) + timedelta(days=1))
        view = await case.view()
        assert view.case.stage is Stage.PLAN_ACTIVE
        assert await case.lines("plan_broken") == []
        await case.advance_until(lambda view: view.case.reminded_instalment == 2)  # the next one is on time
        assert [row["step"] for row in await case.contacts()][-1] == "plan1_due_2"
