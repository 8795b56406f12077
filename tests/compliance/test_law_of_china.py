"""China, rule by rule at its boundary: GB/T 45251-2025, the CBA guideline of 2026, the NIFA guideline, the statutes."""

from typing import Any

import pytest
from law_at import (
    HOLIDAY,
    MONDAY,
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

PLACE = "CN"
CONNECTED = Past(result="connected")
UNANSWERED = Past(result="no_answer")
VISITED = Past(channel="visit", result="visited")
NIGHT = {"clock": "03:00"}
THIRD = {"recipient": "third_person"}
CBA = "CBA 金融机构个人消费类贷款催收工作指引(试行) 2026"
CARDS = "商业银行信用卡业务监督管理办法 2011 art. 70"
COMPLAINTS = "银行业保险业消费投诉处理管理办法 2020"
DEMANDS = "妨害信用卡管理解释 2018 art. 6-7"

EVERY_RULE = [
    ("CN/night", "2025-02-28", "H", NIGHT),
    ("CN/night-cba", "2026-01-30", "H", NIGHT),
    ("CN/connected-calls", "2025-02-28", "H", {"past": [CONNECTED] * 3}),
    ("CN/notice-calls", "2024-05-15", "M", {"past": [CONNECTED] * 3}),
    ("CN/dial-attempts", "2026-01-30", "H", {"past": [UNANSWERED] * 6}),
    ("CN/third-person", "2025-02-28", "H", THIRD),
    ("CN/third-person-gate", "2026-01-30", "M", THIRD),
    ("CN/visit-people", "2026-01-30", "M", {"channel": "visit", "people": 1}),
    ("CN/visits", "2026-01-30", "M", {"channel": "visit", "past": [VISITED]}),
    ("CN/minor", "2021-01-01", "H", {"known": [Known("minor")]}),
    ("CN/capacity", "2021-01-01", "H", {"known": [Known("capacity_doubt")]}),
    ("CN/signed-plan", "2011-01-13", "L", {"known": [Known("signed_plan")]}),
]


class TestEffect:
    @pytest.mark.parametrize(("rule", "first_day", "certainty", "question"), EVERY_RULE)
    def test_begins_on_the_first_day_and_not_the_day_before(
        self, rule: str, first_day: str, certainty: str, question: dict[str, Any]
    ) -> None:
        assert before_and_on(rule, first_day, **question) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert certainties(PLACE) == {rule: certainty for rule, _, certainty, _ in EVERY_RULE}


class TestHours:
    @pytest.mark.parametrize("rule", ["CN/night", "CN/night-cba"])
    @pytest.mark.parametrize("day", [MONDAY, SUNDAY, HOLIDAY, WORKED_SATURDAY])
    def test_are_8_to_22_on_every_day_alike(self, rule: str, day: str) -> None:
        assert hours(rule, day) == "08:00-22:00"

    @pytest.mark.parametrize("rule", ["CN/night", "CN/night-cba"])
    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    def test_hold_for_every_channel_unless_others_were_agreed(self, rule: str, channel: str) -> None:
        night = f"{MONDAY} 22:00"

        assert not allows(rule, night, channel)
        assert allows(rule, night, channel, known=[Known("hours_agreed")])


class TestLimits:
    @pytest.mark.parametrize(
        ("rule", "times", "past", "channel"),
        [
            ("CN/connected-calls", 3, CONNECTED, "phone"),
            ("CN/notice-calls", 3, CONNECTED, "phone"),
            ("CN/dial-attempts", 6, UNANSWERED, "phone"),
            ("CN/visits", 1, VISITED, "visit"),
        ],
    )
    def test_allow_so_many_and_not_one_more(self, rule: str, times: int, past: Past, channel: str) -> None:
        assert after_one_fewer_and_after(rule, times, past, MONDAY, channel=channel) == [True, False]

    @pytest.mark.parametrize(
        ("rule", "past", "channel"),
        [
            ("CN/connected-calls", [CONNECTED] * 3, "phone"),
            ("CN/notice-calls", [CONNECTED] * 3, "phone"),
            ("CN/dial-attempts", [UNANSWERED] * 6, "phone"),
            ("CN/visits", [VISITED], "visit"),
        ],
    )
    def test_begin_anew_with_each_calendar_day(self, rule: str, past: list[Past], channel: str) -> None:
        on_monday = [Past(f"{MONDAY} 10:00", one.channel, one.result) for one in past]

        assert not allows(rule, f"{MONDAY} 23:59:59", channel, past=on_monday)
        assert allows(rule, "2026-05-05 00:00", channel, past=on_monday)

    @pytest.mark.parametrize(
        ("rule", "past", "is_counted"),
        [
            ("CN/connected-calls", Past(result="no_answer"), False),
            ("CN/connected-calls", Past(by="agency"), True),
            ("CN/connected-calls", Past(debt="L-2", number="N-2"), True),
            ("CN/connected-calls", Past(purpose="reply"), False),
            ("CN/notice-calls", Past(result="no_answer"), False),
            ("CN/notice-calls", Past(by="agency"), True),
            ("CN/notice-calls", Past(debt="L-2", number="N-2"), True),
            ("CN/dial-attempts", Past(result="connected"), True),
            ("CN/dial-attempts", Past(number="N-2"), False),
            ("CN/dial-attempts", Past(by="agency"), False),
        ],
    )
    def test_count_what_they_are_written_of(self, rule: str, past: Past, is_counted: bool) -> None:
        assert allows(rule, MONDAY, past=[past] * 6) is not is_counted

    @pytest.mark.parametrize("rule", ["CN/connected-calls", "CN/notice-calls"])
    def test_leave_out_the_call_that_answers_the_borrower(self, rule: str) -> None:
        assert allows(rule, MONDAY, past=[CONNECTED] * 3, purpose="reply")

    def test_of_dials_may_be_agreed_otherwise(self) -> None:
        agreed = [Known("contact_agreed")]

        assert allows("CN/dial-attempts", MONDAY, past=[UNANSWERED] * 6, known=agreed)


class TestThirdPerson:
    RULES = ("CN/third-person", "CN/third-person-gate")

    @pytest.mark.parametrize("rule", RULES)
    def test_comes_after_failed_contacts_on_three_days_and_not_after_three_on_one(self, rule: str) -> None:
        """Three dials within three minutes reach nobody's life."""
        days = ("2026-05-01", "2026-05-02", "2026-05-03")
        failed = [Past(f"{day} 10:00", result="no_answer") for day in days]

        assert not allows(rule, MONDAY, past=[UNANSWERED] * 3, recipient="third_person")
        assert [allows(rule, MONDAY, past=failed[:count], recipient="third_person") for count in (2, 3)] == [
            False,
            True,
        ]

    @pytest.mark.parametrize("rule", RULES)
    def test_does_not_come_where_one_of_them_was_answered(self, rule: str) -> None:
        past = [Past("09:00", result="no_answer"), Past("09:30"), *[UNANSWERED] * 2]

        assert not allows(rule, MONDAY, past=past, recipient="third_person")

    @pytest.mark.parametrize("rule", RULES)
    @pytest.mark.parametrize("fact", ["number_invalid", "death", "minor", "capacity_doubt"])
    def test_comes_where_the_borrower_cannot_be_spoken_to(self, rule: str, fact: str) -> None:
        assert allows(rule, MONDAY, known=[Known(fact)], recipient="third_person")

    @pytest.mark.parametrize("rule", RULES)
    def test_never_comes_again_after_refusing(self, rule: str) -> None:
        known = [Known("third_person_refused"), Known("number_invalid")]

        assert not allows(rule, MONDAY, past=[UNANSWERED] * 3, known=known, recipient="third_person")


class TestVisit:
    def test_is_paid_by_two_people(self) -> None:
        assert [allows("CN/visit-people", MONDAY, "visit", people=people) for people in (1, 2)] == [
            False,
            True,
        ]


class TestStandingFacts:
    @pytest.mark.parametrize(("rule", "fact"), [("CN/minor", "minor"), ("CN/capacity", "capacity_doubt")])
    def test_leave_the_guardian_to_speak_to(self, rule: str, fact: str) -> None:
        recipients = ("borrower", "representative")

        assert [allows(rule, MONDAY, known=[Known(fact)], recipient=one) for one in recipients] == [
            False,
            True,
        ]

    @pytest.mark.parametrize(
        ("purpose", "is_allowed"),
        [("routine", False), ("due_reminder", True), ("required_by_law", True), ("reply", True)],
    )
    def test_of_a_signed_plan_stop_dunning_and_nothing_else(self, purpose: str, is_allowed: bool) -> None:
        known = [Known("signed_plan")]

        assert allows("CN/signed-plan", MONDAY, "sms", known=known, purpose=purpose) is is_allowed

    def test_of_a_signed_plan_end_with_its_breach(self) -> None:
        known = [Known("signed_plan", "2026-01-01 00:00", f"{MONDAY} 12:00")]

        assert [allows("CN/signed-plan", f"{MONDAY} {at}", known=known) for at in ("11:59:59", "12:00")] == [
            False,
            True,
        ]


class TestTerms:
    def test_are_these_numbers(self) -> None:
        assert terms(PLACE) == {
            "longest_plan_months": (60, CARDS, "M"),
            "complaint_answer_days": (15, COMPLAINTS, "H"),
            "complex_complaint_answer_days": (30, COMPLAINTS, "H"),
            "complaint_extension_days": (30, COMPLAINTS, "H"),
            "record_retention_years": (5, "消费金融公司管理办法 2024-04-18", "M"),
            "agency_review_months": (12, "GB/T 45251-2025", "M"),
            "impact_assessment_retention_years": (3, "个人信息保护法 art. 56", "H"),
            "limitation_years": (3, "民法典 art. 188", "H"),
            "longest_limitation_years": (20, "民法典 art. 188", "H"),
            "limitation_restarts_on_demand": (1, "民法典 art. 195", "H"),
            "effective_demands": (2, DEMANDS, "H"),
            "effective_demands_apart_days": (30, DEMANDS, "H"),
            "overdue_after_demands_months": (3, DEMANDS, "H"),
        }
