"""Records the histories that every later version of the workflow must be able to replay.

Run it for a new story, by its name, or for all of them after a change that is meant to alter the order of commands;
then commit what it wrote:

    .venv/bin/python tests/replay/record.py ["platform-a reworked" ...]
"""

import asyncio
import atexit
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "workflows"))

from case_on_server import CaseOnServer, Office  # noqa: E402

from contracts.case_run import ROLL_SIGNAL, SEARCH_ATTRIBUTES, CaseView  # noqa: E402
from entrypoints.embedded.parts import Endpoints, embedded_parts  # noqa: E402
from gateways.policy_file import policies_in  # noqa: E402
from ledger.migrate import migrate  # noqa: E402
from ledger.store import Ledger  # noqa: E402
from simulator.outside import Outside  # noqa: E402
from simulator.time import SkippedTime  # noqa: E402
from statemachine.stage import Stage  # noqa: E402

HISTORIES = HERE / "histories"

Story = Callable[[CaseOnServer], Awaitable[None]]


async def silent(case: CaseOnServer) -> None:
    """Nobody answers, until the ladder is used up, and beyond."""
    await case.advance(days=240)


async def promises(case: CaseOnServer) -> None:
    """A promise is kept in part, another is broken, then everything is paid."""
    await case.advance(days=10)
    for paid_minor in (20_000, 0):
        await case.tell("promise", amount_minor=20_000, due_on=str(await case.today() + timedelta(days=6)))
        if paid_minor:
            await case.tell("payment", reference="P1", amount_minor=paid_minor, currency="CNY")
        await case.advance(days=15)
    await case.tell("payment_reversed", payment="P1")
    await case.handle.signal("payment", {"reference": "P2", "amount_minor": 120_000, "currency": "CNY"})
    await case.handle.result()


async def holds(case: CaseOnServer) -> None:
    """A dispute, a hardship that runs out, wishes, and signals nobody can read."""
    await case.advance(days=8)
    await case.tell("dispute_opened", reason="paid already")
    await case.advance(days=20)
    await case.tell("dispute_resolved", result="rejected")
    await case.tell(
        "hardship_reported", support_need="time", until=str(await case.today() + timedelta(days=20))
    )
    await case.handle.signal("paiment", {"reference": "P"})
    await case.handle.signal("payment", [1, 2])
    await case.advance(days=40)
    await case.tell("contact_preference", stop=["sms"], not_before="11:00")
    await case.advance(days=40)
    await case.tell("withdraw", reason="sold back", by="Ms Chen")
    await case.handle.result()


async def plan(case: CaseOnServer) -> None:
    """A plan is kept for two instalments and broken at the third; a person refers the case in the end."""
    await case.advance(days=12)
    await case.tell("plan_accepted")
    for number in (1, 2):
        await case.advance(days=20)
        await case.handle.signal(
            "payment", {"reference": f"I{number}", "amount_minor": 20_000, "currency": "CNY"}
        )
        await case.advance(days=10)
    await case.advance_until(lambda view: view.case.stage is Stage.REVISIT)
    await case.advance(days=40)
    await case.tell("visit_outcome", result="met", next_step="escalate")
    for by in ("Ms Chen", "Mr Wu"):
        await case.tell("escalation_decision", decision="refer", by=by)
    await case.handle.result()


async def refused(case: CaseOnServer) -> None:
    """A bad address, a busy server, and a payment that stops a text on its way."""
    case.outside.fail_next("email", "refuse")
    await case.advance_until(lambda view: view.case.contacts_made == 1)
    case.outside.fail_next("sms", "busy")
    await case.advance_until_tried()
    await case.tell("payment", reference="part", amount_minor=1_000, currency="CNY")
    await case.skip(timedelta(minutes=10))
    case.outside.fail_next("email", "busy")
    await case.advance_until_tried()
    await case.tell("payment", reference="rest", amount_minor=119_000, currency="CNY")
    await case.skip(timedelta(minutes=10))
    await case.handle.result()


async def stalled(case: CaseOnServer) -> None:
    """No address on record, week after week."""
    await case.advance(days=40)


async def rolled(case: CaseOnServer) -> None:
    """A run that began with a case carried over, in the middle of a hold."""
    await case.advance(days=20)
    await case.tell("hold", reason="disaster", until=str(await case.today() + timedelta(days=30)))
    await case.handle.signal(ROLL_SIGNAL)
    await case.advance(days=150)
    await case.handle.signal(ROLL_SIGNAL)
    await case.advance(days=1)


