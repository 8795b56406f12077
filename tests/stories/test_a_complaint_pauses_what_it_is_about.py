"""A complaint pauses what it is about, is answered, and what it paused goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from case_on_server import Office, a_loan
from temporalio.client import WorkflowUpdateFailedError
from timeline import contact_times, timeline, to_day

from entrypoints.book import Opening
from entrypoints.signalling import BadSignal, tell
from ledger.complaints import complaint_list, complaint_summary


class TestComplaint:
    async def test_about_a_sum_holds_everything_until_its_answer(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        answer = await case.tell(
            "complaint", reference="C-1", about="amount", text="secret words", by="Ms Chen"
        )
        assert answer.accepted
        assert (await case.row())["held"] == ["complaint"]
        await to_day(case, 13)
        late = await case.tell(
            "complaint_answered", complaint="C-1", result="partly_upheld", by="Mr Wu", note="10.00 less"
        )
        assert late.reasons[0] == "partly_upheld: answered by Mr Wu, 2 days late"
        await to_day(case, 20)
        assert await timeline(case) == [
            (0, "notice by email"),
            (1, "complaint"),
            (1, "hold: complaint"),
            (1, "a person: complaint"),
            (13, "complaint answered"),
            (13, "over: complaint"),
            (14, "reminder_1 by sms"),
        ]
        [task] = [
            one
            for one in await case.ledger.read("tasks", case_id=case.handle.id)
            if one["kind"] == "complaint"
        ]
        assert task["done_at"] is not None
        assert "secret words" not in task["note"]

    async def test_about_a_channel_lets_that_channel_rest(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        await case.tell("complaint", reference="C-1", about="contact", channel="sms")
        assert (await case.row())["held"] == []
        await to_day(case, 8)
        await case.tell("complaint_answered", complaint="C-1", result="rejected", by="Mr Wu")
        made = [(row["step"], row["channel"]) for row in await case.contacts("made")]
        assert made == [("notice", "email"), ("reminder_1", "email")]
        assert (await case.view()).case.paused_channels == ()

    async def test_of_several_the_last_answer_lets_the_case_go_on(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await case.tell("complaint", reference="C-1", about="data")
        await case.tell("complaint", reference="C-2", about="conduct")
        await case.tell("complaint_answered", complaint="C-1", result="upheld", by="Mr Wu")
        assert (await case.row())["held"] == ["complaint"]
        await case.tell("complaint_answered", complaint="C-2", result="withdrawn", by="Mr Wu")
        assert (await case.row())["held"] == []
        await to_day(case, 1)
        assert [step for _, _, step in await contact_times(case)] == ["notice"]

    @pytest.mark.parametrize(
        ("kind", "body", "says"),
        [
            ("complaint_answered", {"complaint": "C-9"}, "complaint: C-9 is not known here"),
            ("complaint_answered", {"complaint": "C-1"}, "complaint: C-1 was answered on"),
            (
                "complaint",
                {"reference": "C-1", "about": "data"},
                "reference: complaint C-1 is recorded already",
            ),
            (
                "complaint",
                {"reference": "C-2", "about": "data", "received_on": "2020-01-01"},
                "received_on: 2020-01-01",
            ),
            ("hold", {"reason": "complaint"}, "reason: a complaint pauses a case by itself"),
        ],
    )
    async def test_is_refused_by_the_field_that_is_wrong(
        self, office: Office, kind: str, body: dict[str, str], says: str
    ) -> None:
        case = await office.opened(policy="platform-a")
        await case.tell("complaint", reference="C-1", about="plan")
        by = {"result": "upheld", "by": "Mr Wu"}
        await case.tell("complaint_answered", complaint="C-1", **by)
        before = (await case.view()).case
        try:
            answer = await case.tell(kind, **body, **(by if kind == "complaint_answered" else {}))
            told = answer.reasons[0]
        except WorkflowUpdateFailedError as error:
            told = str(error.cause)
        assert says in told
        assert (await case.view()).case == before


class TestComplaintAfterTheEnd:
    async def test_is_recorded_counted_and_answered(self, office: Office) -> None:
        loan = a_loan(lender="afterwards", policy="platform-b")
        case = await office.opened(loan)
        await case.tell("payment", reference="P-1", amount_minor=120_000, currency="CNY")
        await case.handle.result()

        async def says(kind: str, *options: str) -> list[str]:
            answer = await tell(office.client, case.ledger, loan.lender, loan.loan_id, kind, options)
            return list(answer["reasons"])

        [reason] = await says(
            "complaint", "--reference", "C-1", "--about", "data", "--text", "still on my file"
        )
        assert "the case is closed" in reason
        [listed] = await complaint_list(case.ledger, loan.lender)
        assert (listed["reference"], listed["answered_on"]) == ("C-1", None)
        with pytest.raises(BadSignal, match="reference: complaint C-1 is recorded already"):
            await says("complaint", "--reference", "C-1", "--about", "data")
        assert await says("complaint_answered", "--complaint", "C-1", "--result", "upheld", "--by", "Mr Wu")
        with pytest.raises(BadSignal, match="complaint: C-1 was answered on"):
            await says("complaint_answered", "--complaint", "C-1", "--result", "upheld", "--by", "Mr Wu")
        with pytest.raises(BadSignal, match="takes no more messages"):
            await says("dispute_opened", "--reason", "wrong")
        [counted] = await complaint_summary(case.ledger, loan.lender, await case.today())
        assert {name: counted[name] for name in ("cases", "opened", "open", "in_time", "late", "upheld_percent")} == {
            "cases": 1, "opened": 1, "open": 0, "in_time": 1, "late": 0, "upheld_percent": 100,
        }  # fmt: skip
        assert counted["per_1000_cases"] == 1000
        assert await case.ledger.broken_chain(case.handle.id) is None
        assert (await case.tasks())["complaint"] == 1


class TestComplaintOfAnEarlierEpisode:
    async def test_is_answered_on_the_case_that_it_is_about(self, office: Office) -> None:
        loan = a_loan(lender="again", policy="platform-b")
        first = await office.opened(loan)
        await first.tell("complaint", reference="C-1", about="conduct", channel="phone")
        await first.tell("payment", reference="P-1", amount_minor=120_000, currency="CNY")
        await first.handle.result()
        closed_on = (await first.row())["closed_at"].date()
        overdue_again = loan.model_copy(update={"overdue_since": closed_on + timedelta(days=40)})
        later = timedelta(days=60)
        assert await office.book().open(overdue_again, datetime.now(UTC), opens_after=later) is Opening.OPENED
        second = office.case(overdue_again, episode=2)
        second.has_field_team = False  # until it has begun, nobody can ask it
        await second.advance(days=60, hours=1)
        before, lines = (await second.view()).case, await second.lines()

        async def says(kind: str, *options: str) -> list[str]:
            told = await tell(office.client, first.ledger, loan.lender, loan.loan_id, kind, options)
            return list(told["reasons"])

        answer = ("complaint_answered", "--result", "upheld", "--by", "Mr Wu", "--complaint")
        assert (await says(*answer, "C-1"))[0].startswith("upheld: answered by Mr Wu")
        [listed] = await complaint_list(first.ledger, loan.lender)
        assert (listed["case_id"], listed["result"]) == (first.handle.id, "upheld")
        [task] = [
            one
            for one in await first.ledger.read("tasks", case_id=first.handle.id)
            if one["kind"] == "complaint"
        ]
        assert task["done_at"] is not None
        with pytest.raises(BadSignal, match="complaint: C-1 was answered on"):
            await says(*answer, "C-1")
        assert ((await second.view()).case, await second.lines()) == (before, lines)

        await says("complaint", "--reference", "C-2", "--about", "data")
        assert [one.reference for one in (await second.view()).case.open_complaints] == ["C-2"]
        await says(*answer, "C-2")
        assert (await second.row())["held"] == []
