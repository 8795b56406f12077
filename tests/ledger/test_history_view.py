"""A borrower's history as one view: one row an event, under an id that never names anything else, with its facts."""

import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

sys.path.append(str(Path(__file__).parents[1] / "activities"))

from at_the_door import AT_NINE, AT_NOON, WEDNESDAY, CaseAtDoor, activity_at, rules, utc
from desk import DAY, EMAIL, PHONE, VISIT, Desk

from activities.door import Answer
from contracts.carry_out import Made
from entrypoints.worker import ways_out
from gateways.policy_file import policies_in
from ledger.crm import CrmShelf
from ledger.entry import Row
from ledger.reading import history
from ledger.store import Ledger
from simulator.outside import Outside
from statemachine import messages
from statemachine.decision import Line
from statemachine.events import ContactMade, TimeReached
from statemachine.fact import FactName
from statemachine.findings import Findings
from statemachine.hold_kind import HOLD_KINDS
from statemachine.machine_messages import DeliveryReported
from statemachine.stage import Channel
from workflows.replies import reported

FOR_FEW_EYES = sorted(
    {str(name) for reason, kind in HOLD_KINDS.items() if kind.is_restricted for name in (reason, kind.fact) if name}
    | {FactName.HOSPITAL, FactName.DISABILITY, FactName.CAPACITY_DOUBT}
)  # fmt: skip


@pytest.fixture
async def desk(ledger: Ledger, outside: Outside) -> Desk:
    """A case of platform-b, whose risk picks the strategy, and those who work it."""
    snapshot = rules().model_copy(update={"house": policies_in()["platform-b"].house})
    gateways = ways_out(
        outside.smtp_url, "Harbour <care@harbour.example>", outside.sms_url, outside.sms_token
    )
    return Desk(await CaseAtDoor.opened(ledger, outside, snapshot=snapshot, policy="platform-b"), gateways)


async def told(desk: Desk, *kinds: str) -> list[Row]:
    """The rows of these kinds (all where none is named), in order of time."""
    loan = desk.case.loan
    rows = await history(desk.case.ledger, loan.lender, loan.loan_id)
    return [row for row in rows if not kinds or row["kind"] in kinds]


async def knocked(desk: Desk, at: datetime, answer: Answer | None = None, channel: Channel = EMAIL) -> None:
    """A contact is brought to the door, and the case told what the door answered (or what the test says it did)."""
    request = desk.request(channel, at)
    assert request.contact is not None
    made = ContactMade(contact=request.contact.contact, at=at, planned_at=at)
    answer = answer or await activity_at(desk._door, request, at)
    await desk.case.told(reported(answer, made), at)


def payment(amount_minor: int, **more: Any) -> messages.PaymentReceived:
    """Money that came in."""
    reference = {"reference": f"PAY-{uuid4().hex[:8]}"} | more
    return messages.PaymentReceived(amount_minor=amount_minor, currency="CNY", **reference)