async def overlapping(case: CaseOnServer) -> None:
    """A promise under holds that overlap, one of them backdated and one told again; it is broken after them all."""
    await case.advance(days=8)
    today = await case.today()
    await case.tell("promise", amount_minor=20_000, due_on=str(today + timedelta(days=3)))
    await case.advance(days=1)
    await case.tell(
        "hold",
        reason="disaster",
        until=str(today + timedelta(days=20)),
        review_on=str(today + timedelta(days=9)),
    )
    await case.tell(
        "hold", reason="illness", since=str(today - timedelta(days=5)), support_need="time", by="Ms Chen"
    )
    await case.advance(days=10)
    await case.tell("hold", reason="disaster", until=str(today + timedelta(days=30)))
    await case.tell(
        "hold", reason="operator", since=str(today - timedelta(days=9)), until=str(today + timedelta(days=12))
    )
    await case.advance(days=5)
    await case.tell("release", reason="illness", by="Ms Chen")
    await case.advance(days=60)


def budget(wages_minor: int) -> dict[str, Any]:
    """4000.00 a month go out; paid on the 25th."""
    costs = {"housing_minor": 300_000, "energy_minor": 100_000}
    pay = {"rhythm": "monthly", "day": 25}
    return {"currency": "CNY", "income": {"wages_minor": wages_minor}, "fixed_costs": costs, "pay": pay}


async def reworked(case: CaseOnServer) -> None:
    """A budget, a counter-offer that is agreed, a change of circumstances, and another plan, kept to its end."""
    await case.advance(days=3)
    await case.tell("budget", statement=budget(500_000))
    await case.tell("plan_accepted", amount_minor=60_000)
    await case.advance(days=20)
    await case.tell("budget", statement=budget(470_000))
    await case.tell("plan_accepted", instalments=3, by="Ms Chen")
    for number in (1, 2, 3):
        await case.advance(days=25)
        payment = {"reference": f"I{number}", "amount_minor": 40_000, "currency": "CNY"}
        await case.handle.signal("payment", payment)
        await case.alive()
    await case.handle.result()


async def missed(case: CaseOnServer) -> None:
    """An instalment is missed and paid in its review; the next one is missed as well, and the plan ends."""
    await case.advance(days=3)
    first = await case.today() + timedelta(days=14)
    await case.tell("plan_accepted", instalments=4, first_due_on=str(first))
    await case.advance_until(lambda view: view.case.missed_told == 1)
    await case.tell("payment", reference="I1", amount_minor=30_000, currency="CNY")
    await case.advance_until(lambda view: view.case.stage is Stage.REVISIT)
    await case.advance(days=40)


async def decided(case: CaseOnServer) -> None:
    """Escalated, reminded, complained about, paid in part, sent back, and sold by two people in the end."""
    await case.advance(days=3)
    await case.tell("visit_outcome", result="met", next_step="escalate")
    await case.tell("escalation_decision", decision="sell", by="Ms Chen")
    await case.advance(days=30)
    await case.tell("complaint", reference="C-1", about="amount", text="too much")
    await case.tell("complaint", reference="C-2", about="contact", channel="sms")
    await case.advance(days=12)
    await case.tell("complaint_answered", complaint="C-1", result="rejected", by="Mr Wu")
    await case.tell("escalation_decision", decision="back_to_revisit", by="Mr Wu")
    await case.advance(days=40)
    await case.tell("complaint_answered", complaint="C-2", result="upheld", by="Mr Wu")
    await case.tell("visit_outcome", result="met", next_step="escalate")
    for by in ("Mr Wu", "Ms Chen"):
        await case.tell("escalation_decision", decision="sell", by=by)
    await case.handle.result()


async def time_barred(case: CaseOnServer) -> None:
    """Held until its time has ended; sent back to its revisits by a person, and revived by a promise after a visit."""
    await case.tell("hold", reason="operator")
    await case.advance(days=230)
    await case.tell("release", reason="operator")
    await case.tell("escalation_decision", decision="back_to_revisit", by="Mr Wu")
    await case.advance(days=60)
    await case.tell("visit_outcome", result="met")
    await case.tell("promise", amount_minor=20_000, due_on=str(await case.today() + timedelta(days=6)))
    await case.advance(days=20)


def _in_hands(view: CaseView) -> bool:
    return view.case.appointment is not None and view.case.appointment.made_at is not None


