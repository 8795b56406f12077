"""Rules of matching a bank's booking to a loan: by what was written, never by a guess."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.bank_booking import Booking, KnownLoan, Match, Unmatched, match, same_name

BOOKING = Booking(booking_id="b", place="entry 1", amount_minor=50_000, currency="CNY",
                  booked_at=datetime(2026, 11, 2, 12, tzinfo=UTC), debtor_name="Li Wei")  # fmt: skip


def loan(
    loan_id: str, by: str, name: str = "Li Wei", balance_minor: int = 50_000, is_open: bool = True
) -> KnownLoan:
    return KnownLoan(
        loan_id=loan_id, by=by, name=name, balance_minor=balance_minor, currency="CNY", is_open=is_open
    )


class TestABooking:
    @pytest.mark.parametrize("by", ["reference", "end_to_end_id", "mandate"])
    def test_is_for_the_loan_that_it_names(self, by: str) -> None:
        assert match(BOOKING, [loan("A", by, "Wang", 1), loan("B", "amount")]) == Match(loan_id="A", by=by)

    def test_is_for_the_loan_of_its_reference_before_that_of_an_earlier_booking(self) -> None:
        found = match(BOOKING, [loan("A", "end_to_end_id"), loan("B", "reference")])

        assert found == Match(loan_id="B", by="reference")

    def test_of_two_loans_by_the_same_sign_is_left_to_a_person(self) -> None:
        found = match(BOOKING, [loan("A", "reference"), loan("B", "reference"), loan("C", "amount")])

        assert isinstance(found, Unmatched)
        assert found.why == "2 loans by reference"

    def test_without_a_reference_is_for_the_one_loan_of_its_amount_and_name(self) -> None:
        found = match(BOOKING, [loan("A", "amount"), loan("A", "name"), loan("B", "amount", "Wang")])

        assert found == Match(loan_id="A", by="amount and name")

    @pytest.mark.parametrize(
        "known",
        [
            [loan("A", "amount"), loan("B", "amount")],
            [loan("A", "amount", "Wang")],
            [loan("A", "name", balance_minor=49_999)],
            [loan("A", "word", "Wang", 1)],
            [loan("A", "amount", is_open=False)],
            [],
        ],
    )
    def test_that_names_no_one_loan_is_left_to_a_person_with_those_it_may_be(
        self, known: list[KnownLoan]
    ) -> None:
        found = match(BOOKING, known)

        assert isinstance(found, Unmatched)
        assert {loan_id for loan_id, _ in found.candidates} == {one.loan_id for one in known}

    def test_shows_the_loan_with_the_most_signs_first(self) -> None:
        found = match(BOOKING, [loan("A", "amount", "Wang"), loan("B", "word", "Li Wei", 7), loan("B", "name", "Li Wei", 7),
                                loan("C", "name", "Li Wei", 7)])  # fmt: skip

        assert isinstance(found, Unmatched)
        assert found.candidates[0] == ("B", "name, word")

    @given(st.lists(st.builds(loan, st.sampled_from("ABC"), st.sampled_from(
        ["reference", "end_to_end_id", "mandate", "amount", "name", "word"]), st.sampled_from(["Li Wei", "Wang"]),
        st.sampled_from([1, 50_000]), st.booleans())), st.randoms())  # fmt: skip
    def test_is_matched_alike_in_whatever_order_loans_are_found(
        self, known: list[KnownLoan], chance: object
    ) -> None:
        shuffled = list(known)
        chance.shuffle(shuffled)  # type: ignore[attr-defined]

        assert match(BOOKING, known) == match(BOOKING, shuffled)

    @pytest.mark.parametrize(
        ("reference", "named"),
        [("A-1001", ("A-1001",)), ("RF18 5390 0754 7034", ("RF18539007547034", "539007547034")), ("", ())],
    )
    def test_names_what_its_creditor_reference_carries(self, reference: str, named: tuple[str, ...]) -> None:
        assert BOOKING.model_copy(update={"structured_reference": reference}).references == named


class TestNames:
    @pytest.mark.parametrize(
        ("one", "other", "is_same"),
        [
            ("Li Wei", "WEI  LI", True),
            ("José Müller-Lüdenscheidt", "MULLER LUDENSCHEIDT, JOSE", True),
            ("李伟", "李伟", True),
            ("李伟", "李 伟", False),
            ("Li Wei", "Li Wen", False),
            ("", "", False),
            ("  ", "  ", False),
        ],
    )
    def test_are_compared_as_people_write_them(self, one: str, other: str, is_same: bool) -> None:
        assert same_name(one, other) is is_same
