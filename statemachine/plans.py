"""Instalment plans on a case: agreed, declined, kept, broken."""

from datetime import date, datetime, timedelta

from lending.days import day_ends, day_starts, local_day
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
    plan = _offered(case, event, today)
    if plan is None:
        first_due_on = event.first_due_on or today + timedelta(days=14)
        plan = monthly_plan(case.balance_minor, event.instalments or policy.plan.instalments, first_due_on)
    stage = move(policy.shape, case.stage, Trigger.PLAN_ACCEPTED)
    changes = {"stage": stage, "plan": plan.model_copy(update={"agreed_at": now}), "offer": None, "promise": None,
               "reminded_instalment": 0, "plans_made": case.plans_made + 1, "stalled": None,
               "failed_channels": (), "retry_at": None}  # fmt: skip
    line = Line(kind="plan", reason=f"{len(plan.instalments)} instalments agreed; dunning stops while they are kept",
                facts={"instalments": [part.model_dump(mode="json") for part in plan.instalments]})  # fmt: skip
    return Decision(case=case.model_copy(update=changes), lines=(line,))


def _offered(case: Case, event: PlanAccepted, today: date) -> InstalmentPlan | None:
    """The plan on offer, when it is what was agreed to and still fits: same balance, first part not past."""
    if case.offer is None or event.instalments or event.first_due_on:
        return None
    parts = case.offer.instalments
    fits = sum(part.amount_minor for part in parts) == case.balance_minor and parts[0].due_on >= today
    return case.offer if fits else None


def plan_declined(case: Case, event: PlanDeclined, now: datetime, policy: HousePolicy) -> Decision:
    """Noted; the case goes on without a plan."""
    if reason := reason_absorbed(case.stage, Trigger.PLAN_DECLINED):
        return absorbed(case, reason)
    line = Line(kind="plan_declined", reason="the borrower does not want this plan")
    return Decision(case=case.model_copy(update={"offer": None}), lines=(line,))


def plan_lapsed(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    """The plan ends without clearing the balance: an instalment's grace is over unpaid, or all parts are paid and
    something is still owed (a payment was reversed). A person looks at why, kindly."""
    due = unpaid_instalment(case)
    if case.plan is None or (due and now < instalment_grace_ends(case, due[1], policy)):
        return Decision(case=case, lines=())
    rule, facts = "", {}
    reason = "the plan is paid, and something is still owed; the account is revisited"
    if due:
        rule, facts = f"{policy.id}/plan.grace_days", {"due_on": due[1].due_on.isoformat()}
        reason = f"instalment {due[0]} was not paid within its grace; the account is revisited"
    stage = move(policy.shape, case.stage, Trigger.PLAN_BROKEN)
    changes = {
        "stage": stage,
        "plan": None,
        "wanted_at": now,
        "failed_channels": (),
        "retry_at": None,
        "stalled": None,
    }
    line = Line(kind="plan_broken" if due else "plan_ended", reason=reason, rule=rule, facts=facts)
    task = Task(kind="plan_review", note=f"{reason}: has something changed?")
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))


def unpaid_instalment(case: Case) -> tuple[int, Instalment] | None:
    """Number and instalment the plan waits for, or None without a plan."""
    return case.plan.next_unpaid(case.payments) if isinstance(case.plan, InstalmentPlan) else None


def instalment_grace_ends(case: Case, instalment: Instalment, policy: HousePolicy) -> datetime:
    """The instant at which an unpaid instalment breaks the plan."""
    return day_ends(instalment.due_on + timedelta(days=policy.plan.grace_days), case.account.zones)


def due_reminder(case: Case, number: int, instalment: Instalment, policy: HousePolicy) -> Contact:
    """The kind word some days before an instalment is due, after ten in the morning: inside every house's hours, so
    that only a closed day moves it. The minute is that of the agreement: not everyone is reminded at once."""
    remind_on = instalment.due_on - timedelta(days=policy.plan.remind_before_days)
    agreed_at = case.plan.agreed_at if case.plan and case.plan.agreed_at else case.opened_at
    after_ten = timedelta(hours=10, minutes=agreed_at.minute, seconds=agreed_at.second)
    return Contact(
        step=f"plan{case.plans_made}_due_{number}",
        stage=case.stage,
        attempt=case.attempt,
        channel=usable_channel(case, DUE_REMINDER_CHANNELS),
        template=DUE_REMINDER_TEMPLATE,
        wanted_at=day_starts(remind_on, case.account.zones) + after_ten,
        instalment=instalment,
        instalment_number=number,
    )
