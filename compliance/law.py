"""Effective rules: the law of the lender's and of the borrower's place, plus the house policy. Strictest wins."""

from collections.abc import Mapping, Sequence

from compliance.ask import Ask
from compliance.house import ContactRules
from compliance.pack import RulePack
from compliance.rule import LimitRule, Recipient
from compliance.rule import Rule as AnyRule
from statemachine.stage import Channel, Place


class Law:
    """Made once from packs and house rules, asked often. Every rule it hands out binds: the strictest decides."""

    def __init__(self, packs: Sequence[RulePack], house: ContactRules) -> None:
        self.house = house
        self._rules = tuple(rule for pack in packs for rule in pack.rules)
        self._caps = tuple(cap.as_rule() for cap in house.caps)
        self.opened = frozenset(channel for window in house.windows for channel in window.channels)
        self._alone: tuple[AnyRule, ...] | None = None
        self._binding: dict[tuple[Channel, Recipient, Place], tuple[AnyRule, ...]] = {}

    def alone(self, *rules: AnyRule) -> "Law":
        """For the same house nothing but these rules, whatever the contact: what they say without the others."""
        law = Law((), self.house)
        law._alone = rules
        return law

    def binding(self, ask: Ask) -> tuple[AnyRule, ...]:
        """The rules that bind such a contact on some day: law first, then the house's."""
        key = (ask.channel, ask.recipient, ask.place)
        found = self._binding.get(key)
        if found is None:
            found = self._binding[key] = self._select(ask) if self._alone is None else self._alone
        return found

    def of_others(self, ask: Ask) -> tuple[AnyRule, ...]:
        """The law on such a contact that binds another party than this house."""
        return tuple(rule for rule in self._rules if not self._binds_us(rule) and _is_about(rule, ask))

    def _select(self, ask: Ask) -> tuple[AnyRule, ...]:
        law = tuple(rule for rule in self._rules if self._binds_us(rule) and _is_about(rule, ask))
        hours = self.house.hours(ask.channel)
        caps: tuple[LimitRule, ...] = tuple(cap for cap in self._caps if ask.channel in cap.channels)
        return (*law, *caps, *((hours,) if hours else ()))

    def _binds_us(self, rule: AnyRule) -> bool:
        return self.house.party is None or self.house.party in rule.binds


def _is_about(rule: AnyRule, ask: Ask) -> bool:
    return (
        ask.channel in rule.channels
        and ask.recipient in rule.recipients
        and ask.place in rule.places
        and (rule.kind != "people" or ask.channel is Channel.VISIT)
        and (rule.kind != "third_person" or ask.recipient is Recipient.THIRD_PERSON)
    )


def packs_for(packs: Mapping[str, RulePack], *places: str | None) -> tuple[RulePack, ...]:
    """The packs of these places, each once; a place without one has no law that is known here."""
    wanted = dict.fromkeys(place for place in places if place is not None)
    return tuple(packs[place] for place in wanted if place in packs)