class TestHistory:
    async def test_tells_of_a_contact_made(self, desk: Desk) -> None:
        assert await desk.made(EMAIL, AT_NOON)

        [made] = await told(desk, "contact_made")
        assert (made["at"][:16], made["facts"]["channel"]) == ("2027-03-03T12:00", "email")
        assert made["facts"]["step"].endswith("_1")

    async def test_tells_of_a_refusal_once_with_rule_and_next_instant(self, desk: Desk) -> None:
        await knocked(desk, utc(time(22)))

        [refused] = await told(desk, "contact_refused")
        assert refused["facts"]["rule"] == "test/nine-to-six"
        assert refused["facts"]["next_at"].startswith("2027-03-04T09:00:00")
        assert refused["facts"]["channel"] == "email"

    async def test_tells_of_a_contact_whose_outcome_nobody_knows(self, desk: Desk) -> None:
        await knocked(desk, AT_NOON, Made(at=AT_NOON, is_certain=False))

        [unknown] = await told(desk, "contact_unknown")
        assert unknown["facts"]["certain"] is False

    async def test_tells_of_calls_and_visits_with_result_and_without_free_words(self, desk: Desk) -> None:
        for channel in (PHONE, VISIT):
            report = messages.VisitReported(
                channel=channel, result="met", situation="his wife is ill", by="Ms Chen"
            )
            await desk.case.told(report, AT_NOON)

        rows = await told(desk, "call", "visit", "contact_reported")
        assert [(row["kind"], row["facts"]["result"], row["facts"]["by"]) for row in rows] == [
            ("call", "met", "Ms Chen"), ("visit", "met", "Ms Chen"),
        ]  # fmt: skip
        assert "wife" not in str(rows)

    async def test_keeps_what_a_visit_learned_with_the_case(self, desk: Desk) -> None:
        findings = Findings(income="none", willingness="unsure")
        report = messages.VisitReported(result="met", findings=findings, next_step="reminder", by="Ms Chen")
        await desk.case.told(report, AT_NOON)

        [visit] = await told(desk, "visit")
        assert not {"income", "willingness", "next_step"} & set(visit["facts"])
        assert visit["facts"]["result"] == "met"

    async def test_tells_of_a_call_that_was_handed_over_and_made_by_nobody(self, desk: Desk) -> None:
        await knocked(desk, AT_NOON, channel=PHONE)
        await desk.case.told(TimeReached(), AT_NOON + DAY)

        [row] = await told(desk, "visit_not_done")
        assert (row["facts"]["channel"], row["facts"]["times"]) == ("phone", 1)
        [task] = [task for task in await desk.case.tasks() if task["kind"] == "phone"]
        assert task["withdrawn_at"] is not None

    async def test_tells_of_repayments_when_the_money_came_and_of_reversals(self, desk: Desk) -> None:
        received_at = AT_NINE - DAY
        await desk.case.told(payment(5_000, reference="PAY-1", received_at=received_at), AT_NINE)
        await desk.case.told(messages.PaymentReversed(payment="PAY-1", reason="returned"), AT_NOON)

        rows = await told(desk, "payment", "payment_reversed")
        assert [(row["kind"], row["at"], row["facts"]["amount_minor"], row["facts"]["balance_minor"],
                 row["facts"]["currency"]) for row in rows] == [
            ("payment", "2027-03-02T09:00:00Z", 5_000, 115_000, "CNY"),
            ("payment_reversed", "2027-03-03T12:00:00Z", 5_000, 120_000, "CNY"),
        ]  # fmt: skip

    async def test_tells_of_promises_and_what_became_of_them(self, desk: Desk) -> None:
        promise = messages.PromiseMade(amount_minor=5_000, due_on=WEDNESDAY + DAY)
        await desk.case.told(promise, AT_NINE)
        await desk.case.told(payment(5_000), AT_NOON)
        await desk.case.told(promise.model_copy(update={"due_on": WEDNESDAY + 2 * DAY}), AT_NOON)
        await desk.case.told(payment(1), AT_NOON + 20 * DAY)

        rows = await told(desk, "promise", "promise_kept", "promise_broken")
        assert [row["kind"] for row in rows] == ["promise", "promise_kept", "promise", "promise_broken"]
        assert rows[1]["facts"]["due_on"] == "2027-03-04"

    async def test_tells_of_plans(self, desk: Desk) -> None:
        await desk.case.told(messages.PlanAccepted(instalments=3), AT_NINE)

        [plan] = await told(desk, "plan")
        assert sum(part["amount_minor"] for part in plan["facts"]["instalments"]) == 120_000

    async def test_tells_what_the_risk_was_judged_by_and_which_strategy_it_chose(self, desk: Desk) -> None:
        [first] = await told(desk, "risk")

        assert first["facts"]["strategy"] == desk.case.case.strategy
        assert first["facts"]["known"]["balance_minor"] == 120_000
        assert (
            first["facts"]["known"]["days_past_due"]
            == (WEDNESDAY - 2 * DAY - desk.case.loan.overdue_since).days
        )
        assert first["facts"]["tier"] in first["what"]

    async def test_holds_every_loan_of_the_person(self, desk: Desk, ledger: Ledger, outside: Outside) -> None:
        other = await CaseAtDoor.opened(ledger, outside, borrower_id=desk.case.loan.borrower_id)
        await desk.case.told(payment(1), AT_NINE)
        await other.told(payment(1), AT_NOON)

        assert [row["case_id"] for row in await told(desk, "payment")] == [
            desk.case.case.case_id, other.case.case_id,
        ]  # fmt: skip

    async def test_names_neither_the_person_nor_their_numbers(self, desk: Desk) -> None:
        loan = desk.case.loan
        await desk.made(EMAIL, AT_NOON)
        await desk.agency_reports(AT_NOON, number=loan.phones[0])

        rows = str(await told(desk))
        assert [one for one in (loan.name, loan.email, *loan.phones) if one and one in rows] == []

    @pytest.mark.parametrize("name", FOR_FEW_EYES)
    async def test_says_restricted_where_a_refusal_names_what_few_may_know(
        self, desk: Desk, name: str
    ) -> None:
        lines = (
            Line(kind="refused", rule="case_changed", reason=f"the case changed: dispute, {name}"),
            Line(kind="refused", rule=f"GB/{name}", reason="not now", facts={"citation": f"Act on {name}"}),
        )
        loan = desk.case.loan
        async with desk.case.ledger.entry(loan.lender, loan.borrower_id) as entry:
            await entry.add_lines(desk.case.case.case_id, "7.refused", lines, AT_NOON)

        rows = await told(desk, "contact_refused")
        assert [(row["what"], row["facts"]["rule"]) for row in rows] == [("restricted", "restricted")] * 2
        assert name not in str(rows)

    async def test_shows_anew_under_another_id_what_an_agency_tells_again(self, desk: Desk) -> None:
        reference = f"agency-{uuid4().hex[:8]}"
        await desk.agency_reports(AT_NOON, reference=reference)
        [before] = await told(desk, "contact_reported")
        await desk.agency_reports(AT_NOON, reference=reference)
        assert [before] == await told(desk, "contact_reported")

        await desk.agency_reports(AT_NOON, reference=reference, result="no_answer")

        [after] = await told(desk, "contact_reported")
        assert after["event_id"] != before["event_id"]
        assert (before["facts"]["result"], after["facts"]["result"]) == ("connected", "no_answer")

    async def test_never_changes_what_an_id_names(self, desk: Desk) -> None:
        await desk.case.told(payment(5_000, reference="PAY-1"), AT_NINE)
        before = await told(desk)
        await desk.case.told(messages.PaymentReversed(payment="PAY-1", reason="returned"), AT_NOON)
        await desk.made(EMAIL, AT_NOON + DAY)

        after = {row["event_id"]: row for row in await told(desk)}
        assert before == [after[row["event_id"]] for row in before]
        assert len(after) > len(before)


