"""A borrower whom nobody reaches: shown, and a third person asked once where the law permits it. Nothing beyond."""

from datetime import datetime, timedelta

from activities.judgement import Judgement, Passed
from activities.letter import write_letter
from compliance.allowed_instant import NeverPermitted, Permitted
from contracts.carry_out import CarryOut, PlannedContact, Refused
from contracts.lender_voice import LenderVoice
from contracts.snapshot import PolicySnapshot
from gateways.message import MessageError
from gateways.rule_book import RuleBook
from ledger.entry import Entry, Row
from statemachine.decision import Task
from statemachine.hold_kind import shown_reason
from statemachine.stage import Channel

_SOON = timedelta(days=4)
"""A window that opens after a long weekend is still worth a task; what opens later is looked at again."""

_BY_PEOPLE = (None, Channel.PHONE, Channel.VISIT)


async def looked_for(
    entry: Entry, request: CarryOut, planned: PlannedContact, judgement: Judgement, row: Row,
    snapshot: PolicySnapshot, rule_book: RuleBook, verdict: Passed | Refused, now: datetime, voice: LenderVoice,
) -> Passed | Refused:  # fmt: skip
    """The door's verdict on a call, a visit or a contact without a way, and with it whether the borrower is out of reach.

    Then a person is asked to find a way, and told whether a third person may be asked, by which rule. In reach again:
    the search is called off.
    """
    is_no_way = isinstance(verdict, Refused) and verdict.rule == "no_channel"
    if planned.contact.channel not in _BY_PEOPLE or not (is_no_way or isinstance(verdict, Passed)):
        return verdict
    found = await judgement.out_of_reach(row, snapshot, rule_book)
    at = None if found is None else now
    if (row["unreachable_since"] is None) != (at is None):
        await entry.run("mark_unreachable", {"case_id": request.case_id, "at": at})
    if found is None:
        if row["unreachable_since"] is not None:
            await entry.run("withdraw_search", {"case_id": request.case_id, "at": now})
        return verdict._replace(is_unreachable=False) if isinstance(verdict, Passed) else verdict
    words = await _third_person(entry, request, planned, found, row, snapshot, now, voice)
    if isinstance(verdict, Refused):
        return verdict.model_copy(update={"reason": f"{verdict.reason}; {words}"})
    if row["unreachable_since"] is None:
        task = Task(kind="find_contact", note=f"the borrower does not answer on any day; {words}")
        await entry.add_task(request.case_id, f"{planned.key}/search", task, now)
    return verdict._replace(is_unreachable=True)


async def _third_person(
    entry: Entry, request: CarryOut, planned: PlannedContact, found: Permitted | NeverPermitted, row: Row,
    snapshot: PolicySnapshot, now: datetime, voice: LenderVoice,
) -> str:  # fmt: skip
    """What the search may do, in words. Where it is permitted, the task is written and counted at once: one for a person,
    over all their loans and for ever."""
    if isinstance(found, NeverPermitted):
        why = f"{found.reason} ({found.rule}, {found.citation})"
        return f"no third person may be asked: {shown_reason(found.rule, why)}"
    if found.at - now > _SOON:
        rule = f"{found.moved_by}, {found.citation}"
        return f"no third person may be asked before {found.at:%Y-%m-%d %H:%M} UTC ({rule})"
    reference = f"third person of {request.borrower_id}"
    if await entry.run("reported_contact", {"lender": request.lender, "reference": reference}):
        return "a third person was asked before: once is all"
    contact = planned.contact.model_copy(
        update={"channel": Channel.PHONE, "template": "third_person", "plan": None, "instalment": None}
    )
    try:
        sheet = write_letter(
            snapshot.house.id, planned.model_copy(update={"contact": contact}), row, voice, now
        )
    except MessageError as error:
        return f"no third person may be asked without a talk sheet: {error}"
    hours = f"{found.at:%Y-%m-%d %H:%M} to {found.closes_at:%Y-%m-%d %H:%M} UTC"
    note = f"ask a third person for a way to reach the borrower, once, {hours}; not a word of the debt"
    task = Task(kind="third_person", note=note, starts_at=found.at, due_at=found.closes_at, people=1)
    await entry.add_task(request.case_id, f"{planned.key}/third_person", task, now, sheet.body)
    await entry.run("report_contact", {
        "lender": request.lender, "reference": reference, "borrower_id": request.borrower_id, "at": found.at,
        "channel": Channel.PHONE, "result": "unknown", "debts": [row["loan_id"]], "number": "",
        "collector": "lender", "purpose": "routine", "recipient": "third_person", "recorded_at": now})  # fmt: skip
    return f"a third person may be asked once, {hours}: the task says how"
