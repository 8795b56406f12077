"""A rung, or the latest revisit, whose message did not arrive goes out again by its next channel, never twice by the same.

Nothing is remembered but the tries and the furthest word on each: in whatever order the words come, the answer is the
same.
"""

from datetime import datetime
from typing import Any

from lending.days import same_time_later
from statemachine import delivery, ladder
from statemachine.case import Case
from statemachine.decision import Contact, Decision, Line, absorbed
from statemachine.delivery import Delivery, Try
from statemachine.events import ContactFailed, ContactMade, ContactRefused
from statemachine.machine_messages import DeliveryReported
from statemachine.policy import DUE_REMINDER_CHANNELS, HousePolicy, Rung
from statemachine.stage import Channel, Stage
from statemachine.step import REVISIT
from statemachine.transitions import LADDER, Trigger
from statemachine.transitions import absorbed as reason_absorbed


def contact_again(case: Case, policy: HousePolicy, now: datetime) -> Contact | None:
    """The first rung that was taken, whose every try came back, and which another channel can still take.

    It goes at once where it was the last contact, otherwise in its own rhythm after that: late words bring no burst.
    """
    if not case.tries or case.stage not in (*LADDER, Stage.REVISIT):
        return None
    for rung in policy.strategies[case.strategy]:
        channel = _next_channel(case, rung) if rung.step in case.taken else None
        if channel is None:
            continue
        tries = delivery.of_step(case.tries, rung.step)
        return Contact(
            step=rung.step,
            stage=case.stage,
            attempt=delivery.next_attempt(tries),
            channel=channel,
            template=rung.template,
            wanted_at=_wanted_at(case, rung, now),
            plan=ladder.offered_by(rung, case, policy, now),
        )
    return _revisit_again(case, policy, now)


def _revisit_again(case: Case, policy: HousePolicy, now: datetime) -> Contact | None:
    """The latest revisit, at once: the next one is long off. Cases of before there were visits keep their rules."""
    for step in case.taken if policy.visits else ():
        channel = _other_channel(case, step, policy.revisits.channels) if step.startswith(REVISIT) else None
        if channel is not None:
            tries = delivery.of_step(case.tries, step)
            return Contact(step=step, stage=case.stage, attempt=delivery.next_attempt(tries), channel=channel,
                           template=policy.revisits.template, wanted_at=_came_back_at(tries, now))  # fmt: skip
    return None


def _next_channel(case: Case, rung: Rung) -> Channel | None:
    """The next channel of the rung; None: something arrived, or may have, or no channel is left."""
    return _other_channel(case, rung.step, rung.channels)


def _other_channel(case: Case, step: str, wanted: tuple[Channel, ...]) -> Channel | None:
    tries = delivery.of_step(case.tries, step)
    if not tries or any(one.word.has_arrived for one in tries):
        return None
    tried = {one.channel for one in tries}
    return ladder.usable_channel(case, tuple(channel for channel in wanted if channel not in tried))


def _wanted_at(case: Case, rung: Rung, now: datetime) -> datetime:
    came_back_at = _came_back_at(delivery.of_step(case.tries, rung.step), now)
    last = max(case.tries, key=lambda one: one.at)
    if last.step == rung.step:
        return came_back_at
    return max(came_back_at, same_time_later(last.at, rung.after_days, case.account.zones))


def _came_back_at(tries: delivery.Tries, now: datetime) -> datetime:
    return max((one.word_at for one in tries if one.word_at is not None), default=now)


def delivery_reported(case: Case, event: DeliveryReported, now: datetime, policy: HousePolicy) -> Decision:
    """The word is kept where it is further than the last on the same try. What came back is wanted again."""
    if reason := reason_absorbed(case.stage, Trigger.DELIVERY_REPORTED):
        return absorbed(case, reason)
    word = Try(step=event.step, attempt=event.attempt, channel=event.channel, at=now, word=event.status,
               word_at=now)  # fmt: skip
    before = delivery.find(case.tries, event.step, event.attempt)
    tries = delivery.told(case.tries, word)
    if tries == case.tries:
        assert before is not None
        return absorbed(
            case, f"{event.step} by {event.channel}: {event.status}, after {before.word} was told"
        )
    changes: dict[str, Any] = {"tries": tries}
    is_latest_revisit = event.step == f"{REVISIT}{case.contacts_made + case.given_up}"
    if policy.visits and is_latest_revisit and not event.status.has_arrived:
        changes["taken"] = tuple(dict.fromkeys((*case.taken, event.step)))  # it is not counted a second time
    if event.reachable is not None:
        changes["account"] = case.account.model_copy(update={"channels": event.reachable})
    later = case.model_copy(update=changes)
    later = _reminded_again(later, event, policy)
    again = contact_again(later, policy, now)
    reason = f"{event.step} by {event.channel}: {event.status}"
    if event.was_forwarded:
        reason += " of another address, to which it was passed on"
    if again is not None and again.step == event.step:
        reason += f"; it goes out again by {again.channel}"
        later = later.model_copy(update={"retry_at": None, "moved_by": None})
    facts = event.model_dump(mode="json", include={"step", "attempt", "channel", "status", "code"})
    return Decision(case=later, lines=(Line(kind="delivery", reason=reason, facts=facts),))