async def visited(case: CaseOnServer) -> None:
    """A visit is set up, booked and made, and leads to a reminder; a call is made by nobody, twice, and then withdrawn by
    a hold; the next one finds that a person must decide."""
    case.has_field_team = False
    view = await case.advance_until(lambda view: view.case.appointment is not None)
    assert view.next_at is not None
    booked_for = view.next_at + timedelta(hours=1)
    await case.tell("visit_booked", at=booked_for.isoformat(), people=["Ms Lin", "Mr Wu"])
    view = await case.advance_until(_in_hands)
    assert view.case.appointment is not None
    await case.advance(minutes=40)
    findings = {"income": "less", "household": "two children", "support_needs": "time"}
    await case.tell("visit_outcome", result="met", task=view.case.appointment.task, findings=findings,
                    next_step="reminder")  # fmt: skip
    await case.advance_until(lambda view: view.case.not_done == 2, at_most_steps=40)
    await case.advance_until(_in_hands)
    await case.tell("hold", reason="operator", until=str(await case.today() + timedelta(days=20)))
    await case.handle.signal("visit_outcome", {"result": "met", "task": 10**6})
    view = await case.advance_until(_in_hands, at_most_steps=40)
    assert view.case.appointment is not None
    await case.tell(
        "visit_outcome", channel=view.case.appointment.channel, result="not_met", next_step="escalate"
    )
    await case.advance(days=20)


STORIES: dict[str, tuple[Story, dict[str, Any]]] = {
    "platform-a silent": (silent, {"policy": "platform-a"}),
    "platform-a plan": (plan, {"policy": "platform-a"}),
    "platform-a refused": (refused, {"policy": "platform-a"}),
    "platform-b silent": (silent, {"policy": "platform-b"}),
    "platform-b promises": (promises, {"policy": "platform-b"}),
    "platform-b plan": (plan, {"policy": "platform-b"}),
    "platform-c silent": (silent, {"policy": "platform-c"}),
    "platform-c holds": (holds, {"policy": "platform-c"}),
    "platform-c stalled": (stalled, {"policy": "platform-c", "email": None, "phones": ()}),
    "platform-c rolled": (rolled, {"policy": "platform-c"}),
    "platform-a overlapping": (overlapping, {"policy": "platform-a"}),
    "platform-b decided": (decided, {"policy": "platform-b"}),
    "platform-c time-barred": (
        time_barred,
        {"policy": "platform-c", "overdue_since": datetime.now(UTC).date() - timedelta(days=900)},
    ),
    "platform-b reworked": (reworked, {"policy": "platform-b"}),
    "platform-c visited": (visited, {"policy": "platform-c"}),
    "platform-c missed": (missed, {"policy": "platform-c"}),
    "two zones silent": (
        silent,
        {"policy": "platform-c", "country": "ID", "zones": ("Asia/Jakarta", "Asia/Jayapura")},
    ),
}


def anonymous(part: Any) -> Any:
    """The history without what tells of the machine it was recorded on."""
    if isinstance(part, dict):
        told = {"identity": "recorder", "stackTrace": ""}
        return {key: told.get(key, anonymous(value)) for key, value in part.items()}
    return [anonymous(each) for each in part] if isinstance(part, list) else part


async def record(office: Office, name: str) -> None:
    """Plays one story and keeps the history of each of its runs."""
    story, loan = STORIES[name]
    case = await office.opened(**loan)
    await story(case)
    for number, run_id in enumerate(await case.run_ids(), start=1):
        handle = office.client.get_workflow_handle(case.handle.id, run_id=run_id)
        events = anonymous(json.loads((await handle.fetch_history()).to_json()))["events"]
        lines = ",\n".join(json.dumps(event) for event in events)
        file = HISTORIES / f"{name.replace(' ', '-')}-{number}.json"
        file.write_text(f'{{"events": [\n{lines}\n]}}\n', encoding="utf-8")
        print(f"{file.name}: {len(events)} events")


async def record_these(names: list[str], endpoints: Endpoints, home: Path) -> None:
    """These stories, one after the other: the faults of the outside are told to the next message, whosever it is."""
    time_skipped = await SkippedTime.connect(endpoints.temporal_address)
    async with Ledger(endpoints.database_url) as ledger, Outside(home / "outside") as outside:
        office = Office(time_skipped, ledger, outside, policies_in())
        async with office.worker():
            for name in names:
                await record(office, name)


if __name__ == "__main__":
    atexit.register(time.sleep, 0.1)  # see entrypoints/exit_pause.py
    wanted = sys.argv[1:] or list(STORIES)
    for name in wanted:
        for old in HISTORIES.glob(f"{name.replace(' ', '-')}-[0-9]*.json"):
            old.unlink()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_parts(Path(folder), search_attributes=SEARCH_ATTRIBUTES, skip_time=True) as parts,
    ):
        migrate(parts.database_url)
        asyncio.run(record_these(wanted, parts, Path(folder)))
