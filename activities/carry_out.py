"""The case's one activity: write down what was decided; where a contact is due, knock at the door."""

from temporalio import activity

from activities.announcement import stage_moved, told
from activities.clock import ServerClock
from activities.contact_result import tell_result, withdraw_visit
from activities.door import Door
from activities.open_tasks import close_answered
from contracts.carry_out import ACTIVITY, CarryOut, Recorded, Reply
from ledger.entry import Entry
from ledger.store import Ledger


class CarryingOut:
    """Bound to a ledger and a door; register `carry_out` with the worker."""

    def __init__(self, ledger: Ledger, door: Door) -> None:
        self._ledger = ledger
        self._door = door

    @activity.defn(name=ACTIVITY)
    async def carry_out(self, request: CarryOut) -> Reply:
        """Carried out twice, a request has its effect once."""
        clock = ServerClock()
        if request.contact is not None:
            return Reply(result=await self._door.knock(request, request.contact, clock))
        async with self._ledger.entry(request.lender, request.borrower_id) as entry:
            await write_down(entry, request)
        return Reply(result=Recorded())


async def write_down(entry: Entry, request: CarryOut) -> None:
    """Lines, tasks, payments and the case's row; a moved stage is announced."""
    if request.opens:
        await entry.open_case(request, request.opens)
    row = await entry.case_at_door(request.case_id)
    before = None if request.opens else row["stage"]
    key = str(request.projection.number)
    new_lines = await entry.add_lines(request.case_id, key, request.lines, request.decided_at)
    await close_answered(entry, request, new_lines, before)
    await entry.add_tasks(request.case_id, key, request.tasks, request.decided_at)
    for place, line in enumerate(new_lines):
        if event := told(request, line, f"{key}.{place}", request.decided_at):
            await entry.announce(event["id"], request.case_id, event, request.decided_at)
        if line.kind == "visit":
            await tell_result(entry, request, row["loan_id"], line, f"{request.case_id}/{key}.{place}")
        await withdraw_visit(entry, request, line)
    await entry.put_payments(request.case_id, request.payments)
    await entry.project(request.case_id, request.projection, request.policy_sha256)
    if before != request.projection.stage:
        event = stage_moved(request, before, request.decided_at)
        await entry.announce(event["id"], request.case_id, event, request.decided_at)