class TestPages:
    async def test_follow_each_other_without_gap_or_repetition(self, desk: Desk) -> None:
        for day in range(5):
            await desk.case.told(payment(100), AT_NINE + day * DAY)
        shelf, borrower_id = CrmShelf(desk.case.ledger, "harbour"), desk.case.loan.borrower_id
        whole = await shelf.unsent(borrower_id, 100)

        paged = []
        while page := await shelf.unsent(borrower_id, 2):
            assert len(page) <= 2
            paged += page
            await shelf.accepted(borrower_id, page[-1]["recorded"])

        assert paged == whole
        assert [row["recorded"] for row in whole] == sorted({row["recorded"] for row in whole})

    async def test_bring_what_was_told_late_after_what_was_sent_before_it(self, desk: Desk) -> None:
        await desk.case.told(payment(100, received_at=AT_NINE), AT_NINE)
        shelf, borrower_id = CrmShelf(desk.case.ledger, "harbour"), desk.case.loan.borrower_id
        await shelf.accepted(borrower_id, (await shelf.unsent(borrower_id, 100))[-1]["recorded"])

        await desk.case.told(payment(200, received_at=AT_NINE - timedelta(hours=30)), AT_NOON)

        assert [row["facts"]["amount_minor"] for row in await shelf.unsent(borrower_id, 100)
                if row["kind"] == "payment"] == [200]  # fmt: skip

    async def test_never_go_back(self, desk: Desk) -> None:
        shelf, borrower_id = CrmShelf(desk.case.ledger, "harbour"), desk.case.loan.borrower_id
        last = (await shelf.unsent(borrower_id, 100))[-1]["recorded"]
        await shelf.accepted(borrower_id, last)
        await shelf.accepted(borrower_id, 1)

        assert await shelf.unsent(borrower_id, 100) == []


class TestErasure:
    async def test_of_a_borrower_takes_the_crms_words_with_it(
        self, ledger: Ledger, superuser: psycopg.Connection
    ) -> None:
        lender, borrower_id = "erasing", f"B-{uuid4().hex[:8]}"
        superuser.execute(
            "insert into borrower (lender, borrower_id, name, language, country) values (%s, %s, 'Li', 'en', 'CN')",
            (lender, borrower_id),
        )
        note = {"note_id": "n1", "text": "t", "author": "a", "written_at": AT_NOON, "is_deleted": False}
        owner = {"owner_id": "u1", "name": "Ms Chen"}
        assert await CrmShelf(ledger, lender).take(borrower_id, None, "1", owner, [note])

        superuser.execute(
            "delete from borrower where lender = %s and borrower_id = %s", (lender, borrower_id)
        )

        left = "select count(*) from {} where lender = %s and borrower_id = %s"
        assert [
            superuser.execute(left.format(table).encode(), (lender, borrower_id)).fetchone()
            for table in ("remark", "borrower_owner", "crm_cursor")
        ] == [(0,)] * 3


class TestDelivery:
    async def test_is_told_beside_its_contact(self, desk: Desk) -> None:
        await desk.made(EMAIL, AT_NOON)
        word = DeliveryReported(step="notice", channel=EMAIL, status="hard_bounce", code="5.1.1")
        await desk.case.told(word, AT_NOON)
        [row] = await told(desk, "delivery")
        assert row["what"] == "notice by email: hard_bounce"
        assert row["facts"]["code"] == "5.1.1"
