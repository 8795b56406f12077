"""What people and loan systems send: plain JSON, read exactly, or refused with the field named."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from statemachine.messages import MESSAGE_TYPES, MESSAGES

EVERY_KIND: dict[str, dict[str, Any]] = {
    "payment": {
        "reference": "P-1",
        "amount_minor": 5000,
        "currency": "CNY",
        "received_at": "2026-03-09T10:00:00+08:00",
        "by": "core banking",
    },
    "payment_reversed": {"payment": "P-1", "reason": "no funds", "reference": "R-1"},
    "balance": {
        "overdue_minor": 0,
        "currency": "CNY",
        "as_of": "2026-03-09T10:00:00+08:00",
        "overdue_since": "2026-02-27",
        "reference": "S-1",
    },
    "promise": {"amount_minor": 5000, "due_on": "2026-03-20", "by": "Ms Tan"},
    "dispute_opened": {"reason": "already paid"},
    "dispute_resolved": {"result": "rejected", "note": "no payment was found"},
    "hardship_reported": {"support_need": "smaller parts", "until": "2026-04-30"},
    "budget": {
        "statement": {
            "currency": "CNY",
            "household": {"adults": 1, "children": 2},
            "income": {"wages_minor": 800_000},
            "fixed_costs": {"housing_minor": 300_000},
            "flexible_costs": {"food_and_housekeeping_minor": 250_000},
            "priority_arrears": [{"reference": "rent", "monthly_minor": 20_000}],
            "other_debts": [{"reference": "card 1", "balance_minor": 500_000, "asked_minor": 30_000}],
            "pay": {"rhythm": "monthly", "day": 25},
        },
        "by": "counsellor",
    },
    "plan_accepted": {"instalments": 3, "first_due_on": "2026-03-31"},
    "plan_declined": {"reason": "too much a month"},
    "hold": {"reason": "disaster", "until": "2026-05-31", "note": "flood"},
    "release": {"reason": "disaster"},
    "visit_outcome": {
        "channel": "phone",
        "result": "met",
        "situation": "laid off\nlooking for work 　求职中",
        "findings": {
            "situation": "laid off",
            "income": "less",
            "household": "two children",
            "support_needs": "a call in the evening",
            "willingness": "willing",
            "wishes": "pay on Fridays",
        },
        "next_step": "visit",
        "next_visit_on": "2026-04-10",
    },
    "visit_booked": {"at": "2026-03-20T10:30:00+08:00", "people": ["Ms Lin", "Mr Wu"], "by": "the office"},
    "contact_preference": {
        "stop": ["sms"],
        "allow": ["email"],
        "not_before": "10:00:00",
        "not_after": "12:30:00",
        "language": "en",
        "not_on": ["sat", "sun"],
        "not_at": ["workplace"],
        "representative": True,
    },
    "fact": {
        "name": "text_consent",
        "given": True,
        "since": "2026-03-01T09:00:00+08:00",
        "until": "2026-04-30T09:00:00+08:00",
        "by": "the borrower",
    },
    "strategy": {"strategy": "gentle", "by": "Ms Tan"},
    "escalation_decision": {"decision": "refer", "by": "Ms Tan", "note": "agreed with the borrower"},
    "complaint": {
        "reference": "C-1",
        "about": "contact",
        "channel": "sms",
        "text": "three texts in a day",
        "came_by": "letter",
        "received_on": "2026-03-06",
        "by": "Ms Tan",
    },
    "complaint_answered": {
        "complaint": "C-1",
        "result": "partly_upheld",
        "note": "two were ours",
        "by": "Ms Tan",
        "reference": "A-1",
    },
    "withdraw": {"reason": "loan sold"},
    "delivery": {
        "step": "notice",
        "attempt": 2,
        "channel": "email",
        "status": "hard_bounce",
        "code": "5.1.1",
        "reachable": ["sms", "visit"],
        "reference": "D-1",
    },
}


class TestMessages:
    def test_have_an_example_here_for_every_kind(self) -> None:
        assert EVERY_KIND.keys() == MESSAGE_TYPES.keys()

    @pytest.mark.parametrize("kind", EVERY_KIND)
    def test_are_the_same_after_a_journey_through_json(self, kind: str) -> None:
        message = MESSAGES.validate_json(json.dumps({"kind": kind, **EVERY_KIND[kind]}))

        assert type(message) is MESSAGE_TYPES[kind]
        assert MESSAGES.validate_json(MESSAGES.dump_json(message)) == message
        assert MESSAGES.validate_python(json.loads(MESSAGES.dump_json(message))) == message

    @pytest.mark.parametrize("kind", EVERY_KIND)
    def test_keep_every_field_that_was_given(self, kind: str) -> None:
        message = MESSAGES.validate_python({"kind": kind, **EVERY_KIND[kind]})

        assert message.model_dump(exclude_unset=True).keys() == {"kind", *EVERY_KIND[kind]}

    @pytest.mark.parametrize("kind", EVERY_KIND)
    def test_refuse_a_field_they_do_not_know(self, kind: str) -> None:
        with pytest.raises(ValidationError, match="amout_minor"):
            MESSAGES.validate_python({"kind": kind, **EVERY_KIND[kind], "amout_minor": 1})

    @pytest.mark.parametrize(
        ("kind", "field", "value"),
        [
            *(("payment", "amount_minor", wrong) for wrong in (0, -5, 10.5, "50", 10**15 + 1, None, True)),
            *(("payment", "currency", wrong) for wrong in ("cny", "YUAN", "", 156)),
            *(("payment", "reference", wrong) for wrong in ("", "x" * 101, None)),
            *(("payment", "received_at", wrong) for wrong in ("2026-03-09T10:00:00", "yesterday")),
            *(("promise", "due_on", wrong) for wrong in ("soon", "2026-02-30", "20.03.2026")),
            *(("plan_accepted", "instalments", wrong) for wrong in (1, 521, "3", 2.0)),
            *(("contact_preference", "stop", wrong) for wrong in (["fax"], "sms")),
            *(("contact_preference", "not_before", wrong) for wrong in ("25:00", "9", 9, "09:00Z")),
            ("contact_preference", "not_after", "18:00+08:00"),
            ("contact_preference", "language", "fr"),
            ("hold", "reason", "holiday"),
            ("dispute_resolved", "result", "maybe"),
            ("visit_outcome", "channel", "email"),
            ("visit_outcome", "findings", {"income": "plenty"}),
            ("visit_outcome", "next_step", "threaten"),
            *(("visit_booked", "at", wrong) for wrong in ("2026-03-20T10:30:00", "soon")),
            *(("visit_booked", "people", wrong) for wrong in ([], [""], "Ms Lin", ["x" * 61], ["a"] * 10)),
            ("escalation_decision", "by", ""),
            ("escalation_decision", "decision", "forget"),
            ("complaint", "about", "weather"),
            ("complaint", "channel", "fax"),
            ("complaint", "came_by", "pigeon"),
            ("complaint_answered", "result", "ignored"),
            ("complaint_answered", "by", ""),
        ],
    )
    def test_refuse_a_wrong_value_and_name_its_field(self, kind: str, field: str, value: object) -> None:
        with pytest.raises(ValidationError) as raised:
            MESSAGES.validate_python({"kind": kind, **EVERY_KIND[kind], field: value})

        assert {error["loc"][1] for error in raised.value.errors()} == {field}

    @pytest.mark.parametrize(
        ("kind", "field"),
        [("withdraw", "reason"), ("payment", "reference"), ("visit_outcome", "situation"), ("promise", "by")],
    )
    @pytest.mark.parametrize("character", ["\x00", "\x1b", "\ud800"])
    def test_refuse_text_no_database_can_keep(self, kind: str, field: str, character: str) -> None:
        """A message that can be read but not written down would be tried for ever, and hang its case."""
        with pytest.raises(ValidationError, match=field):
            MESSAGES.validate_python({"kind": kind, **EVERY_KIND[kind], field: f"a{character}b"})

    def test_refuse_a_kind_nobody_knows(self) -> None:
        with pytest.raises(ValidationError, match="kind"):
            MESSAGES.validate_python({"kind": "paiment"})
