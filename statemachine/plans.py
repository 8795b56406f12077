"""Instalment plans on a case: agreed, declined, kept, broken."""

from datetime import datetime, timedelta

from lending.days import day_ends, local_day, same_time_later
from lending.plan import Instalment, InstalmentPlan, monthly_plan
from statemachine.case import Case
from statemachine.decision import Contact, Decision, Line, Task, absorbed
from statemachine.ladder import usable_channel
from statemachine.messages import PlanAccepted, PlanDeclined
from statemachine.policy import HousePolicy
from statemachine.stage import Channel
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed

DUE_REMINDER_CHANNELS = (Channel.SMS, Channel.EMAIL, Channel.PHONE)
DUE_REMINDER_TEMPLATE = "plan_due"


def plan_accepted(case: Case, event: PlanAccepted, now: datetime, policy: HousePolicy) -> Decision:
    """The plan runs from now: dunning stops, only due-date reminders go out."""
    if reason := reason_absorbed(case.stage, Trigger.PLAN_ACCEPTED):
        return absorbed(case, reason)
    today = local_day(now, case.account.zones)
    first_due_on = event.first_due_on or today + timedelta(days=14)
    plan = monthly_plan(case.balance_minor, event.instalments or policy.plan.instalments, first_due_on)
    stage = move(policy.shape, case.stage, Trigger.PLAN_ACCEPTED)
    changes = {"stage": stage, "plan": plan.model_copy(update={"agreed_at": now}), "offer": None, "promise": None,
               "reminded_instalment": 0, "plans_made": case.plans_made + 1, "attempt": 1, "stalled": None,
               "failed_channels": (), "retry_at": None}  # fmt: skip
    line = Line(kind="plan", reason=f"{len(plan.instalments)} instalments agreed; dunning stops while they are kept",
                facts={"instalments": [part.model_dump(mode="json") for part in plan.instalments]})  # fmt: skip
    return Decision(case=case.model_copy(update=changes), lines=(line,))


def plan_declined(case: Case, event: PlanDeclined, now: datetime, policy: HousePolicy) -> Decision:
    """Noted; the case goes on without a plan."""
    if reason := reason_absorbed(case.stage, Trigger.PLAN_DECLINED):
        return absorbed(case, reason)
    line = Line(kind="plan_declined", reason="the borrower does not want this plan")
    return Decision(case=case.model_copy(update={"offer": None}), lines=(line,))


def plan_lapsed(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    """An instalment's grace is over unpaid: the plan is broken and a person looks at why, kindly."""
    due = unpaid_instalment(case)
    if due is None or now < instalment_grace_ends(case, due[1], policy):
        return Decision(case=case, lines=())
    number, instalment = due
    line = Line(kind="plan_broken", reason=f"instalment {number} was not paid within its grace; the account is revisited",
                rule=f"{policy.id}/plan.grace_days", facts={"due_on": instalment.due_on.isoformat()})  # fmt: skip
    changes = {"stage": move(policy.shape, case.stage, Trigger.PLAN_BROKEN), "plan": None, "wanted_at": now,
               "attempt": 1, "failed_channels": (), "retry_at": None, "stalled": None}  # fmt: skip
    task = Task(kind="plan_review", note=f"instalment {number} missed: has something changed?")
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))


def unpaid_instalment(case: Case) -> tuple[int, Instalment] | None:
    """Number and instalment the plan waits for, or None without a plan."""
    return case.plan.next_unpaid(case.payments) if isinstance(case.plan, InstalmentPlan) else None


def instalment_grace_ends(case: Case, instalment: Instalment, policy: HousePolicy) -> datetime:
    """The instant at which an unpaid instalment breaks the plan."""
    return day_ends(instalment.due_on + timedelta(days=policy.plan.grace_days), case.account.zones)


def due_reminder(case: Case, number: int, instalment: Instalment, policy: HousePolicy) -> Contact:
    """The kind word some days before an instalment is due, at the hour at which the plan was agreed."""
    remind_on = instalment.due_on - timedelta(days=policy.plan.remind_before_days)
    agreed_at = case.plan.agreed_at if case.plan and case.plan.agreed_at else case.opened_at
    days = (remind_on - local_day(agreed_at, case.account.zones)).days
    return Contact(
        step=f"plan{case.plans_made}_due_{number}",
        stage=case.stage,
        attempt=case.attempt,
        channel=usable_channel(case, DUE_REMINDER_CHANNELS),
        template=DUE_REMINDER_TEMPLATE,
        wanted_at=same_time_later(agreed_at, days, case.account.zones),
        instalment=instalment,
        instalment_number=number,
    )
