"""`leeway crm sync`: every event reaches the CRM, in order and kept once, and its word comes back, whatever falls over."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.append(str(Path(__file__).parents[1] / "activities"))

from at_the_door import AT_NINE, AT_NOON, CaseAtDoor, Crash

from entrypoints.crm import CrmSync
from entrypoints.embedded.parts import Endpoints
from gateways.crm import BorrowerRef, CrmUnavailable, HistoryEvent, OwnerAndNotes, TokenRefused
from gateways.crm_http import HttpCrm
from ledger.crm import CrmShelf
from ledger.reading import case_view, history
from ledger.store import Ledger
from simulator.crm import StandInCrm
from simulator.outside import Outside
from statemachine import messages


class Book:
    """One lender's cases, and the way to their CRM."""

    def __init__(self, ledger: Ledger, outside: Outside, crm: StandInCrm) -> None:
        self.ledger, self.crm, self.lender = ledger, crm, f"crm-{uuid4().hex[:8]}"
        self._outside = outside

    async def opens(self) -> CaseAtDoor:
        """A case of a new borrower."""
        return await CaseAtDoor.opened(self.ledger, self._outside, lender=self.lender)

    async def pays(self, case: CaseAtDoor, count: int = 1) -> None:
        """Small payments."""
        for _ in range(count):
            reference = f"PAY-{uuid4().hex[:8]}"
            await case.told(
                messages.PaymentReceived(reference=reference, amount_minor=1, currency="CNY"), AT_NINE
            )

    async def syncs(self, token: str | None = None) -> tuple[int, int, list[str]]:
        """One round: events told, notes taken, and what was refused."""
        async with HttpCrm(self.crm.url, token or self.crm.token, waits_seconds=(0, 0)) as http:
            synced = await CrmSync(self.ledger, http, self.lender).round()
        return synced.events, synced.notes, synced.refused

    def kept(self, case: CaseAtDoor) -> list[str]:
        """The ids the CRM has of the case's borrower, in order."""
        return [event["id"] for event in self.crm.events.get(case.loan.borrower_id, [])]

    async def written(self, case: CaseAtDoor) -> list[str]:
        """The ids of the borrower's events, as they were written down."""
        first = (
            "select event_id from borrower_history where lender = %s and borrower_id = %s order by recorded"
        )
        async with self.ledger._pool.connection() as connection:
            rows = await connection.execute(first, (self.lender, case.loan.borrower_id))
            return [row["event_id"] for row in await rows.fetchall()]

    async def remarks(self, case: CaseAtDoor) -> list[tuple[str, str]]:
        """Author and text, as `leeway case show` gives them."""
        shown = await case_view(self.ledger, self.lender, case.loan.loan_id)
        return [(remark["author"], remark["text"]) for remark in shown["remarks"]]


@pytest.fixture
async def book(ledger: Ledger, outside: Outside) -> AsyncIterator[Book]:
    """A lender of this test's own with a CRM of its own."""
    async with StandInCrm() as crm:
        yield Book(ledger, outside, crm)


class DiesAfterPushing:
    """The CRM has accepted, and the process dies before it can write that down."""

    def __init__(self, crm: HttpCrm) -> None:
        self._crm = crm

    async def push(self, borrower: BorrowerRef, events: Sequence[HistoryEvent]) -> None:
        await self._crm.push(borrower, events)
        raise Crash

    async def owner_and_notes(self, borrower: BorrowerRef, since: str | None) -> OwnerAndNotes:
        raise AssertionError("died before")


