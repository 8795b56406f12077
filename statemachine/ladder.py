"""Contacts: which one comes next, and what the door's answer changes."""

from datetime import datetime, timedelta
from typing import Any

from lending.days import local_day, same_time_later
from lending.plan import InstalmentPlan, monthly_plan
from statemachine.budgets import offer_for
from statemachine.case import Case
from statemachine.decision import Contact, Decision, Line, Task, absorbed
from statemachine.events import ContactFailed, ContactLapsed, ContactMade, ContactRefused
from statemachine.policy import DUE_REMINDER_CHANNELS, MISSED_TEMPLATE, HousePolicy, Rung
from statemachine.stage import Channel, Stage
from statemachine.transitions import LADDER, Trigger, move
from statemachine.transitions import absorbed as reason_absorbed

STALL_RETRY_DAYS = 7
"""A stalled case is looked at again this often, so that a mended record heals without anyone's signal."""

LATE_AFTER = timedelta(hours=1)
"""A contact made later than this after its planned instant names the outage in the ledger."""

_TO_STAGE = {Stage.REMINDER: Trigger.REMINDER_NEXT, Stage.PLAN_OFFER: Trigger.PLAN_OFFER_NEXT}
_FIRST_INSTALMENT_AFTER_DAYS = 14


def next_rung(case: Case, policy: HousePolicy) -> Rung | None:
    """The first rung of the case's strategy not yet taken, never behind its stage; None: the ladder is used up."""
    if case.stage not in LADDER:
        return None
    for rung in policy.strategies[case.strategy]:
        if rung.step not in case.taken and LADDER.index(rung.stage) >= LADDER.index(case.stage):
            return rung
    return None


def ladder_contact(case: Case, policy: HousePolicy, now: datetime) -> Contact:
    """The contact the next rung wants."""
    rung = next_rung(case, policy)
    if rung is None:
        raise AssertionError(
            f"{case.case_id}: stage {case.stage} has no rung left, but the case was not moved on"
        )
    return Contact(
        step=rung.step,
        stage=case.stage,
        attempt=case.attempt,
        channel=usable_channel(case, rung.channels),
        template=rung.template,
        wanted_at=case.wanted_at,
        plan=offered_by(rung, case, policy, now),
    )


def offered_by(rung: Rung, case: Case, policy: HousePolicy, now: datetime) -> InstalmentPlan | None:
    """The plan that this rung offers, if it offers one. What follows from the borrower's own budget, where it is known and stands; else the house's usual plan."""
    if rung.stage is not Stage.PLAN_OFFER or case.balance_minor <= 0:
        return None
    today = local_day(now, case.account.zones)
    if found := offer_for(case, today):
        return found.plan
    first_due_on = today + timedelta(days=_FIRST_INSTALMENT_AFTER_DAYS)
    return monthly_plan(case.balance_minor, policy.plan.instalments, first_due_on)


def revisit_contact(case: Case, policy: HousePolicy) -> Contact:
    """The next revisit; channels take turns."""
    turn = case.revisits_made % len(policy.revisits.channels)
    in_turn = policy.revisits.channels[turn:] + policy.revisits.channels[:turn]
    return Contact(
        step=f"revisit_{case.contacts_made + 1}",
        stage=case.stage,
        attempt=case.attempt,
        channel=usable_channel(case, in_turn),
        template=policy.revisits.template,
        wanted_at=case.wanted_at,
    )


def usable_channel(case: Case, wanted: tuple[Channel, ...]) -> Channel | None:
    """The first wanted channel that reaches the borrower, was not stopped or complained of, and did not just
    fail."""
    closed = (*case.wishes.stopped, *case.failed_channels, *case.paused_channels)
    for channel in wanted:
        if channel in case.account.channels and channel not in closed:
            return channel
    return None


