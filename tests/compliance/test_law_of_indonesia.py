"""Indonesia, rule by rule at its boundary: POJK 22/2023 art. 62(2)."""

from typing import Any

import pytest
from law_at import (
    HOLIDAY,
    HOLIDAY_ON_SUNDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    Known,
    Past,
    allows,
    before_and_on,
    certainties,
    hours,
    terms,
)

PLACE = "ID"
EVERY_RULE = [
    ("ID/hours", {"clock": "03:00"}),
    ("ID/place", {"place": "workplace"}),
    ("ID/third-person", {"recipient": "third_person"}),
]


class TestEffect:
    @pytest.mark.parametrize(("rule", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before(
        self, rule: str, question: dict[str, Any]
    ) -> None:
        assert before_and_on(rule, "2023-12-22", **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: "H" for rule, _ in EVERY_RULE}

    def test_is_on_contacts_alone(self) -> None:
        assert terms(PLACE) == {}


class TestHours:
    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    @pytest.mark.parametrize(
        ("day", "permitted"),
        [
            (MONDAY, "08:00-20:00"),
            (SATURDAY, "08:00-20:00"),
            (SUNDAY, "closed"),
            (HOLIDAY, "closed"),
            (HOLIDAY_ON_SUNDAY, "closed"),
        ],
    )
    def test_are_8_to_20_from_monday_to_saturday_and_none_on_holidays(
        self, day: str, permitted: str, channel: str
    ) -> None:
        assert hours("ID/hours", day, channel) == permitted

    def test_may_be_agreed_otherwise_beforehand(self) -> None:
        assert allows("ID/hours", f"{SUNDAY} 12:00", known=[Known("hours_agreed")])


class TestPlace:
    @pytest.mark.parametrize("place", ["workplace", "elsewhere"])
    def test_other_than_home_needs_consent(self, place: str) -> None:
        assert not allows("ID/place", MONDAY, "visit", place=place)
        assert allows("ID/place", MONDAY, "visit", place=place, known=[Known("contact_agreed")])
        assert allows("ID/place", MONDAY, "visit", place="home")


class TestThirdPerson:
    def test_is_never_contacted_however_many_contacts_failed(self) -> None:
        failed = [Past(result="no_answer")] * 50

        assert not allows("ID/third-person", MONDAY, past=failed, recipient="third_person")
        assert allows("ID/third-person", MONDAY, past=failed)