class TestHistory:
    async def test_reaches_the_crm_whole_and_in_order(self, book: Book) -> None:
        first, second = await book.opens(), await book.opens()
        await book.pays(first, 3)

        assert (await book.syncs())[0] == len(book.kept(first)) + len(book.kept(second))

        assert book.kept(first) == await book.written(first)
        assert len(book.kept(first)) == 3

    async def test_is_not_told_again(self, book: Book) -> None:
        case = await book.opens()
        await book.pays(case)
        await book.syncs()

        assert (await book.syncs())[0] == 0

        await book.pays(case)
        assert (await book.syncs())[0] == 1
        assert set(book.crm.deliveries.values()) == {1}

    async def test_longer_than_a_page_arrives_in_pages(self, book: Book) -> None:
        case = await book.opens()
        await book.pays(case, 130)

        await book.syncs()

        assert book.kept(case) == await book.written(case)
        assert len(book.kept(case)) == 130

    async def test_is_kept_once_when_the_process_dies_between_push_and_cursor(self, book: Book) -> None:
        case = await book.opens()
        await book.pays(case, 2)
        async with HttpCrm(book.crm.url, book.crm.token) as http:
            with pytest.raises(Crash):
                await CrmSync(book.ledger, DiesAfterPushing(http), book.lender).round()

        await book.syncs()

        assert book.kept(case) == await book.written(case)
        assert set(book.crm.deliveries.values()) == {2}

    async def test_waits_where_the_crm_is_down_and_goes_on_from_there(self, book: Book) -> None:
        case = await book.opens()
        await book.pays(case, 2)
        book.crm.fail_next("broken", "broken", "broken")
        with pytest.raises(CrmUnavailable):
            await book.syncs()
        assert book.kept(case) == []

        await book.syncs()

        assert book.kept(case) == await book.written(case)

    async def test_that_is_refused_for_one_borrower_keeps_nobody_else_waiting(self, book: Book) -> None:
        cases = sorted([await book.opens() for _ in range(2)], key=lambda case: case.loan.borrower_id)
        for case in cases:
            await book.pays(case)
        book.crm.note(cases[0].loan.borrower_id, "n1", "still taken", "Ms Chen", AT_NOON)
        book.crm.fail_next("refuse")

        events, _, refused = await book.syncs()

        assert refused == [f"{cases[0].loan.borrower_id}: HTTP 422: the stand-in was asked to fail"]
        assert (events, len(book.kept(cases[1]))) == (1, 1)
        assert await book.remarks(cases[0]) == [("Ms Chen", "still taken")]
        await book.syncs()
        assert book.kept(cases[0]) == await book.written(cases[0])

    async def test_is_told_to_nobody_with_a_wrong_token(self, book: Book) -> None:
        await book.pays(await book.opens())

        with pytest.raises(TokenRefused):
            await book.syncs(token="wrong")

        assert book.crm.events == {}

    async def test_of_a_closed_case_is_told_to_its_end(self, book: Book) -> None:
        case = await book.opens()
        pays_all = messages.PaymentReceived(reference="ALL", amount_minor=120_000, currency="CNY")
        await case.told(pays_all, AT_NINE)
        assert case.case.is_closed

        await book.syncs()

        assert book.kept(case) == await book.written(case)

    async def test_of_another_lender_is_none_of_this_crms_business(
        self, book: Book, outside: Outside
    ) -> None:
        other = await CaseAtDoor.opened(book.ledger, outside, lender=f"other-{uuid4().hex[:8]}")
        await book.pays(other)
        await book.pays(await book.opens())

        await book.syncs()

        assert other.loan.borrower_id not in book.crm.events


class TestOwner:
    async def test_is_shown_with_the_case_and_changes_with_the_crms_word(self, book: Book) -> None:
        case, told = await book.opens(), []
        for owner in ({"id": "u1", "name": "Ms Chen"}, {"id": "u2", "name": "Mr Wu"}, None):
            book.crm.owners = {case.loan.borrower_id: owner} if owner else {}
            await book.syncs()
            told.append((await case_view(book.ledger, book.lender, case.loan.loan_id))["owner"])

        assert told == [{"owner_id": "u1", "name": "Ms Chen"}, {"owner_id": "u2", "name": "Mr Wu"}, None]


class TestNote:
    async def test_stands_in_the_history_at_its_time_with_its_author(self, book: Book) -> None:
        case = await book.opens()
        book.crm.note(case.loan.borrower_id, "n1", "prefers e-mail", "Ms Chen", AT_NOON)

        await book.syncs()

        [row] = [
            one
            for one in await history(book.ledger, book.lender, case.loan.loan_id)
            if one["kind"] == "remark"
        ]
        assert (row["at"], row["what"], row["facts"]) == (
            "2027-03-03T12:00:00Z", "prefers e-mail", {"author": "Ms Chen"},
        )  # fmt: skip

    async def test_told_twice_counts_once(self, book: Book) -> None:
        case = await book.opens()
        book.crm.note(case.loan.borrower_id, "n1", "one", "Ms Chen", AT_NOON)
        await book.syncs()
        book.crm.fail_next("forget_mark")

        assert (await book.syncs())[1] == 1  # it was told again

        assert await book.remarks(case) == [("Ms Chen", "one")]

    async def test_changed_replaces_what_it_was(self, book: Book) -> None:
        case = await book.opens()
        for text in ("first", "second"):
            book.crm.note(case.loan.borrower_id, "n1", text, "Ms Chen", AT_NOON)
            await book.syncs()

        assert await book.remarks(case) == [("Ms Chen", "second")]

    async def test_deleted_is_gone_also_after_the_case_is_closed(self, book: Book) -> None:
        case = await book.opens()
        book.crm.note(case.loan.borrower_id, "n1", "one", "Ms Chen", AT_NOON)
        await book.syncs()
        await case.told(messages.Withdrawn(reason="test"), AT_NOON)
        assert case.case.is_closed
        book.crm.delete_note(case.loan.borrower_id, "n1")

        await book.syncs()

        assert await book.remarks(case) == []

    async def test_is_asked_for_from_the_mark_on(self, book: Book) -> None:
        case = await book.opens()
        for number in range(120):
            book.crm.note(case.loan.borrower_id, f"n{number}", "t", "a", AT_NOON)
        await book.syncs()
        await book.syncs()

        assert book.crm.asked_since == [None, "100", "120"]
        assert len(await book.remarks(case)) == 120

    async def test_of_an_older_answer_never_overwrites_a_newer_one(self, book: Book) -> None:
        case = await book.opens()
        shelf, borrower_id = CrmShelf(book.ledger, book.lender), case.loan.borrower_id

        def note(text: str) -> list[dict[str, object]]:
            return [
                {"note_id": "n1", "text": text, "author": "a", "written_at": AT_NOON, "is_deleted": False}
            ]

        assert await shelf.take(borrower_id, None, "2", None, note("newer"))
        assert not await shelf.take(borrower_id, None, "1", None, note("older"))

        assert await book.remarks(case) == [("a", "newer")]
        assert await shelf.mark(borrower_id) == "2"


