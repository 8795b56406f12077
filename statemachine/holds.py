"""Holds: dated facts that stop routine contact. They lie across stages and return to where the case was."""

from datetime import date, datetime, timedelta
from typing import Any

from lending.days import day_ends, day_starts, local_day
from statemachine.case import PAST_AT_MOST, Case, Hold
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.hold_kind import HOLD_KINDS, shown
from statemachine.messages import DisputeOpened, DisputeResolved, HardshipReported, HoldPlaced, HoldReleased
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Outcome
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed


def hold_placed(case: Case, event: HoldPlaced, now: datetime, policy: HousePolicy) -> Decision:
    """In force from its first day, perhaps one that has passed, to the end of its last, or until released."""
    zones = case.account.zones
    since_at = min(now, day_starts(event.since, zones)) if event.since else None
    until_at = day_ends(event.until, zones) if event.until else None
    lasts_days = HOLD_KINDS[event.reason].lasts_days
    if until_at is None and lasts_days is not None:
        until_at = (since_at or now) + timedelta(days=lasts_days)
    hold = Hold(reason=event.reason, placed_at=now, since_at=since_at, until_at=until_at, by=event.by,
                why=event.note, support_need=event.support_need)  # fmt: skip
    return placed(case, hold, now, event.review_on)


def dispute_opened(case: Case, event: DisputeOpened, now: datetime, policy: HousePolicy) -> Decision:
    """A disputed debt is not chased until the dispute is answered."""
    return placed(
        case, Hold(reason=HoldReason.DISPUTE, placed_at=now, by=event.by, why=event.reason), now, None
    )


def hardship_reported(case: Case, event: HardshipReported, now: datetime, policy: HousePolicy) -> Decision:
    """Contact pauses for the house's days, and a person looks at what would help."""
    until_at = (
        day_ends(event.until, case.account.zones)
        if event.until
        else now + timedelta(days=policy.hardship_pause_days)
    )
    hold = Hold(reason=HoldReason.HARDSHIP, placed_at=now, until_at=until_at, by=event.by,
                support_need=event.support_need)  # fmt: skip
    decision = placed(case, hold, now, None)
    if not decision.accepted:
        return decision
    note = "a support need is on record: what would help, and is a plan affordable?"
    return decision.then(tasks=(Task(kind="hardship_review", note=note),))


def hold_released(case: Case, event: HoldReleased, now: datetime, policy: HousePolicy) -> Decision:
    """The case goes on where it was, from now on: nothing missed is caught up in a burst."""
    return hold_over(case, event.reason, f"released by {event.by or 'an unnamed person'}", now)


def dispute_resolved(case: Case, event: DisputeResolved, now: datetime, policy: HousePolicy) -> Decision:
    """Rejected: the case goes on. Upheld: the borrower was right, the lender takes the case back."""
    released = hold_over(case, HoldReason.DISPUTE, f"dispute {event.result}", now)
    if not released.accepted or event.result == "rejected":
        return released
    withdrawn = {"stage": move(policy.shape, case.stage, Trigger.WITHDRAWN), "outcome": Outcome.WITHDRAWN}
    line = Line(kind="closed", reason="the dispute was upheld: withdrawn")
    return released.then(line, case=released.case.model_copy(update=withdrawn))


def holds_expired(case: Case, now: datetime) -> Decision:
    """Ends the holds whose time is over, each with a line."""
    over = tuple(hold for hold in case.holds if hold.until_at is not None and hold.until_at <= now)
    if not over:
        return Decision(case=case, lines=())
    lines = tuple(
        Line(kind="hold_ended", reason=f"the {shown(hold.reason)} hold is over", facts=_dated(hold))
        for hold in over
    )
    return Decision(case=_ended(case, over, now), lines=lines)


