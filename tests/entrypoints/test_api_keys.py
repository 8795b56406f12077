"""Keys of machines: shown once, kept as a hash, good until they end."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from entrypoints.access.caller import Caller, Unknown
from entrypoints.access.keys import PREFIX, Keys, NoSuchKey
from entrypoints.access.role import Role
from ledger.store import Ledger

NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def lender() -> str:
    """A lender of this test's own."""
    return f"keys-{uuid4().hex[:8]}"


@pytest.fixture
def keys(ledger: Ledger) -> Keys:
    """The keys in the real ledger."""
    return Keys(ledger)


class TestKey:
    async def test_lets_its_machine_in(self, keys: Keys, lender: str) -> None:
        key = await keys.make(lender, "core", Role.LOAN_SYSTEM, NOW)

        assert await keys.caller(key, NOW) == Caller(lender, "core", Role.LOAN_SYSTEM)

    async def test_is_kept_as_a_hash_only(self, keys: Keys, lender: str, ledger: Ledger) -> None:
        key = await keys.make(lender, "core", Role.LOAN_SYSTEM, NOW)

        async with ledger._pool.connection() as connection:
            rows = await (
                await connection.execute("select * from api_key where lender = %s", (lender,))
            ).fetchall()
        assert key.removeprefix(PREFIX) not in str(rows)
        assert key not in str(await keys.all_of(lender))

    @pytest.mark.parametrize("later", [DAY, 2 * DAY])
    async def test_that_is_over_lets_nobody_in(self, keys: Keys, lender: str, later: timedelta) -> None:
        key = await keys.make(lender, "core", Role.LOAN_SYSTEM, NOW, expires_at=NOW + DAY)

        assert (await keys.caller(key, NOW + DAY - timedelta(seconds=1))).name == "core"
        with pytest.raises(Unknown):
            await keys.caller(key, NOW + later)

    async def test_is_rotated_by_making_the_next_before_the_last_is_revoked(
        self, keys: Keys, lender: str
    ) -> None:
        old = await keys.make(lender, "core", Role.LOAN_SYSTEM, NOW)
        new = await keys.make(lender, "core", Role.LOAN_SYSTEM, NOW + DAY)
        [first, _] = await keys.all_of(lender)
        await keys.revoke(lender, first["key_id"], NOW + DAY)

        assert (await keys.caller(new, NOW + DAY)).name == "core"
        with pytest.raises(Unknown):
            await keys.caller(old, NOW + DAY)

    async def test_of_another_lender_cannot_be_revoked(self, keys: Keys, lender: str) -> None:
        key = await keys.make(lender, "core", Role.LOAN_SYSTEM, NOW)
        [row] = await keys.all_of(lender)
        with pytest.raises(NoSuchKey, match="key_id"):
            await keys.revoke("somebody-else", row["key_id"], NOW)

        assert (await keys.caller(key, NOW)).lender == lender

    @pytest.mark.parametrize("key", ["", PREFIX, "lw_guessed", "lw_\x01"])
    async def test_that_was_never_made_lets_nobody_in(self, keys: Keys, key: str) -> None:
        with pytest.raises(Unknown):
            await keys.caller(key, NOW)

    @pytest.mark.parametrize(
        ("name", "ends_at", "field"),
        [("", None, "name"), (" ", None, "name"), ("x" * 101, None, "name"), ("a", NOW, "expires_at")],
    )
    async def test_without_a_name_or_a_time_to_live_is_not_made(
        self, keys: Keys, lender: str, name: str, ends_at: datetime | None, field: str
    ) -> None:
        with pytest.raises(ValueError, match=field):
            await keys.make(lender, name, Role.OPERATOR, NOW, expires_at=ends_at)

        assert await keys.all_of(lender) == []
