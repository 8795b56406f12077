"""The law at the door: today's facts of the borrower, judged by the rules the case is pinned to and by today's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from compliance.allowed_instant import NeverPermitted, Permitted, earliest_permitted
from compliance.ask import Borrower
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.law import Law
from contracts.carry_out import CarryOut, PlannedContact, Refused, ask_of
from contracts.snapshot import PolicySnapshot
from gateways.rule_book import RuleBook
from ledger.entry import Entry, Row
from statemachine.stage import Channel

_LOOK_BACK = timedelta(days=370)
"""Longer than any limit's window but `ever`, which only counts third persons."""

_OURS = "Leeway: the door judges by what is known there"


class Judgement:
    """One contact before the law. Strictest wins: both the pinned rules and today's must permit it now."""

    def __init__(self, entry: Entry, request: CarryOut, planned: PlannedContact, now: datetime) -> None:
        self._entry, self._request, self._planned, self._now = entry, request, planned, now

    async def passed(self, row: Row, snapshot: PolicySnapshot, rule_book: RuleBook) -> Permitted | Refused:
        """Permitted at this very instant, or refused with the rule, its citation and the next instant."""
        person = await self._entry.borrower(self._request)
        if hold := person.hold_at(self._now):
            reason = "a hold on another case of this person is in force; release it there"
            return refused(row, "hold", reason, hold.until, citation="Leeway: nothing runs during a hold")
        borrower = Borrower(
            tuple(row["zones"]), person.wishes, person.facts, row["overdue_since"], self._request.case_id
        )
        contacts = await self._entry.borrower_contacts(
            self._request, self._planned.key, self._now - _LOOK_BACK
        )
        pinned, today = laws(row, snapshot, rule_book)
        calendar = rule_book.calendar(row["country"], row["subdivision"], self._now.date())
        books = ((pinned, snapshot.calendar), (today, calendar))
        found: Permitted | Refused | None = None
        for law, calendar in books:
            found = self._by(law, calendar, row, borrower, contacts)
            if isinstance(found, Refused):
                return found
        assert found is not None
        return found

    def _by(
        self, law: Law, calendar: WorkingCalendar | None, row: Row, borrower: Borrower, contacts: History
    ) -> Permitted | Refused:
        contact = self._planned.contact
        ask = ask_of(contact, row["loan_id"], law.house, number(row, contact.channel))
        found = earliest_permitted(law, calendar, borrower, ask, self._now, contacts)
        if isinstance(found, NeverPermitted):
            others = (
                [replace(ask, channel=channel, number=number(row, channel)) for channel in reachable(row)]
                if ask
                else []
            )
            closed = tuple(
                other.channel for other in others
                if isinstance(
                    earliest_permitted(law, calendar, borrower, other, self._now, contacts), NeverPermitted
                )
            )  # fmt: skip
            return refused(row, found.rule, found.reason, None, citation=found.citation, closed=closed)
        if found.at > self._now:
            reason = f"{contact.channel} is not permitted at this instant"
            return refused(row, found.moved_by or "window", reason, found.at, citation=found.citation or "")
        return found


def laws(row: Row, snapshot: PolicySnapshot, rule_book: RuleBook) -> tuple[Law, Law]:
    """The rules the case is pinned to, and today's of the place where the borrower lives."""
    return snapshot.effective, rule_book.law(snapshot.contact, row["country"], row["subdivision"])


def bound_by(
    laws: Sequence[Law], planned: PlannedContact, zones: Sequence[str], at: datetime
) -> Sequence[dict[str, str]]:
    """The rules in force by which a contact was judged, with their citations, as the ledger explains it."""
    days = [at.astimezone(ZoneInfo(zone)).date() for zone in zones]
    found = {}
    for law in laws:
        ask = ask_of(planned.contact, "", law.house)
        for rule in law.binding(ask) if ask else ():
            if rule.effective_from <= max(days) and not (
                rule.effective_to and rule.effective_to <= min(days)
            ):
                found[rule.id] = {"rule": rule.id, "citation": rule.citation}
    return list(found.values())


def refused(
    row: Row,
    rule: str,
    reason: str,
    next_at: datetime | None,
    citation: str = "",
    closed: tuple[Channel, ...] = (),
) -> Refused:
    """The door's no, with what the borrower's record says today. A rule that is no law's is Leeway's own."""
    return Refused(rule=rule, reason=reason, next_at=next_at, reachable=reachable(row), zones=tuple(row["zones"]),
                   citation=citation or _OURS, closed=closed)  # fmt: skip


def reachable(row: Row) -> tuple[Channel, ...]:
    """The channels the borrower's record supports; a visit needs nothing but a person."""
    by_phone = (Channel.SMS, Channel.PHONE) if row["phones"] else ()
    return (*((Channel.EMAIL,) if row["email"] else ()), *by_phone, Channel.VISIT)


def number(row: Row, channel: Channel | None) -> str:
    """The address or number that the channel would use; empty for a visit."""
    if channel is Channel.EMAIL:
        return str(row["email"] or "")
    return str(row["phones"][0]) if channel in (Channel.SMS, Channel.PHONE) and row["phones"] else ""
