"""May a call or visit be booked for this time and these people? Asked of the rules the case is pinned to."""

from dataclasses import replace
from datetime import datetime

from compliance.allowed_instant import NeverPermitted, earliest_permitted
from compliance.ask import Ask
from contracts.carry_out import ask_of
from contracts.snapshot import PolicySnapshot
from lending.days import local_text
from statemachine.agenda import step_contact
from statemachine.case import Case
from statemachine.decide import decide
from statemachine.people_messages import VisitBooked
from statemachine.stage import Channel
from workflows.upcoming import borrower_of

_ENOUGH_PEOPLE = 9


def refused_by_law(case: Case, message: object, snapshot: PolicySnapshot, now: datetime) -> str | None:
    """Why law or house refuse the booking: the field, the value, the rule, its citation, the next permitted instant.
    None when they permit it, or when there is none. What limits count is known at the door only, and judged there."""
    if not isinstance(message, VisitBooked):
        return None
    booked = decide(case, message, now, snapshot.house)
    if not booked.accepted:
        return None  # the core says why
    contact = step_contact(booked.case, snapshot.house, now)
    ask = ask_of(contact, case.account.loan_id, snapshot.contact)
    assert ask is not None
    return _too_few(case, message, ask, snapshot) or _closed(case, message, ask, snapshot)


def _too_few(case: Case, message: VisitBooked, ask: Ask, snapshot: PolicySnapshot) -> str | None:
    if ask.channel is not Channel.VISIT:
        return None
    house, count = snapshot.contact.visit_people, len(message.people)
    if count < house:
        return (
            f"people: {count} given; {snapshot.house.id}/visit_people (house policy): a visit takes {house}"
        )
    found, by_more = (
        earliest_permitted(snapshot.effective, snapshot.calendar, borrower_of(case), asked, message.at)
        for asked in (ask, replace(ask, people=_ENOUGH_PEOPLE))
    )
    if isinstance(found, NeverPermitted) and not isinstance(by_more, NeverPermitted):
        return f"people: {count} given; {found.rule} ({found.citation}): {found.reason}"
    return None


def _closed(case: Case, message: VisitBooked, ask: Ask, snapshot: PolicySnapshot) -> str | None:
    found = earliest_permitted(snapshot.effective, snapshot.calendar, borrower_of(case), ask, message.at)
    asked = local_text(message.at, case.account.zones)
    if isinstance(found, NeverPermitted):
        return f"at: {asked}: {found.rule} ({found.citation}): {found.reason}"
    if found.at > message.at:
        next_at = local_text(found.at, case.account.zones)
        return f"at: {asked} is not permitted: {found.moved_by} ({found.citation}); the next permitted instant is {next_at}"
    return None
