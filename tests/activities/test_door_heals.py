"""What a hostile reading found at the door: it heals, asks a bounded number of times, and leaves a trace."""

from collections.abc import Mapping

import pytest
from at_the_door import NINE, NOON, activity_at, rules, utc
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
    async def test_takes_the_row_from_the_case_where_a_restored_ledger_says_otherwise(
        self, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1)
        case_id = desk.case.case.case_id
        row = {"stage": "reminder", "held": ["operator"], "number": 0}
        async with desk.case.ledger.entry(desk.case.loan.lender, desk.case.loan.borrower_id) as entry:
            await entry._connection.execute(
                "update overdue_case set stage = %(stage)s, held = %(held)s, number = %(number)s"
                " where case_id = %(case_id)s",
                row | {"case_id": case_id},
            )

        assert isinstance(await desk.knocks(EMAIL, utc(NOON)), Made)

    async def test_says_as_of_which_request_a_row_stands_that_is_ahead(
        self, opened: Open, gateways: Gateways
    ) -> None:
        """By that the case knows that no message of its own explains it."""
        [desk] = await desks(opened, gateways, 1)
        async with desk.case.ledger.entry(desk.case.loan.lender, desk.case.loan.borrower_id) as entry:
            await entry._connection.execute(
                "update overdue_case set stage = 'reminder', number = 9999 where case_id = %(case_id)s",
                {"case_id": desk.case.case.case_id},
            )

        answer = await desk.knocks(EMAIL, utc(NOON))

        assert isinstance(answer, Refused)
        assert (answer.rule, answer.number) == ("case_changed", 9999)

    async def test_leaves_the_row_of_a_made_contact_as_it_is_when_its_answer_was_lost(
        self, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1)
        loan, request = desk.case.loan, desk.request(EMAIL, utc(NOON))
        rows = []
        for n in range(2):
            assert isinstance(
                await activity_at(desk.case.door(gateways), request, utc(NOON) + n * MINUTE), Made
            )
            rows += await desk.case.ledger.read("cases", lender=loan.lender, loan_id=loan.loan_id)
        assert rows[0] == rows[1]
        assert rows[0]["next_at"] is not None

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
