"""Instalment plans on a case: agreed, reworked, declined, kept, missed, broken."""

from datetime import date, datetime, timedelta

from lending.counter_offer import CounterOffer, answer
from lending.days import day_ends, day_starts, local_day
from lending.plan import Instalment, InstalmentPlan, monthly_plan
from lending.quote import PlanOffer, accepted, quote
from lending.reason import Reason
from statemachine.budgets import basis_of, offered
from statemachine.case import Case
from statemachine.decision import Contact, Decision, Line, Task, absorbed
from statemachine.ladder import usable_channel
from statemachine.messages import PlanAccepted, PlanDeclined
from statemachine.policy import (
    DUE_REMINDER_CHANNELS,
    DUE_REMINDER_TEMPLATE,
    MISSED_TEMPLATE,
    HousePolicy,
)
from statemachine.stage import Stage
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed


def plan_accepted(case: Case, event: PlanAccepted, now: datetime, policy: HousePolicy) -> Decision:
    """The plan runs from now: dunning stops, only due-date reminders go out. With a budget on record the plan is the
    offer that followed from it, or a counter-offer inside it; otherwise one of the house's own terms."""
    is_change = case.stage is Stage.PLAN_ACTIVE and case.budget is not None
    trigger = Trigger.PLAN_REWORKED if is_change else Trigger.PLAN_ACCEPTED
    if reason := reason_absorbed(case.stage, trigger):
        return absorbed(case, reason)
    today = local_day(now, case.account.zones)
    if case.budget is None:
        return _agreed(case, _by_house_terms(case, event, today, policy), trigger, now, policy)
    found = _by_budget(case, event, today, now, policy)
    if isinstance(found, Decision):
        return found
    return _agreed(case, found, trigger, now, policy)


def _agreed(
    case: Case, plan: InstalmentPlan, trigger: Trigger, now: datetime, policy: HousePolicy
) -> Decision:
    today = local_day(now, case.account.zones)
    is_change = trigger is Trigger.PLAN_REWORKED
    changes = {"stage": move(policy.shape, case.stage, trigger), "plan": plan.model_copy(update={"agreed_at": now}),
               "offer": None, "quoted": None, "term_from": case.term_from if is_change else today,
               "promises": tuple(one for one in case.promises if one not in case.open_promises),
               "reminded_instalment": 0, "missed_instalment": 0, "missed_told": 0,
               "plans_made": case.plans_made + 1, "stalled": None,
               "failed_channels": (), "retry_at": None}  # fmt: skip
    what = "agreed in place of the plan before" if is_change else "agreed"
    line = Line(kind="plan", reason=f"{len(plan.instalments)} instalments {what}; dunning stops while they are kept",
                facts={"instalments": [part.model_dump(mode="json") for part in plan.instalments]})  # fmt: skip
    return Decision(case=case.model_copy(update=changes), lines=(line,))


def _by_budget(
    case: Case, event: PlanAccepted, today: date, now: datetime, policy: HousePolicy
) -> InstalmentPlan | Decision:
    """The plan that is agreed; or the offer that has to be agreed to first, with the reason."""
    assert case.budget is not None
    basis = basis_of(case, case.budget, now, policy)
    because: tuple[Reason, ...] = ()
    if event.names_something:
        answered = answer(basis, counter_offer(event))
        found, because = answered.quote, answered.differences
        if answered.is_as_asked and isinstance(found, PlanOffer):
            return found.plan
    elif case.quoted is not None:
        plan = accepted(case.quoted, case.balance_minor, today)
        if isinstance(plan, InstalmentPlan):
            return plan
        found, because = quote(basis), (plan,)
    else:
        found = quote(basis)
    return offered(case, found, now, because)


def counter_offer(event: PlanAccepted) -> CounterOffer:
    """What the borrower names. Raises ValueError for two answers to one question."""
    return CounterOffer(
        amount_minor=event.amount_minor,
        instalments=event.instalments,
        day=event.day,
        first_due_on=event.first_due_on,
    )


def refused(case: Case, event: PlanAccepted, today: date, policy: HousePolicy) -> str | None:
    """Why the answer cannot be taken as it stands: the field, the value, what to do."""
    first, count = event.first_due_on, event.instalments
    if case.budget is not None:
        return _refused_beside_budget(event, today)
    for name in ("amount_minor", "day"):
        if (value := getattr(event, name)) is not None:
            return f"{name}: {value} is judged by a budget, and none is on record; send a budget, or name instalments"
    if count and count > policy.plan.instalments:
        return (
            f"instalments: {count} given, {policy.id} offers at most {policy.plan.instalments}; send a budget"
        )
    latest = today + timedelta(days=policy.plan.first_within_days)
    if first and not today <= first <= latest:
        return f"first_due_on: {first} must lie from today ({today}) to {latest}"
    return None


