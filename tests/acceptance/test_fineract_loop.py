"""A Fineract book beside Leeway, through a year with faults: afterwards both say the same, and holds are in the book.

Small here; `make loop` lives a whole year of 500 loans.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from beside_a_book import BesideABook, beside_a_book, owed_in_the_book

from entrypoints.embedded.parts import Endpoints
from gateways.fineract.pauses import Span
from ledger.store import Ledger
from simulator.time import SkippedTime

LOANS = int(os.environ.get("LEEWAY_LOOP_LOANS", "40"))
DAYS = int(os.environ.get("LEEWAY_LOOP_DAYS", "75"))
SEED = int(os.environ.get("LEEWAY_LOOP_SEED", "7"))


async def agree(beside: BesideABook) -> None:
    """Rounds until the book and Leeway have nothing left to tell each other: three are enough."""
    for _ in range(3):
        beside.year.later()
        if not (await beside.reconciles(is_whole=True)).differences:
            return
    raise AssertionError("\n".join((await beside.reconciles(is_whole=True)).lines))


def days_of(spans: list[Span], today_on: int) -> set[int]:
    return {
        n
        for span in spans
        for n in range(span.start_on.toordinal(), min(span.end_on.toordinal(), today_on + 1))
    }


class TestBook:
    @pytest.mark.timeout(3600)
    async def test_and_leeway_say_the_same_after_their_time_together(
        self, skipped_time: SkippedTime, ledger: Ledger, servers: Endpoints
    ) -> None:
        async with beside_a_book(skipped_time, ledger, servers.database_url, SEED, LOANS) as beside:
            await beside.lives(DAYS)
            beside.year.day()
            await beside.comes_to_now([row["loan_id"] for row in await beside.cases()])
            await agree(beside)

            cases = await beside.cases()
            still_open = {row["loan_id"]: (row["balance_minor"], row["overdue_since"])
                          for row in cases if row["closed_at"] is None}  # fmt: skip
            print(
                f"\n{LOANS} loans, {DAYS} days: {len(cases)} cases, {len(still_open)} open; {dict(beside.counts)}"
            )
            assert still_open == owed_in_the_book(beside.year)
            assert still_open
            await ended_as_in_the_book(beside)
            await paused_as_held(beside)


async def ended_as_in_the_book(beside: BesideABook) -> None:
    """A closed case was cured, but for those that the lender gave up."""
    latest = {row["loan_id"]: row for row in await beside.cases()}
    for row in latest.values():
        if row["closed_at"] is not None:
            loan = beside.year.book.loans[int(row["loan_id"])]
            given_up = loan.charged_off_on or loan.written_off_on
            assert (row["stage"], row["outcome"]) == ("closed", row["outcome"])
            assert row["outcome"] == "cured" or given_up, row


async def paused_as_held(beside: BesideABook) -> None:
    """Today the book pauses exactly the loans that are held; and what was held before was paused, but for the days it
    takes to hear of it."""
    today = beside.year.book.today
    for row in await beside.cases():
        loan = beside.year.book.loans[int(row["loan_id"])]
        if row["closed_at"] is None:
            is_paused = any(first <= today < last for first, last in loan.pauses())
            assert is_paused == bool(row["held"]), (row["loan_id"], row["held"], loan.pauses(), loan.actions)
    assert any(loan.actions for loan in beside.year.book.loans.values())
