"""Rules of a row's clock: every place that the row suggests counts, unless it gives a time zone outright."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from compliance.ask import Ask
from contracts.loan import OverdueLoan
from gateways.placement_file import read_placement
from gateways.places_file import load_places
from gateways.policy_file import policies_in
from gateways.rule_book import RuleBook
from gateways.table_file import BadRow, GoodRow
from statemachine.stage import Channel

PLACES = load_places(Path(__file__).parents[2] / "policies" / "places.yaml")
IN_AMERICA = {
    "loan_id": "L-1",
    "borrower_id": "B-1",
    "name": "Ann Lee",
    "balance": "1234.50",
    "currency": "USD",
    "days_past_due": "8",
    "phones": "+1 (212) 555-0100",
    "language": "en",
    "country": "US",
    "subdivision": "",
    "postal_code": "",
    "time_zone": "",
    "policy": "platform-a",
}


def read(**changes: str) -> OverdueLoan | BadRow:
    """The outcome of one row: in the US, with a number in New York, and `changes`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(IN_AMERICA))
    writer.writeheader()
    writer.writerow(IN_AMERICA | changes)
    (outcome,) = read_placement(
        io.BytesIO(text.getvalue().encode()),
        lender="demo",
        policies={"platform-a"},
        places=PLACES,
        today=date(2026, 3, 10),
    )
    return outcome.value if isinstance(outcome, GoodRow) else outcome


class TestTheClockOfARow:
    @pytest.mark.parametrize(
        ("changes", "zones"),
        [
            ({"subdivision": "CA"}, ("America/Los_Angeles", "America/New_York")),
            ({"postal_code": "94103-1234"}, ("America/Los_Angeles", "America/New_York")),
            ({"subdivision": "CA", "phones": "+12125550100;+18085550100"},
             ("America/Los_Angeles", "America/New_York", "Pacific/Honolulu")),
            ({"subdivision": "US-CA", "phones": ""}, ("America/Los_Angeles",)),
            ({"subdivision": "CA", "phones": "+18005550100"}, ("America/Los_Angeles",)),
            ({"country": "CN", "phones": "+8613800138000"}, ("Asia/Shanghai",)),
            ({"country": "AU", "subdivision": "QLD", "phones": "+61412345678"}, ("Australia/Brisbane",)),
        ],
    )  # fmt: skip
    def test_is_every_one_that_address_and_numbers_suggest(
        self, changes: dict[str, str], zones: tuple[str, ...]
    ) -> None:
        loan = read(**changes)

        assert isinstance(loan, OverdueLoan)
        assert loan.zones == zones

    def test_is_a_time_zone_given_outright_alone(self) -> None:
        loan = read(subdivision="CA", postal_code="94103", time_zone="America/Denver")

        assert isinstance(loan, OverdueLoan)
        assert loan.zones == ("America/Denver",)

    def test_is_unknown_for_armed_forces_abroad_whatever_their_number(self) -> None:
        loan = read(subdivision="AP")

        assert isinstance(loan, OverdueLoan)
        assert loan.zones == ()

    def test_refuses_a_postal_code_that_is_none(self) -> None:
        bad = read(subdivision="CA", postal_code="2134")

        assert isinstance(bad, BadRow)
        assert (bad.column, bad.value) == ("postal_code", "2134")

    def test_refuses_a_row_for_its_number_and_not_for_its_clock(self) -> None:
        bad = read(subdivision="CA", phones="12345")

        assert isinstance(bad, BadRow)
        assert bad.column == "phones"


class TestLawOfARow:
    def test_is_that_of_the_state_in_which_its_postal_code_lies(self) -> None:
        """Massachusetts binds creditors too: a row that only says 02139 must not escape its law."""
        loan = read(postal_code="02139")

        assert isinstance(loan, OverdueLoan)
        assert loan.subdivision == "MA"

    def test_is_that_of_every_subdivision_with_a_law_of_its_own_where_none_is_known(self) -> None:
        house = policies_in()["platform-b"].contact
        book = RuleBook.shipped()
        sms = Ask(Channel.SMS)

        somewhere = {rule.id for rule in book.law(house, "US", None).binding(sms)}
        in_ohio = {rule.id for rule in book.law(house, "US", "OH").binding(sms)}

        assert {rule for rule in somewhere if rule.startswith("US-MA/")}
        assert not {rule for rule in in_ohio if rule.startswith("US-MA/")}
