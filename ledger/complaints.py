"""Complaints in the ledger: read with their answers, and taken in for cases that have closed, where no workflow runs."""

from collections.abc import Mapping
from datetime import date, datetime

from contracts.case_run import Answer
from ledger.entry import Entry, Row
from ledger.reading import latest_case, plain
from ledger.store import Ledger
from lending.days import local_day
from statemachine import complaints
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade
from statemachine.decision import Line
from statemachine.stage import Stage

AFTER_THE_END: Mapping[str, type[ComplaintMade] | type[ComplaintAnswered]] = {
    "complaint": ComplaintMade,
    "complaint_answered": ComplaintAnswered,
}
"""What a case that has closed still takes in."""


class BadComplaint(ValueError):
    """It cannot be taken in; nothing was changed. Says which field, and what to do."""


async def case_complained_of(ledger: Ledger, lender: str, loan_id: str, reference: str) -> Row:
    """The loan's episode that knows a complaint by this reference, where it is open first; else the latest episode.
    Raises NoSuchCase."""
    latest = await latest_case(ledger, lender, loan_id)
    known = await ledger.read("case_of_complaint", lender=lender, loan_id=loan_id, reference=reference)
    return known[0] if known else latest


async def taken_in_closed(
    ledger: Ledger, case: Row, message: ComplaintMade | ComplaintAnswered, now: datetime
) -> Answer:
    """Records a complaint about this case, which has closed, or its answer, with its task. The case itself has nothing to
    pause. Told again under the same reference it counts once. Raises BadComplaint, LookupError."""
    snapshot = await ledger.snapshot(case["policy_sha256"])
    async with ledger.entry(case["lender"], case["borrower_id"]) as entry:
        row = await entry.case_at_door(case["case_id"])
        today = local_day(now, row["zones"])
        known = [
            complaints.complaint_of(each)
            for each in await entry.run("complaints", {"case_id": case["case_id"]})
        ]
        if reason := complaints.refused_among(known, message, today):
            raise BadComplaint(reason)
        if isinstance(message, ComplaintMade):
            complaint = complaints.as_received(message, today, snapshot.house)
            line = complaints.line_of(complaint, message, is_closed=True)
            task = complaints.task_of(complaint)
            await entry.add_tasks(case["case_id"], "", [task], now)
        else:
            complaint = next(one for one in known if one.reference == message.complaint)
            line = complaints.answer_line(complaint, message, today)
            await _finish(entry, case["case_id"], message.complaint, now)
        await _write(entry, case["case_id"], line, now)
    return Answer(
        accepted=True, stage=Stage.CLOSED, balance_minor=case["balance_minor"], reasons=(line.reason,)
    )


async def complaint_list(ledger: Ledger, lender: str) -> list[Row]:
    """Every complaint of the lender's book, the one due first on top, answered ones last; without its words."""
    return [plain(row) for row in await ledger.read("complaint_list", lender=lender)]


async def complaint_summary(ledger: Ledger, lender: str, today: date) -> list[Row]:
    """By programme: cases, complaints opened and open, open ones past their day at `today` (`overdue`), answered in
    time and late, and upheld, in part too: in percent of the answered, and opened per 1,000 cases (None of none)."""
    found = []
    for row in await ledger.read("complaint_summary", lender=lender, today=today):
        answered = row["in_time"] + row["late"]
        share = round(100 * row["upheld"] / answered) if answered else None
        rate = round(1000 * row["opened"] / row["cases"], 1) if row["cases"] else None
        found.append(row | {"upheld_percent": share, "per_1000_cases": rate})
    return found


async def _finish(entry: Entry, case_id: str, reference: str, now: datetime) -> None:
    key = f"{case_id}/{complaints.task_key(reference)}"
    await entry.run("close_tasks", {"case_id": case_id, "at": now, "kinds": [], "key": key, "done": True})


async def _write(entry: Entry, case_id: str, line: Line, now: datetime) -> None:
    reference = line.facts.get("reference") or line.facts["complaint"]
    await entry.add_lines(case_id, f"{Stage.CLOSED}.{line.kind}.{reference}", (line,), now)
