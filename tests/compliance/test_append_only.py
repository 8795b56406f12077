"""A pack's past is never written again: what was law on a day can be read as it was."""

from datetime import date, timedelta
from typing import Any

from compliance.pack import RulePack, rewritten

TODAY = date(2026, 3, 9)
RULE: dict[str, Any] = {
    "id": "US/calls", "citation": "12 CFR 1006.14", "effective_from": "2021-11-30", "force": "must", "certainty": "H",
    "source": "test", "kind": "limit", "counts": ["attempt"], "over": "debt", "span": "calendar_days", "days": 7,
    "limit": 7,
}  # fmt: skip


def pack(*rules: dict[str, Any]) -> RulePack:
    """A pack of these rules."""
    return RulePack.model_validate({"jurisdiction": "US", "title": "Test", "rules": rules})


def ended(on: date) -> dict[str, Any]:
    """The rule, ended."""
    return {**RULE, "effective_to": on.isoformat()}


def again(on: date, **changes: Any) -> dict[str, Any]:
    """A later version."""
    return {**RULE, "effective_from": on.isoformat(), **changes}


class TestRewritten:
    def test_takes_an_end_and_a_version_from_today_on(self) -> None:
        later = pack(ended(TODAY), again(TODAY, limit=5))

        assert rewritten(pack(RULE), later, TODAY) == []

    def test_refuses_an_end_in_the_past_and_a_version_dated_back(self) -> None:
        """A limit of a thousand from 2022 on would rewrite years of judgements."""
        yesterday = TODAY - timedelta(days=1)

        found = rewritten(pack(RULE), pack(ended(yesterday), again(yesterday, limit=1000)), TODAY)

        assert [text.split(":")[0] for text in found] == [
            "US/calls from 2021-11-30 is ended in the past, on 2026-03-08",
            "US/calls from 2026-03-08 is new and dated back",
        ]

    def test_takes_a_rule_nobody_knew_of_whenever_it_began(self) -> None:
        missing = {**RULE, "id": "US/texts", "effective_from": "2021-11-30"}

        assert rewritten(pack(RULE), pack(RULE, missing), TODAY) == []

    def test_refuses_another_limit_and_a_rule_that_is_gone(self) -> None:
        assert rewritten(pack(RULE), pack({**RULE, "limit": 8}), TODAY)
        assert rewritten(pack(RULE), pack({**RULE, "id": "US/other"}), TODAY)

    def test_takes_better_knowledge_of_the_same_rule(self) -> None:
        assert rewritten(pack(RULE), pack({**RULE, "source": "the text itself", "note": "read"}), TODAY) == []
