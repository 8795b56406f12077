"""What forbids or lifts a contact whatever the hour: facts, consent, people, third persons, the borrower's wishes."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from compliance.ask import Ask, Borrower, Fact
from compliance.exemption import Exemption, Purpose, counted
from compliance.history import History
from compliance.refusal import Refusal
from compliance.rule import FactName, NeedsRule, PeopleRule, Recipient, StopRule, ThirdPersonRule
from lending.days import day_starts, local_day
from statemachine.case import Wishes
from statemachine.stage import Channel

_AT_A_PLACE = (Channel.PHONE, Channel.VISIT)


def stopped(rule: StopRule, borrower: Borrower, at: datetime) -> Refusal | None:
    """The fact's no, until it and the days after it are over."""
    refusal = None
    for fact in borrower.facts:
        if fact.name is not rule.on or fact.since > at:
            continue
        ends_at = _ends(rule, fact)
        if ends_at is None:
            return Refusal.by(rule, f"{rule.on} since {fact.since:%Y-%m-%d}", None)
        if at < ends_at and (refusal is None or refusal.free_at is None or ends_at > refusal.free_at):
            refusal = Refusal.by(rule, f"{rule.on} until {ends_at:%Y-%m-%d}", ends_at)
    return refusal


def _ends(rule: StopRule, fact: Fact) -> datetime | None:
    ends_at = fact.until
    if ends_at is None and rule.lasts_days is not None:
        ends_at = fact.since + timedelta(days=rule.lasts_days)
    return None if ends_at is None else ends_at + timedelta(days=rule.after_days)


def missing(rule: NeedsRule, ask: Ask, borrower: Borrower, at: datetime) -> Refusal | None:
    """The no for want of what the rule needs. When it will be known, nobody knows."""
    if any(holds(needed, ask, borrower, at) for needed in rule.any_of):
        return None
    return Refusal.by(rule, f"needs {' or '.join(need.words for need in rule.any_of)}", None)


def too_few(rule: PeopleRule, ask: Ask) -> Refusal | None:
    """The no to a visit by fewer than the rule asks."""
    if ask.people >= rule.at_least:
        return None
    return Refusal.by(rule, f"a visit needs {rule.at_least} people, not {ask.people}", None)


def too_early(rule: ThirdPersonRule, borrower: Borrower, history: History, at: datetime) -> Refusal | None:
    """The no to any third person before the borrower is known to be out of reach."""
    if any(fact.name is FactName.THIRD_PERSON_REFUSED and fact.since <= at for fact in borrower.facts):
        return Refusal.by(rule, "the third person refused", None)  # once is for good
    known = {fact.name for fact in borrower.facts if _is_known(fact, at)}
    if not known.isdisjoint(rule.or_facts):
        return None
    if rule.after_failed is None:
        return Refusal.by(rule, "third persons are never contacted", None)
    failed = history.days_failed_in_a_row(borrower.zones)
    if failed >= rule.after_failed:
        return None
    reason = (
        f"failed contacts on {counted(failed, 'day')}; {rule.after_failed} are needed before a third person"
    )
    return Refusal.by(rule, reason, None)


def wished(ask: Ask, borrower: Borrower) -> Refusal | None:
    """The borrower's own no: a channel they stopped, a place they barred, a representative they named, no hour left.

    What the law demands is sent on a stopped channel, too. A message reaches its reader anywhere: a place is barred
    to calls and visits.
    """
    wishes = borrower.wishes
    if ask.channel in wishes.stopped and ask.purpose is not Purpose.REQUIRED_BY_LAW:
        return Refusal.wished("stopped_channel", f"the borrower stopped {ask.channel}")
    if ask.place in wishes.not_at and ask.channel in _AT_A_PLACE:
        return Refusal.wished("barred_place", f"the borrower wants no contact at the {ask.place}")
    if wishes.representative and ask.recipient is Recipient.BORROWER:
        return Refusal.wished("representative", "the borrower named a representative: speak to them")
    if (wishes.not_before is not None or wishes.not_after is not None) and _opens(wishes) == _closes(wishes):
        reason = f"the wishes leave no hour: from {_opens(wishes):%H:%M} and until {_closes(wishes):%H:%M}; ask again"
        return Refusal.wished("wished_hours", reason)
    return None


def _opens(wishes: Wishes) -> time:
    return time.min if wishes.not_before is None else wishes.not_before


def _closes(wishes: Wishes) -> time:
    return time.max if wishes.not_after is None else wishes.not_after


def lifted(exempt: tuple[Exemption, ...], ask: Ask, borrower: Borrower, at: datetime) -> bool:
    """Whether an exemption takes this contact out of the rule."""
    return any(holds(exemption, ask, borrower, at) for exemption in exempt)


def holds(exemption: Exemption, ask: Ask, borrower: Borrower, at: datetime) -> bool:
    """Whether the purpose, the fact or the age of the arrears is given at `at`."""
    if exemption.purpose is not None:
        return ask.purpose is exemption.purpose
    if exemption.days_past_due_over is not None:
        if borrower.overdue_since is None:
            return False
        return (local_day(at, borrower.zones) - borrower.overdue_since).days > exemption.days_past_due_over
    if not borrower.facts:
        return False
    oldest = at - timedelta(days=exemption.within_days) if exemption.within_days else None
    return any(
        fact.name is exemption.fact and _is_known(fact, at) and (oldest is None or fact.since >= oldest)
        for fact in borrower.facts
    )


def changes(exempt: tuple[Exemption, ...], borrower: Borrower) -> Iterator[datetime]:
    """The instants at which an exemption begins or ends."""
    for exemption in exempt:
        if exemption.days_past_due_over is not None and borrower.overdue_since is not None:
            first_day = borrower.overdue_since + timedelta(days=exemption.days_past_due_over + 1)
            yield day_starts(first_day, borrower.zones)
        for fact in borrower.facts:
            if fact.name is exemption.fact:
                yield fact.since
                if fact.until is not None:
                    yield fact.until
                if exemption.within_days:
                    yield fact.since + timedelta(days=exemption.within_days) + timedelta.resolution


def _is_known(fact: Fact, at: datetime) -> bool:
    return fact.since <= at and (fact.until is None or at < fact.until)
