"""Russia, rule by rule at its boundary: 230-FZ art. 7."""

from typing import Any

import pytest
from law_at import (
    HOLIDAY,
    HOLIDAY_ON_SUNDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    WORKED_SATURDAY,
    Known,
    Past,
    after_one_fewer_and_after,
    allows,
    before_and_on,
    certainties,
    hours,
    terms,
)

PLACE = "RU"
CALL = Past(result="no_answer")
VISIT = Past(channel="visit", result="visited")
TEXT, EMAIL = Past(channel="sms", result="sent"), Past(channel="email", result="sent")

LIMITS = [
    ("RU/calls-a-day", 1, CALL),
    ("RU/calls-a-week", 2, CALL),
    ("RU/calls-a-month", 8, CALL),
    ("RU/visits", 1, VISIT),
    ("RU/messages-a-day", 2, TEXT),
    ("RU/messages-a-day", 2, EMAIL),
    ("RU/messages-a-week", 4, TEXT),
    ("RU/messages-a-week", 4, EMAIL),
    ("RU/messages-a-month", 16, TEXT),
    ("RU/messages-a-month", 16, EMAIL),
]
FACTS = [("RU/bankruptcy", "bankruptcy"), ("RU/hospital", "hospital"), ("RU/disability", "disability")]
FACTS += [("RU/minor", "minor")]
EVERY_RULE: list[tuple[str, dict[str, Any]]] = [("RU/hours", {"clock": "03:00"})]
EVERY_RULE += [(rule, {"past": [past] * times, "channel": past.channel}) for rule, times, past in LIMITS]
EVERY_RULE += [(rule, {"known": [Known(fact)]}) for rule, fact in FACTS]


class TestEffect:
    @pytest.mark.parametrize(("rule", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before(
        self, rule: str, question: dict[str, Any]
    ) -> None:
        assert before_and_on(rule, "2017-01-01", **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: "H" for rule, _ in EVERY_RULE}

    def test_is_on_contacts_alone(self) -> None:
        assert terms(PLACE) == {}


class TestHours:
    @pytest.mark.parametrize("channel", ["phone", "sms"])
    @pytest.mark.parametrize(
        ("day", "permitted"),
        [
            (MONDAY, "08:00-22:00"),
            (WORKED_SATURDAY, "08:00-22:00"),
            (SATURDAY, "09:00-20:00"),
            (SUNDAY, "09:00-20:00"),
            (HOLIDAY, "09:00-20:00"),
            (HOLIDAY_ON_SUNDAY, "09:00-20:00"),
        ],
    )
    def test_are_8_to_22_on_working_days_and_9_to_20_on_days_off(
        self, day: str, permitted: str, channel: str
    ) -> None:
        assert hours("RU/hours", day, channel) == permitted


class TestLimits:
    @pytest.mark.parametrize(("rule", "times", "past"), LIMITS)
    def test_allow_so_many_and_not_one_more(self, rule: str, times: int, past: Past) -> None:
        assert after_one_fewer_and_after(rule, times, past, MONDAY, channel=past.channel) == [True, False]

    @pytest.mark.parametrize(("rule", "times", "past"), LIMITS)
    def test_hold_for_the_day_and_for_any_seven_and_any_31_days_to_the_second(
        self, rule: str, times: int, past: Past
    ) -> None:
        week, month = (
            ("2026-05-11 09:59:59", "2026-05-11 10:00:00"),
            ("2026-06-04 09:59:59", "2026-06-04 10:00:00"),
        )
        day = ("2026-05-04 23:59:59", "2026-05-05 00:00:00")
        span = {"day": day, "week": week, "month": month, "visits": week}[rule.split("/")[1].split("-")[-1]]
        earlier = [Past(f"{MONDAY} 10:00", past.channel, past.result)] * times

        assert [allows(rule, at, past.channel, past=earlier) for at in span] == [False, True]

    @pytest.mark.parametrize(("rule", "times", "past"), LIMITS)
    def test_count_the_person_and_leave_out_what_they_began(self, rule: str, times: int, past: Past) -> None:
        other_debt = Past(channel=past.channel, result=past.result, debt="L-2", by="agency")
        reply = Past(channel=past.channel, result=past.result, purpose="reply")

        assert not allows(rule, MONDAY, past.channel, past=[other_debt] * times)
        assert allows(rule, MONDAY, past.channel, past=[reply] * times)
        assert allows(rule, MONDAY, past.channel, past=[past] * times, purpose="reply")


class TestStandingFacts:
    @pytest.mark.parametrize(("rule", "fact"), FACTS)
    @pytest.mark.parametrize(
        ("channel", "is_allowed"), [("phone", False), ("visit", False), ("sms", True), ("email", True)]
    )
    def test_stop_direct_contact_and_not_messages(
        self, rule: str, fact: str, channel: str, is_allowed: bool
    ) -> None:
        assert allows(rule, MONDAY, channel, known=[Known(fact, "2020-01-01 00:00")]) is is_allowed

    def test_of_a_minor_leave_the_guardian_to_speak_to(self) -> None:
        assert allows("RU/minor", MONDAY, known=[Known("minor")], recipient="representative")
