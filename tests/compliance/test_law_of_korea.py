"""Korea, lenders too, rule by rule at its boundary: the Personal Debtor Protection Act."""

from typing import Any

import pytest
from law_at import (
    MONDAY,
    Known,
    Past,
    after_one_fewer_and_after,
    allows,
    before_and_on,
    certainties,
    terms,
)

PLACE = "KR"
ACT = "Personal Debtor Protection Act 개인채무자보호법 2024"
SEVEN_IN_SEVEN = "KR/seven-in-seven"
CONTACTS = [
    Past(result="no_answer"),
    Past(channel="sms", result="sent"),
    Past(channel="visit", result="visited"),
]
FACTS = [("KR/plan-requested", "plan_requested"), ("KR/disaster", "disaster"), ("KR/hospital", "hospital")]
EVERY_RULE: list[tuple[str, dict[str, Any]]] = [
    (SEVEN_IN_SEVEN, {"past": [Past()] * 7}),
    *((rule, {"known": [Known(fact)]}) for rule, fact in FACTS),
]


class TestEffect:
    @pytest.mark.parametrize("party", ["first", "third"])
    @pytest.mark.parametrize(("rule", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before_for_lenders_too(
        self, rule: str, question: dict[str, Any], party: str
    ) -> None:
        assert before_and_on(rule, "2024-10-17", party=party, **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: "H" for rule, _ in EVERY_RULE}

    @pytest.mark.parametrize(("rule", "question"), EVERY_RULE)
    @pytest.mark.parametrize("purpose", ["reply", "required_by_law"])
    def test_does_not_hold_back_an_answer_or_a_notice_by_law(
        self, rule: str, question: dict[str, Any], purpose: str
    ) -> None:
        assert allows(rule, MONDAY, purpose=purpose, **question)


class TestSevenInSeven:
    @pytest.mark.parametrize("past", CONTACTS)
    def test_allows_seven_contacts_and_not_eight(self, past: Past) -> None:
        found = after_one_fewer_and_after(SEVEN_IN_SEVEN, 7, past, MONDAY, channel=past.channel)

        assert found == [True, False]

    def test_lasts_seven_days_to_the_second(self) -> None:
        past = [Past(f"{MONDAY} 10:00")] * 7

        assert not allows(SEVEN_IN_SEVEN, "2026-05-11 09:59:59", past=past)
        assert allows(SEVEN_IN_SEVEN, "2026-05-11 10:00:00", past=past)

    @pytest.mark.parametrize(
        "past", [Past(debt="L-2"), Past(purpose="reply"), Past(purpose="required_by_law")]
    )
    def test_leaves_out_other_debts_and_what_is_not_collecting(self, past: Past) -> None:
        assert allows(SEVEN_IN_SEVEN, MONDAY, past=[past] * 7)


class TestStandingFacts:
    @pytest.mark.parametrize(("rule", "fact"), FACTS)
    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    def test_stop_contact_until_they_end(self, rule: str, fact: str, channel: str) -> None:
        known = [Known(fact, "2026-01-01 00:00", f"{MONDAY} 12:00")]

        assert not allows(rule, f"{MONDAY} 11:59:59", channel, known=known)
        assert allows(rule, f"{MONDAY} 12:00:00", channel, known=known)


class TestTerms:
    def test_are_these_numbers(self) -> None:
        assert terms(PLACE) == {
            "plan_answer_business_days": (10, ACT, "H"),
            "plan_request_below_krw": (30_000_000, ACT, "H"),
        }
