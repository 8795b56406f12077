"""The law at the door: today's facts of the borrower, judged by the rules the case is pinned to and by today's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from compliance.allowed_instant import NeverPermitted, Permitted, earliest_permitted
from compliance.ask import Ask, Borrower
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.house import Window
from compliance.law import Law
from compliance.refusal import WISH
from compliance.rule import Recipient
from compliance.standing import lifted
from contracts.carry_out import CarryOut, PlannedContact, Refused, ask_of, people_of
from contracts.snapshot import PolicySnapshot
from gateways.rule_book import RuleBook
from ledger.address import is_lost, reachable, usable
from ledger.entry import Entry, Row
from ledger.person import Person
from statemachine.fact import Fact, FactName
from statemachine.stage import Channel

_LOOK_BACK = timedelta(days=370)
"""Longer than any limit's window but `ever`, which only counts third persons."""

_AGREE_WITHIN = timedelta(days=30)
"""So long after the first instant that each of two books permits, both may go on disagreeing."""

_NEVER_AGREE = (
    f"the rules the case is pinned to and today's permit no instant in common within {_AGREE_WITHIN.days} days; "
    "move the case to today's with `leeway policy move`"
)

_OURS = "Leeway: the door judges by what is known there"


class Passed(NamedTuple):
    """Permitted at the instant asked about, until before `closes_at`; `judged_by` are the rules that judged it, with
    their citations. `citation` is that of the rule that had moved it, where one had. `number` is the address or number
    that was judged: the first of the record that may be used now. `is_unreachable`: the borrower does not answer.
    `people` is how many it takes."""

    closes_at: datetime
    judged_by: Sequence[dict[str, str]]
    citation: str | None = None
    number: str = ""
    is_unreachable: bool | None = None
    people: int = 1


class Book(NamedTuple):
    """Rules, and the calendar they are read with."""

    law: Law
    calendar: WorkingCalendar | None


class Judgement:
    """One contact before the law. Strictest wins: both the pinned rules and today's must permit it now."""

    def __init__(
        self, entry: Entry, request: CarryOut, planned: PlannedContact, now: datetime, number: str = ""
    ) -> None:
        self._entry, self._request, self._planned, self._now = entry, request, planned, now
        self._number = number
        """The one a try before this went to: its key belongs to it."""

    async def passed(self, row: Row, snapshot: PolicySnapshot, rule_book: RuleBook) -> Passed | Refused:
        """Permitted at this very instant, or refused with the rule, its citation and the next instant."""
        person, matter = await self._matter(row, snapshot, rule_book)
        books, borrower, contacts = matter
        if stop := person.stop_at(self._now):
            return refused(
                row, "hold", stop.reason, stop.until, citation="Leeway: nothing runs during a hold"
            )
        contact = self._planned.contact
        numbers = (self._number,) if self._number else usable(row, contact.channel) or ("",)
        asks = [ask_of(contact, row["loan_id"], snapshot.contact, number) for number in numbers]
        ask, found = _first_of(books, borrower, asks, self._now, contacts)
        if isinstance(found, NeverPermitted):
            closed = _closed(books, borrower, ask, row, self._now, contacts)
            return refused(row, found.rule, found.reason, None, citation=found.citation, closed=closed)
        if ask is None or found.at > self._now:
            reason = f"{contact.channel} is not permitted at this instant"
            return refused(row, found.moved_by or "window", reason, found.at, citation=found.citation or "")
        judged_by = [
            *_judged_by(books, ask, borrower, self._now),
            *_unknown_law(row["country"], snapshot, rule_book),
        ]
        citation, people = _citation(books, ask, self._planned.moved_by), people_of(contact, snapshot.contact)
        return Passed(found.closes_at, judged_by, citation, ask.number, people=people)

    async def out_of_reach(
        self, row: Row, snapshot: PolicySnapshot, rule_book: RuleBook
    ) -> Permitted | NeverPermitted | None:
        """May a third person be asked how to reach the borrower, and when? None: the borrower is not out of reach.

        Out of reach is for whom no channel is left, or who did not answer on as many days in a row as a third-person rule
        that binds here asks for.
        """
        person, (books, borrower, contacts) = await self._matter(row, snapshot, rule_book)
        ask = Ask(Channel.PHONE, recipient=Recipient.THIRD_PERSON, debt=row["loan_id"])
        if self._planned.contact.channel is not None:
            asked = [rule.after_failed for law, _ in books for rule in law.binding(ask)
                     if rule.kind == "third_person" and rule.after_failed is not None]  # fmt: skip
            if not asked or not row["zones"] or contacts.days_failed_in_a_row(borrower.zones) < max(asked):
                return None
        if stop := person.stop_at(self._now):
            return NeverPermitted(rule="hold", reason=stop.reason, citation=_OURS)
        return _first_in_all(books, borrower, ask, self._now, contacts)

    async def _matter(
        self, row: Row, snapshot: PolicySnapshot, rule_book: RuleBook
    ) -> tuple[Person, tuple[tuple[Book, Book], Borrower, History]]:
        """The person, the rules, and what they ask about."""
        person = await self._entry.borrower(self._request)
        facts = person.facts
        if is_lost(row, Channel.PHONE):  # every number on record is somebody else's, or none at all
            facts = (*facts, Fact(FactName.NUMBER_INVALID, self._now))
        borrower = Borrower(
            tuple(row["zones"]), person.wishes, facts, row["overdue_since"], self._request.case_id
        )
        contacts = await self._entry.borrower_contacts(
            self._request, self._planned.key, self._now - _LOOK_BACK
        )
        return person, (_books(row, snapshot, rule_book, self._now), borrower, contacts)


