"""Bank statements on the real PostgreSQL: each booking once, to its loan or to a person."""

import io
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.append(str(Path(__file__).parents[1] / "gateways"))

from bank_statement_made import Entry, Transaction, statement

from contracts.loan import OverdueLoan
from entrypoints.bank_statements import BankStatements, CannotMatch
from gateways.bank_statement import StatementError
from ledger.inbox import Inbox
from ledger.store import Ledger

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


class Desk:
    """A lender of its own with loans on record, its statements and its inbox."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.lender = ledger, f"b-{uuid4().hex[:10]}"
        self.statements = BankStatements(ledger, self.lender)

    async def has_loan(self, loan_id: str, name: str = "Chen Jingyi") -> None:
        """A loan on record."""
        loan = OverdueLoan(
            lender=self.lender, loan_id=loan_id, borrower_id=f"P-{loan_id}", name=name, balance_minor=50_000, currency="EUR",
            overdue_since=date(2026, 10, 20), language="en", country="CN", zones=("Asia/Shanghai",), policy="platform-a",
        )  # fmt: skip
        await self.ledger.put_loans([loan], NOW)

    async def imports(self, *entries: Entry) -> str:
        """What became of a statement's bookings."""
        return str(await self.statements.take_in(io.BytesIO(statement(*entries)), NOW))

    async def told(self) -> list[tuple[str, str]]:
        """Kind and loan of everything in the inbox."""
        return [(row["kind"], row["loan_id"]) for row in await Inbox(self.ledger).events(self.lender)]

    async def numbers(self) -> list[int]:
        """The bookings that wait for a person."""
        return [row["booking_no"] for row in await self.statements.open()]


@pytest.fixture
async def desk(ledger: Ledger) -> Desk:
    """A lender with two loans."""
    desk = Desk(ledger)
    await desk.has_loan("A-1001")
    await desk.has_loan("A-1002", "Li Wei")
    return desk


class TestAnImport:
    async def test_tells_the_loan_that_the_reference_names(self, desk: Desk) -> None:
        assert await desk.imports(Entry()) == "1 matched, 0 for a person, 0 known already"
        assert await desk.told() == [("payment_posted", "A-1001")]

    async def test_of_the_same_statement_again_changes_nothing(self, desk: Desk) -> None:
        entries = (
            Entry(),
            Entry((Transaction(reference="", text="thanks", end_to_end_id=""),), reference="BANK-2"),
        )
        await desk.imports(*entries)

        assert await desk.imports(*entries) == "0 matched, 0 for a person, 2 known already"
        assert len(await desk.told()) == 1
        assert len(await desk.numbers()) == 1

    async def test_knows_the_loan_of_an_earlier_booking_by_its_end_to_end_id_or_mandate(
        self, desk: Desk
    ) -> None:
        known = Transaction(end_to_end_id="STANDING-7", mandate="M-1")
        await desk.imports(Entry((known,)))

        standing = Transaction(reference="", end_to_end_id="STANDING-7", amount_minor=1)
        mandate = Transaction(reference="", end_to_end_id="NOTPROVIDED", mandate="M-1", amount_minor=2)
        await desk.imports(Entry((standing, mandate), reference="BANK-2"))

        assert await desk.told() == [("payment_posted", "A-1001")] * 3

    async def test_takes_back_what_went_back(self, desk: Desk) -> None:
        await desk.imports(Entry())
        await desk.imports(Entry((Transaction(returned="AC04"),), sign="DBIT", reference="BANK-2"))
        await desk.imports(Entry((Transaction(returned="AC04"),), sign="DBIT", reference="BANK-3"))

        assert await desk.told() == [("payment_posted", "A-1001"), ("payment_reversed", "A-1001")]
        assert len(await desk.numbers()) == 1  # nothing is left that could have gone back once more

    async def test_leaves_the_rest_to_a_person_with_the_loans_it_may_be(self, desk: Desk) -> None:
        await desk.imports(Entry((Transaction(reference="", end_to_end_id="", text="for A-1002 or A-9999"),)))

        [waiting] = await desk.statements.open()
        assert waiting["candidates"] == [{"loan_id": "A-1002", "by": "name, word"}]
        await desk.statements.match(waiting["booking_no"], "A-1002", "Ms Chen", NOW)
        assert await desk.told() == [("payment_posted", "A-1002")]
        assert await desk.numbers() == []

    async def test_that_breaks_off_has_taken_in_what_came_before(self, desk: Desk) -> None:
        broken = statement(Entry(), Entry(reference="BANK-2")).replace(b"BANK-2</AcctSvcrRef>", b"BANK-2<")
        with pytest.raises(StatementError, match="entry 2"):
            await desk.statements.take_in(io.BytesIO(broken), NOW)

        assert (
            await desk.imports(Entry(), Entry(reference="BANK-2"))
            == "1 matched, 0 for a person, 1 known already"
        )


class TestAPerson:
    async def test_is_refused_a_loan_that_is_not_there_or_a_booking_that_is_done(self, desk: Desk) -> None:
        await desk.imports(Entry((Transaction(reference="", debtor="Nobody", end_to_end_id=""),)))
        [number] = await desk.numbers()

        with pytest.raises(CannotMatch, match=r"^loan: A-9 "):
            await desk.statements.match(number, "A-9", "Ms Chen", NOW)
        await desk.statements.set_aside(number, "Ms Chen", "rent", NOW)
        with pytest.raises(CannotMatch, match="set_aside"):
            await desk.statements.match(number, "A-1001", "Ms Chen", NOW)
        assert await desk.told() == []


class TestThePage:
    async def test_has_an_example_that_works(self, desk: Desk, project: Path) -> None:
        page = (project / "docs" / "connecting" / "bank-statements.md").read_text(encoding="utf-8")
        [example] = re.findall(r"```xml\n(.*?)```", page, re.DOTALL)

        taken = await desk.statements.take_in(io.BytesIO(example.encode()), NOW)

        assert str(taken) == "1 matched, 0 for a person, 0 known already"
        assert await desk.told() == [("payment_posted", "A-1001")]
