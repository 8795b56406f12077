"""The United Kingdom, rule by rule at its boundary: Breathing Space (SI 2020/1311) and the FCA's CONC 7."""

from typing import Any

import pytest
from law_at import MONDAY, Known, allows, before_and_on, certainties, terms

PLACE = "GB"
BREATHING_SPACE, CRISIS = "GB/breathing-space", "GB/mental-health-crisis"

EVERY_RULE = [
    (BREATHING_SPACE, "2021-05-04", "H", {"known": [Known("breathing_space")]}),
    (CRISIS, "2021-05-04", "H", {"known": [Known("mental_health_crisis")]}),
    ("GB/capacity", "2014-04-01", "H", {"known": [Known("capacity_doubt")]}),
    ("GB/debt-advice", "2014-04-01", "M", {"known": [Known("debt_advice")]}),
]


class TestEffect:
    @pytest.mark.parametrize(("rule", "first_day", "certainty", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before(
        self, rule: str, first_day: str, certainty: str, question: dict[str, Any]
    ) -> None:
        assert before_and_on(rule, first_day, **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: certainty for rule, _, certainty, _ in EVERY_RULE}

    @pytest.mark.parametrize(("rule", "first_day", "certainty", "question"), EVERY_RULE)
    @pytest.mark.parametrize(
        ("purpose", "is_allowed"),
        [("routine", False), ("due_reminder", False), ("required_by_law", True), ("reply", True)],
    )
    def test_leaves_what_the_law_demands_and_what_answers_the_customer(
        self, rule: str, first_day: str, certainty: str, question: dict[str, Any], purpose: str, is_allowed: bool
    ) -> None:  # fmt: skip
        assert allows(rule, MONDAY, purpose=purpose, **question) is is_allowed

    @pytest.mark.parametrize(("rule", "first_day", "certainty", "question"), EVERY_RULE)
    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    def test_is_on_every_channel(
        self, rule: str, first_day: str, certainty: str, question: dict[str, Any], channel: str
    ) -> None:
        assert not allows(rule, MONDAY, channel, **question)


class TestBreathingSpace:
    def test_lasts_sixty_days_with_its_first_as_day_one(self) -> None:
        known = [Known("breathing_space", f"{MONDAY} 00:00")]

        assert not allows(BREATHING_SPACE, "2026-07-02 23:59:59", known=known)
        assert allows(BREATHING_SPACE, "2026-07-03 00:00:00", known=known)

    def test_ends_where_its_end_is_recorded(self) -> None:
        known = [Known("breathing_space", f"{MONDAY} 00:00", "2026-06-01 00:00")]

        assert not allows(BREATHING_SPACE, "2026-05-31 23:59:59", known=known)
        assert allows(BREATHING_SPACE, "2026-06-01 00:00:00", known=known)


class TestMentalHealthCrisis:
    def test_lasts_thirty_days_longer_than_the_treatment(self) -> None:
        known = [Known("mental_health_crisis", "2026-01-01 00:00", f"{MONDAY} 00:00")]

        assert not allows(CRISIS, "2026-06-02 23:59:59", known=known)
        assert allows(CRISIS, "2026-06-03 00:00:00", known=known)

    def test_has_no_timer_while_the_treatment_goes_on(self) -> None:
        assert not allows(CRISIS, MONDAY, known=[Known("mental_health_crisis", "2022-01-01 00:00")])


class TestCapacity:
    def test_in_doubt_stops_recovery_without_an_end(self) -> None:
        assert not allows("GB/capacity", MONDAY, known=[Known("capacity_doubt", "2022-01-01 00:00")])


class TestDebtAdvice:
    def test_gives_thirty_days(self) -> None:
        known = [Known("debt_advice", f"{MONDAY} 00:00")]

        assert not allows("GB/debt-advice", "2026-06-02 23:59:59", known=known)
        assert allows("GB/debt-advice", "2026-06-03 00:00:00", known=known)


class TestTerms:
    def test_are_these_numbers(self) -> None:
        assert terms(PLACE) == {
            "breathing_space_days": (60, "SI 2020/1311 reg. 26", "H"),
            "breathing_space_again_after_months": (12, "SI 2020/1311 reg. 24(3)(g)", "H"),
            "debt_advice_extension_days": (30, "FCA CONC 7.3.12G", "M"),
            "complaint_answer_weeks": (8, "FCA DISP 1.6.2R", "H"),
            "refused_card_pulls": (2, "FCA CONC 7.6.12-7.6.14", "H"),
        }
