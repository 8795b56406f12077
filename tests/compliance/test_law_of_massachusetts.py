"""Massachusetts on top of the United States, creditors too, rule by rule at its boundary: 940 CMR 7.04 and 7.05."""

from typing import Any

import pytest
from law_at import (
    HOLIDAY,
    MONDAY,
    SUNDAY,
    Past,
    after_one_fewer_and_after,
    allows,
    before_and_on,
    certainties,
    hours,
    terms,
)

PLACE = "US-MA"
CALL, TEXT = Past(result="no_answer"), Past(channel="sms", result="sent")
VISIT = Past(channel="visit", result="visited")

EVERY_RULE = [
    ("US-MA/home", "2012-03-02", "H", {"past": [CALL, TEXT]}),
    ("US-MA/elsewhere", "2012-03-02", "H", {"past": [CALL, TEXT], "place": "workplace"}),
    ("US-MA/hours", "2012-03-02", "H", {"clock": "03:00"}),
    ("US-MA/visits", "2012-03-02", "H", {"past": [VISIT], "channel": "visit"}),
]


class TestEffect:
    @pytest.mark.parametrize("party", ["first", "third"])
    @pytest.mark.parametrize(("rule", "first_day", "certainty", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before_for_creditors_too(
        self, rule: str, first_day: str, certainty: str, question: dict[str, Any], party: str
    ) -> None:
        assert before_and_on(rule, first_day, party=party, **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: certainty for rule, _, certainty, _ in EVERY_RULE}

    def test_is_on_contacts_alone(self) -> None:
        assert terms(PLACE) == {}


class TestHours:
    @pytest.mark.parametrize("day", [MONDAY, SUNDAY, HOLIDAY])
    @pytest.mark.parametrize("channel", ["sms", "phone", "visit"])
    def test_are_8_to_21_on_every_day_alike(self, day: str, channel: str) -> None:
        assert hours("US-MA/hours", day, channel) == "08:00-21:00"


class TestLimits:
    @pytest.mark.parametrize("past", [CALL, TEXT])
    @pytest.mark.parametrize(
        ("rule", "place"),
        [("US-MA/home", "home"), ("US-MA/elsewhere", "workplace"), ("US-MA/elsewhere", "elsewhere")],
    )
    def test_allow_two_calls_or_texts_and_not_three(self, rule: str, place: str, past: Past) -> None:
        assert after_one_fewer_and_after(rule, 2, past, MONDAY, place=place) == [True, False]

    @pytest.mark.parametrize(
        ("rule", "day", "place"),
        [("US-MA/home", "2026-05-11", "home"), ("US-MA/elsewhere", "2026-06-03", "workplace")],
    )
    def test_last_seven_days_at_home_and_thirty_elsewhere_to_the_second(
        self, rule: str, day: str, place: str
    ) -> None:
        past = [Past(f"{MONDAY} 10:00")] * 2

        assert not allows(rule, f"{day} 09:59:59", past=past, place=place)
        assert allows(rule, f"{day} 10:00:00", past=past, place=place)

    @pytest.mark.parametrize("rule", ["US-MA/home", "US-MA/elsewhere"])
    @pytest.mark.parametrize("past", [Past(debt="L-2"), Past(purpose="reply")])
    def test_leave_out_other_debts_and_what_the_borrower_began(self, rule: str, past: Past) -> None:
        place = "home" if rule == "US-MA/home" else "workplace"

        assert allows(rule, MONDAY, past=[past] * 2, place=place)

    def test_allow_one_visit_in_thirty_days_to_the_second(self) -> None:
        past = Past(f"{MONDAY} 10:00", channel="visit", result="not_met")
        lasts, ends = "2026-06-03 09:59:59", "2026-06-03 10:00:00"

        assert after_one_fewer_and_after("US-MA/visits", 1, past, lasts, channel="visit") == [True, False]
        assert allows("US-MA/visits", ends, "visit", past=[past])
