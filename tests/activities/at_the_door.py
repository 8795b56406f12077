"""A case in the real ledger that knocks at a door, at instants of the test's choosing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from temporalio.testing import ActivityEnvironment

from activities.carry_out import CarryingOut, write_down
from activities.door import Answer, Door
from compliance.calendar import WorkingCalendar
from compliance.house import Cap, ContactRules, Window
from contracts.carry_out import CarryOut, Reply
from contracts.lender_voice import LenderVoice
from contracts.loan import OverdueLoan
from contracts.snapshot import PolicySnapshot
from gateways.message import Message
from gateways.policy_file import policies_in
from gateways.receipt import Gateway, Receipt
from gateways.rule_book import RuleBook
from ledger.entry import Row
from ledger.store import Ledger
from simulator.outside import Delivered, Outside
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case
from statemachine.decision import Contact
from statemachine.events import ContactMade
from statemachine.stage import Channel
from workflows.requests import contact_request, opening_request, record_request

VOICE = LenderVoice(
    name="Harbour Savings", reply_to="care@harbour.example", help_line="a free advice service"
)
ALL = tuple(Channel)
EVERY_WEEKDAY = WorkingCalendar(name="test", weekdays=(0, 1, 2, 3, 4), off=frozenset(), source="test",
                                valid_from=date(2020, 1, 1), valid_until=date(2040, 12, 31))  # fmt: skip


class WeekdayBook(RuleBook):
    """Today's law is what the test gives it, and nobody has holidays."""

    def calendar(self, country: str, subdivision: str | None, today: date) -> WorkingCalendar | None:
        return EVERY_WEEKDAY


RULE_BOOK = WeekdayBook({})

WEDNESDAY = date(2027, 3, 3)
NINE, NOON, SIX = time(9), time(12), time(18)


def utc(clock: time, day: date = WEDNESDAY) -> datetime:
    """An instant; the borrowers here live in UTC."""
    return datetime.combine(day, clock, UTC)


AT_NINE, AT_NOON = utc(NINE), utc(NOON)


def rules(**caps: tuple[int, int]) -> PolicySnapshot:
    """Platform C from nine to six on weekdays, with caps by rule: limit and days."""
    window = Window(rule="test/nine-to-six", channels=ALL, days=("working",), opens=NINE, closes=SIX)
    limits = tuple(
        Cap(rule=rule, channels=ALL, limit=limit, days=days) for rule, (limit, days) in caps.items()
    )
    contact = ContactRules(windows=(window,), caps=limits, spread_minutes=0)
    return PolicySnapshot(house=policies_in()["platform-c"].house, contact=contact, calendar=EVERY_WEEKDAY)


class Crash(Exception):
    """The worker dies here; nothing after it happens."""


class CrashesAfterSending:
    """The provider has the message, and the worker dies before it can write that down."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.takes_key = gateway.takes_key

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        await self._gateway.send(key=key, to=to, message=message, timeout_s=timeout_s)
        raise Crash


async def activity_at(carrying_out: CarryingOut, request: CarryOut, at: datetime) -> Answer:
    """One try of the activity that the server started at `at`."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=at)
    reply: Reply = await environment.run(carrying_out.carry_out, request)
    assert not isinstance(reply.result, str)
    return reply.result  # type: ignore[return-value]


@dataclass
class CaseAtDoor:
    """An open case of one loan, whose contacts knock at doors."""

    case: Case
    loan: OverdueLoan
    snapshot: PolicySnapshot
    sha256: str
    ledger: Ledger
    outside: Outside
    number: int = 1

    @classmethod
    async def opened(
        cls, ledger: Ledger, outside: Outside, snapshot: PolicySnapshot | None = None, **changes: Any
    ) -> "CaseAtDoor":
        """A new case, opened two days before WEDNESDAY."""
        snapshot = snapshot or rules()
        unique, at = uuid4().hex[:12], utc(NOON) - timedelta(days=2)
        fields: dict[str, Any] = {
            "lender": "harbour", "loan_id": f"L-{unique}", "borrower_id": f"B-{unique}", "name": f"Li {unique}",
            "balance_minor": 120_000, "currency": "CNY", "overdue_since": WEDNESDAY - timedelta(days=20),
            "email": f"{unique}@example.test", "phones": (f"+86{int(unique, 16) % 10**11:011d}",), "language": "en",
            "country": "CN", "zones": ("UTC",), "policy": "platform-c",
        }  # fmt: skip
        loan = OverdueLoan(**fields | changes)
        await ledger.put_loans([loan], at)
        sha256 = await ledger.publish(snapshot)
        shared = loan.model_dump(include=set(Account.model_fields))
        decision = open_case(Account(**shared, episode=1, channels=ALL), at, snapshot.house)
        request = opening_request(decision, snapshot, sha256, at)
        async with ledger.entry(loan.lender, loan.borrower_id) as entry:
            await write_down(entry, request)
        return cls(decision.case, loan, snapshot, sha256, ledger, outside)

    def door(self, gateways: Mapping[Channel, Gateway], kind: type[Door] = Door) -> CarryingOut:
        """The activity with a door of this kind."""
        return CarryingOut(self.ledger, kind(self.ledger, gateways, VOICE, RULE_BOOK))

    def contact(
        self, channel: Channel, at: datetime = AT_NOON, moved_by: str | None = None, **changes: Any
    ) -> CarryOut:
        """The request for the notice by this channel, planned for `at`."""
        fields = {
            "step": "notice",
            "stage": self.case.stage,
            "attempt": 1,
            "channel": channel,
            "template": "notice",
        }
        contact = Contact(**fields | {"wanted_at": at} | changes)
        made = ContactMade(contact=contact, at=at, planned_at=at, moved_by=moved_by)
        if_made = decide(self.case, made, at, self.snapshot.house)
        self.number += 1
        return contact_request(self.case, made, if_made, self.snapshot, self.sha256, self.number)

    async def told(self, message: Any, at: datetime = AT_NINE) -> None:
        """Something reaches the case and is written, as the workflow would have it."""
        decision = decide(self.case, message, at, self.snapshot.house)
        self.case, self.number = decision.case, self.number + 1
        request = record_request(decision, self.snapshot, self.sha256, self.number, at)
        async with self.ledger.entry(self.loan.lender, self.loan.borrower_id) as entry:
            await write_down(entry, request)

    async def contacts(self) -> list[tuple[str, str]]:
        """Channel and status of the case's contacts."""
        rows = await self.ledger.read("contacts", case_id=self.case.case_id)
        return [(row["channel"], row["status"]) for row in rows]

    async def tasks(self) -> list[Row]:
        """What people were given to do."""
        return await self.ledger.read("tasks", case_id=self.case.case_id)

    async def lines(self) -> list[Row]:
        """The case's lines."""
        return await self.ledger.read("lines", case_id=self.case.case_id)

    def received(self) -> list[Delivered]:
        """What reached the borrower."""
        return [found for found in self.outside.messages if found.to in (self.loan.email, *self.loan.phones)]
