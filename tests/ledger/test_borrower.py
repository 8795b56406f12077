"""The borrower's record: an import that knows less takes nothing away, one that knows better replaces."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from case_in_ledger import AT, SINCE
from psycopg.rows import dict_row

from contracts.loan import OverdueLoan
from ledger.entry import Row
from ledger.store import Ledger

KNOWN: dict[str, Any] = {
    "email": "li@example.test", "phones": ("+8613800000001", "+8613800000002"), "zones": ("Asia/Shanghai",),
}  # fmt: skip
NEW: dict[str, Any] = {
    "email": "li.new@example.test", "phones": ("+12125550123",), "zones": ("America/New_York",),
}  # fmt: skip
HOME = {"street": "12 Ginkgo Lane", "city": "Leeds", "postcode": "LS99 4QT"}
NOWHERE = {"street": None, "city": None, "postcode": None}
NOTHING: dict[str, Any] = {"email": None, "phones": (), "zones": ()}


@pytest.fixture
def first() -> OverdueLoan:
    """A loan of a borrower of its own, of whom everything is known."""
    unique = uuid4().hex[:12]
    return OverdueLoan(
        lender="harbour", loan_id=f"L-{unique}", borrower_id=f"B-{unique}", name="Li", balance_minor=500,
        currency="CNY", overdue_since=SINCE, language="en", country="CN", policy="platform-c", **KNOWN,
    )  # fmt: skip


def another(loan: OverdueLoan, **changes: Any) -> OverdueLoan:
    """A second loan of the same borrower; `changes` is what its row says differently."""
    return loan.model_copy(update={"loan_id": f"L-{uuid4().hex[:12]}"} | changes)


def record(superuser: psycopg.Connection, loan: OverdueLoan) -> Row:
    """The one row of the loan's borrower."""
    query = "select * from borrower where lender = %s and borrower_id = %s"
    with superuser.cursor(row_factory=dict_row) as cursor:
        [row] = cursor.execute(query, (loan.lender, loan.borrower_id)).fetchall()
    return row


def ways(row: Row) -> dict[str, Any]:
    """How the row says the borrower is reached, and by which clocks they live."""
    return {"email": row["email"], "phones": tuple(row["phones"]), "zones": tuple(row["zones"])}


class TestBorrower:
    async def test_keeps_what_was_known_when_a_later_import_says_nothing(
        self, ledger: Ledger, superuser: psycopg.Connection, first: OverdueLoan
    ) -> None:
        await ledger.put_loans([first], AT)
        await ledger.put_loans([another(first, **NOTHING)], AT)
        assert ways(record(superuser, first)) == KNOWN

    async def test_keeps_what_was_known_when_the_same_loan_comes_again_without_it(
        self, ledger: Ledger, superuser: psycopg.Connection, first: OverdueLoan
    ) -> None:
        await ledger.put_loans([first], AT)
        assert await ledger.put_loans([first.model_copy(update=NOTHING)], AT)
        assert ways(record(superuser, first)) == KNOWN

    @pytest.mark.parametrize("known", NEW)
    async def test_takes_over_the_one_thing_a_later_import_knows_and_keeps_the_rest(
        self, ledger: Ledger, superuser: psycopg.Connection, first: OverdueLoan, known: str
    ) -> None:
        await ledger.put_loans([first], AT)
        await ledger.put_loans([another(first, **NOTHING | {known: NEW[known]})], AT)
        assert ways(record(superuser, first)) == KNOWN | {known: NEW[known]}

    async def test_is_replaced_by_a_later_import_that_knows_everything_anew(
        self, ledger: Ledger, superuser: psycopg.Connection, first: OverdueLoan
    ) -> None:
        await ledger.put_loans([first], AT)
        moved = {"name": "Li Wei", "language": "zh-CN", "country": "US", "subdivision": "NY"}
        await ledger.put_loans([another(first, **NEW, **moved)], AT)
        row = record(superuser, first)
        assert ways(row) == NEW  # the old numbers are gone, not kept beside the new one
        assert {name: row[name] for name in moved} == moved

    async def test_of_whom_nothing_was_known_gets_what_a_later_import_knows(
        self, ledger: Ledger, superuser: psycopg.Connection, first: OverdueLoan
    ) -> None:
        await ledger.put_loans([first.model_copy(update=NOTHING)], AT)
        assert ways(record(superuser, first)) == NOTHING
        await ledger.put_loans([another(first, **NEW)], AT)
        assert ways(record(superuser, first)) == NEW

    async def test_of_another_lender_with_the_same_id_is_another_person(
        self, ledger: Ledger, superuser: psycopg.Connection, first: OverdueLoan
    ) -> None:
        elsewhere = another(first, lender="another", **NEW)
        await ledger.put_loans([first], AT)
        await ledger.put_loans([elsewhere], AT)
        assert (ways(record(superuser, first)), ways(record(superuser, elsewhere))) == (KNOWN, NEW)


def home(row: Row) -> dict[str, Any]:
    """Where the row says the borrower lives."""
    return {part: row[part] for part in HOME}


class TestAddressOfABorrower:
    @pytest.mark.parametrize(
        ("known", "told", "kept"),
        [
            (HOME, NOWHERE, HOME),
            (HOME, {"city": "York"}, HOME),  # where in York?
            (HOME, {"street": "12 Ginkgo Lane", "postcode": "LS99 4QA"}, HOME | {"postcode": "LS99 4QA"}),
            (HOME, {"street": "3 Elm Row"}, NOWHERE | {"street": "3 Elm Row"}),
            (
                HOME,
                {"street": "3 Elm Row", "city": "York"},
                NOWHERE | {"street": "3 Elm Row", "city": "York"},
            ),
            (NOWHERE, HOME, HOME),
            ({"city": "Leeds"}, {"city": "York"}, NOWHERE | {"city": "York"}),
            ({"city": "Leeds"}, {"postcode": "LS99 4QT"}, HOME | {"street": None}),
            ({"street": "12 Ginkgo Lane"}, {"city": "Leeds"}, HOME | {"postcode": None}),
        ],
    )
    async def test_is_kept_replaced_or_filled_in_but_never_mixed_of_two(
        self,
        ledger: Ledger,
        superuser: psycopg.Connection,
        first: OverdueLoan,
        known: dict[str, Any],
        told: dict[str, Any],
        kept: dict[str, Any],
    ) -> None:
        await ledger.put_loans([first.model_copy(update=known)], AT)
        await ledger.put_loans([another(first, **told)], AT)
        assert home(record(superuser, first)) == kept
