"""A borrower's past, as limits and gates read it."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from law_at import CALENDAR, OPEN_HOUSE

from compliance.ask import Ask, Borrower, Fact, PastContact, Result
from compliance.history import History
from compliance.judge import judge
from compliance.law import Law
from compliance.rule import LimitRule, Recipient
from gateways.rule_pack_file import JURISDICTIONS, read_pack
from statemachine.fact import FactName
from statemachine.stage import Channel

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHINA = Law([read_pack(JURISDICTIONS / "CN.yaml")], OPEN_HOUSE)


def call(hours_ago: int, result: Result, recipient: Recipient = Recipient.BORROWER) -> PastContact:
    """A call before noon."""
    return PastContact(NOON - hours_ago * HOUR, Channel.PHONE, result, recipient=recipient)


class TestHistory:
    def test_is_in_order_of_time_in_whatever_order_it_is_told(self) -> None:
        rule = next(rule for rule in CHINA.binding(Ask(Channel.PHONE)) if rule.id == "CN/connected-calls")
        assert isinstance(rule, LimitRule)
        told = [call(3, Result.CONNECTED), call(2, Result.CONVERSATION), call(1, Result.CONNECTED)]

        for contacts in permutations([*told, call(4, Result.NO_ANSWER)]):
            assert [past.at for past in told] == History(contacts).counted(rule, Ask(Channel.PHONE))

    @pytest.mark.parametrize(
        ("past", "failed"),
        [
            ([], 0),
            ([call(72, Result.NO_ANSWER), call(48, Result.FAILED), call(24, Result.NO_ANSWER)], 3),
            ([call(3, Result.NO_ANSWER), call(2, Result.FAILED), call(1, Result.NO_ANSWER)], 1),
            ([call(72, Result.NO_ANSWER), call(48, Result.CONNECTED), call(24, Result.NO_ANSWER)], 1),
            ([call(2, Result.NO_ANSWER), call(1, Result.UNKNOWN)], 0),
            ([call(2, Result.NO_ANSWER), call(1, Result.CONNECTED, Recipient.THIRD_PERSON)], 1),
            ([call(1, Result.NO_ANSWER), call(1, Result.CONNECTED)], 0),
        ],
    )
    def test_counts_the_days_of_failures_since_the_borrower_was_last_reached(
        self, past: list[PastContact], failed: int
    ) -> None:
        assert failed == History(past).days_failed_in_a_row(("Asia/Shanghai",))


class TestPermittedSpan:
    def test_for_a_third_person_ends_with_the_fact_that_opened_the_way(self) -> None:
        invalid = Fact(FactName.NUMBER_INVALID, NOON - HOUR, until=NOON + HOUR)
        borrower = Borrower(("Asia/Shanghai",), facts=(invalid,))
        ask = Ask(Channel.PHONE, recipient=Recipient.THIRD_PERSON)

        verdict = judge(CHINA, CALENDAR, borrower, ask, NOON, History())
        after = judge(CHINA, CALENDAR, borrower, ask, NOON + HOUR, History())

        assert (None, NOON + HOUR) == verdict
        assert after.refusal is not None
        assert "CN/third-person" == after.refusal.rule
