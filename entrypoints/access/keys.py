"""Keys of machines: made once, shown once, kept as a hash, rotated by making the next before the last is revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from entrypoints.access.caller import Caller, Unknown
from entrypoints.access.role import Role
from ledger.entry import Row
from ledger.store import Ledger

PREFIX = "lw_"
NAME_AT_MOST = 60
"""Characters; writes carry it."""

FIRST = "first key"
"""What the key is called that a book has from its first start on."""

AT_HAND = "command line"
"""Who makes and revokes keys where nobody came through the API's gate."""

_SECRET_BYTES = 32


class NoSuchKey(ValueError):
    """The lender has no such key in force."""


class Keys:
    """The keys in the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def make(
        self,
        lender: str,
        name: str,
        role: Role,
        now: datetime,
        expires_at: datetime | None = None,
        by: str = AT_HAND,
    ) -> str:
        """A new key, made by `by`; the only time it is seen. Raises ValueError for a name that says nothing or an end that has passed."""
        if not name.strip() or len(name) > NAME_AT_MOST:
            raise ValueError(
                f"name: {name[:40]!r}: name the machine in 1 to {NAME_AT_MOST} characters; writes carry it"
            )
        if expires_at is not None and expires_at <= now:
            raise ValueError(f"expires_at: {expires_at:%Y-%m-%d %H:%M}Z has passed; give a later one")
        key = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        await self._ledger.read("put_api_key", key_id=secrets.token_hex(4), lender=lender, name=name.strip(), role=role,
                                sha256=hashed(key), created_at=now, created_by=by, expires_at=expires_at)  # fmt: skip
        return key

    async def caller(self, key: str, now: datetime) -> Caller:
        """Whose key this is. Raises Unknown: for a wrong, a revoked and an expired one alike."""
        rows = await self._ledger.read("api_key", sha256=hashed(key), now=now)
        if not rows:
            raise Unknown("no such key")
        return Caller(rows[0]["lender"], rows[0]["name"], Role(rows[0]["role"]))

    async def revoke(self, lender: str, key_id: str, now: datetime, by: str = AT_HAND) -> None:
        """From now on it opens nothing. Raises NoSuchKey."""
        if not await self._ledger.read("revoke_api_key", lender=lender, key_id=key_id, now=now, by=by):
            raise NoSuchKey(f"key_id: {key_id} is no key in force of {lender}; see `leeway key list`")

    async def all_of(self, lender: str) -> Sequence[Row]:
        """Every key that was made, without its secret."""
        return await self._ledger.read("api_keys", lender=lender)

    async def were_made(self, lender: str | None = None) -> bool:
        """Whether any key was ever made, of the lender or of any."""
        return bool(await self._ledger.read("any_api_key", lender=lender))

    async def first(self, lender: str, now: datetime) -> str | None:
        """The lender's first key, which may do everything; None when there was one before."""
        return None if await self.were_made(lender) else await self.make(lender, FIRST, Role.ADMIN, now)


def hashed(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()
