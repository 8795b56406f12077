"""India, rule by rule at its boundary: the RBI circular of 2022-08-12, and the RBI's draft of 2026-02-12."""

from typing import Any

import pytest
from law_at import (
    HOLIDAY,
    MONDAY,
    SUNDAY,
    Known,
    Past,
    allows,
    before_and_on,
    certainties,
    hours,
    terms,
)

PLACE = "IN"
THIRD = {"recipient": "third_person"}
DRAFT_FESTIVALS = "IN/draft-festivals"
AFTER_THE_DRAFT = "2026-07-06"

EVERY_RULE = [
    ("IN/hours", "2022-08-12", "H", {"clock": "03:00"}),
    ("IN/third-person", "2022-08-12", "H", THIRD),
    ("IN/draft-hours", "2026-07-01", "M", {"clock": "03:00"}),
    ("IN/draft-third-person", "2026-07-01", "M", THIRD),
    (DRAFT_FESTIVALS, "2026-07-01", "M", {}),
    ("IN/draft-bereavement", "2026-07-01", "M", {"known": [Known("bereavement")]}),
    ("IN/draft-calamity", "2026-07-01", "M", {"known": [Known("disaster")]}),
]


class TestEffect:
    @pytest.mark.parametrize(("rule", "first_day", "certainty", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before(
        self, rule: str, first_day: str, certainty: str, question: dict[str, Any]
    ) -> None:
        assert before_and_on(rule, first_day, **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: certainty for rule, _, certainty, _ in EVERY_RULE}

    def test_is_on_contacts_alone(self) -> None:
        assert terms(PLACE) == {}


class TestHours:
    @pytest.mark.parametrize("day", [MONDAY, SUNDAY, HOLIDAY])
    def test_of_calls_are_8_to_19_on_every_day_alike(self, day: str) -> None:
        assert hours("IN/hours", day) == "08:00-19:00"

    @pytest.mark.parametrize("channel", ["phone", "visit"])
    def test_of_calls_and_visits_are_8_to_19_in_the_draft(self, channel: str) -> None:
        assert hours("IN/draft-hours", AFTER_THE_DRAFT, channel) == "08:00-19:00"

    @pytest.mark.parametrize(
        ("rule", "channels"), [("IN/hours", "email sms visit"), ("IN/draft-hours", "email sms")]
    )
    def test_are_set_for_no_other_channel(self, rule: str, channels: str) -> None:
        night = f"{AFTER_THE_DRAFT} 03:00"

        assert [allows(rule, night, channel) for channel in channels.split()] == [True] * len(
            channels.split()
        )


class TestFestivals:
    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    def test_are_free_of_any_contact_in_the_draft(self, channel: str) -> None:
        assert hours(DRAFT_FESTIVALS, AFTER_THE_DRAFT, channel) == "00:00-24:00"
        assert hours(DRAFT_FESTIVALS, "2026-07-01", channel) == "closed"


class TestThirdPerson:
    @pytest.mark.parametrize("rule", ["IN/third-person", "IN/draft-third-person"])
    def test_is_never_contacted_however_many_contacts_failed(self, rule: str) -> None:
        failed = [Past(result="no_answer")] * 50

        assert not allows(rule, AFTER_THE_DRAFT, past=failed, recipient="third_person")
        assert allows(rule, AFTER_THE_DRAFT, past=failed)


class TestStandingFacts:
    @pytest.mark.parametrize(
        ("rule", "fact"), [("IN/draft-bereavement", "bereavement"), ("IN/draft-calamity", "disaster")]
    )
    def test_stop_contact_until_they_end(self, rule: str, fact: str) -> None:
        known = [Known(fact, "2026-07-02 00:00", f"{AFTER_THE_DRAFT} 12:00")]

        assert not allows(rule, f"{AFTER_THE_DRAFT} 11:59:59", known=known)
        assert allows(rule, f"{AFTER_THE_DRAFT} 12:00:00", known=known)
        assert allows(rule, f"{AFTER_THE_DRAFT} 11:59:59", known=known, purpose="required_by_law")
        assert allows(rule, f"{AFTER_THE_DRAFT} 11:59:59", known=known, purpose="reply")
