"""What connecting a Fineract book keeps in the ledger, for one lender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.entry import Row
from ledger.store import Ledger


@dataclass(frozen=True)
class HeldDays:
    """A hold as the ledger tells it. `until_at` None: until released; `is_over`: that is when it ended."""

    since_at: datetime
    until_at: datetime | None
    is_over: bool


class FineractShelf:
    """One lender's looks, events, round and pauses."""

    def __init__(self, ledger: Ledger, lender: str) -> None:
        self._ledger = ledger
        self._lender = lender

    async def ask(self, loan_id: int) -> None:
        """Somebody should look at this loan."""
        await self._run("fineract_ask", loan_id=str(loan_id))

    async def looks(self, after: str, page: int) -> list[tuple[str, int]]:
        """The loans to look at, and how often that was asked."""
        return [
            (row["loan_id"], row["asks"]) for row in await self._run("fineract_looks", after=after, page=page)
        ]

    async def looked(self, loan_id: str, asks: int) -> None:
        """The loan was looked at; it stays asked for when it was asked for again since."""
        await self._run("fineract_looked", loan_id=loan_id, asks=asks)

    async def is_told(self, key: str) -> bool:
        """Whether this event was taken in; a parked one was not."""
        rows = await self._run("fineract_event_told", key=key)
        return bool(rows) and not rows[0]["is_parked"]

    async def tell_event(
        self, key: str, kind: str, at: datetime, reason: str | None = None, body: bytes | None = None
    ) -> None:
        """The event was taken in, or parked with its reason and its bytes."""
        await self._run("fineract_tell_event", key=key, type=kind, reason=reason, body=body, told_at=at)

    async def parked(self, after: str, page: int) -> list[Row]:
        """Parked events by key: key, type, reason, body, told_at."""
        return await self._run("fineract_parked", after=after, page=page)

    async def unpark(self, key: str) -> None:
        """The parked event is on its way again."""
        await self._run("fineract_unpark", key=key)

    async def round_at(self) -> tuple[str, str] | None:
        """Where the round that is under way has come to: its part (cases, then book) and the place in it."""
        rows = await self._run("fineract_round")
        return (rows[0]["part"], rows[0]["place"]) if rows else None

    async def move_round(self, part: str, place: str) -> None:
        """The round has come to here."""
        await self._run("fineract_round_at", part=part, place=place)

    async def end_round(self) -> None:
        """The round is over."""
        await self._run("fineract_round_over")

    async def open_loans(self, after: str, page: int) -> list[str]:
        """The ids of loans with an open case, in the order of their texts."""
        rows = await self._run("fineract_open_cases", after=after, page=page)
        return [row["loan_id"] for row in rows]

    async def open_case(self, loan_id: str) -> Row | None:
        """The loan's open case: case_id, balance_minor, overdue_since, currency and payments."""
        rows = await self._run("fineract_case", loan_id=loan_id)
        return rows[0] if rows else None

    async def told(self, source: str, event_ids: Sequence[str]) -> frozenset[str]:
        """Which of these events the inbox has accepted."""
        rows = await self._run("fineract_told", source=source, event_ids=list(event_ids))
        return frozenset(row["event_id"] for row in rows)

    async def held(self, loan_id: str) -> list[HeldDays]:
        """Every hold of the loan, read from the ledger's lines. A closed case holds nothing from then on."""
        lasting: dict[tuple[Any, ...], HeldDays] = {}
        found: list[HeldDays] = []
        closed: dict[tuple[Any, ...], datetime | None] = {}
        for row in await self._run("fineract_holds", loan_id=loan_id):
            facts = row["facts"]
            key = _key(row["case_id"], facts)
            if row["kind"] == "hold":
                lasting.pop(_key(row["case_id"], facts.get("in_place_of") or {}), None)
                lasting[key], closed[key] = _dated(facts, False), row["closed_at"]
            elif row["kind"] == "hold_told_late":
                found.append(_dated(facts, True))
            elif one := lasting.pop(key, None):
                ends = min(filter(None, (one.until_at, row["at"])))
                found.append(HeldDays(one.since_at, ends, True))
        for key, one in lasting.items():
            ends_at = closed[key]
            if ends_at is not None:
                one = HeldDays(one.since_at, min(ends_at, one.until_at or ends_at), True)
            found.append(one)
        return found

    async def pauses(self, loan_id: str) -> list[date]:
        """The first days of the pauses that Leeway wrote, or set out to write."""
        return [row["start_on"] for row in await self._run("fineract_pauses", loan_id=loan_id)]

    async def put_pause(self, loan_id: str, start_on: date, end_on: date, at: datetime) -> None:
        """Leeway is about to write this pause."""
        await self._run("fineract_put_pause", loan_id=loan_id, start_on=start_on, end_on=end_on, asked_at=at)

    async def _run(self, name: str, **params: Any) -> list[Row]:
        return await self._ledger.read(name, lender=self._lender, **params)


def _key(case_id: str, facts: dict[str, Any]) -> tuple[Any, ...]:
    return case_id, facts.get("hold"), facts.get("since"), facts.get("until")


def _dated(facts: dict[str, Any], is_over: bool) -> HeldDays:
    until = facts["until"]
    return HeldDays(
        datetime.fromisoformat(facts["since"]), datetime.fromisoformat(until) if until else None, is_over
    )
