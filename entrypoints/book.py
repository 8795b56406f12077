"""The book of overdue loans: each one written to the ledger and opened as a case, however often it is imported."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from contracts.case_run import TASK_QUEUE, WORKFLOW, CaseRun
from contracts.loan import OverdueLoan
from contracts.snapshot import PolicySnapshot
from gateways.policy_file import Policy
from gateways.rule_book import RuleBook
from ledger.entry import Row
from ledger.store import Ledger
from statemachine.case import Account
from statemachine.stage import Channel, Outcome


class Opening(StrEnum):
    """What became of a loan in the book."""

    OPENED = "opened"
    ALREADY_OPEN = "already open"
    ALREADY_CLOSED = "already closed"


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
        self._published: dict[tuple[str, str, str | None, date], PolicySnapshot] = {}

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
        await self._ledger.put_loan(loan, now)
        latest = await self._ledger.read("latest_case", lender=loan.lender, loan_id=loan.loan_id)
        episode = _episode(loan, latest[0] if latest else None, as_of)
        if episode is None:
            return Opening.ALREADY_CLOSED if latest[0]["outcome"] else Opening.ALREADY_OPEN
        snapshot = await self._snapshot(loan, now.date())
        run = CaseRun(account=_account(loan, episode), snapshot=snapshot, sha256=snapshot.sha256())
        return await self._start(run, opens_after)

    async def _start(self, run: CaseRun, opens_after: timedelta | None) -> Opening:
        try:
            await self._client.start_workflow(
                WORKFLOW,
                run,
                id=run.account.case_id,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=_attributes(run),
                start_delay=opens_after,
                static_summary=f"{run.account.loan_id} · {run.snapshot.house.name}",
            )
        except WorkflowAlreadyStartedError:
            return Opening.ALREADY_OPEN
        return Opening.OPENED

    async def _snapshot(self, loan: OverdueLoan, today: date) -> PolicySnapshot:
        place = (loan.policy, loan.country, loan.subdivision, today)
        if place not in self._published:
            policy = self._policies[loan.policy]
            snapshot = self._rule_book.snapshot(policy, loan.country, loan.subdivision, today)
            await self._ledger.publish(snapshot)
            self._published[place] = snapshot
        return self._published[place]


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


def _attributes(run: CaseRun) -> TypedSearchAttributes:
    since = datetime.combine(run.account.overdue_since, time(), UTC)
    return TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword("CaseStage"), "notice"),
            SearchAttributePair(SearchAttributeKey.for_keyword("LeewayPolicy"), run.snapshot.house.name),
            SearchAttributePair(SearchAttributeKey.for_datetime("OverdueSince"), since),
            SearchAttributePair(SearchAttributeKey.for_keyword("Lender"), run.account.lender),
        ]
    )
