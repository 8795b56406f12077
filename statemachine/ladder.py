"""Contacts: which one comes next, and what the door's answer changes."""

from datetime import datetime, timedelta
from typing import Any

from lending.days import local_day
from lending.plan import InstalmentPlan, monthly_plan
from statemachine.budgets import offer_for
from statemachine.case import Case
from statemachine.decision import Contact, Decision, Line, Task, absorbed
from statemachine.events import ContactFailed, ContactLapsed, ContactMade, ContactRefused
from statemachine.hold_kind import shown_reason
from statemachine.policy import (
    DUE_REMINDER_CHANNELS,
    FOLLOW_UP_CHANNELS,
    FOLLOW_UP_TEMPLATE,
    MISSED_TEMPLATE,
    HousePolicy,
    Rung,
)
from statemachine.stage import Channel, Stage
from statemachine.step import REMINDED, REVISIT, STEP_OVER, next_rung, step_taken
from statemachine.transitions import LADDER, Trigger
from statemachine.transitions import absorbed as reason_absorbed

STALL_RETRY_DAYS = 7
"""A stalled case is looked at again this often, so that a mended record heals without anyone's signal."""

LATE_AFTER = timedelta(hours=1)
"""A contact made later than this after its planned instant names the outage in the ledger."""

_FIRST_INSTALMENT_AFTER_DAYS = 14


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
    """The next revisit; channels take turns, but that a visit may ask for the next one's."""
    turn = case.revisits_made % len(policy.revisits.channels)
    in_turn = policy.revisits.channels[turn:] + policy.revisits.channels[:turn]
    if case.next_by:
        in_turn = (case.next_by, *in_turn)
    return Contact(
        step=f"{REVISIT}{case.contacts_made + case.given_up + 1}",
        stage=case.stage,
        attempt=case.attempt,
        channel=usable_channel(case, in_turn),
        template=policy.revisits.template,
        wanted_at=case.wanted_at,
    )


def follow_up_contact(case: Case) -> Contact | None:
    """The written reminder that a call or visit asked for; None where there is none, or no way to write."""
    channel = usable_channel(case, FOLLOW_UP_CHANNELS)
    if case.remind_at is None or channel is None:
        return None
    return Contact(
        step=f"follow_up_{case.contacts_made + 1}",
        stage=case.stage,
        attempt=case.attempt,
        channel=channel,
        template=FOLLOW_UP_TEMPLATE,
        wanted_at=case.remind_at,
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
    over: dict[str, Any] = {"contacts_made": case.contacts_made + 1}
    is_follow_up = event.contact.template == FOLLOW_UP_TEMPLATE
    over |= REMINDED if is_follow_up else STEP_OVER
    made = Decision(case=case.model_copy(update=over), lines=(made_line(event, case.lapsed_at),))
    if is_follow_up:
        return made
    if case.stage is event.contact.stage is Stage.PLAN_ACTIVE:
        told = "missed_told" if event.contact.template == MISSED_TEMPLATE else "reminded_instalment"
        return made.then(case=made.case.model_copy(update={told: event.contact.instalment_number}))
    if event.contact.plan and event.contact.stage in LADDER and case.stage in (*LADDER, Stage.REVISIT):
        made = made.then(case=made.case.model_copy(update={"offer": event.contact.plan}))
    return step_taken(made, event.contact.step, event.contact.stage, event.at, policy)


def made_line(event: ContactMade, lapsed_at: datetime | None) -> Line:
    """The line of a contact that was made; a late one names the outage, also one over which windows had lapsed."""
    planned_at = min(event.planned_at, lapsed_at or event.planned_at)
    late = event.at - planned_at
    facts: dict[str, Any] = {
        "step": event.contact.step,
        "channel": event.contact.channel,
        "certain": event.is_certain,
    }
    if event.moved_by:
        facts |= {"wanted_at": f"{event.contact.wanted_at:%Y-%m-%d %H:%M}Z", "moved_by": event.moved_by}
    if late > LATE_AFTER:
        facts["late_hours"] = round(late.total_seconds() / 3600)
    return Line(
        kind="made" if event.is_certain else "unknown",
        reason=_made_reason(event, planned_at, late),
        facts=facts,
    )


def _made_reason(event: ContactMade, planned_at: datetime, late: timedelta) -> str:
    if not event.is_certain:
        return "handed over, but the provider never answered; not tried again, a person checks"
    if late > LATE_AFTER:
        return f"made late: it was planned for {planned_at:%Y-%m-%d %H:%M}Z and nothing ran at that time"
    return "inside the permitted window"


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
            note=f"contact is stopped: {shown_reason(event.rule, event.reason)}; tell the case when that is over",
        )
    return Task(kind="find_contact", note=shown_reason(event.rule, event.reason))


def _has_another_way(case: Case, event: ContactRefused, policy: HousePolicy) -> bool:
    """Whether the law bars only some of the channels this contact could go by."""
    if event.contact.channel not in event.closed:
        return False
    rung = next_rung(case, policy)
    if event.contact.template == FOLLOW_UP_TEMPLATE:
        wanted: tuple[Channel, ...] = FOLLOW_UP_CHANNELS
    elif case.stage is Stage.PLAN_ACTIVE:
        wanted = DUE_REMINDER_CHANNELS
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
    changes = {"retry_at": now, "lapsed_at": case.lapsed_at or now}
    return Decision(case=case.model_copy(update=changes), lines=(line,))
