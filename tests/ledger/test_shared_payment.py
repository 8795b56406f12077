"""One payment of a borrower with several loans: shared by law, the borrower's own word first."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from case_in_ledger import SINCE, open_loan

from entrypoints.allocating import allocated
from ledger.reading import NoSuchCase
from ledger.store import Ledger

TODAY = SINCE + timedelta(days=60)


@pytest.fixture
async def loans(ledger: Ledger) -> tuple[str, str]:
    """Two loans of one borrower, 5.00 CNY each: the second fell due a month later."""
    borrower, first, second = (f"X-{uuid4().hex[:10]}" for _ in range(3))
    await open_loan(ledger, first, borrower, SINCE)
    await open_loan(ledger, second, borrower, SINCE + timedelta(days=31))
    return first, second


async def shares(ledger: Ledger, loan: str, amount: str, *designated: str) -> dict[str, int]:
    """What each loan gets, in minor units."""
    told = await allocated(ledger, "harbour", loan, amount, designated, TODAY)
    return {share["loan"]: share["amount_minor"] for share in told["shares"]}


class TestOnePayment:
    async def test_pays_what_fell_due_first(self, ledger: Ledger, loans: tuple[str, str]) -> None:
        first, second = loans

        assert await shares(ledger, second, "7.00") == {first: 500, second: 200}

    async def test_pays_the_loan_the_borrower_names_before_any_other(
        self, ledger: Ledger, loans: tuple[str, str]
    ) -> None:
        first, second = loans

        assert await shares(ledger, first, "7.00", second) == {second: 500, first: 200}

    async def test_leaves_over_what_is_more_than_all_that_is_owed(
        self, ledger: Ledger, loans: tuple[str, str]
    ) -> None:
        told = await allocated(ledger, "harbour", loans[0], "12.50", (), TODAY)

        assert told["overpaid_minor"] == 250

    @pytest.mark.parametrize(
        ("amount", "designated", "field"),
        [("0", (), "amount_minor: 0"), ("-1", (), "amount: -1"), ("1", ("L-0",), "designated: 'L-0'")],
    )
    async def test_that_cannot_be_shared_names_the_field(
        self, ledger: Ledger, loans: tuple[str, str], amount: str, designated: tuple[str, ...], field: str
    ) -> None:
        with pytest.raises(ValueError, match=field):
            await shares(ledger, loans[0], amount, *designated)

    async def test_for_a_loan_nobody_knows_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(NoSuchCase):
            await allocated(ledger, "harbour", "nobody", "1.00", (), date(2027, 3, 3))
