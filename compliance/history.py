"""A borrower's contacts, indexed by what the rules count: a judgement costs the same on a long history."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from zoneinfo import ZoneInfo

from compliance.ask import Ask, PastContact, Result
from compliance.rule import Counts, LimitRule, Over, PauseRule, Recipient
from statemachine.stage import Channel

_REACHED = frozenset({Result.CONNECTED, Result.CONVERSATION, Result.SENT, Result.VISITED, Result.UNKNOWN})
_AS_CALL = {
    Counts.ATTEMPT: frozenset(Result),
    Counts.CONNECTED: frozenset({Result.CONNECTED, Result.CONVERSATION, Result.UNKNOWN}),
    Counts.CONVERSATION: frozenset({Result.CONVERSATION, Result.UNKNOWN}),
}
_AS_MESSAGE = {Counts.SENT: frozenset(Result) - {Result.FAILED}}
_AS_VISIT = {Counts.VISIT: frozenset(Result) - {Result.FAILED}}
_COUNTED_AS = {
    Channel.PHONE: _AS_CALL,
    Channel.EMAIL: _AS_MESSAGE,
    Channel.SMS: _AS_MESSAGE,
    Channel.VISIT: _AS_VISIT,
}


_ALL_BUT_THE_INSTANT = attrgetter("channel", "result", "debts", "number", "by", "purpose", "recipient")


class History:
    """Made once from the contacts, in any order; answers each rule's question from a list in order of time.

    Contacts that differ in nothing but their instant stand together: a rule looks at each kind once.
    """

    def __init__(self, contacts: Iterable[PastContact] = ()) -> None:
        self._kinds: dict[tuple[object, ...], tuple[PastContact, list[datetime]]] = {}
        for past in contacts:
            self._kinds.setdefault(_ALL_BUT_THE_INSTANT(past), (past, []))[1].append(past.at)
        # The rule is kept beside its list, so that its id stays its own.
        self._answers: dict[tuple[object, ...], tuple[object, list[datetime]]] = {}
        self._failed_days: dict[tuple[str, ...], int] = {}

    def counted(self, rule: LimitRule, ask: Ask) -> Sequence[datetime]:
        """When the contacts happened that `rule` counts against `ask`, earliest first.

        One later than the instant asked about counts as well: two workers' clocks may differ by a breath.
        """
        if not self._kinds:
            return ()
        by = ask.by if rule.across == "collector" else ""
        key = (id(rule), ask.recipient, _scope(rule.over, ask), by)
        kept = self._answers.get(key)
        if kept is None:
            kept = self._answers[key] = (
                rule,
                self._instants(lambda past: _counts(rule, past) and _same(rule, past, ask)),
            )
        return kept[1]

    def conversations(self, rule: PauseRule, ask: Ask) -> Sequence[datetime]:
        """When the borrower was spoken to, whoever began it, earliest first."""
        if not self._kinds:
            return ()
        key = (id(rule), ask.recipient, _scope(rule.over, ask))
        kept = self._answers.get(key)
        if kept is None:
            kept = self._answers[key] = (
                rule,
                self._instants(lambda past: _is_talk(past, ask) and _in_scope(rule.over, past, ask)),
            )
        return kept[1]

    def days_failed_in_a_row(self, zones: tuple[str, ...]) -> int:
        """On how many days contacts with the borrower failed since the last that reached them; of the zones that may
        be theirs, by the one with the fewest."""
        kept = self._failed_days.get(zones)
        if kept is None:
            kept = self._failed_days[zones] = min(len(self._days_failed(zone)) for zone in zones)
        return kept

    def _days_failed(self, zone: str) -> set[date]:
        return {at.astimezone(ZoneInfo(zone)).date() for at in self._failed_since_reached}

    @cached_property
    def _failed_since_reached(self) -> list[datetime]:
        reached = self._instants(lambda past: _is_theirs(past) and past.result in _REACHED)
        failed = self._instants(lambda past: _is_theirs(past) and past.result not in _REACHED)
        return failed[bisect_right(failed, reached[-1]) :] if reached else failed

    def _instants(self, is_meant: Callable[[PastContact], bool]) -> list[datetime]:
        return sorted(at for past, instants in self._kinds.values() if is_meant(past) for at in instants)


def _is_theirs(past: PastContact) -> bool:
    return past.recipient is Recipient.BORROWER


def _is_talk(past: PastContact, ask: Ask) -> bool:
    spoken = _AS_CALL[Counts.CONVERSATION]
    return past.channel is Channel.PHONE and past.result in spoken and past.recipient is ask.recipient


def _counts(rule: LimitRule, past: PastContact) -> bool:
    if (
        past.channel not in rule.channels
        or past.result in rule.not_counted
        or past.purpose in rule.not_counted
    ):
        return False
    as_what = _COUNTED_AS[past.channel]
    return any(past.result in as_what.get(what, ()) for what in rule.counts)


def _same(rule: LimitRule, past: PastContact, ask: Ask) -> bool:
    if past.recipient is not ask.recipient or (rule.across == "collector" and past.by != ask.by):
        return False
    return _in_scope(rule.over, past, ask)


def _in_scope(over: Over, past: PastContact, ask: Ask) -> bool:
    """What is not known of a contact counts against every debt and every number."""
    if over is Over.DEBT:
        return not past.debts or not ask.debt or ask.debt in past.debts
    if over is Over.NUMBER:
        return not past.number or not ask.number or past.number == ask.number
    return True


def _scope(over: Over, ask: Ask) -> str:
    return ask.debt if over is Over.DEBT else ask.number if over is Over.NUMBER else ""
