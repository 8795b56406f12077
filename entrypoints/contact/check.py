"""The answer to "may this contact be made?": yes or no, the rule behind it, when next, and what every rule says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from compliance.allowed_instant import NeverPermitted, earliest_permitted
from compliance.ask import Ask, Borrower
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.hours import SEARCH_DAYS
from compliance.judge import judge
from compliance.law import Law
from compliance.origin import Origin
from compliance.refusal import Refusal
from compliance.rule import Force, Party, Recipient
from compliance.rule import Rule as AnyRule
from compliance.standing import holds, lifted
from entrypoints.contact.question import NO_WISHES
from entrypoints.contact.words import demand
from lending.days import local_text
from statemachine.stage import Channel, Place

NONE_KNOWN = "none known"
"""What is said of a law that Leeway does not have begins so."""

_PARTIES = {Party.FIRST: "first parties", Party.THIRD: "third parties"}
_NEAR = timedelta(days=SEARCH_DAYS)


class Matter(NamedTuple):
    """Everything a judgement asks: the law of the place, its calendar, the borrower, the contact and the past."""

    law: Law
    calendar: WorkingCalendar | None
    borrower: Borrower
    ask: Ask
    at: datetime
    history: History

    def without_wishes(self) -> "Matter":
        """The same of a borrower who asked for nothing: what the rules alone say."""
        wishes = self.borrower.wishes
        if wishes is NO_WISHES or wishes == NO_WISHES:
            return self
        return self._replace(borrower=replace(self.borrower, wishes=NO_WISHES))


class Member(NamedTuple):
    """One rule, the law that is it alone, and its force and demand in words."""

    rule: AnyRule
    alone: Law
    force: str
    demand: str


class Panel:
    """The rules of one law, each asked alone; made once for a law and asked often."""

    def __init__(self, law: Law) -> None:
        self._law = law
        self._members: dict[tuple[Channel, Recipient, Place], tuple[Member, ...]] = {}

    def considered(self, matter: Matter, refusal: Refusal | None) -> list[dict[str, str]]:
        """Every rule that binds such a contact, and what it says at the instant; the borrower's own no first.

        `refusal` is the verdict of all together: rules that it answers for already are not asked again.
        """
        members = self.members(matter.ask)
        days = [matter.at.astimezone(ZoneInfo(zone)).date() for zone in matter.borrower.zones]
        alone = matter.without_wishes()
        asked = _Asked(refusal, members)
        told = [
            {
                "rule": member.rule.id,
                "citation": member.rule.citation,
                "force": member.force,
                "origin": str(member.rule.origin),
                "says": asked.says(place, member, alone, days),
            }
            for place, member in enumerate(members)
        ]
        if refusal is not None and refusal.origin is Origin.WISH:
            told.insert(0, {"rule": refusal.rule, "citation": refusal.citation, "force": str(Force.MUST),
                            "origin": str(refusal.origin), "says": f"no: {refusal.reason}"})  # fmt: skip
        return [*told, *(_of_another(rule) for rule in self._law.of_others(matter.ask))]

    def members(self, ask: Ask) -> tuple[Member, ...]:
        """The rules that bind such a contact on some day, law first."""
        key = (ask.channel, ask.recipient, ask.place)
        found = self._members.get(key)
        if found is None:
            found = self._members[key] = tuple(
                Member(rule, self._law.alone(rule), str(rule.force), demand(rule))
                for rule in self._law.binding(ask)
            )
        return found


def _of_another(rule: AnyRule) -> dict[str, str]:
    parties = " and ".join(_PARTIES[party] for party in rule.binds)
    return {"rule": rule.id, "citation": rule.citation, "force": str(rule.force), "origin": str(rule.origin),
            "says": f"binds {parties} only: not this house"}  # fmt: skip


def answer(matter: Matter, panel: Panel, law: str = "") -> dict[str, object]:
    """Allowed or refused, with rule, citation and reason; `law` is what is known of the place's. Instants are ISO 8601
    in UTC.

    `next_allowed` is the first permitted instant at or after `instant`, unspread; None where no such is known.
    """
    verdict = judge(*matter)
    refusal = verdict.refusal
    considered = panel.considered(matter, refusal)
    told: dict[str, object] = {"allowed": refusal is None, "instant": matter.at.isoformat(), "law": law}
    if refusal is None:
        closes = local_text(verdict.closes_at, matter.borrower.zones) if verdict.closes_at.year < 9999 else ""
        reason = f"no rule of {len(panel.members(matter.ask))} says no" + (
            f"; permitted until {closes}" if closes else ""
        )
        if law.startswith(NONE_KNOWN):
            reason += f"; the law: {law}"
        told |= {
            "next_allowed": told["instant"],
            "rule": None,
            "citation": None,
            "origin": None,
            "reason": reason,
        }
    else:
        next_allowed, why = _next(matter, refusal)
        told |= {"next_allowed": next_allowed, "rule": refusal.rule, "citation": refusal.citation,
                 "origin": str(refusal.origin), "reason": refusal.reason + why}  # fmt: skip
    told["considered"] = considered
    return told


def _next(matter: Matter, refusal: Refusal) -> tuple[str | None, str]:
    """The next permitted instant, or why there is none, where the refusal does not say that itself."""
    if refusal.free_at is None:
        return None, ""
    law, calendar, borrower, ask, at, history = matter
    # The first step of the search is known; where it goes far, its own bounds count from `at`.
    found = earliest_permitted(law, calendar, borrower, ask, refusal.free_at, history)
    if isinstance(found, NeverPermitted) or found.at > at + _NEAR:
        found = earliest_permitted(law, calendar, borrower, ask, at, history)
    if isinstance(found, NeverPermitted):
        return None, f"; never next: {found.rule}, {found.reason}"
    return found.at.isoformat(), ""


class _Asked:
    """What each rule says, in the law's order: the verdict tells much of it, so few rules are asked again."""

    def __init__(self, refusal: Refusal | None, members: Sequence[Member]) -> None:
        self._refusal = refusal
        self._is_unknown = (
            refusal is not None and refusal.origin is Origin.UNKNOWN and refusal.rule != "calendar"
        )
        # Up to the first no, every rule but hours, which are asked last, has said yes.
        ids = [member.rule.id for member in members]
        is_limit = refusal is not None and refusal.moves and refusal.rule in ids
        self._yes_until = ids.index(refusal.rule) if refusal is not None and is_limit else 0

    def says(self, place: int, member: Member, matter: Matter, days: Sequence[date]) -> str:
        rule, refusal = member.rule, self._refusal
        if days and rule.effective_from > max(days):
            return f"not in force before {rule.effective_from}"
        if days and rule.effective_to is not None and min(days) >= rule.effective_to:
            return f"not in force since {rule.effective_to}"
        if self._is_unknown:
            return "not asked"
        if rule.exempt and lifted(rule.exempt, matter.ask, matter.borrower, matter.at):
            lifting = next(one for one in rule.exempt if holds(one, matter.ask, matter.borrower, matter.at))
            return f"lifted: {lifting.words}"
        if refusal is not None and refusal.rule == rule.id:
            return f"no: {refusal.reason}"
        if refusal is not None and (rule.kind == "hours" or (refusal.moves and place >= self._yes_until)):
            alone = judge(member.alone, *matter[1:]).refusal
            if alone is not None:
                return f"no: {alone.reason}"
        return f"yes: {member.demand}"
