"""The one table that moves a case. Everything that changes a stage stands in this file.

Each (stage, trigger) pair is in exactly one of three places:
- MOVES: the case goes to another stage;
- STAYS: the trigger has its effect (money counted, hold placed) and the stage remains;
- ABSORBED: nothing happens, for a written reason.
The diagram in docs/states.md is drawn from this table.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType, SimpleNamespace

from transitions import Machine

from statemachine.stage import Stage

LADDER = (Stage.NOTICE, Stage.REMINDER, Stage.PLAN_OFFER)
OPEN = tuple(stage for stage in Stage if stage is not Stage.CLOSED)


class Trigger(StrEnum):
    """What can happen to a case, as the table sees it."""

    CONTACT_MADE = "contact_made"
    CONTACT_NOT_MADE = "contact_not_made"
    REMINDER_NEXT = "reminder_next"
    PLAN_OFFER_NEXT = "plan_offer_next"
    LADDER_USED_UP = "ladder_used_up"
    PART_PAID = "part_paid"
    CLEARED = "cleared"
    PAYMENT_REVERSED = "payment_reversed"
    BALANCE_STATED = "balance_stated"
    PROMISE_MADE = "promise_made"
    TIME_REACHED = "time_reached"
    HOLD_PLACED = "hold_placed"
    HOLD_ENDED = "hold_ended"
    PREFERENCE_CHANGED = "preference_changed"
    BUDGET_STATED = "budget_stated"
    STRATEGY_CHOSEN = "strategy_chosen"
    PLAN_ACCEPTED = "plan_accepted"
    PLAN_REWORKED = "plan_reworked"
    PLAN_DECLINED = "plan_declined"
    PLAN_BROKEN = "plan_broken"
    VISIT_REPORTED = "visit_reported"
    VISIT_BOOKED = "visit_booked"
    ESCALATED = "escalated"
    RETURNED_TO_REVISIT = "returned_to_revisit"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"
    REFERRED = "referred"
    SOLD = "sold"
    DECISION_PROPOSED = "decision_proposed"
    TIME_BARRED = "time_barred"
    COMPLAINT_MADE = "complaint_made"
    COMPLAINT_ANSWERED = "complaint_answered"
    WITHDRAWN = "withdrawn"
    DELIVERY_REPORTED = "delivery_reported"


_EVERYWHERE_STAYS = (
    Trigger.CONTACT_MADE,
    Trigger.CONTACT_NOT_MADE,
    Trigger.PART_PAID,
    Trigger.PAYMENT_REVERSED,
    Trigger.BALANCE_STATED,
    Trigger.PROMISE_MADE,
    Trigger.TIME_REACHED,
    Trigger.HOLD_PLACED,
    Trigger.HOLD_ENDED,
    Trigger.PREFERENCE_CHANGED,
    Trigger.BUDGET_STATED,
    Trigger.STRATEGY_CHOSEN,
    Trigger.VISIT_REPORTED,
    Trigger.DELIVERY_REPORTED,
    Trigger.COMPLAINT_MADE,
    Trigger.COMPLAINT_ANSWERED,
)

MOVES: Mapping[tuple[Stage, Trigger], Stage] = MappingProxyType(
    {
        (Stage.NOTICE, Trigger.REMINDER_NEXT): Stage.REMINDER,
        (Stage.NOTICE, Trigger.PLAN_OFFER_NEXT): Stage.PLAN_OFFER,
        (Stage.REMINDER, Trigger.PLAN_OFFER_NEXT): Stage.PLAN_OFFER,
        **{(stage, Trigger.LADDER_USED_UP): Stage.REVISIT for stage in LADDER},
        **{
            (stage, Trigger.PLAN_ACCEPTED): Stage.PLAN_ACTIVE
            for stage in OPEN
            if stage is not Stage.PLAN_ACTIVE
        },
        (Stage.PLAN_ACTIVE, Trigger.PLAN_BROKEN): Stage.REVISIT,
        **{(stage, Trigger.ESCALATED): Stage.ESCALATION for stage in (*LADDER, Stage.REVISIT)},
        **{(stage, Trigger.TIME_BARRED): Stage.ESCALATION for stage in (*LADDER, Stage.REVISIT)},
        (Stage.ESCALATION, Trigger.RETURNED_TO_REVISIT): Stage.REVISIT,
        (Stage.ESCALATION, Trigger.WRITTEN_OFF): Stage.CLOSED,
        (Stage.ESCALATION, Trigger.REFERRED): Stage.CLOSED,
        (Stage.ESCALATION, Trigger.SOLD): Stage.CLOSED,
        (Stage.ESCALATION, Trigger.SETTLED): Stage.CLOSED,
        **{
            (stage, trigger): Stage.CLOSED
            for stage in OPEN
            for trigger in (Trigger.CLEARED, Trigger.WITHDRAWN)
        },
    }
)

STAYS: frozenset[tuple[Stage, Trigger]] = frozenset(
    {(stage, trigger) for stage in OPEN for trigger in _EVERYWHERE_STAYS}
    | {(stage, Trigger.PLAN_DECLINED) for stage in (Stage.PLAN_OFFER, Stage.PLAN_ACTIVE, Stage.REVISIT)}
    | {(Stage.PLAN_ACTIVE, Trigger.PLAN_REWORKED), (Stage.ESCALATION, Trigger.DECISION_PROPOSED)}
    | {(stage, Trigger.TIME_BARRED) for stage in (Stage.PLAN_ACTIVE, Stage.ESCALATION)}
    | {(stage, Trigger.VISIT_BOOKED) for stage in (*LADDER, Stage.REVISIT)}
)

_REASONS: Mapping[Trigger, str] = MappingProxyType(
    {
        Trigger.REMINDER_NEXT: "the ladder only goes forward",
        Trigger.PLAN_OFFER_NEXT: "the ladder only goes forward",
        Trigger.LADDER_USED_UP: "the case has already left the ladder",
        Trigger.PLAN_ACCEPTED: "a plan is already running",
        Trigger.PLAN_REWORKED: "no plan is running",
        Trigger.PLAN_DECLINED: "no plan has been offered at this stage",
        Trigger.PLAN_BROKEN: "no plan is running",
        Trigger.VISIT_BOOKED: "no call or visit comes next at this stage",
        Trigger.ESCALATED: "a person already has this case, or a plan is being kept",
        Trigger.RETURNED_TO_REVISIT: "only an escalated case can be returned to revisits",
        Trigger.SETTLED: "settlement is decided by a named person on an escalated case",
        Trigger.WRITTEN_OFF: "write-off is decided by a named person on an escalated case",
        Trigger.REFERRED: "referral is decided by a named person on an escalated case",
        Trigger.SOLD: "sale is decided by a named person on an escalated case",
        Trigger.DECISION_PROPOSED: "only an escalated case waits for a decision",
    }
)

ABSORBED: Mapping[tuple[Stage, Trigger], str] = MappingProxyType(
    {
        **{
            (stage, trigger): _REASONS[trigger]
            for stage in OPEN
            for trigger in _REASONS
            if (stage, trigger) not in MOVES and (stage, trigger) not in STAYS
        },
        **{(Stage.CLOSED, trigger): "the case is closed" for trigger in Trigger},
    }
)


@lru_cache(maxsize=64)
def machine(shape: tuple[Stage, ...]) -> Machine:
    """The shared machine of every policy whose ladder has these stages. Never holds a case: models are bare.

    A rung that leads to a stage the policy does not have is not in its machine.
    """
    left_out = frozenset(LADDER) - frozenset(shape)
    rows: list[dict[str, Stage | Trigger | None]] = [
        {"trigger": trigger, "source": source, "dest": dest}
        for (source, trigger), dest in MOVES.items()
        if source not in left_out and dest not in left_out
    ]
    rows += [
        {"trigger": trigger, "source": source, "dest": None}
        for source, trigger in sorted(STAYS)
        if source not in left_out
    ]
    states = [stage for stage in Stage if stage not in left_out]
    return Machine(
        model=None,
        states=states,
        transitions=rows,
        initial=Stage.NOTICE,
        auto_transitions=False,
        send_event=False,
    )


def move(shape: tuple[Stage, ...], stage: Stage, trigger: Trigger) -> Stage:
    """The stage after `trigger`. Call it only for pairs that are not absorbed; raises MachineError otherwise."""
    bearer = SimpleNamespace(state=stage)
    machine(shape).events[trigger].trigger(bearer)
    return Stage(bearer.state)


def absorbed(stage: Stage, trigger: Trigger) -> str | None:
    """The written reason why nothing happens, or None when the trigger has an effect."""
    return ABSORBED.get((stage, trigger))
