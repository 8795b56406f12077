"""The words of one contact: the house's template, filled from the ledger as it stands at the door."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.carry_out import PlannedContact
from contracts.lender_voice import LenderVoice
from gateways.message import Message, MessageFacts, render
from lending.days import days_past_due
from statemachine.decision import Contact
from statemachine.stage import Tone


def write_letter(
    policy_id: str, planned: PlannedContact, row: dict[str, Any], voice: LenderVoice, now: datetime,
    page_url: str | None = None,
) -> Message:  # fmt: skip
    """Renders the contact's template in the borrower's language, with the link to their page. Raises MessageError."""
    contact = planned.contact
    facts = letter_facts(contact, row, voice, now, page_url)
    tone = tone_to(contact, row)
    return render(policy_id, contact.template, str(contact.channel), row["language"], facts, tone=tone)


def tone_to(contact: Contact, row: Mapping[str, Any]) -> Tone:
    """The voice of the contact. Who is in difficulty with one loan is not dunned for another: `row` knows of all."""
    return Tone.CARING if row["in_difficulty"] else contact.tone


def letter_facts(
    contact: Contact, row: dict[str, Any], voice: LenderVoice, now: datetime, page_url: str | None = None
) -> MessageFacts:
    """What the words of this contact may tell, from the ledger's row as it stands. Raises MessageError."""
    return MessageFacts(
        lender_name=voice.name,
        borrower_name=row["name"],
        loan_id=row["loan_id"],
        balance_minor=row["balance_minor"],
        currency=row["currency"],
        overdue_since=row["overdue_since"],
        days_past_due=days_past_due(row["overdue_since"], now, row["zones"]),
        pay_reference=row["loan_id"],
        reply_to=voice.reply_to,
        help_line=voice.help_line,
        page_url=page_url,
        time_barred=contact.time_barred,
        plan=contact.plan.instalments if contact.plan else (),
        next_instalment=contact.instalment,
    )
