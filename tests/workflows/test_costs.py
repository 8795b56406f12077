"""A case lives for years, and every one of its steps is paid for and replayed."""

from case_on_server import CLOCK_EVENTS, Office
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

TIMER = EventType.EVENT_TYPE_TIMER_STARTED
FIRED = EventType.EVENT_TYPE_TIMER_FIRED
ACTIVITY = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
UPSERT = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED


def steps(events: list[HistoryEvent]) -> list[list[int]]:
    """The kinds of events from one fired timer to the next; what came before the first timer is left out."""
    found: list[list[int]] = []
    for event in events:
        if event.event_type == FIRED:
            found.append([])
        if found and event.event_type not in CLOCK_EVENTS:
            found[-1].append(event.event_type)
    return found


class TestContact:
    async def test_costs_one_timer_and_one_activity(self, office: Office) -> None:
        case = await office.opened(policy="platform-c")
        await case.advance(days=50)
        taken = steps(await case.events())
        assert len(taken) == len(await case.contacts("made")) >= 4
        for step in taken:
            assert (step.count(TIMER), step.count(ACTIVITY)) == (1, 1)
            assert len(step) - step.count(UPSERT) <= 12

    async def test_changes_search_attributes_only_when_the_stage_moves(self, office: Office) -> None:
        case = await office.opened(policy="platform-c")
        await case.advance(days=200)
        events = await case.events()
        moved = len(await case.lines("stage"))
        assert sum(event.event_type == UPSERT for event in events) == moved == 3

    async def test_upserts_once_when_stage_and_hold_change_together(self, office: Office) -> None:
        case = await office.opened()
        await case.tell("hold", reason="operator")
        await case.tell("plan_accepted")
        await case.tell("release", reason="operator")
        assert sum(event.event_type == UPSERT for event in await case.events()) == 3


class TestWaiting:
    async def test_costs_one_timer_however_many_signals_come(self, office: Office) -> None:
        case = await office.opened()
        for number in range(25):
            payment = {"reference": f"P{number}", "amount_minor": 10, "currency": "CNY"}
            await case.handle.signal("payment", payment)
        await case.alive()
        kinds = [event.event_type for event in await case.events()]
        assert kinds.count(SIGNALED) == 25
        assert (await case.view()).balance_minor == case.loan.balance_minor - 250
        assert kinds.count(TIMER) == 1

    async def test_takes_another_timer_when_the_wait_itself_changes(self, office: Office) -> None:
        case = await office.opened()
        await case.tell("hold", reason="operator", until=str(await case.today()))
        kinds = [event.event_type for event in await case.events()]
        assert kinds.count(TIMER) == 2
        assert kinds.count(EventType.EVENT_TYPE_TIMER_CANCELED) == 1

    async def test_needs_one_timer_while_a_person_decides_to_remind_them(self, office: Office) -> None:
        case = await office.opened()
        await case.tell("visit_outcome", result="met", next_step="escalate")
        kinds = [event.event_type for event in await case.events()]
        assert kinds.count(TIMER) - kinds.count(EventType.EVENT_TYPE_TIMER_CANCELED) == 1
