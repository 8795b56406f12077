"""The United States, rule by rule at its boundary: Regulation F (12 CFR part 1006), and consent to texts (47 CFR 64.1200)."""

from typing import Any

import pytest
from law_at import (
    HOLIDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    Known,
    Past,
    after_one_fewer_and_after,
    allows,
    before_and_on,
    certainties,
    hours,
    terms,
)

PLACE = "US"
CALL = Past(result="no_answer")
TALK = Past(result="conversation")
THIRD = {"recipient": "third_person"}

EVERY_RULE = [
    ("US/hours", "2021-11-30", "H", {"clock": "03:00"}),
    ("US/attorney", "2021-11-30", "H", {"known": [Known("legal_representation")]}),
    ("US/workplace", "2021-11-30", "H", {"known": [Known("workplace_forbidden")], "place": "workplace"}),
    ("US/cease", "2021-11-30", "H", {"known": [Known("cease_requested")]}),
    ("US/calls", "2021-11-30", "H", {"past": [CALL] * 7}),
    ("US/conversation", "2021-11-30", "H", {"past": [TALK]}),
    ("US/email-opt-out", "2021-11-30", "H", {"channel": "email", "known": [Known("email_opt_out")]}),
    ("US/text-opt-out", "2021-11-30", "H", {"channel": "sms", "known": [Known("text_opt_out")]}),
    ("US/text-revoked", "2025-04-11", "M", {"channel": "sms", "known": [Known("text_opt_out")]}),
    ("US/text-consent", "2021-11-30", "M", {"channel": "sms"}),
    ("US/work-email", "2021-11-30", "M", {"channel": "email", "place": "workplace"}),
    ("US/third-person", "2021-11-30", "H", {"past": [Past(recipient="third_person")], **THIRD}),
    ("US/dispute", "2021-11-30", "H", {"known": [Known("dispute")]}),
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
    def test_is_on_third_parties_but_texts_revoked_stop_creditors_too(
        self, rule: str, first_day: str, certainty: str, question: dict[str, Any]
    ) -> None:
        assert before_and_on(rule, first_day, party="third", **question) == [True, False]
        assert before_and_on(rule, first_day, party="first", **question) == [True, rule != "US/text-revoked"]


class TestHours:
    @pytest.mark.parametrize("day", [MONDAY, SATURDAY, SUNDAY, HOLIDAY])
    def test_are_8_to_21_on_every_day_alike(self, day: str) -> None:
        assert hours("US/hours", day) == "08:00-21:00"

    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    def test_hold_for_every_medium(self, channel: str) -> None:
        assert [allows("US/hours", f"{MONDAY} {at}", channel) for at in ("07:59:59", "08:00")] == [
            False,
            True,
        ]


class TestCalls:
    def test_are_seven_about_a_debt_and_not_eight(self) -> None:
        assert after_one_fewer_and_after("US/calls", 7, CALL, MONDAY) == [True, False]

    def test_leave_the_window_on_the_eighth_day(self) -> None:
        past = [Past(f"{MONDAY} 10:00", result="no_answer")] * 7

        assert not allows("US/calls", "2026-05-10 23:59:59", past=past)
        assert allows("US/calls", "2026-05-11 00:00", past=past)

    @pytest.mark.parametrize(
        ("past", "is_counted"),
        [
            (Past(), True),
            (Past(number="N-2", by="agency"), True),
            (Past(debt="L-2"), False),
            (Past(result="misdialled"), False),
            (Past(channel="sms", result="sent"), False),
        ],
    )
    def test_count_what_reached_the_dialled_number_about_this_debt(
        self, past: Past, is_counted: bool
    ) -> None:
        assert allows("US/calls", MONDAY, past=[past] * 7) is not is_counted

    @pytest.mark.parametrize(("rule", "past"), [("US/calls", [CALL] * 7), ("US/conversation", [TALK])])
    def test_may_be_agreed_directly_for_seven_days(self, rule: str, past: list[Past]) -> None:
        agreed = [Known("contact_agreed", f"{MONDAY} 12:00")]

        assert allows(rule, "2026-05-11 12:00:00", past=past, known=agreed)
        assert not allows(rule, "2026-05-11 12:00:01", past=past, known=agreed)


class TestConversation:
    def test_pauses_calls_for_seven_days_with_its_own_as_the_first(self) -> None:
        past = [Past(f"{MONDAY} 10:00", result="conversation")]

        assert not allows("US/conversation", "2026-05-10 23:59:59", past=past)
        assert allows("US/conversation", "2026-05-11 00:00", past=past)

    @pytest.mark.parametrize(
        ("past", "pauses"),
        [(Past(purpose="reply", result="conversation"), True), (Past(), False), (Past(debt="L-2", result="conversation"), False)],
    )  # fmt: skip
    def test_counts_whoever_called_and_only_for_the_debts_talked_about(
        self, past: Past, pauses: bool
    ) -> None:
        assert allows("US/conversation", MONDAY, past=[past]) is not pauses


class TestTexts:
    @pytest.mark.parametrize("fact", ["text_consent", "number_checked"])
    def test_need_a_consent_or_a_check_within_60_days(self, fact: str) -> None:
        known = [Known(fact, f"{MONDAY} 12:00")]

        assert allows("US/text-consent", "2026-07-03 12:00:00", "sms", known=known)
        assert not allows("US/text-consent", "2026-07-03 12:00:01", "sms", known=known)

    @pytest.mark.parametrize("rule", ["US/text-opt-out", "US/text-revoked"])
    def test_stop_when_the_borrower_says_so_and_calls_do_not(self, rule: str) -> None:
        known = [Known("text_opt_out")]

        assert [allows(rule, MONDAY, channel, known=known) for channel in ("sms", "phone")] == [False, True]


class TestEmail:
    def test_stops_when_the_borrower_says_so_and_texts_do_not(self) -> None:
        known = [Known("email_opt_out")]

        assert [allows("US/email-opt-out", MONDAY, one, known=known) for one in ("email", "sms")] == [
            False,
            True,
        ]

    def test_goes_to_a_workplace_only_where_that_was_agreed(self) -> None:
        agreed = [Known("contact_agreed")]

        assert allows("US/work-email", MONDAY, "email", place="workplace", known=agreed)
        assert allows("US/work-email", MONDAY, "email", place="home")


class TestStandingFacts:
    def test_of_an_attorney_leave_only_the_attorney_to_speak_to(self) -> None:
        known = [Known("legal_representation")]
        recipients = ("borrower", "third_person", "representative")

        assert [allows("US/attorney", MONDAY, known=known, recipient=one) for one in recipients] == [
            False,
            False,
            True,
        ]

    @pytest.mark.parametrize("rule", ["US/cease", "US/dispute"])
    @pytest.mark.parametrize(
        ("purpose", "is_allowed"), [("routine", False), ("due_reminder", False), ("required_by_law", True)]
    )
    def test_of_a_refusal_or_a_dispute_leave_only_what_the_law_demands(
        self, rule: str, purpose: str, is_allowed: bool
    ) -> None:
        known = [Known("cease_requested"), Known("dispute")]

        assert allows(rule, MONDAY, known=known, purpose=purpose) is is_allowed

    def test_of_an_employer_who_forbids_it_bar_the_workplace_alone(self) -> None:
        known = [Known("workplace_forbidden")]

        assert [allows("US/workplace", MONDAY, known=known, place=one) for one in ("workplace", "home")] == [
            False,
            True,
        ]


class TestThirdPerson:
    def test_is_asked_once_and_never_again(self) -> None:
        asked = Past("2022-01-03 10:00", recipient="third_person")

        assert after_one_fewer_and_after("US/third-person", 1, asked, MONDAY, **THIRD) == [True, False]


class TestTerms:
    def test_are_these_numbers(self) -> None:
        assert terms(PLACE) == {
            "validation_notice_days": (5, "12 CFR 1006.34(a)", "H"),
            "validation_period_days": (30, "12 CFR 1006.34(b)(5)", "H"),
            "validation_receipt_working_days": (5, "12 CFR 1006.34(b)(5)", "H"),
            "record_retention_years": (3, "12 CFR 1006.100", "H"),
            "recording_retention_years": (3, "12 CFR 1006.100", "H"),
            "consent_revocation_business_days": (10, "47 CFR 64.1200(a)(10)", "M"),
        }
