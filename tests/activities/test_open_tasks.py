"""Tasks end with what they were about: a case that has closed, a stall that has healed."""

import pytest
from at_the_door import AT_NINE, AT_NOON, CaseAtDoor
from desk import EMAIL, MINUTE, Open

from statemachine import messages
from statemachine.decision import Task
from statemachine.events import ContactMade, ContactRefused
from statemachine.stage import HoldReason


async def still_open(case: CaseAtDoor) -> list[str]:
    """The kinds of the tasks that somebody still has to do."""
    return sorted(
        task["kind"]
        for task in await case.tasks()
        if task["done_at"] is None and task["withdrawn_at"] is None
    )


def refused(case: CaseAtDoor, rule: str, reason: str) -> ContactRefused:
    """The door's no for good."""
    planned = case.contact(EMAIL).contact
    assert planned is not None
    account = case.case.account
    return ContactRefused(contact=planned.contact, rule=rule, reason=reason, next_at=None, reachable=account.channels,
                          closed=account.channels)  # fmt: skip


class TestClosedCase:
    async def test_leaves_open_what_outlives_it(self, opened: Open) -> None:
        case = await opened()
        await case.told(messages.HardshipReported(support_need="time"), AT_NINE)
        await case.told(messages.ComplaintMade(reference="C-1", about="amount"), AT_NINE)
        async with case.ledger.entry(case.loan.lender, case.loan.borrower_id) as entry:
            await entry.add_task(
                case.case.case_id, "K/unknown", Task(kind="unknown_outcome", note="?"), AT_NINE
            )
        assert await still_open(case) == [
            "complaint",
            "hardship_review",
            "hold_review",
            "unknown_outcome",
        ]

        paid = messages.PaymentReceived(reference="P-1", amount_minor=130_000, currency="CNY")
        await case.told(paid, AT_NOON)

        assert case.case.is_closed
        assert await still_open(case) == ["complaint", "refund", "unknown_outcome"]


class TestStall:
    @pytest.mark.parametrize(
        ("rule", "kind"),
        [
            ("US/cease", "contact_stopped"),
            ("representative", "representative"),
            ("case_changed", "case_check"),
            ("no_channel", "find_contact"),
        ],
    )
    async def test_that_has_healed_needs_nobody_any_more(self, opened: Open, rule: str, kind: str) -> None:
        case = await opened()
        await case.told(refused(case, rule, "not now"), AT_NINE)
        assert case.case.stalled == rule
        assert await still_open(case) == [kind]

        await case.told(messages.PreferenceChanged(language="zh-CN"), AT_NINE + MINUTE)
        assert await still_open(case) == [kind], "nothing has healed yet"
        planned = case.contact(EMAIL).contact
        assert planned is not None
        await case.told(ContactMade(contact=planned.contact, at=AT_NOON, planned_at=AT_NOON), AT_NOON)

        assert case.case.stalled is None
        assert await still_open(case) == []

    async def test_leaves_the_search_for_one_who_does_not_answer(self, opened: Open) -> None:
        case = await opened()
        async with case.ledger.entry(case.loan.lender, case.loan.borrower_id) as entry:
            task = Task(kind="find_contact", note="the borrower does not answer")
            await entry.add_task(case.case.case_id, "K/search", task, AT_NINE)
        await case.told(messages.HoldPlaced(reason=HoldReason.OPERATOR), AT_NINE)

        assert await still_open(case) == ["find_contact", "hold_review"]
