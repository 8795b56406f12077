"""What is to be told to whom: the endpoints of a lender, and each event on its way to each of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ledger.entry import Row
from ledger.store import Ledger

WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between one try and the next, as Standard Webhooks recommends: more than three days in all, then the letter is dead."""

_CLAIM = timedelta(seconds=60)


class NoSuchEndpoint(LookupError):
    """The lender has no endpoint of this name."""


class Outbox:
    """Events leave in their order, case by case; whoever claims one sends it, and another only after a crash."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def claim(self, now: datetime, at_most: int) -> list[Row]:
        """Up to so many events that are due, one for each case and endpoint, for this caller alone."""
        return await self._ledger.read(
            "claim_deliveries", now=now, claimed_until=now + _CLAIM, at_most=at_most
        )

    async def delivered(self, claimed: Row, said: str, now: datetime) -> None:
        """It was taken; the case's next one is due."""
        await self._settle(claimed, "delivered", None, said, now)

    async def failed(self, claimed: Row, said: str, wait: timedelta, now: datetime) -> None:
        """It waits for its next try; after the last one it is dead, shown, and no longer in the way of later ones."""
        tries = claimed["tries"]
        if tries >= len(WAITS):
            await self._settle(claimed, "dead", None, said, now)
        else:
            await self._settle(claimed, "waiting", now + max(WAITS[tries], wait), said, now)

    async def _settle(
        self, claimed: Row, state: str, next_at: datetime | None, said: str, now: datetime
    ) -> None:
        names = ("lender", "endpoint", "event_id")
        await self._ledger.read("settle_delivery", **{name: claimed[name] for name in names}, state=state,
                                next_at=next_at, said=said, settled_at=now)  # fmt: skip

    async def add(
        self, lender: str, name: str, url: str, key: str, types: Iterable[str], now: datetime
    ) -> bool:
        """A new endpoint, told everything from now on; False: there is one of this name."""
        rows = await self._ledger.read("put_endpoint", lender=lender, endpoint=name, url=url, keys=[key],
                                       types=list(types), created_at=now)  # fmt: skip
        return bool(rows)

    async def endpoints(self, lender: str) -> Sequence[Row]:
        """Each endpoint with how many events wait, were delivered and are dead there."""
        return await self._ledger.read("endpoints", lender=lender)

    async def set_key(self, lender: str, name: str, key: str | None) -> None:
        """A new key beside the old one; None: the old one is dropped. Raises NoSuchEndpoint."""
        await self._changed("set_endpoint_keys", lender, name, key=key)

    async def disable(self, lender: str, name: str, why: str, now: datetime) -> None:
        """Nothing more is sent there; what waits stays waiting. Raises NoSuchEndpoint."""
        await self._changed("switch_endpoint", lender, name, disabled_at=now, why=why)

    async def enable(self, lender: str, name: str) -> None:
        """Sending goes on where it stopped. Raises NoSuchEndpoint."""
        await self._changed("switch_endpoint", lender, name, disabled_at=None, why=None)

    async def remove(self, lender: str, name: str) -> None:
        """The endpoint and all that waits for it. Raises NoSuchEndpoint."""
        await self._changed("drop_endpoint", lender, name)

    async def dead_letters(self, lender: str) -> Sequence[Row]:
        """What no endpoint took after the last try."""
        return await self._ledger.read("dead_letters", lender=lender)

    async def replay_dead(self, lender: str, name: str, event_id: str | None = None) -> int:
        """Dead letters wait again, all or one; how many."""
        return len(await self._ledger.read("replay_dead", lender=lender, endpoint=name, event_id=event_id))

    async def replay_since(self, lender: str, name: str, since: datetime) -> int:
        """Everything announced from then on is sent again, under the same ids; how many."""
        return len(await self._ledger.read("replay_since", lender=lender, endpoint=name, since=since))

    async def _changed(self, statement: str, lender: str, name: str, **values: object) -> None:
        if not await self._ledger.read(statement, lender=lender, endpoint=name, **values):
            raise NoSuchEndpoint(f"name: {lender} has no endpoint {name!r}; see `leeway webhook list`")
