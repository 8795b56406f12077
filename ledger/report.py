"""Contacts that others made, taken into the record under the borrower's lock."""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from contracts.reported_contact import ReportedContact
from ledger.entry import Entry, Row
from ledger.reading import latest_case
from ledger.store import Ledger
from statemachine.decision import Line

_FIXED = ("borrower_id", "at", "channel", "number", "collector", "purpose", "recipient")


class BadReport(ValueError):
    """The report cannot be taken; nothing was changed. Says which field, and what to do."""


class Taken(StrEnum):
    """What a report changed."""

    NEW = "new"
    RECOUNTED = "recounted"
    KNOWN = "known"


async def report_contact(
    ledger: Ledger, lender: str, loan_id: str, contact: ReportedContact, now: datetime
) -> Taken:
    """Records a contact with the borrower of this loan, once for each reference.

    Told again with another result or other debts, the later word holds and every limit counts anew. No running case
    is planned again: each of the borrower's contacts is judged once more at the door, with what is recorded then.
    Raises BadReport, NoSuchCase.
    """
    if contact.at > now:
        raise BadReport(f"at: {contact.at.isoformat()} is later than now: report what has happened")
    case = await latest_case(ledger, lender, loan_id)
    row = contact.model_dump(exclude={"by", "debts"}) | {
        "lender": lender, "borrower_id": case["borrower_id"], "collector": contact.by, "debts": list(contact.debts),
        "recorded_at": now,
    }  # fmt: skip
    async with ledger.entry(lender, case["borrower_id"]) as entry:
        known = await _known(entry, lender, contact.reference)
        changed = await entry.run("report_contact", row)
        kept = await _known(entry, lender, contact.reference)
        assert kept is not None
        for field in _FIXED:
            if kept[field] != row[field]:
                raise BadReport(
                    f"reference: {contact.reference} is another contact, whose {field} differs: "
                    "give each contact a reference of its own"
                )
        if changed:
            line = Line(kind="contact_reported", reason=f"{contact.channel} by {contact.by}: {contact.result}",
                        facts={"reference": contact.reference, "at": contact.at.isoformat(), "channel": contact.channel,
                               "result": contact.result, "before": known and known["result"], "collector": contact.by})  # fmt: skip
            await entry.add_lines(case["case_id"], f"reported.{uuid4()}", (line,), now)
    return Taken.NEW if known is None else Taken.RECOUNTED if changed else Taken.KNOWN


async def _known(entry: Entry, lender: str, reference: str) -> Row | None:
    rows = await entry.run("reported_contact", {"lender": lender, "reference": reference})
    return next(iter(rows), None)