def _first_of(
    books: Sequence[Book], borrower: Borrower, asks: Sequence[Ask | None], now: datetime, contacts: History
) -> tuple[Ask | None, Permitted | NeverPermitted]:
    """The number that may be used first; of several, the one that stands first on record."""
    found = [(ask, _first_in_all(books, borrower, ask, now, contacts)) for ask in asks]
    permitted = [(ask, one) for ask, one in found if isinstance(one, Permitted)]
    return min(permitted, key=lambda one: one[1].at) if permitted else found[0]


def _first_in_all(
    books: Sequence[Book], borrower: Borrower, ask: Ask | None, now: datetime, contacts: History
) -> Permitted | NeverPermitted:
    """The first instant that all books permit; it is named by the first book that moved it."""
    at, last_at = now, None
    first: Permitted | None = None
    while last_at is None or at <= last_at:
        found = [earliest_permitted(law, calendar, borrower, ask, at, contacts) for law, calendar in books]
        for one in found:
            if isinstance(one, NeverPermitted):
                return one
        permitted = [one for one in found if isinstance(one, Permitted)]
        first = first or next((one for one in permitted if one.at > at), None)
        latest = max(one.at for one in permitted)
        if latest == at:
            moved = {"moved_by": first.moved_by, "citation": first.citation} if first else {}
            closes_at = min(one.closes_at for one in permitted)
            return Permitted(at=at, closes_at=closes_at, **moved)
        at, last_at = latest, last_at or latest + _AGREE_WITHIN
    return NeverPermitted(rule="no_window", reason=_NEVER_AGREE, citation=(first and first.citation) or "")


def _closed(
    books: Sequence[Book], borrower: Borrower, ask: Ask | None, row: Row, now: datetime, contacts: History
) -> tuple[Channel, ...]:
    """The reachable channels by which this very contact could not be made either."""
    if ask is None:
        return ()
    closed = []
    for channel in reachable(row):
        others = [replace(ask, channel=channel, number=number) for number in usable(row, channel) or ("",)]
        _, answer = _first_of(books, borrower, others, now, contacts)
        if isinstance(answer, NeverPermitted):
            closed.append(channel)
    return tuple(closed)


def _books(row: Row, snapshot: PolicySnapshot, rule_book: RuleBook, now: datetime) -> tuple[Book, Book]:
    """The rules the case is pinned to, and today's of the place where the borrower lives."""
    country, subdivision = row["country"], row["subdivision"]
    today = rule_book.law(snapshot.contact, country, subdivision)
    calendar = rule_book.calendar(country, subdivision, now.date())
    return Book(snapshot.effective, snapshot.calendar), Book(today, calendar)


def _judged_by(books: Sequence[Book], ask: Ask, borrower: Borrower, at: datetime) -> list[dict[str, str]]:
    """What was asked, as the ledger explains it: the rules in force that nothing lifts, and the borrower's wishes."""
    days = [at.astimezone(ZoneInfo(zone)).date() for zone in borrower.zones]
    found = {
        rule.id: rule.citation
        for law, _ in books
        for rule in law.binding(ask)
        if rule.effective_from <= max(days)
        and not (rule.effective_to and rule.effective_to <= min(days))
        and not lifted(rule.exempt, ask, borrower, at)
    }
    wishes = borrower.wishes
    asked = {
        "stopped_channel": wishes.stopped,
        "barred_place": wishes.not_at,
        "wished_hours": wishes.not_before or wishes.not_after or wishes.not_on,
    }
    found |= {rule: WISH for rule, wish in asked.items() if wish}
    return [{"rule": rule, "citation": citation} for rule, citation in found.items()]


def _citation(books: Sequence[Book], ask: Ask, moved_by: str | None) -> str | None:
    """What stands behind a rule, in force or not, or behind a house's window, by its name."""
    for law, _ in books:
        for rule in law.binding(ask):
            windows = rule.open if rule.kind == "hours" else ()
            if moved_by in (rule.id, *(window.rule for window in windows if isinstance(window, Window))):
                return rule.citation
    return WISH if moved_by == "wished_hours" else None


def _unknown_law(country: str, snapshot: PolicySnapshot, rule_book: RuleBook) -> list[dict[str, str]]:
    """Said where no rule pack speaks for the borrower's country: silence would read as leave."""
    known = {*(pack.jurisdiction[:2] for pack in snapshot.law), *(place[:2] for place in rule_book.packs)}
    if country in known:
        return []
    return [{"rule": "no_law", "citation": f"no law known for {country}: only the house's rules"}]


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
                   citation=citation or _OURS, closed=closed, number=row["number"])  # fmt: skip
