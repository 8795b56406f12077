"""A case keeps the rules it was opened under, by the name the ledger knows them by, over all its runs."""

from datetime import date
from typing import Any

import pytest
from case_on_server import CaseOnServer, Office

from contracts.case_run import ROLL_SIGNAL
from contracts.loan import OverdueLoan
from contracts.snapshot import PolicySnapshot
from entrypoints.book import Book

NEWER = "0" * 64
"""What newer code calls the same rules: it writes them down a little differently."""


class OlderBook(Book):
    """Opened cases before the snapshot's name was part of their input."""

    async def _published(self, loan: OverdueLoan, today: date) -> Any:
        return (await super()._published(loan, today))._replace(sha256="")


async def rolled(case: CaseOnServer) -> CaseOnServer:
    """The case, continued as new."""
    runs_before = len(await case.run_ids())
    await case.handle.signal(ROLL_SIGNAL)
    await case.alive()
    assert len(await case.run_ids()) == runs_before + 1
    return case


class TestCarriedSnapshot:
    async def test_is_named_the_same_by_every_later_run_though_newer_code_writes_it_differently(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case = await office.opened()
        named = (await case.view()).policy_sha256
        published = (await case.row())["policy_sha256"]
        monkeypatch.setattr(PolicySnapshot, "sha256", lambda _: NEWER)
        for _ in range(2):
            assert (await (await rolled(case)).view()).policy_sha256 == named == published

    async def test_is_carried_by_a_case_that_had_to_name_it_itself(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("case_on_server.Book", OlderBook)
        case = await office.opened()
        named = (await case.view()).policy_sha256
        assert named == (await case.row())["policy_sha256"]
        monkeypatch.setattr(PolicySnapshot, "sha256", lambda _: NEWER)
        assert (await (await rolled(case)).view()).policy_sha256 == named

    async def test_is_the_one_a_rolled_case_is_judged_by_at_the_door(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case = await office.opened()
        monkeypatch.setattr(PolicySnapshot, "sha256", lambda _: NEWER)
        await rolled(case)
        await case.advance_until(lambda view: view.case.contacts_made == 1)  # NEWER is not in the ledger
        assert len(case.received()) == 1
        assert (await case.row())["policy_sha256"] != NEWER

    async def test_is_not_the_one_a_later_import_publishes(self, office: Office) -> None:
        stricter = office.policies["platform-c"]
        stricter = stricter.model_copy(update={"house": stricter.house.model_copy(update={"version": 99})})
        away = office.away(stricter)
        async with away.worker():
            first = await office.opened()
            named = (await first.view()).policy_sha256
            second = await away.opened(borrower_id=first.loan.borrower_id)
            assert (await second.view()).policy_sha256 != named
            assert (await (await rolled(first)).view()).policy_sha256 == named
