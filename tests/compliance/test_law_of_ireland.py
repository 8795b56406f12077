"""Ireland, at the boundary of its one rule: the Consumer Protection Code of 2012."""

import pytest
from law_at import MONDAY, Past, after_one_fewer_and_after, allows, before_and_on, certainties, terms

PLACE = "IE"
THREE_A_MONTH = "IE/three-a-month"
CONTACTS = [Past(), Past(channel="email", result="sent"), Past(channel="visit", result="visited")]


class TestEffect:
    def test_begins_on_the_first_day_and_not_the_day_before(self) -> None:
        assert before_and_on(THREE_A_MONTH, "2012-01-01", past=[Past()] * 3) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {THREE_A_MONTH: "M"}


class TestThreeAMonth:
    @pytest.mark.parametrize("past", CONTACTS)
    def test_allows_three_contacts_and_not_four(self, past: Past) -> None:
        found = after_one_fewer_and_after(THREE_A_MONTH, 3, past, MONDAY, channel=past.channel)

        assert found == [True, False]

    def test_begins_anew_with_the_calendar_month(self) -> None:
        past = [Past(f"{MONDAY} 10:00")] * 3

        assert not allows(THREE_A_MONTH, "2026-05-31 23:59:59", past=past)
        assert allows(THREE_A_MONTH, "2026-06-01 00:00:00", past=past)

    @pytest.mark.parametrize(
        ("past", "is_counted"),
        [
            (Past(debt="L-2"), True),
            (Past(result="no_answer"), False),
            (Past(purpose="reply"), False),
            (Past(purpose="required_by_law"), False),
        ],
    )
    def test_counts_unsolicited_contacts_with_the_person(self, past: Past, is_counted: bool) -> None:
        assert allows(THREE_A_MONTH, MONDAY, past=[past] * 3) is not is_counted

    @pytest.mark.parametrize("purpose", ["reply", "required_by_law"])
    def test_does_not_hold_back_an_answer_or_a_notice_by_law(self, purpose: str) -> None:
        assert allows(THREE_A_MONTH, MONDAY, past=[Past()] * 3, purpose=purpose)


class TestTerms:
    def test_are_these_numbers(self) -> None:
        code = "Central Bank of Ireland Consumer Protection Code 2012"

        assert terms(PLACE) == {"visit_notice_working_days": (5, code, "M")}
