"""A workflow that was reset, or a ledger that was restored: they disagree, and the case heals or asks a person."""

from typing import Any

import psycopg
import pytest
from case_on_server import CaseOnServer, Office

from entrypoints.embedded.parts import Endpoints


def rewrite(servers: Endpoints, case: CaseOnServer, **row: Any) -> None:
    """The ledger's row says something else from now on."""
    sets = ", ".join(f"{name} = %({name})s" for name in row)
    with psycopg.connect(servers.database_url) as connection:
        connection.execute(
            f"update overdue_case set {sets} where case_id = %(case_id)s", row | {"case_id": case.handle.id}
        )


class TestLedger:
    @pytest.mark.parametrize("ahead_by", [1, 40])
    async def test_that_is_ahead_stalls_the_case_and_asks_a_person_once(
        self, office: Office, servers: Endpoints, ahead_by: int
    ) -> None:
        case = await office.opened(policy="platform-c")
        number = 1 + ahead_by
        rewrite(servers, case, stage="reminder", held=["hardship"], number=number)
        before = len(await case.events())
        await case.advance(days=5)
        assert (await case.view()).case.stalled == (await case.row())["stalled"] == "case_changed"
        assert await case.tasks() == {"case_check": 1}
        assert await case.contacts() == []
        assert len(await case.events()) - before < 50

    async def test_that_is_behind_is_written_anew_by_the_contact_that_comes(
        self, office: Office, servers: Endpoints
    ) -> None:
        case = await office.opened(policy="platform-c")
        rewrite(servers, case, stage="reminder", number=0)
        await case.advance(days=5)
        assert len(await case.contacts("made")) == 1
        assert (await case.row())["stalled"] is None
