"""Whatever a person or a machine sends, at whatever stage: the case takes it in or says why not, and lives."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from case_on_server import CaseOnServer, Office, a_loan
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import ROLL_SIGNAL, UPDATE
from statemachine.messages import MESSAGE_TYPES
from statemachine.stage import Stage

OPEN_STAGES = [stage for stage in Stage if stage is not Stage.CLOSED]


def valid(kind: str, today: date) -> dict[str, Any]:
    """A message of this kind that can be read at any stage."""
    soon = str(today + timedelta(days=5))
    bodies: dict[str, dict[str, Any]] = {
        "payment": {"reference": "P-1", "amount_minor": 1_000, "currency": "CNY"},
        "payment_reversed": {"payment": "P-1"},
        "balance": {"overdue_minor": 90_000, "currency": "CNY"},
        "delivery": {"step": "notice", "channel": "email", "status": "soft_bounce"},
        "promise": {"amount_minor": 1_000, "due_on": soon},
        "dispute_opened": {"reason": "not my loan"},
        "dispute_resolved": {"result": "rejected"},
        "hardship_reported": {"support_need": "a pause", "until": soon},
        "budget": {"statement": budget()},
        "plan_accepted": {"instalments": 3, "first_due_on": soon},
        "plan_declined": {"reason": "too much"},
        "hold": {"reason": "operator", "since": str(today - timedelta(days=9)), "until": soon, "review_on": soon,
                 "note": "\u5f85\u67e5", "support_need": "large print"},
        "release": {"reason": "operator"},
        "visit_outcome": {"result": "met", "situation": "lost work", "findings": {"income": "less"}},
        "visit_booked": {"at": f"{soon}T02:00:00Z", "people": ["Ms Lin", "Mr Wu"]},
        "contact_preference": {"stop": ["sms"], "not_before": "10:00", "language": "zh-CN"},
        "fact": {"name": "number_checked"},
        "strategy": {"strategy": "long_overdue", "by": "Ms Chen"},
        "escalation_decision": {"decision": "back_to_revisit", "by": "Ms Chen"},
        "complaint": {"reference": "C-1", "about": "contact", "channel": "sms", "text": "too many"},
        "complaint_answered": {"complaint": "C-1", "result": "upheld", "by": "Ms Chen"},
        "withdraw": {"reason": "sold back", "by": "Ms Chen"},
    }  # fmt: skip
    return bodies[kind]


def budget(**changes: Any) -> dict[str, Any]:
    """A statement with 1800.00 a month to offer."""
    costs = {"fixed_costs": {"housing_minor": 400_000}, "pay": {"rhythm": "monthly", "day": 31}}
    return {"currency": "CNY", "income": {"wages_minor": 600_000}, **costs, **changes}


def debts(count: int, owed_minor: int = 10_000) -> list[dict[str, Any]]:
    """So many other debts."""
    return [{"reference": f"card {number}", "balance_minor": owed_minor} for number in range(count)]


def invalid(kind: str, today: date) -> dict[str, dict[str, Any]]:
    """Messages of this kind that cannot be taken in, by the field that must be named."""
    past, far = str(today - timedelta(days=1)), "9999-12-31"
    payment = {"reference": "X", "amount_minor": 5, "currency": "CNY"}
    bodies: dict[str, dict[str, dict[str, Any]]] = {
        "payment": {"amount_minor": payment | {"amount_minor": -5}, "currency": payment | {"currency": "EUR"},
                    "reference": payment | {"reference": ""}},
        "payment_reversed": {"payment": {}},
        "balance": {"overdue_minor": {"overdue_minor": -1, "currency": "CNY"},
                    "currency": {"overdue_minor": 5, "currency": "EUR"}},
        "delivery": {"status": {"step": "notice", "channel": "email", "status": "lost"},
                     "channel": {"step": "notice", "channel": "visit", "status": "delivered"}},
        "promise": {"due_on": {"amount_minor": 5, "due_on": past}, "amount_minor": {"amount_minor": 10**9, "due_on": str(today)}},
        "dispute_opened": {"reason": {"reason": "\u0000"}},
        "dispute_resolved": {"result": {"result": "perhaps"}},
        "hardship_reported": {"until": {"support_need": "rest", "until": past}},
        "budget": {"wages_minor": {"statement": budget(income={"wages_minor": -1})},
                   "housing_minor": {"statement": budget(fixed_costs={"housing_minor": 10**15})},
                   "salary": {"statement": budget(salary=1)}, "other_debts": {"statement": budget(other_debts=debts(101))},
                   "currency": {"statement": budget(currency="EUR")}, "adults": {"statement": budget(household={"adults": 0})},
                   "statement": {}},
        "plan_accepted": {"instalments": {"instalments": 59}, "first_due_on": {"first_due_on": far},
                          "amount_minor": {"amount_minor": 10_000}, "day": {"day": 15}},
        "plan_declined": {"reason": {"reason": ["no"]}},
        "hold": {"reason": {"reason": "because"}, "until": {"reason": "operator", "until": far},
                 "since": {"reason": "operator", "since": str(today + timedelta(days=1))},
                 "review_on": {"reason": "operator", "review_on": past}, "support_need": {"reason": "operator", "support_need": "x" * 501}},
        "release": {"reason": {"reason": None}},
        "visit_outcome": {"result": {"result": "shouted at"}, "channel": {"channel": "email", "result": "met"},
                          "next_visit_on": {"result": "met", "next_visit_on": far},
                          "remind_on": {"result": "met", "next_step": "reminder", "remind_on": past},
                          "next_step": {"result": "not_met", "next_step": "plan"}},
        "visit_booked": {"at": {"at": f"{far}T10:00", "people": ["Ms Lin"]}, "people": {"at": f"{far}T10:00Z", "people": []}},
        "fact": {"name": {"name": "rich"}, "since": {"name": "hospital", "since": "9999-12-30T00:00:00Z"}},
        "contact_preference": {"not_before": {"not_before": "18:00", "not_after": "18:00"}, "stop": {"stop": ["fax"]},
                               "not_after": {"not_after": "18:00Z"}},
        "strategy": {"strategy": {"strategy": "harsh", "by": "Ms Chen"}, "by": {"strategy": "standard"}},
        "escalation_decision": {"by": {"decision": "refer"}},
        "complaint": {"reference": {"about": "data"}, "received_on": {"reference": "C-9", "about": "data", "received_on": far}},
        "complaint_answered": {"complaint": {"complaint": "C-9", "result": "upheld", "by": "Ms Chen"},
                               "by": {"complaint": "C-1", "result": "upheld"}},
        "withdraw": {"typo": {"reason": "sold back", "typo": 1}},
    }  # fmt: skip
    return bodies[kind]


NEEDS_SOMETHING_TO_COME = {"visit_booked"}
"""What can be read at any stage, and is refused at most: its own story tells of it."""


async def brought_to(office: Office, stage: Stage) -> CaseOnServer:
    """A case at this stage."""
    case = await office.opened(policy="platform-a")
    if stage is Stage.PLAN_ACTIVE:
        await case.tell("plan_accepted")
    elif stage is Stage.ESCALATION:
        await case.tell("visit_outcome", result="met", next_step="escalate")
    await case.advance_until(lambda view: view.case.stage is stage)
    return case


async def refuses(case: CaseOnServer, kind: str, today: date) -> None:
    """Sends every wrong message of this kind: the update is refused, the signal recorded, the case unchanged."""
    before = (await case.view()).case
    for field, body in invalid(kind, today).items():
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await case.tell(kind, **body)
        assert field in str(refused.value.cause)
        await case.handle.signal(kind, body)
    assert await case.alive()
    assert (await case.view()).case == before
    assert len(await case.lines("absorbed")) == len(invalid(kind, today))


async def survives(case: CaseOnServer, kind: str, today: date) -> None:
    """Sends a right message of this kind, as an update and as a signal, and lets a month go by."""
    by_update = {"reference": "U-1"} if kind == "payment" else {}
    answer = await case.tell(kind, **valid(kind, today) | by_update)
    assert answer.reasons
    if await case.alive():
        lines = len(await case.lines())
        await case.handle.signal(kind, valid(kind, today))
        await case.alive()
        assert len(await case.lines()) > lines
    await case.advance(days=35)
    assert await case.ledger.broken_chain(case.handle.id) is None


class TestCase:
    @pytest.mark.parametrize("stage", OPEN_STAGES)
    async def test_survives_every_message_at(self, office: Office, stage: Stage) -> None:
        few_at_once = asyncio.Semaphore(8)  # not more than the ledger has connections

        async def one(kind: str) -> None:
            async with few_at_once:
                await sent(kind)

        async def sent(kind: str) -> None:
            case = await brought_to(office, stage)
            today = await case.today()
            if kind == "complaint_answered":
                await case.tell("complaint", **valid("complaint", today))
            await refuses(case, kind, today)
            if kind not in NEEDS_SOMETHING_TO_COME:
                await survives(case, kind, today)

        await asyncio.gather(*(one(kind) for kind in MESSAGE_TYPES))

    async def test_tells_the_sender_when_it_is_closed(self, office: Office) -> None:
        case = await office.opened()
        today = await case.today()
        await case.tell("withdraw", reason="sold back", by="Ms Chen")
        await case.handle.result()
        for kind in MESSAGE_TYPES:
            for send in (case.tell(kind, **valid(kind, today)), case.handle.signal(kind, valid(kind, today))):
                with pytest.raises(RPCError) as refused:
                    await send
                assert refused.value.status is RPCStatusCode.NOT_FOUND

    async def test_answers_every_message_that_comes_while_it_closes(self, office: Office) -> None:
        case = await office.opened()
        payment: dict[str, Any] = {"kind": "payment", "amount_minor": 120_000, "currency": "CNY"}
        waiting = [case.tell(**payment | {"reference": f"P-{number}"}) for number in range(6)]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert await case.handle.result() == "cured"
        taken = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert [answer.accepted for answer in taken].count(True) == 1
        assert all(answer.balance_minor == 0 for answer in taken)
        late = [answer for answer in answers if isinstance(answer, BaseException)]
        assert all(isinstance(answer, RPCError) for answer in late), late


HOSTILE_BUDGETS: dict[str, dict[str, Any]] = {
    "a hundred debts": budget(other_debts=debts(100)),
    "debts beyond measure": budget(other_debts=debts(100, 2**53 - 1)),
    "all the wages in the world": budget(income={"wages_minor": 10**12}),
    "every line at its most": budget(fixed_costs={"housing_minor": 10**12}, flexible_costs={"personal_minor": 10**12}),
    "no income, no costs": {"currency": "CNY"},
    "one minor unit over": budget(income={"wages_minor": 400_002}),
    "paid in another age": budget(pay={"rhythm": "weekly", "paid_on": "9999-12-31"}),
    "paid before the calendar": budget(pay={"rhythm": "fortnightly", "paid_on": "0001-01-01"}),
}  # fmt: skip

COUNTER_OFFERS: dict[str, dict[str, Any]] = {
    "an amount": {"amount_minor": 30_000},
    "a minor unit": {"amount_minor": 1},
    "more than there is": {"amount_minor": 10**15},
    "a number": {"instalments": 2},
    "a week for each of ten years": {"instalments": 520},
    "a day that few months have": {"day": 31},
    "an amount on a day": {"amount_minor": 30_000, "day": 29},
    "a first day that is far": {"first_due_on": "9999-12-31"},
}

REFUSED_COUNTER_OFFERS: dict[str, dict[str, Any]] = {
    "first_due_on": {"first_due_on": "2020-01-01"},
    "amount_minor": {"amount_minor": 30_000, "instalments": 3},
    "day": {"day": 5, "first_due_on": "9999-12-31"},
    "instalments": {"instalments": 521},
}


class TestBudget:
    @pytest.mark.parametrize("stage", OPEN_STAGES)
    async def test_however_strange_is_survived_at(self, office: Office, stage: Stage) -> None:
        async def one(statement: dict[str, Any]) -> None:
            case = await brought_to(office, stage)
            for kind, body in (
                ("budget", {"statement": statement}),
                ("plan_accepted", {}),
                ("plan_accepted", {}),
            ):
                assert (await case.tell(kind, **body)).reasons
            await case.advance(days=35)
            assert await case.ledger.broken_chain(case.handle.id) is None

        await asyncio.gather(*(one(statement) for statement in HOSTILE_BUDGETS.values()))


class TestCounterOffer:
    @pytest.mark.parametrize("stage", OPEN_STAGES)
    async def test_is_answered_at(self, office: Office, stage: Stage) -> None:
        async def one(body: dict[str, Any]) -> None:
            case = await brought_to(office, stage)
            await case.tell("budget", statement=budget())
            for field, refused in REFUSED_COUNTER_OFFERS.items():
                with pytest.raises(WorkflowUpdateFailedError) as no:
                    await case.tell("plan_accepted", **refused)
                assert field in str(no.value.cause)
            assert (await case.tell("plan_accepted", **body)).accepted
            await case.handle.signal("plan_accepted", body)
            await case.advance(days=35)

        await asyncio.gather(*(one(body) for body in COUNTER_OFFERS.values()))


class TestSignal:
    async def test_that_comes_before_the_first_step_is_taken_in_with_all_others_in_their_order(
        self, office: Office
    ) -> None:
        away = office.away(office.policies["platform-c"])
        loan = a_loan()
        await away.book().open(loan, datetime.now(UTC))
        case = away.case(loan)
        for number in range(5):
            payment = {"reference": f"P{number}", "amount_minor": 10, "currency": "CNY"}
            await case.handle.signal("payment", payment)
        await case.handle.signal("release", {"reason": "operator"})
        await case.handle.signal("hold", {"reason": "operator"})
        async with away.worker():
            await case.alive()
            view = await case.view()
        assert view.balance_minor == loan.balance_minor - 50
        assert [hold.reason for hold in view.case.holds] == ["operator"]

    async def test_is_listed_by_name_for_the_web_ui(self, office: Office) -> None:
        case = await office.opened()
        metadata = await case.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        assert {signal.name for signal in metadata.definition.signal_definitions} >= set(MESSAGE_TYPES)


def raw(data: bytes, encoding: str = "json/plain") -> RawValue:
    """A payload exactly as a stranger might send it."""
    return RawValue(Payload(metadata={"encoding": encoding.encode()}, data=data))


GARBAGE: dict[str, list[Any]] = {
    "no body": [],
    "two bodies": [{"reference": "P"}, {"reference": "Q"}],
    "a list": [[1, 2]],
    "a number": [7],
    "null": [None],
    "a text": ["payment"],
    "a body that is deep": [{"reference": {"a": {"b": [{}] * 50}}}],
    "a number too big for any bank": [{"reference": "P", "amount_minor": 10**40, "currency": "CNY"}],
    "a key that is nobody's": [
        {"reference": "P", "amount_minor": 5, "currency": "CNY", "extra": "x" * 5_000}
    ],
}

UNREADABLE: dict[str, RawValue] = {
    "bytes": raw(b"\x00\xff\xfe", "binary/plain"),
    "an encoding nobody knows": raw(b"{}", "binary/from-another-house"),
    "broken JSON": raw(b'{"reference": '),
    "JSON that nests without end": raw(b"[" * 5_000),
    "half a character": raw(b'{"reference": "\\ud800"}'),
    "nothing": raw(b"", "binary/null"),
}


class TestGarbageSignal:
    @pytest.mark.parametrize("bodies", GARBAGE.values(), ids=GARBAGE)
    async def test_is_recorded_and_changes_nothing(self, office: Office, bodies: list[Any]) -> None:
        case = await office.opened()
        before = (await case.view()).case
        await case.handle.signal("payment", args=bodies)
        assert await case.alive()
        assert (await case.view()).case == before
        assert [line["reason"][:10] for line in await case.lines("absorbed")] == ["unreadable"]

    @pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE)
    async def test_that_cannot_be_decoded_leaves_the_case_alive(
        self, office: Office, payload: RawValue, caplog: pytest.LogCaptureFixture
    ) -> None:
        case = await office.opened()
        before = (await case.view()).case
        await case.handle.signal("payment", payload)
        assert await case.alive()
        assert (await case.view()).case == before
        caplog.clear()  # the library says that it dropped a signal, with its traceback
        await case.advance_until(lambda view: view.case.contacts_made == 1)

    @pytest.mark.parametrize("name", ["paiment", "Payment", "\u4ed8\u6b3e", "x" * 300, "a\u0000b"])
    async def test_of_an_unknown_name_is_recorded_by_its_name(self, office: Office, name: str) -> None:
        case = await office.opened()
        await case.handle.signal(name, {"reference": "P"})
        assert await case.alive()
        [line] = await case.lines("absorbed")
        assert "no such signal" in line["reason"]


class TestUpdate:
    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({}, "kind"),
            ({"kind": "paiment"}, "kind"),
            ({"kind": None}, "kind"),
            ({"kind": "withdraw"}, "reason"),
            ({"kind": "withdraw", "reason": "sold back"}, "by: '' names nobody"),
            ({"kind": "withdraw", "reason": "sold back", "by": " "}, "by: ' ' names nobody"),
        ],
    )
    async def test_is_refused_with_the_field_named(
        self, office: Office, body: dict[str, Any], named: str
    ) -> None:
        case = await office.opened()
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await case.handle.execute_update(UPDATE, body)
        assert named in str(refused.value.cause)
        assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED not in [
            event.event_type for event in await case.events()
        ]

    @pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE)
    async def test_that_cannot_be_decoded_is_refused(self, office: Office, payload: RawValue) -> None:
        case = await office.opened()
        with pytest.raises(WorkflowUpdateFailedError):
            await case.handle.execute_update(UPDATE, payload)
        assert await case.alive()

    async def test_sent_twice_under_one_id_has_its_effect_once(self, office: Office) -> None:
        case = await office.opened()
        visit = {"result": "met", "situation": "is well"}
        first = await case.tell("visit_outcome", update_id="v-1", **visit)
        assert await case.tell("visit_outcome", update_id="v-1", **visit) == first
        assert len(await case.lines("visit")) == 1

    async def test_whose_id_is_too_long_to_be_remembered_is_refused(self, office: Office) -> None:
        case = await office.opened()
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await case.tell("visit_outcome", update_id="v" * 150, result="met")
        assert "at most 100 characters" in str(refused.value.cause)

    async def test_sent_again_after_continue_as_new_has_its_effect_once(self, office: Office) -> None:
        case = await office.opened()
        assert (await case.tell("visit_outcome", update_id="v-1", result="met")).accepted
        await case.handle.signal(ROLL_SIGNAL)
        await case.alive()
        again = await case.tell("visit_outcome", update_id="v-1", result="met")
        assert not again.accepted
        assert "already taken in" in again.reasons[0]
        assert len(await case.lines("visit")) == 1
        assert len(await case.runs()) == 2

    async def test_sent_again_under_another_id_counts_once_by_its_reference(self, office: Office) -> None:
        case = await office.opened()
        payment = {"reference": "P-9", "amount_minor": 500, "currency": "CNY"}
        answers = [await case.tell("payment", update_id=f"u-{number}", **payment) for number in range(2)]
        await case.handle.signal("payment", payment)
        await case.alive()
        assert [answer.accepted for answer in answers] == [True, False]
        assert (await case.view()).balance_minor == 119_500
