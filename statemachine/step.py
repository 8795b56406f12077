"""A rung or a revisit is taken: what the case forgets with it, and when and at which stage the next one comes."""

from datetime import datetime
from typing import Any

from lending.days import same_time_later
from statemachine.case import Case
from statemachine.decision import Decision, Line, Task
from statemachine.policy import HousePolicy, Rung
from statemachine.stage import Stage
from statemachine.transitions import LADDER, Trigger, move

REVISIT = "revisit_"
"""How the steps of revisits are called, each with its number."""

REMINDED: dict[str, Any] = {
    "failed_channels": (),
    "retry_at": None,
    "lapsed_at": None,
    "moved_by": None,
    "stalled": None,
    "remind_at": None,
}
"""What a case forgets once something was written that is no step of its own."""

STEP_OVER: dict[str, Any] = REMINDED | {
    "attempt": 1,
    "appointment": None,
    "withdrawn": None,
    "not_done": 0,
    "set_anew": 0,
    "next_by": None,
}
"""What a case forgets once a step is over."""

_TO_STAGE = {Stage.REMINDER: Trigger.REMINDER_NEXT, Stage.PLAN_OFFER: Trigger.PLAN_OFFER_NEXT}


def next_rung(case: Case, policy: HousePolicy) -> Rung | None:
    """The first rung of the case's strategy not yet taken, never behind its stage; None: the ladder is used up."""
    if case.stage not in LADDER:
        return None
    for rung in policy.strategies[case.strategy]:
        if rung.step not in case.taken and LADDER.index(rung.stage) >= LADDER.index(case.stage):
            return rung
    return None


def step_taken(
    made: Decision,
    step: str,
    stage: Stage,
    at: datetime,
    policy: HousePolicy,
    *,
    finds_a_way: bool = False,
    was_given_up: bool = False,
) -> Decision:
    """The rung or revisit is taken, though a message may have moved the case meanwhile; the next one is wanted its days
    after `at`. `finds_a_way`: this revisit is none of those after which a person decides. `was_given_up`: nobody made it,
    and it says nothing of the borrower."""
    is_rung = stage in LADDER or step in made.case.taken
    if is_rung and made.case.stage in (*LADDER, Stage.REVISIT):
        return _after_rung(made, step, at, policy)
    if stage is made.case.stage is Stage.REVISIT:
        return _after_revisit(made, at, policy, finds_a_way, was_given_up)
    return made


def _after_rung(made: Decision, step: str, at: datetime, policy: HousePolicy) -> Decision:
    taken = dict.fromkeys((*made.case.taken, step))  # a rung that came back is taken once
    case = made.case.model_copy(update={"taken": tuple(taken)})
    rung = next_rung(case, policy)
    rhythm = policy.revisits.every_days
    after_days = rung.after_days if rung else rhythm[min(case.revisits_made, len(rhythm) - 1)]
    case = case.model_copy(update={"wanted_at": same_time_later(at, after_days, case.account.zones)})
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


def _after_revisit(
    made: Decision, at: datetime, policy: HousePolicy, finds_a_way: bool, was_given_up: bool
) -> Decision:
    count = made.case.revisits_made + 1
    rhythm = policy.revisits.every_days
    after_days = rhythm[min(count, len(rhythm) - 1)]
    unmade = made.case.revisits_unmade + int(was_given_up)
    changes: dict[str, Any] = {
        "revisits_made": count,
        "revisits_unmade": unmade,
        "wanted_at": same_time_later(at, after_days, made.case.account.zones),
    }
    # One that came back goes out again until the next one: from here on it does not.
    changes["taken"] = tuple(step for step in made.case.taken if not step.startswith(REVISIT))
    case = made.case.model_copy(update=changes)
    escalate_after = policy.revisits.escalate_after
    if finds_a_way or was_given_up or escalate_after is None or count - unmade < escalate_after:
        return made.then(case=case)
    moved = {"stage": move(policy.shape, case.stage, Trigger.ESCALATED)}
    return made.then(
        Line(kind="stage", rule=f"{policy.id}/revisits.escalate_after", facts=moved,
             reason=f"{count - unmade} revisits found no way forward; a named person decides"),
        case=case.model_copy(update=moved),
        tasks=(Task(kind="escalation", note=f"decide after {count - unmade} revisits"),),
    )  # fmt: skip
