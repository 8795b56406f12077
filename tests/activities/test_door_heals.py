"""What a hostile reading found at the door: it asks a bounded number of times, and leaves a trace."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from at_the_door import NINE, NOON, rules, utc
from desk import EMAIL, MINUTE, PHONE, SMS, Open, Under, desks

from contracts.carry_out import Made, Refused
from contracts.reported_contact import ReportedContact
from gateways.receipt import Gateway
from ledger.report import report_contact
from statemachine import messages
from statemachine.hold_kind import shown_held
from statemachine.stage import Channel

Gateways = Mapping[Channel, Gateway]


class TestDoor:
    async def test_never_sends_a_case_that_disagrees_back_at_once(
        self, opened: Open, gateways: Gateways
    ) -> None:
        """A row that is ahead for good must not make a case ask a thousand times a minute."""
        [desk] = await desks(opened, gateways, 1)
        async with desk.case.ledger.entry(desk.case.loan.lender, desk.case.loan.borrower_id) as entry:
            await entry._connection.execute(
                "update overdue_case set stage = 'reminder', number = 9999 where case_id = %(case_id)s",
                {"case_id": desk.case.case.case_id},
            )

        answer = await desk.knocks(EMAIL, utc(NOON))

        assert isinstance(answer, Refused)
        assert answer.rule == "case_changed"
        assert answer.next_at is not None
        assert answer.next_at >= utc(NOON) + timedelta(minutes=1)

    def test_tells_no_restricted_hold_by_its_name(self) -> None:
        assert shown_held(["illness", "promise", "operator", "death"]) == (
            "operator",
            "promise",
            "restricted",
        )


class TestPlan:
    async def test_is_reminded_of_by_another_channel_than_the_one_that_was_stopped(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        """A kept plan stops dunning, not the word about an instalment: its other channels are open."""
        first, second = await desks(opened, gateways, 2, snapshot=under("CN"))
        await first.case.told(messages.PreferenceChanged(stop=(SMS,)), utc(NINE))
        await second.case.told(messages.PlanAccepted(instalments=3), utc(NINE) + MINUTE)
        plan = second.case.case.plan
        assert plan is not None

        answer = await second.knocks(
            SMS, utc(NOON), template="plan_due", instalment=plan.instalments[0], instalment_number=1
        )

        assert isinstance(answer, Refused)
        assert (answer.rule, answer.closed) == ("stopped_channel", (SMS,))


class TestReport:
    async def test_of_a_task_that_is_none_of_the_case_counts_nothing_and_finishes_nothing(
        self, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=rules(two_a_day=(2, 1)))
        assert await desk.made(PHONE, utc(NOON))
        task = await desk.task_of(utc(NOON))

        await desk.reports("not_met", utc(NOON) + MINUTE, task=task + 100_000)

        assert [row["done_at"] for row in await desk.case.tasks() if row["task_id"] == task] == [None]
        assert [line["kind"] for line in await desk.case.lines()][-1] == "absorbed"
        assert isinstance(await desk.knocks(EMAIL, utc(NOON) + 2 * MINUTE), Made)

    @pytest.mark.parametrize("results", [("conversation", "no_answer")])
    async def test_that_frees_a_limit_can_be_read_afterwards(
        self, opened: Open, gateways: Gateways, results: tuple[str, str]
    ) -> None:
        [desk] = await desks(opened, gateways, 1)
        loan = desk.case.loan
        for n, result in enumerate(results):
            contact = ReportedContact(reference=f"A-{loan.loan_id}", at=utc(NOON), channel="phone", result=result,
                                      debts=(loan.loan_id,), by="agency")  # fmt: skip
            await report_contact(
                desk.case.ledger, loan.lender, loan.loan_id, contact, utc(NOON) + (n + 1) * MINUTE
            )

        told = [line["facts"] for line in await desk.case.lines() if line["kind"] == "contact_reported"]
        assert [(one["before"], one["result"]) for one in told] == [
            (None, "conversation"),
            ("conversation", "no_answer"),
        ]