def _reminded_again(case: Case, event: DeliveryReported, policy: HousePolicy) -> Case:
    """A reminder of an instalment that came back is wanted again before its day, as long as another channel is left;
    one that arrived after all is not."""
    reminded = case.reminded_instalment
    number = next(
        (n for n in (reminded, reminded + 1) if event.step == f"plan{case.plans_made}_due_{n}"), None
    )
    if number is None or case.stage is not Stage.PLAN_ACTIVE:
        return case
    tries = delivery.of_step(case.tries, event.step)
    if any(one.word.has_arrived for one in tries):
        return case.model_copy(update={"reminded_instalment": number})
    if _other_channel(case, event.step, DUE_REMINDER_CHANNELS) is None:
        return case
    tried = tuple(one.channel for one in tries)
    changes = {
        "reminded_instalment": number - 1,
        "failed_channels": tried,
        "attempt": delivery.next_attempt(tries),
        "retry_at": None,
    }
    return case.model_copy(update=changes)


def contact_made(case: Case, event: ContactMade, now: datetime, policy: HousePolicy) -> Decision:
    """The ladder goes on, and the try is remembered; that of a revisit only once it came back."""
    decision = ladder.contact_made(case, event, now, policy)
    if decision.accepted and event.is_unreachable is not None:
        looked_at = decision.case.model_copy(update={"is_unreachable": event.is_unreachable})
        decision = decision.then(case=looked_at)
    is_revisit = case.stage is Stage.REVISIT and event.contact.step not in case.taken
    if is_revisit or not decision.accepted:
        return decision
    return _tried(decision, event.contact, event.at, is_certain=event.is_certain)


def contact_failed(case: Case, event: ContactFailed, now: datetime, policy: HousePolicy) -> Decision:
    """This channel is out for this rung, also where the rung went out before."""
    decision = ladder.contact_failed(case, event, now, policy)
    if not decision.accepted:
        return decision
    if event.contact.step in case.taken:  # what the next rung may use is its own matter
        decision = decision.then(case=case)
    return _tried(decision, event.contact, now, Delivery.REJECTED)


def contact_refused(case: Case, event: ContactRefused, now: datetime, policy: HousePolicy) -> Decision:
    """A rung that goes out again by a channel the law bars for good, while it permits others, was taken after all."""
    is_again = event.contact.step in case.taken and not reason_absorbed(case.stage, Trigger.CONTACT_NOT_MADE)
    is_barred = event.next_at is None and event.contact.channel in event.closed
    is_barred = is_barred and not set(event.reachable) <= set(event.closed)
    if not (is_again and is_barred):
        return ladder.contact_refused(case, event, now, policy)
    facts = {"step": event.contact.step} | ({"citation": event.citation} if event.citation else {})
    reason = f"{event.reason}; {event.contact.step} does not go out by {event.contact.channel}"
    line = Line(kind="refused", rule=event.rule, reason=reason, facts=facts)
    return _tried(Decision(case=case, lines=(line,)), event.contact, now, Delivery.BARRED)


def _tried(
    decision: Decision,
    contact: Contact,
    at: datetime,
    word: Delivery = Delivery.SENT,
    *,
    is_certain: bool = True,
) -> Decision:
    if contact.channel is None:
        return decision
    word_at = None if word is Delivery.SENT else at
    one = Try(step=contact.step, attempt=contact.attempt, channel=contact.channel, at=at, word=word,
              word_at=word_at, is_certain=is_certain)  # fmt: skip
    tries = delivery.told(decision.case.tries, one)
    return decision.then(case=decision.case.model_copy(update={"tries": tries}))
