"""Loans of one borrower under one country's law, and the people who knock, report and tell."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

from at_the_door import ALL, EVERY_WEEKDAY, CaseAtDoor, activity_at

from activities.door import Answer
from compliance.house import ContactRules, Window
from compliance.pack import RulePack
from compliance.rule import Party
from contracts.carry_out import CarryOut, Made, Refused
from contracts.snapshot import PolicySnapshot
from gateways.policy_file import policies_in
from gateways.receipt import Gateway
from statemachine import messages
from statemachine.appointments import with_told
from statemachine.stage import Channel

EMAIL, SMS, PHONE, VISIT = Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.VISIT
Open = Callable[..., Awaitable[CaseAtDoor]]
Gateways = dict[Channel, Gateway]
Under = Callable[[str], PolicySnapshot]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def third_party_under(pack: RulePack) -> PolicySnapshot:
    """A third party's house under one country's law, open around the clock every day, with no caps of its own."""
    window = Window(rule="test/always", channels=ALL, opens=time(0), closes=time.max)
    contact = ContactRules(windows=(window,), spread_minutes=0, party=Party.THIRD)
    house = policies_in()["platform-c"].house
    return PolicySnapshot(house=house, contact=contact, calendar=EVERY_WEEKDAY, law=(pack,))


class Desk:
    """Knocks for calls and visits, each under a step of its own, and reports what others did."""

    def __init__(self, case: CaseAtDoor, gateways: Gateways) -> None:
        self.case, self.gateways, self._door = case, gateways, case.door(gateways)
        self.steps = 0

    def request(self, channel: Channel, at: datetime, **changes: Any) -> CarryOut:
        self.steps += 1
        template = {} if channel in (EMAIL, SMS) else {"template": "revisit"}
        return self.case.contact(
            channel, at, step=f"{self.case.loan.loan_id}_{self.steps}", **template | changes
        )

    async def knocks(self, channel: Channel, at: datetime, **changes: Any) -> Answer:
        return await activity_at(self._door, self.request(channel, at, **changes), at)

    async def refused(self, channel: Channel, at: datetime) -> tuple[str, datetime | None]:
        """Rule and next instant of the refusal that is expected."""
        answer = await self.knocks(channel, at)
        assert isinstance(answer, Refused), answer
        assert answer.citation
        return answer.rule, answer.next_at

    async def reports(self, result: str, at: datetime, **more: Any) -> None:
        """A person tells what came of a call; with `task`, of one that the case had handed over."""
        if task := more.get("task"):
            self.case.case = with_told(self.case.case, task)
        report = messages.VisitReported(channel=PHONE, result=result, **more)
        await self.case.told(report, at)

    async def agency_reports(self, at: datetime, **changes: Any) -> None:
        """An agency tells of a contact it made with the same person."""
        loan = self.case.loan
        self.steps += 1
        usual = {
            "lender": loan.lender, "reference": f"{loan.borrower_id}/{self.steps}", "borrower_id": loan.borrower_id,
            "at": at, "channel": PHONE, "result": "connected", "debts": [], "number": "", "collector": "agency",
            "purpose": "routine", "recipient": "borrower", "recorded_at": at,
        }  # fmt: skip
        async with self.case.ledger.entry(loan.lender, loan.borrower_id) as entry:
            await entry.run("report_contact", usual | changes)

    async def made(self, channel: Channel, at: datetime, **changes: Any) -> bool:
        return isinstance(await self.knocks(channel, at, **changes), Made)

    async def task_of(self, at: datetime) -> int:
        """The number of the task that was handed over at `at`."""
        [task] = [task for task in await self.case.tasks() if abs(task["created_at"] - at) < MINUTE / 2]
        return int(task["task_id"])


async def desks(opened: Open, gateways: Gateways, count: int, **loan: Any) -> list[Desk]:
    """Loans of one borrower."""
    first = await opened(**loan)
    same = loan | {"borrower_id": first.loan.borrower_id, "phones": first.loan.phones}
    return [Desk(case, gateways) for case in (first, *[await opened(**same) for _ in range(count - 1)])]
