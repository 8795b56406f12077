"""`/v1/keys`: the keys of a lender's machines. People who manage them may do it here or by `leeway key`."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, Field

from entrypoints.access.gate import Calling, guarded
from entrypoints.access.keys import NAME_AT_MOST, Keys, NoSuchKey
from entrypoints.access.role import Role
from entrypoints.problem import Problem
from entrypoints.routes.paging import Paged
from ledger.entry import Row
from ledger.reading import plain
from ledger.store import Ledger
from lending.value import Strict

KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}$")]


class NewKey(Strict):
    """What the machine is called, what it may do, and when its key ends."""

    name: Annotated[
        str, Field(min_length=1, max_length=NAME_AT_MOST, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["core"])
    ]
    role: Role
    expires_at: AwareDatetime | None = None


def key_routes(ledger: Ledger) -> APIRouter:
    """Keys; each secret is shown once, in the answer that makes it."""
    routes, keys = guarded("/v1/keys", "keys"), Keys(ledger)

    @routes.get("")
    async def all_keys(caller: Calling, pages: Paged) -> list[Row]:
        """Every key that was made, without its secret."""
        rows = [plain(row) for row in await keys.all_of(caller.lender)]
        return pages.of(rows, lambda row: (row["created_at"], row["key_id"]), str, str)

    @routes.post("", status_code=201)
    async def new_key(caller: Calling, wanted: NewKey, response: Response) -> dict[str, Any]:
        """A new key. Rotate by making the next before the last is revoked."""
        try:
            made = await keys.make(
                caller.lender,
                wanted.name,
                wanted.role,
                datetime.now(UTC),
                wanted.expires_at,
                caller.deciding(None),
            )
        except ValueError as error:
            field, _, reason = str(error).partition(": ")
            raise Problem(422, str(error), errors=[{"field": field, "reason": reason}]) from None
        response.headers["Cache-Control"] = "no-store"
        return {"key": made, "name": wanted.name, "role": wanted.role}

    @routes.delete("/{key_id}", status_code=204)
    async def revoke(caller: Calling, key_id: KeyId) -> None:
        """From now on the key opens nothing."""
        try:
            await keys.revoke(caller.lender, key_id, datetime.now(UTC), caller.deciding(None))
        except NoSuchKey as error:
            raise Problem(404, str(error)) from None

    return routes
