"""What a case will do next, and when: the core's wish under the snapshot's contact rules. A pure estimate."""

from datetime import datetime

from compliance.allowed_instant import NeverPermitted, earliest_permitted
from compliance.ask import Borrower
from contracts.carry_out import ask_of
from contracts.snapshot import PolicySnapshot
from lending.days import local_text
from lending.value import Value
from statemachine.agenda import WaitForPerson, WantContact, whats_next
from statemachine.case import Case
from statemachine.decision import Contact, Line
from statemachine.hold_kind import shown_reason, shown_rule


class Upcoming(Value):
    """`wake_at` None: only a message wakes the case. `closes_at` is the end of the contact's window."""

    wake_at: datetime | None
    why: str
    wait_key: tuple[object, ...]
    contact: Contact | None = None
    closes_at: datetime | None = None
    moved_by: str | None = None
    citation: str | None = None

    @classmethod
    def nothing(cls) -> "Upcoming":
        """What a closed case waits for."""
        return cls(wake_at=None, why="closed", wait_key=())

    def line(self) -> Line:
        """How the ledger announces what comes next."""
        facts = (
            {"step": self.contact.step, "wanted_at": f"{self.contact.wanted_at:%Y-%m-%d %H:%M}Z"}
            if self.contact
            else {}
        )
        if self.citation:
            facts["citation"] = self.citation
        return Line(
            kind="planned", reason=self.why, rule=self.moved_by or "", facts=facts, next_at=self.wake_at
        )


def upcoming(case: Case, snapshot: PolicySnapshot, now: datetime) -> Upcoming:
    """The next step of the case. Where no permitted instant is known, the door is asked and says why."""
    step = whats_next(case, snapshot.house, now)
    if isinstance(step, WantContact):
        return permitted(case, snapshot, step, now)
    key = (*step.wait_key(), case.wishes, case.facts)
    if isinstance(step, WaitForPerson):
        return Upcoming(wake_at=None, why=step.why, wait_key=key)
    return Upcoming(wake_at=step.at, why=step.why, wait_key=key)


def permitted(case: Case, snapshot: PolicySnapshot, step: WantContact, now: datetime) -> Upcoming:
    """When the contact may be made first, by the snapshot's contact rules."""
    key = (*step.wait_key(), case.wishes, case.facts)
    contact, from_at = step.contact, max(step.from_at, now)
    law, account = snapshot.effective, case.account
    ask = ask_of(contact, account.loan_id, law.house)
    found = earliest_permitted(law, snapshot.calendar, borrower_of(case), ask, from_at)
    if isinstance(found, NeverPermitted):
        why = f"{contact.step}: {shown_reason(found.rule, found.reason)}"
        return Upcoming(wake_at=from_at, why=why, wait_key=key, contact=contact,
                        moved_by=found.rule, citation=found.citation)  # fmt: skip
    text = f"{contact.step} by {contact.channel}: {local_text(found.at, case.account.zones)}"
    why = f"{text}, moved by {shown_rule(found.moved_by)}" if found.moved_by else text
    return Upcoming(wake_at=found.at, why=why, wait_key=key, contact=contact, closes_at=found.closes_at,
                    moved_by=found.moved_by, citation=found.citation)  # fmt: skip


def borrower_of(case: Case) -> Borrower:
    """What the case knows of its borrower, as the law asks it."""
    account = case.account
    return Borrower(account.zones, case.wishes, case.known_facts, account.overdue_since, case.case_id)
