"""A decision, written as the request that carries it out."""

from datetime import datetime

from contracts.carry_out import CarryOut, OpenedCase, PaymentRow, PlannedContact, Projection, people_of
from contracts.snapshot import PolicySnapshot
from statemachine.agenda import is_set_up, step_contact, wanted
from statemachine.case import Case
from statemachine.decision import Decision, Task, task_of
from statemachine.events import ContactMade
from statemachine.hold_kind import shown_rule
from statemachine.limitation import limitation_of
from statemachine.policy import HousePolicy
from statemachine.stage import Stage, Tone
from statemachine.tone import tone_of
from statemachine.transitions import LADDER
from workflows.upcoming import Upcoming, permitted, upcoming


def projection(
    case: Case, coming: Upcoming | None, number: int, now: datetime, house: HousePolicy
) -> Projection:
    """The case as its row in the ledger."""
    limitation = limitation_of(case, house)
    return Projection(
        number=number,
        as_of=now,
        stage=case.stage,
        outcome=case.outcome,
        held=(*(hold.reason for hold in case.holds), *(("promise",) if case.open_promises else ())),
        stalled=shown_rule(case.stalled) if case.stalled else None,
        balance_minor=case.balance_minor,
        overdue_since=case.account.overdue_since,
        strategy=case.strategy,
        risk_tier=case.assessment.tier if case.assessment else None,
        wishes=case.wishes,
        facts=case.known_facts,
        language=case.account.language,
        next_at=coming.wake_at if coming else None,
        waiting_for=coming.why if coming else "closed",
        limitation_on=limitation.ends_on if limitation else None,
        is_time_barred=case.is_time_barred,
        in_difficulty=tone_of(case) is Tone.CARING,
        proposal=case.proposal,
    )


def record_request(
    decision: Decision, snapshot: PolicySnapshot, sha256: str, number: int, now: datetime
) -> CarryOut:
    """Everything a decision wants written, and what comes next."""
    case = decision.case
    coming = None if case.is_closed else upcoming(case, snapshot, now)
    account = case.account
    return CarryOut(
        case_id=case.case_id,
        lender=account.lender,
        borrower_id=account.borrower_id,
        policy_sha256=sha256,
        lines=(*decision.lines, *((coming.line(),) if coming and decision.accepted else ())),
        tasks=(*decision.tasks, *_appointment(case, coming, snapshot, now)),
        payments=_payments(decision),
        projection=projection(case, coming, number, now, snapshot.house),
        decided_at=now,
    )


def _appointment(
    case: Case, coming: Upcoming | None, snapshot: PolicySnapshot, now: datetime
) -> tuple[Task, ...]:
    """The call or visit that people know of, at the time for which it is planned now, whatever comes before it. One that
    is in a person's hands has its task already."""
    visit = case.appointment
    if (
        visit is None
        or visit.made_at is not None
        or coming is None
        or case.stage not in (*LADDER, Stage.REVISIT)
    ):
        return ()
    contact = step_contact(case, snapshot.house, now)
    if not is_set_up(case, contact):
        return ()
    planned = permitted(case, snapshot, wanted(case, contact), now)
    if planned.wake_at is None or planned.closes_at is None:
        return ()
    window, house = (planned.wake_at.replace(microsecond=0), planned.closes_at), snapshot.effective.house
    return (task_of(contact, visit.key, window, people_of(contact, house), visit.people),)


def _payments(decision: Decision) -> tuple[PaymentRow, ...]:
    """The case's payments, when this decision changed one of them."""
    if not any(line.kind in ("payment", "payment_reversed") for line in decision.lines):
        return ()
    return tuple(
        PaymentRow.model_validate(payment.model_dump(exclude={"taken_in_at"}))
        for payment in decision.case.payments
    )


def opening_request(decision: Decision, snapshot: PolicySnapshot, sha256: str, now: datetime) -> CarryOut:
    """The first request of a case: its row is made."""
    account = decision.case.account
    opened = OpenedCase(
        loan_id=account.loan_id,
        episode=account.episode,
        policy=decision.case.policy,
        currency=account.currency,
        opened_balance_minor=account.balance_minor,
        overdue_since=account.overdue_since,
        opened_at=decision.case.opened_at,
    )
    return record_request(decision, snapshot, sha256, 1, now).model_copy(update={"opens": opened})


def contact_request(
    case: Case, made: ContactMade, if_made: Decision, snapshot: PolicySnapshot, sha256: str, number: int
) -> CarryOut:
    """One contact, together with what the ledger shall say once it is made. Refused, none of that holds."""
    foreseen = record_request(if_made, snapshot, sha256, number, made.at)
    planned = PlannedContact(
        contact=made.contact,
        key=made.contact.key(case.case_id),
        planned_at=made.planned_at,
        moved_by=made.moved_by,
        lines_if_made=foreseen.lines,
        tasks_if_made=foreseen.tasks,
        projection_if_made=foreseen.projection,
    )
    now_row = projection(case, None, number, made.at, snapshot.house).model_copy(
        update={"waiting_for": f"{made.contact.step} is being made"}
    )
    update = {"lines": (), "tasks": (), "projection": now_row, "contact": planned}
    return foreseen.model_copy(update=update)