def placed(case: Case, hold: Hold, now: datetime, review_on: date | None) -> Decision:
    """The hold in force, together with any earlier one for the same reason; or, told late, one that is over."""
    name = shown(hold.reason)
    if why_not := reason_absorbed(case.stage, Trigger.HOLD_PLACED):
        return absorbed(case, why_not, hold=name)
    if hold.until_at is not None and hold.until_at <= now:
        line = Line(kind="hold_told_late", reason=f"{name}: {_span(hold)}; the days it held do not count",
                    facts=_dated(hold) | {"by": hold.by, "stops": sorted(HOLD_KINDS[hold.reason].stops)})  # fmt: skip
        past = (*case.past_holds, hold)[-PAST_AT_MOST:]
        return Decision(case=case.model_copy(update={"past_holds": past}), lines=(line,))
    others = tuple(one for one in case.holds if one.reason is not hold.reason)
    earlier = next((one for one in case.holds if one.reason is hold.reason), None)
    hold = _joined(earlier, hold) if earlier else hold
    facts = _dated(hold) | {"by": hold.by, "stops": sorted(HOLD_KINDS[hold.reason].stops)}
    facts |= {"in_place_of": _dated(earlier)} if earlier else {}
    line = Line(kind="hold", reason=f"{name}: no routine contact, {_span(hold)}", facts=facts,
                next_at=hold.until_at)  # fmt: skip
    task = Task(kind="hold_review", note=f"{name}: how are things now? The hold is {_span(hold)}",
                due_on=review_on or _review_on(case, hold, now))  # fmt: skip
    return Decision(case=case.model_copy(update={"holds": (*others, hold)}), lines=(line,), tasks=(task,))


def _joined(earlier: Hold, hold: Hold) -> Hold:
    """Two for one reason are one from the first day to the last: never shortened but by its release."""
    both = (earlier.until_at, hold.until_at)
    return hold.model_copy(
        update={
            "placed_at": earlier.placed_at,
            "since_at": min(earlier.starts_at, hold.starts_at),
            "until_at": None if None in both else max(at for at in both if at),
            "why": hold.why or earlier.why,
            "support_need": hold.support_need or earlier.support_need,
        }
    )


def _review_on(case: Case, hold: Hold, now: datetime) -> date:
    """Before the hold ends, so that a person can lengthen it."""
    zones = case.account.zones
    usual = local_day(now + timedelta(days=HOLD_KINDS[hold.reason].review_days), zones)
    return min(usual, local_day(hold.until_at, zones)) if hold.until_at else usual


def _span(hold: Hold) -> str:
    since = f"since {hold.since_at:%Y-%m-%d %H:%M}Z, " if hold.since_at else ""
    return since + (f"until {hold.until_at:%Y-%m-%d %H:%M}Z" if hold.until_at else "until released")


def _dated(hold: Hold) -> dict[str, Any]:
    """The hold as the ledger's facts tell it; `until` None: until released."""
    until = hold.until_at.isoformat() if hold.until_at else None
    return {"hold": shown(hold.reason), "since": hold.starts_at.isoformat(), "until": until}


def hold_over(case: Case, reason: HoldReason, why: str, now: datetime) -> Decision:
    """The holds for this reason, ended now; the case goes on from now."""
    if why_not := reason_absorbed(case.stage, Trigger.HOLD_ENDED):
        return absorbed(case, why_not, hold=shown(reason))
    over = tuple(hold for hold in case.holds if hold.reason is reason)
    if not over:
        return absorbed(case, f"there is no {shown(reason)} hold to end")
    lines = tuple(
        Line(kind="hold_ended", reason=f"the {shown(reason)} hold is over: {why}", facts=_dated(hold))
        for hold in over
    )
    ended = tuple(hold.model_copy(update={"until_at": now}) for hold in over)
    return Decision(case=_ended(case, over, now, ended), lines=lines)


def _ended(
    case: Case, over: tuple[Hold, ...], now: datetime, as_ended: tuple[Hold, ...] | None = None
) -> Case:
    """The case goes on from now. What was held stays known: its days do not count, and some laws look back."""
    return case.model_copy(
        update={
            "holds": tuple(hold for hold in case.holds if hold not in over),
            "past_holds": (*case.past_holds, *(as_ended or over))[-PAST_AT_MOST:],
            "wanted_at": max(now, case.wanted_at),
        }
    )
