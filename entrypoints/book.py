"""The book of overdue loans: each one written to the ledger and opened as a case, however often it is imported."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import (
    RawValue,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.case_run import TASK_QUEUE, WORKFLOW
from contracts.loan import OverdueLoan
from gateways.policy_file import Policy
from gateways.rule_book import RuleBook
from ledger.entry import Row
from ledger.store import Ledger
from statemachine.case import Account
from statemachine.decide import open_case
from statemachine.stage import Channel, Outcome, Stage

STARTS_AT_ONCE = 64
"""Cases of a batch that are started at the same time: bench/opening.py shows that more gains nothing."""


class Opening(StrEnum):
    """What became of a loan in the book."""

    OPENED = "opened"
    ALREADY_OPEN = "already open"
    ALREADY_CLOSED = "already closed"


class Placing(NamedTuple):
    """A loan to open a case for; `as_of` is when the loan system knew it overdue."""

    loan: OverdueLoan
    as_of: datetime | None = None


class Placed(NamedTuple):
    """What became of it, and the case it has."""

    opening: Opening
    case_id: str


class Book:
    """Opens cases. The same loan and episode can only ever be one workflow: the id says so, not luck."""

    def __init__(
        self,
        client: Client,
        ledger: Ledger,
        policies: Mapping[str, Policy],
        task_queue: str = TASK_QUEUE,
        rule_book: RuleBook | None = None,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._policies = policies
        self._task_queue = task_queue
        self._rule_book = rule_book or RuleBook.shipped()
        self._rules: dict[tuple[str, str, str | None, date], _Published] = {}
        self._room = asyncio.Semaphore(STARTS_AT_ONCE)

    def unfit(self, loan: OverdueLoan, now: datetime) -> str | None:
        """Why no case can be opened for the loan: the field, the value, what to do. None when one can."""
        if loan.policy not in self._policies:
            return f"policy: {loan.policy} is none of {', '.join(sorted(self._policies))}"
        tomorrow = now.date() + timedelta(days=1)  # it may be tomorrow already where the loan is
        if loan.overdue_since > tomorrow:
            return f"overdue_since: {loan.overdue_since} is still to come; send the loan when it is overdue"
        unknown = [zone for zone in loan.zones if not _is_zone(zone)]
        return (
            f"zones: {unknown[0]} is no time zone; write an IANA name such as Asia/Shanghai"
            if unknown
            else None
        )

    async def open(
        self, loan: OverdueLoan, now: datetime, opens_after: timedelta | None = None, as_of: datetime | None = None
    ) -> Opening:  # fmt: skip
        """Writes the loan down and opens its case, unless this episode was opened before.

        `as_of` is when the loan system knew it overdue: of a loan that was cured before, that is a new episode, whatever
        its oldest due date. `opens_after` delays the case's first step; the demo uses it to begin its story on a Monday.
        """
        await self._ledger.put_loans([loan], now)
        latest = await self._ledger.read("latest_case", lender=loan.lender, loan_id=loan.loan_id)
        found = await self._known(Placing(loan, as_of), latest[0] if latest else None, now)
        return found.opening if isinstance(found, Placed) else await self._start(found, opens_after)

    async def open_all(self, loans: Sequence[OverdueLoan], now: datetime) -> list[Opening]:
        """The same for many loans of one lender, in their order."""
        return [one.opening for one in await self.place_all([Placing(loan) for loan in loans], now)]

    async def place_all(self, placings: Sequence[Placing], now: datetime) -> list[Placed]:
        """Many loans of one lender: one transaction for all, then some starts at a time. What became of each, in their
        order. Raises RPCError; what was opened by then stays so."""
        if not placings:
            return []
        loans = [placing.loan for placing in placings]
        await self._ledger.put_loans(loans, now)
        ids = [loan.loan_id for loan in loans]
        rows = await self._ledger.read("latest_cases", lender=loans[0].lender, loan_ids=ids)
        latest = {row["loan_id"]: row for row in rows}
        found = [await self._known(one, latest.get(one.loan.loan_id), now) for one in placings]
        done = await asyncio.gather(*(self._started(one) for one in found), return_exceptions=True)
        for one in done:  # once all have come to an end
            if isinstance(one, BaseException):
                raise one
        return [one for one in done if isinstance(one, Placed)]

    async def _known(self, placing: Placing, latest: Row | None, now: datetime) -> "Placed | _Start":
        """The case that the loan has, or the one to start."""
        episode = _episode(placing.loan, latest, placing.as_of)
        if latest is not None and episode is None:
            opening = Opening.ALREADY_CLOSED if latest["outcome"] else Opening.ALREADY_OPEN
            return Placed(opening, latest["case_id"])
        account = _account(placing.loan, episode or 1)
        house = self._policies[placing.loan.policy].house
        stage = open_case(account, now, house).case.stage  # of a debt that comes time-barred it is no notice
        return _Start(account, await self._published(placing.loan, now.date()), stage)

    async def _started(self, found: "Placed | _Start") -> Placed:
        if isinstance(found, Placed):
            return found
        async with self._room:
            return Placed(await self._start(found, None), found.account.case_id)

    async def _start(self, start: "_Start", opens_after: timedelta | None) -> Opening:
        account, published, stage = start
        try:
            await self._client.start_workflow(
                WORKFLOW,
                RawValue(published.payload(account)),
                id=account.case_id,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=_attributes(account, published.policy, stage),
                start_delay=opens_after,
                static_summary=f"{account.loan_id} · {published.policy}",
            )
        except WorkflowAlreadyStartedError:
            return Opening.ALREADY_OPEN
        return Opening.OPENED

    async def _published(self, loan: OverdueLoan, today: date) -> "_Published":
        place = (loan.policy, loan.country, loan.subdivision, today)
        if place not in self._rules:
            policy = self._policies[loan.policy]
            snapshot = self._rule_book.snapshot(policy, loan.country, loan.subdivision, today)
            self._rules[place] = _Published(
                policy.house.name, snapshot.model_dump_json(), await self._ledger.publish(snapshot)
            )
        return self._rules[place]


class _Published(NamedTuple):
    """Rules that stand in the ledger under their hash. They are written as JSON once, not for every case anew: they are
    most of what a case begins with."""

    policy: str
    snapshot_json: str
    sha256: str

    def payload(self, account: Account) -> Payload:
        """`CaseRun` as the data converter would write it."""
        body = (
            f'{{"account":{account.model_dump_json()},"snapshot":{self.snapshot_json},'
            f'"sha256":{json.dumps(self.sha256)}}}'
        )
        return Payload(metadata={"encoding": b"json/plain"}, data=body.encode())


class _Start(NamedTuple):
    """A case to be started."""

    account: Account
    published: _Published
    stage: Stage


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _episode(loan: OverdueLoan, latest: Row | None, as_of: datetime | None) -> int | None:
    """The episode to open: the first, or the next when the loan fell overdue again after the last one closed."""
    if latest is None:
        return 1
    closed_at: datetime | None = latest["closed_at"]
    if closed_at is None:
        return None
    is_again = as_of is not None and latest["outcome"] == Outcome.CURED and as_of > closed_at
    if loan.overdue_since <= closed_at.date() and not is_again:
        return None
    return int(latest["episode"]) + 1


def _account(loan: OverdueLoan, episode: int) -> Account:
    by_phone = (Channel.SMS, Channel.PHONE) if loan.phones else ()
    return Account(
        lender=loan.lender,
        loan_id=loan.loan_id,
        borrower_id=loan.borrower_id,
        episode=episode,
        balance_minor=loan.balance_minor,
        currency=loan.currency,
        overdue_since=loan.overdue_since,
        zones=loan.zones,
        channels=(*((Channel.EMAIL,) if loan.email else ()), *by_phone, Channel.VISIT),
        language=loan.language,
        monthly_income_minor=loan.monthly_income_minor,
        monthly_outgoings_minor=loan.monthly_outgoings_minor,
        earlier_delinquencies=loan.earlier_delinquencies,
    )


def _attributes(account: Account, policy: str, stage: Stage) -> TypedSearchAttributes:
    since = datetime.combine(account.overdue_since, time(), UTC)
    return TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword("CaseStage"), str(stage)),
            SearchAttributePair(SearchAttributeKey.for_keyword("LeewayPolicy"), policy),
            SearchAttributePair(SearchAttributeKey.for_datetime("OverdueSince"), since),
            SearchAttributePair(SearchAttributeKey.for_keyword("Lender"), account.lender),
        ]
    )