def contact_made(case: Case, event: ContactMade, now: datetime, policy: HousePolicy) -> Decision:
    """The rung is taken; the next one is wanted its days after this contact, counted in the borrower's calendar."""
    if reason := reason_absorbed(case.stage, Trigger.CONTACT_MADE):
        return absorbed(case, reason, step=event.contact.step)
    late = event.at - event.planned_at
    facts: dict[str, Any] = {
        "step": event.contact.step,
        "channel": event.contact.channel,
        "certain": event.is_certain,
    }
    if event.moved_by:
        facts |= {"wanted_at": f"{event.contact.wanted_at:%Y-%m-%d %H:%M}Z", "moved_by": event.moved_by}
    if late > LATE_AFTER:
        facts["late_hours"] = round(late.total_seconds() / 3600)
    changes = {"attempt": 1, "failed_channels": (), "retry_at": None, "moved_by": None, "stalled": None,
               "contacts_made": case.contacts_made + 1}  # fmt: skip
    line = Line(kind="made" if event.is_certain else "unknown", reason=_made_reason(event, late), facts=facts)
    made = Decision(case=case.model_copy(update=changes), lines=(line,))
    is_rung = event.contact.stage in LADDER or event.contact.step in case.taken
    if is_rung and case.stage in (*LADDER, Stage.REVISIT):
        return _after_rung(made, event, policy)  # though a message may have moved the case while it went out
    if event.contact.stage is not case.stage:
        return made
    if case.stage is Stage.PLAN_ACTIVE:
        told = "missed_told" if event.contact.template == MISSED_TEMPLATE else "reminded_instalment"
        return made.then(case=made.case.model_copy(update={told: event.contact.instalment_number}))
    return _after_revisit(made, event, policy) if case.stage is Stage.REVISIT else made


def _made_reason(event: ContactMade, late: timedelta) -> str:
    if not event.is_certain:
        return "handed over, but the provider never answered; not tried again, a person checks"
    if late > LATE_AFTER:
        return (
            f"made late: it was planned for {event.planned_at:%Y-%m-%d %H:%M}Z and nothing ran at that time"
        )
    return "inside the permitted window"


def _after_rung(made: Decision, event: ContactMade, policy: HousePolicy) -> Decision:
    taken = dict.fromkeys((*made.case.taken, event.contact.step))  # a rung that came back is taken once
    case = made.case.model_copy(update={"taken": tuple(taken)})
    if event.contact.plan:
        case = case.model_copy(update={"offer": event.contact.plan})
    rung = next_rung(case, policy)
    rhythm = policy.revisits.every_days
    after_days = rung.after_days if rung else rhythm[min(case.revisits_made, len(rhythm) - 1)]
    case = case.model_copy(update={"wanted_at": same_time_later(event.at, after_days, case.account.zones)})
    return aligned(made.then(case=case), policy)


def aligned(decision: Decision, policy: HousePolicy) -> Decision:
    """The stage moved to where the next rung stands; to revisits when no rung is left."""
    case = decision.case
    if case.stage not in LADDER:
        return decision
    rung = next_rung(case, policy)
    if rung is not None and rung.stage is case.stage:
        return decision
    trigger = _TO_STAGE[rung.stage] if rung else Trigger.LADDER_USED_UP
    reason = (
        f"{rung.stage} comes next" if rung else "the ladder is used up; the account is revisited from now on"
    )
    stage = move(policy.shape, case.stage, trigger)
    moved = {"stage": stage}
    return decision.then(Line(kind="stage", reason=reason, facts=moved), case=case.model_copy(update=moved))


def _after_revisit(made: Decision, event: ContactMade, policy: HousePolicy) -> Decision:
    count = made.case.revisits_made + 1
    rhythm = policy.revisits.every_days
    after_days = rhythm[min(count, len(rhythm) - 1)]
    changes = {
        "revisits_made": count,
        "wanted_at": same_time_later(event.at, after_days, made.case.account.zones),
    }
    case = made.case.model_copy(update=changes)
    if policy.revisits.escalate_after is None or count < policy.revisits.escalate_after:
        return made.then(case=case)
    moved = {"stage": move(policy.shape, case.stage, Trigger.ESCALATED)}
    return made.then(
        Line(kind="stage", rule=f"{policy.id}/revisits.escalate_after", facts=moved,
             reason=f"{count} revisits found no way forward; a named person decides"),
        case=case.model_copy(update=moved),
        tasks=(Task(kind="escalation", note=f"decide after {count} revisits"),),
    )  # fmt: skip


