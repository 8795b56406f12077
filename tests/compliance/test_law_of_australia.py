"""Australia, creditors too, rule by rule at its boundary: ASIC RG 96 part 2, sections 4 and 5."""

from typing import Any

import pytest
from law_at import (
    HOLIDAY,
    HOLIDAY_ON_SUNDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    Past,
    after_one_fewer_and_after,
    allows,
    before_and_on,
    certainties,
    hours,
    terms,
)

PLACE = "AU"
CONTACTS = [Past(), Past(channel="sms", result="sent"), Past(channel="visit", result="visited")]
LIMITS = [("AU/three-a-week", 3), ("AU/ten-a-month", 10)]

EVERY_RULE: list[tuple[str, dict[str, Any]]] = [
    ("AU/calls", {"clock": "03:00"}),
    ("AU/visit-hours", {"clock": "03:00", "channel": "visit"}),
    ("AU/workplace-hours", {"clock": "03:00", "place": "workplace"}),
    ("AU/public-holidays", {"channel": "email"}),
    *((rule, {"past": [Past()] * times}) for rule, times in LIMITS),
]


class TestEffect:
    @pytest.mark.parametrize(("rule", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before(
        self, rule: str, question: dict[str, Any]
    ) -> None:
        assert before_and_on(rule, "2021-04-13", **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: "H" for rule, _ in EVERY_RULE}

    def test_is_on_contacts_alone(self) -> None:
        assert terms(PLACE) == {}


class TestHours:
    @pytest.mark.parametrize(
        ("rule", "channel", "weekday", "weekend"),
        [
            ("AU/calls", "phone", "07:30-21:00", "09:00-21:00"),
            ("AU/visit-hours", "visit", "09:00-21:00", "09:00-21:00"),
            ("AU/public-holidays", "sms", "00:00-24:00", "00:00-24:00"),
        ],
    )
    def test_are_those_of_the_kind_of_contact_and_none_on_public_holidays(
        self, rule: str, channel: str, weekday: str, weekend: str
    ) -> None:
        days = (MONDAY, "2026-05-08", SATURDAY, SUNDAY, HOLIDAY, HOLIDAY_ON_SUNDAY)

        assert [hours(rule, day, channel) for day in days] == [
            *[weekday] * 2,
            *[weekend] * 2,
            *["closed"] * 2,
        ]

    @pytest.mark.parametrize("channel", ["phone", "visit", "email"])
    def test_at_a_workplace_are_9_to_17_from_monday_to_friday(self, channel: str) -> None:
        days = ("2026-05-08", SATURDAY, SUNDAY, HOLIDAY)

        found = [hours("AU/workplace-hours", day, channel, place="workplace") for day in days]

        assert found == ["09:00-17:00", "closed", "closed", "closed"]

    def test_at_a_workplace_say_nothing_of_a_contact_at_home(self) -> None:
        assert allows("AU/workplace-hours", f"{MONDAY} 20:00", place="home")


class TestPublicHolidays:
    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    def test_are_free_of_any_contact(self, channel: str) -> None:
        assert not allows("AU/public-holidays", f"{HOLIDAY} 12:00", channel)
        assert allows("AU/public-holidays", "2026-04-30 12:00", channel)


class TestLimits:
    @pytest.mark.parametrize("past", CONTACTS)
    @pytest.mark.parametrize(("rule", "times"), LIMITS)
    def test_allow_so_many_contacts_made_and_not_one_more(self, rule: str, times: int, past: Past) -> None:
        assert after_one_fewer_and_after(rule, times, past, MONDAY, channel=past.channel) == [True, False]

    @pytest.mark.parametrize(
        ("rule", "times", "day"),
        [("AU/three-a-week", 3, "2026-05-11"), ("AU/ten-a-month", 10, "2026-06-04")],
    )  # fmt: skip
    def test_hold_for_any_seven_and_any_31_days_to_the_second(self, rule: str, times: int, day: str) -> None:
        past = [Past(f"{MONDAY} 10:00")] * times

        assert not allows(rule, f"{day} 09:59:59", past=past)
        assert allows(rule, f"{day} 10:00:00", past=past)

    @pytest.mark.parametrize(
        "past",
        [
            Past(result="no_answer"),
            Past(debt="L-2"),
            Past(purpose="reply"),
            Past(purpose="required_by_law"),
        ],
    )
    @pytest.mark.parametrize(("rule", "times"), LIMITS)
    def test_leave_out_attempts_other_accounts_and_what_is_not_collecting(
        self, rule: str, times: int, past: Past
    ) -> None:
        assert allows(rule, MONDAY, past=[past] * times)

    @pytest.mark.parametrize("purpose", ["reply", "required_by_law"])
    @pytest.mark.parametrize(("rule", "times"), LIMITS)
    def test_do_not_hold_back_an_answer_or_a_notice_by_law(self, rule: str, times: int, purpose: str) -> None:
        assert allows(rule, MONDAY, past=[Past()] * times, purpose=purpose)