def _refused_beside_budget(event: PlanAccepted, today: date) -> str | None:
    if event.first_due_on is not None and event.first_due_on <= today:
        return f"first_due_on: {event.first_due_on} is not to come; write a day after {today}"
    pairs = (("amount_minor", "instalments"), ("day", "first_due_on"))
    for one, other in pairs:
        if getattr(event, one) is not None and getattr(event, other) is not None:
            return f"{one}: {getattr(event, one)} beside {other}; name one, the other follows"
    return None


def _by_house_terms(case: Case, event: PlanAccepted, today: date, policy: HousePolicy) -> InstalmentPlan:
    plan = _offered(case, event, today)
    if plan is not None:
        return plan
    first_due_on = event.first_due_on or today + timedelta(days=14)
    return monthly_plan(case.balance_minor, event.instalments or policy.plan.instalments, first_due_on)


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
    return Decision(case=case.model_copy(update={"offer": None, "quoted": None}), lines=(line,))


def plan_lapsed(case: Case, now: datetime, policy: HousePolicy) -> Decision:
    """An instalment's grace is over unpaid: one kind word, a review, and only then the plan ends. It ends as well when
    all parts are paid and something is still owed (a payment was reversed). A person looks at why, kindly."""
    due = unpaid_instalment(case)
    if case.plan is None or (due and now < instalment_grace_ends(case, due[1], policy)):
        return Decision(case=case, lines=())
    if due and now < review_ends(case, due[1], policy):
        return _missed(case, *due, policy)
    rule, facts = "", {}
    reason = "the plan is paid, and something is still owed; the account is revisited"
    if due:
        rule, facts = f"{policy.id}/plan.grace_days", {"due_on": due[1].due_on.isoformat()}
        reason = f"instalment {due[0]} was not paid within its grace; the account is revisited"
    stage = move(policy.shape, case.stage, Trigger.PLAN_BROKEN)
    changes = {
        "stage": stage,
        "plan": None,
        "term_from": None,
        "wanted_at": now,
        "failed_channels": (),
        "retry_at": None,
        "stalled": None,
    }
    line = Line(kind="plan_broken" if due else "plan_ended", reason=reason, rule=rule, facts=facts)
    task = Task(kind="plan_review", note=f"{reason}: has something changed?")
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))


def _missed(case: Case, number: int, instalment: Instalment, policy: HousePolicy) -> Decision:
    if case.missed_instalment == number:
        return Decision(case=case, lines=())
    ends_at = review_ends(case, instalment, policy)
    line = Line(kind="instalment_missed", rule=f"{policy.id}/plan.grace_days", next_at=ends_at,
                reason=f"instalment {number} was not paid within its grace; the plan stands while a person looks at why",
                facts={"due_on": instalment.due_on.isoformat()})  # fmt: skip
    task = Task(kind="plan_review", note=f"instalment {number} was missed: has something changed? A new budget reworks it",
                due_on=local_day(ends_at - timedelta(days=1), case.account.zones))  # fmt: skip
    changes = {"missed_instalment": number, "failed_channels": (), "retry_at": None, "stalled": None}
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=(task,))


def unpaid_instalment(case: Case) -> tuple[int, Instalment] | None:
    """Number and instalment the plan waits for, due later by the days that were held; None without a plan."""
    due = case.plan.next_unpaid(case.payments) if case.plan else None
    if case.plan is None or due is None:
        return None
    number, instalment = due
    due_on = case.moved_on(instalment.due_on, case.plan.agreed_at or case.opened_at)
    return number, instalment.model_copy(update={"due_on": due_on or instalment.due_on})


def instalment_grace_ends(case: Case, instalment: Instalment, policy: HousePolicy) -> datetime:
    """The instant from which an unpaid instalment is missed."""
    return day_ends(instalment.due_on + timedelta(days=policy.plan.grace_days), case.account.zones)


def review_ends(case: Case, instalment: Instalment, policy: HousePolicy) -> datetime:
    """The instant at which a missed instalment ends the plan, when nobody found another way."""
    last_day = instalment.due_on + timedelta(days=policy.plan.grace_days + policy.plan.review_days)
    return day_ends(last_day, case.account.zones)


def missed_contact(case: Case, number: int, instalment: Instalment, policy: HousePolicy) -> Contact:
    """The one kind word about a missed instalment."""
    grace_ends = instalment_grace_ends(case, instalment, policy)
    return Contact(
        step=f"plan{case.plans_made}_missed_{number}",
        stage=case.stage,
        attempt=case.attempt,
        channel=usable_channel(case, DUE_REMINDER_CHANNELS),
        template=MISSED_TEMPLATE,
        wanted_at=grace_ends,
        instalment=instalment,
        instalment_number=number,
    )


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
