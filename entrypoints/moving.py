"""`leeway policy move`: running cases brought under today's law, calendars and policies, page by page, with a reason."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import ADOPT_SIGNAL, Adoption
from contracts.snapshot import PolicySnapshot
from gateways.policy_file import Policy
from gateways.rule_book import RuleBook
from ledger.entry import Row
from ledger.store import Ledger

PAGE = 100
"""So many cases are read, and told at once; the next page waits for them."""


@dataclass
class Moved:
    """What became of the open cases."""

    is_dry_run: bool = False
    told: list[str] = field(default_factory=list)
    unchanged: int = 0
    without_policy: list[str] = field(default_factory=list)
    ended: int = 0

    @property
    def text(self) -> str:
        """One line for the terminal."""
        would = "would be " if self.is_dry_run else ""
        gone = f", {len(self.without_policy)} under a policy that is gone" if self.without_policy else ""
        ended = f", {self.ended} closed meanwhile" if self.ended else ""
        return f"{len(self.told)} {would}told of other rules, {self.unchanged} unchanged{gone}{ended}"


@dataclass(frozen=True)
class Move:
    """Whose cases are moved, why, by whom, and whether it is only asked which would be. Raises ValueError without a
    reason or a name."""

    lender: str
    reason: str
    by: str
    is_dry_run: bool = False

    def __post_init__(self) -> None:
        for name in ("reason", "by"):
            if not getattr(self, name).strip():
                raise ValueError(
                    f"--{name}: is empty; write it, it stands in the ledger of every case that is moved"
                )


class Mover:
    """Compares each open case's rules with today's. Run twice, the second run tells only those that would not fit."""

    def __init__(
        self, client: Client, ledger: Ledger, policies: Mapping[str, Policy], rule_book: RuleBook
    ) -> None:
        self._client, self._ledger = client, ledger
        self._policies, self._rule_book = policies, rule_book
        self._known: dict[tuple[str, str, str | None], tuple[PolicySnapshot, str]] = {}

    async def run(self, move: Move, now: datetime | None = None) -> Moved:
        """The lender's open cases, page by page. A dry run writes nothing at all. Raises RewrittenLaw, telling nobody, when
        a pack's past was changed."""
        now = now or datetime.now(UTC)
        packs = self._rule_book.packs
        await (
            self._ledger.check_packs(packs, now)
            if move.is_dry_run
            else self._ledger.publish_packs(packs, now)
        )
        self._known.clear()
        moved, after = Moved(move.is_dry_run), ""
        while page := await self._ledger.read("cases_to_move", lender=move.lender, after=after, page=PAGE):
            todays = [await self._today(row, move, now) for row in page]  # in turn: a place is published once
            await asyncio.gather(
                *(self._one(row, *today, move, moved) for row, today in zip(page, todays, strict=True))
            )
            after = page[-1]["case_id"]
        return moved

    async def _one(
        self, row: Row, snapshot: PolicySnapshot | None, sha256: str, move: Move, moved: Moved
    ) -> None:
        if snapshot is None:
            moved.without_policy.append(row["case_id"])
            return
        if sha256 == row["policy_sha256"]:
            moved.unchanged += 1
            return
        if not move.is_dry_run and not await self._tell(row["case_id"], snapshot, sha256, move):
            moved.ended += 1
            return
        moved.told.append(row["case_id"])

    async def _today(self, row: Row, move: Move, now: datetime) -> tuple[PolicySnapshot | None, str]:
        """The rules the case belongs under, and their hash; none where its policy is gone."""
        policy = self._policies.get(row["policy"].partition("@")[0])
        if policy is None:
            return None, ""
        place = (policy.house.id, row["country"], row["subdivision"])
        if place not in self._known:
            snapshot = self._rule_book.snapshot(policy, row["country"], row["subdivision"], now.date())
            sha256 = snapshot.sha256() if move.is_dry_run else await self._ledger.publish(snapshot)
            self._known[place] = snapshot, sha256
        return self._known[place]

    async def _tell(self, case_id: str, snapshot: PolicySnapshot, sha256: str, move: Move) -> bool:
        adoption = Adoption(snapshot=snapshot, sha256=sha256, reason=move.reason, by=move.by)
        try:
            await self._client.get_workflow_handle(case_id).signal(ADOPT_SIGNAL, adoption)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True
