"""Rules of the sample book: every difficulty is in it, and it reaches nobody."""

from datetime import date
from pathlib import Path

import pytest

from contracts.loan import OverdueLoan
from gateways.placement_file import read_placement
from gateways.places_file import load_places
from gateways.table_file import GoodRow

ROOT = Path(__file__).parents[2]
POLICIES = frozenset({"platform-a", "platform-b", "platform-c"})
TODAY = date(2026, 3, 10)


@pytest.fixture(scope="module")
def loans() -> list[OverdueLoan]:
    outcome = read_placement(
        ROOT / "simulator" / "sample_book.csv",
        lender="demo",
        policies=POLICIES,
        places=load_places(ROOT / "policies" / "places.yaml"),
        today=TODAY,
    )
    return [row.value for row in outcome if isinstance(row, GoodRow)]


class TestSampleBook:
    def test_has_eight_loans_for_each_policy(self, loans: list[OverdueLoan]) -> None:
        policies = [loan.policy for loan in loans]

        assert {policy: policies.count(policy) for policy in policies} == dict.fromkeys(POLICIES, 8)

    def test_runs_from_days_to_more_than_a_year(self, loans: list[OverdueLoan]) -> None:
        ages_days = [(TODAY - loan.overdue_since).days for loan in loans]

        assert (min(ages_days), max(ages_days)) == (3, 400)

    def test_has_two_loans_of_one_borrower(self, loans: list[OverdueLoan]) -> None:
        assert len(loans) - len({loan.borrower_id for loan in loans}) == 1

    def test_has_borrowers_who_lack_an_address_or_a_clock(self, loans: list[OverdueLoan]) -> None:
        def which(email: bool, phone: bool) -> list[str]:
            return [loan.loan_id for loan in loans if (bool(loan.email), bool(loan.phones)) == (email, phone)]

        assert which(email=False, phone=True) == ["A-1003"]
        assert which(email=True, phone=False) == ["A-1006"]
        assert which(email=False, phone=False) == ["A-1008"]
        assert [loan.loan_id for loan in loans if not loan.zones] == ["C-3005"]

    def test_has_a_door_for_every_visitor_but_three(self, loans: list[OverdueLoan]) -> None:
        assert [loan.loan_id for loan in loans if not loan.street] == ["A-1008", "C-3004", "C-3005"]
        assert all(loan.city for loan in loans if loan.street)

    def test_has_borrowers_with_one_two_and_many_clocks(self, loans: list[OverdueLoan]) -> None:
        assert {len(loan.zones) for loan in loans} == {0, 1, 2, 8}
        assert "Asia/Kathmandu" in {zone for loan in loans for zone in loan.zones}

    def test_reaches_no_real_mailbox(self, loans: list[OverdueLoan]) -> None:
        assert all(loan.email is None or loan.email.endswith("@example.com") for loan in loans)