class TestCommand:
    async def run(self, book: Book, servers: Endpoints, *words: str, **settings: str) -> tuple[int, str, str]:
        """`leeway crm sync` in a process of its own: exit code and what it said."""
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("LEEWAY", "TEMPORAL"))
        }
        own |= {"DATABASE_URL": servers.database_url, "LEEWAY_LENDER": book.lender} | settings
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("leeway")), "crm", "sync", *words, env=own,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, failed = await process.communicate()
        return process.returncode or 0, said.decode(), failed.decode()

    async def test_with_once_does_one_round(self, book: Book, servers: Endpoints) -> None:
        case = await book.opens()
        await book.pays(case)
        settings = {"LEEWAY_CRM_URL": book.crm.url, "LEEWAY_CRM_TOKEN": book.crm.token}

        code, said, failed = await self.run(book, servers, "--once", **settings)

        assert (code, said, failed) == (0, "1 borrowers, 1 events told, 0 notes taken\n", "")
        assert book.kept(case) == await book.written(case)

    async def test_fails_where_the_crm_refuses(self, book: Book, servers: Endpoints) -> None:
        case = await book.opens()
        await book.pays(case)
        book.crm.fail_next("refuse")
        settings = {"LEEWAY_CRM_URL": book.crm.url, "LEEWAY_CRM_TOKEN": book.crm.token}

        code, said, _ = await self.run(book, servers, "--once", **settings)

        assert code == 1
        assert f"{case.loan.borrower_id}: HTTP 422" in said
        assert case.loan.name not in said

    async def test_fails_with_a_wrong_token(self, book: Book, servers: Endpoints) -> None:
        await book.opens()

        code, _, failed = await self.run(
            book, servers, "--once", LEEWAY_CRM_URL=book.crm.url, LEEWAY_CRM_TOKEN="wrong"
        )

        assert (code, "LEEWAY_CRM_TOKEN" in failed) == (1, True)
        assert "wrong or no bearer token" in failed

    @pytest.mark.parametrize("missing", ["LEEWAY_CRM_URL", "LEEWAY_CRM_TOKEN"])
    async def test_without_its_settings_names_the_one_to_set(
        self, book: Book, servers: Endpoints, missing: str
    ) -> None:
        settings = {"LEEWAY_CRM_URL": book.crm.url, "LEEWAY_CRM_TOKEN": book.crm.token}

        code, _, failed = await self.run(book, servers, "--once", **settings | {missing: ""})

        assert (code, missing in failed) == (2, True)

    async def test_goes_on_until_it_is_told_to_stop(self, book: Book, servers: Endpoints) -> None:
        case = await book.opens()
        await book.pays(case)
        own = os.environ | {
            "DATABASE_URL": servers.database_url, "LEEWAY_LENDER": book.lender,
            "LEEWAY_CRM_URL": book.crm.url, "LEEWAY_CRM_TOKEN": book.crm.token,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("leeway")), "crm", "sync", "--every-seconds", "1", env=own,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert b"1 events told" in await process.stdout.readline()
        await book.pays(case)
        while b"1 events told" not in (line := await process.stdout.readline()):
            assert line

        process.terminate()

        assert await process.wait() == 0
        assert book.kept(case) == await book.written(case)
