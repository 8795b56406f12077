"""Holds: dated facts that stop routine contact. They lie across stages and return to where the case was."""

from datetime import datetime, timedelta

from lending.days import day_ends
from statemachine.case import Case, Hold
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.messages import DisputeOpened, DisputeResolved, HardshipReported, HoldPlaced, HoldReleased
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Outcome
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed


def hold_placed(case: Case, event: HoldPlaced, now: datetime, policy: HousePolicy) -> Decision:
    """Contact stops until the end of the last day, or until released."""
    until_at = day_ends(event.until, case.account.zones) if event.until else None
    return _placed(case, event.reason, until_at, event.by, now)


def dispute_opened(case: Case, event: DisputeOpened, now: datetime, policy: HousePolicy) -> Decision:
    """A disputed debt is not chased until the dispute is answered."""
    return _placed(case, HoldReason.DISPUTE, None, event.by, now)


def hardship_reported(case: Case, event: HardshipReported, now: datetime, policy: HousePolicy) -> Decision:
    """Contact pauses for the house's days, and a person looks at what would help."""
    until_at = (
        day_ends(event.until, case.account.zones)
        if event.until
        else now + timedelta(days=policy.hardship_pause_days)
    )
    placed = _placed(case, HoldReason.HARDSHIP, until_at, event.by, now)
    if not placed.accepted:
        return placed
    return placed.then(tasks=(Task(kind="hardship_review", note=f"support needed: {event.support_need}"),))


def hold_released(case: Case, event: HoldReleased, now: datetime, policy: HousePolicy) -> Decision:
    """The case goes on where it was, from now on: nothing missed is caught up in a burst."""
    return _released(case, event.reason, f"released by {event.by or 'an unnamed person'}", now)


def dispute_resolved(case: Case, event: DisputeResolved, now: datetime, policy: HousePolicy) -> Decision:
    """Rejected: the case goes on. Upheld: the borrower was right, the lender takes the case back."""
    released = _released(case, HoldReason.DISPUTE, f"dispute {event.result}", now)
    if not released.accepted or event.result == "rejected":
        return released
    withdrawn = {"stage": move(policy.shape, case.stage, Trigger.WITHDRAWN), "outcome": Outcome.WITHDRAWN}
    line = Line(kind="closed", reason="the dispute was upheld: withdrawn")
    return released.then(line, case=released.case.model_copy(update=withdrawn))


def holds_expired(case: Case, now: datetime) -> Decision:
    """Drops the holds whose time is over, each with a line."""
    over = tuple(hold for hold in case.holds if hold.until_at is not None and hold.until_at <= now)
    if not over:
        return Decision(case=case, lines=())
    kept = tuple(hold for hold in case.holds if hold not in over)
    lines = tuple(Line(kind="hold_ended", reason=f"the {hold.reason} hold is over") for hold in over)
    return Decision(case=_resumed(case, kept, now), lines=lines)


def _placed(case: Case, reason: HoldReason, until_at: datetime | None, by: str, now: datetime) -> Decision:
    if why_not := reason_absorbed(case.stage, Trigger.HOLD_PLACED):
        return absorbed(case, why_not, hold=reason)
    others = tuple(hold for hold in case.holds if hold.reason is not reason)
    earlier = next((hold for hold in case.holds if hold.reason is reason), None)
    if earlier is not None:  # never shortened by another for the same reason, only by its release
        until_at = max(earlier.until_at, until_at) if earlier.until_at and until_at else None
    hold = Hold(reason=reason, placed_at=now, until_at=until_at, by=by)
    until = f"until {until_at:%Y-%m-%d %H:%M}Z" if until_at else "until released"
    line = Line(
        kind="hold", reason=f"{reason}: no routine contact {until}", facts={"by": by}, next_at=until_at
    )
    return Decision(case=case.model_copy(update={"holds": (*others, hold)}), lines=(line,))


def _released(case: Case, reason: HoldReason, why: str, now: datetime) -> Decision:
    if why_not := reason_absorbed(case.stage, Trigger.HOLD_ENDED):
        return absorbed(case, why_not, hold=reason)
    kept = tuple(hold for hold in case.holds if hold.reason is not reason)
    if len(kept) == len(case.holds):
        return absorbed(case, f"there is no {reason} hold to end")
    line = Line(kind="hold_ended", reason=f"the {reason} hold is over: {why}")
    return Decision(case=_resumed(case, kept, now), lines=(line,))


def _resumed(case: Case, kept: tuple[Hold, ...], now: datetime) -> Case:
    return case.model_copy(update={"holds": kept, "wanted_at": max(now, case.wanted_at)})
