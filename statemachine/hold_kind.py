"""The kinds of holds: what each stops, how long it lasts, who ends it, when somebody looks again, and what of them, and of
the rules that they are asked about, is for few eyes."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from statemachine.fact import FactName
from statemachine.stage import HoldReason


class Stops(StrEnum):
    """What a hold keeps from going on. Payments and facts are taken in during every hold."""

    CONTACT = "contact"
    DEADLINES = "deadlines"
    """A held day does not count for the due days of promises and instalments."""
    DECISIONS = "decisions"
    """Referral, sale and write-off wait; settling and going back to revisits do not."""


class HoldKind(NamedTuple):
    """`lasts_days` None: until released. `fact` is what the law knows the hold as.

    `is_restricted`: shown as "restricted" wherever more people read than need to know.
    """

    stops: frozenset[Stops]
    review_days: int
    lasts_days: int | None = None
    ended_by_name: bool = False
    is_restricted: bool = False
    fact: FactName | None = None


_CONTACT = frozenset({Stops.CONTACT})
_AND_DEADLINES = frozenset({Stops.CONTACT, Stops.DEADLINES})
_ALL = frozenset(Stops)

BREATHING_SPACE_DAYS = 60
"""SI 2020/1311 reg. 26. A mental health crisis has no timer of its own, reg. 32(2)(a)."""

HOLD_KINDS: Mapping[HoldReason, HoldKind] = MappingProxyType(
    {
        HoldReason.DISPUTE: HoldKind(_ALL, 14, fact=FactName.DISPUTE),
        HoldReason.HARDSHIP: HoldKind(_AND_DEADLINES, 14, fact=FactName.HARDSHIP),
        HoldReason.ILLNESS: HoldKind(_AND_DEADLINES, 30, is_restricted=True),
        HoldReason.BEREAVEMENT: HoldKind(_AND_DEADLINES, 30, is_restricted=True, fact=FactName.BEREAVEMENT),
        HoldReason.BREATHING_SPACE: HoldKind(
            _ALL, 30, lasts_days=BREATHING_SPACE_DAYS, fact=FactName.BREATHING_SPACE
        ),
        HoldReason.MENTAL_HEALTH_CRISIS: HoldKind(
            _ALL, 30, ended_by_name=True, is_restricted=True, fact=FactName.MENTAL_HEALTH_CRISIS
        ),
        HoldReason.BANKRUPTCY: HoldKind(_ALL, 90, ended_by_name=True, fact=FactName.BANKRUPTCY),
        HoldReason.DEATH: HoldKind(_ALL, 30, ended_by_name=True, is_restricted=True, fact=FactName.DEATH),
        HoldReason.MINOR: HoldKind(_ALL, 30, ended_by_name=True, is_restricted=True, fact=FactName.MINOR),
        HoldReason.LEGAL_REPRESENTATION: HoldKind(
            _CONTACT, 30, ended_by_name=True, fact=FactName.LEGAL_REPRESENTATION
        ),
        HoldReason.CEASE_CONTACT: HoldKind(_CONTACT, 90, ended_by_name=True, fact=FactName.CEASE_REQUESTED),
        HoldReason.IDENTITY_THEFT: HoldKind(_ALL, 14, ended_by_name=True),
        HoldReason.DISASTER: HoldKind(_AND_DEADLINES, 30, fact=FactName.DISASTER),
        HoldReason.AFFORDABILITY_REVIEW: HoldKind(_CONTACT, 14),
        HoldReason.COMPLAINT: HoldKind(_ALL, 14),
        HoldReason.OPERATOR: HoldKind(_CONTACT, 30),
    }
)


_FOR_FEW_EYES = re.compile(
    r"\b(illness|bereavement|mental[_-]health[_-]crisis|death|minor|capacity(_doubt)?|hospital|disability)\b"
)


def shown_rule(rule: str, reason: str = "") -> str:
    """The name of a rule as everybody may read it. Its name, or its reason, may tell what is known of the person."""
    return "restricted" if _FOR_FEW_EYES.search(f"{rule} {reason}") else rule


def shown_reason(rule: str, reason: str) -> str:
    """Why the rule says no, as everybody may read it."""
    return "restricted" if _FOR_FEW_EYES.search(f"{rule} {reason}") else reason


def shown(reason: HoldReason) -> str:
    """The reason as everybody may read it."""
    return "restricted" if HOLD_KINDS[reason].is_restricted else str(reason)


def shown_held(held: Iterable[str]) -> tuple[str, ...]:
    """What keeps a case from its routine, as everybody may read it: holds by their shown reason, and a promise."""
    known = set(HoldReason)
    return tuple(sorted({shown(HoldReason(one)) if one in known else one for one in held}))
