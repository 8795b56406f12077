"""The case's row tells the latest request, in whatever order requests arrive."""

from case_in_ledger import request, write

from ledger.entry import Row
from ledger.store import Ledger


async def row_of(ledger: Ledger, case_id: str) -> Row:
    """The case's row."""
    rows = await ledger.read("cases", lender="harbour", loan_id=case_id.split(":")[2])
    return rows[0]


class TestProjection:
    async def test_of_an_older_request_does_not_overwrite_a_newer(self, ledger: Ledger, case_id: str) -> None:
        await write(ledger, request(case_id, 3, stage="closed", outcome="cured", balance_minor=0))
        await write(ledger, request(case_id, 2, stage="reminder", balance_minor=400))
        row = await row_of(ledger, case_id)
        assert (row["stage"], row["outcome"], row["balance_minor"]) == ("closed", "cured", 0)

    async def test_of_the_same_request_written_again_changes_nothing(
        self, ledger: Ledger, case_id: str
    ) -> None:
        closing = request(case_id, 2, stage="closed", outcome="withdrawn")
        await write(ledger, closing)
        before = await row_of(ledger, case_id)
        await write(ledger, closing)
        assert await row_of(ledger, case_id) == before

    async def test_ends_the_same_in_every_order(self, ledger: Ledger, case_id: str) -> None:
        for order in ((2, 3, 4), (4, 3, 2), (3, 4, 2)):
            for number in order:
                await write(ledger, request(case_id, number, balance_minor=500 - number))
            assert (await row_of(ledger, case_id))["balance_minor"] == 496

    async def test_keeps_the_first_closing_instant(self, ledger: Ledger, case_id: str) -> None:
        await write(ledger, request(case_id, 2, stage="closed", outcome="cured"))
        closed_at = (await row_of(ledger, case_id))["closed_at"]
        later = request(case_id, 3, stage="closed", outcome="cured")
        later = later.model_copy(
            update={"projection": later.projection.model_copy(update={"as_of": closed_at.replace(year=2031)})}
        )
        await write(ledger, later)
        assert (await row_of(ledger, case_id))["closed_at"] == closed_at