def contact_refused(case: Case, event: ContactRefused, now: datetime, policy: HousePolicy) -> Decision:
    """Not now: wait for the next permitted instant. Nobody knows one: the case is stalled, and shows it."""
    if reason := reason_absorbed(case.stage, Trigger.CONTACT_NOT_MADE):
        return absorbed(case, reason, step=event.contact.step)
    facts = {"step": event.contact.step} | ({"citation": event.citation} if event.citation else {})
    if event.next_at is None and _has_another_way(case, event, policy):
        line = Line(
            kind="refused", rule=event.rule, reason=f"{event.reason}; another channel is tried", facts=facts
        )
        barred = (*case.failed_channels, *event.closed)
        return Decision(
            case=case.model_copy(update={"failed_channels": barred, "retry_at": now}), lines=(line,)
        )
    zones = case.account.zones if event.zones is None else event.zones
    record_changed = set(event.reachable) != set(case.account.channels) or zones != case.account.zones
    changes: dict[str, Any] = {
        "account": case.account.model_copy(update={"channels": event.reachable, "zones": zones}),
        "failed_channels": () if record_changed else case.failed_channels,
    }
    if event.next_at or record_changed:  # a changed record is worth another look at once
        changes |= {"retry_at": event.next_at or now, "moved_by": event.rule, "stalled": None}
        line = Line(kind="refused", rule=event.rule, reason=event.reason, facts=facts, next_at=event.next_at)
        return Decision(case=case.model_copy(update=changes), lines=(line,))
    look_again_at = now + timedelta(days=STALL_RETRY_DAYS)
    # A corrected address does not show in the list of channels: each look again tries all of them anew.
    changes |= {
        "retry_at": look_again_at,
        "moved_by": event.rule,
        "stalled": event.rule,
        "failed_channels": (),
    }
    line = Line(kind="stalled", rule=event.rule, reason=event.reason, facts=facts, next_at=look_again_at)
    tasks = () if case.stalled else (_ask_for_help(event),)
    return Decision(case=case.model_copy(update=changes), lines=(line,), tasks=tasks)


def _ask_for_help(event: ContactRefused) -> Task:
    """What a person can do about a stall."""
    if event.rule == "representative":
        return Task(kind="representative", note="speak to the representative, never to the borrower")
    if event.rule == "case_changed":
        return Task(
            kind="case_check",
            note=f"{event.reason}, as the ledger has it: tell the case what it does not know",
        )
    if event.rule == "hold" or "/" in event.rule:  # what stands, in law: no address would help
        return Task(
            kind="contact_stopped",
            note=f"contact is stopped: {event.reason}; tell the case when that is over",
        )
    return Task(kind="find_contact", note=event.reason)


def _has_another_way(case: Case, event: ContactRefused, policy: HousePolicy) -> bool:
    """Whether the law bars only some of the channels this contact could go by."""
    if event.contact.channel not in event.closed:
        return False
    rung = next_rung(case, policy)
    if case.stage is Stage.PLAN_ACTIVE:
        wanted: tuple[Channel, ...] = DUE_REMINDER_CHANNELS
    else:
        wanted = rung.channels if rung else policy.revisits.channels
    barred = case.model_copy(update={"failed_channels": (*case.failed_channels, *event.closed)})
    return usable_channel(barred, wanted) is not None


def contact_failed(case: Case, event: ContactFailed, now: datetime, policy: HousePolicy) -> Decision:
    """This channel is out for this rung; the next one is tried, as a new attempt."""
    if reason := reason_absorbed(case.stage, Trigger.CONTACT_NOT_MADE):
        return absorbed(case, reason, step=event.contact.step)
    failed = (*case.failed_channels, *((event.contact.channel,) if event.contact.channel else ()))
    line = Line(
        kind="failed",
        reason=event.reason,
        facts={"step": event.contact.step, "channel": event.contact.channel},
    )
    return Decision(
        case=case.model_copy(update={"attempt": case.attempt + 1, "failed_channels": failed}), lines=(line,)
    )


def contact_lapsed(case: Case, event: ContactLapsed, now: datetime, policy: HousePolicy) -> Decision:
    """The same contact, under the same key, in the next window."""
    if reason := reason_absorbed(case.stage, Trigger.CONTACT_NOT_MADE):
        return absorbed(case, reason, step=event.contact.step)
    line = Line(kind="lapsed", reason="the window closed before the contact could be made; it is planned again",
                facts={"step": event.contact.step})  # fmt: skip
    return Decision(case=case.model_copy(update={"retry_at": now}), lines=(line,))
