"""What each role may do. One table; a route names the right it needs, never a role."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Right(StrEnum):
    """What a caller may be allowed to do."""

    READ_CASES = "read_cases"
    READ_PEOPLE = "read_people"
    TELL_CASES = "tell_cases"
    DECIDE = "decide"
    STATE_BALANCE = "state_balance"
    WORK_TASKS = "work_tasks"
    READ_RULES = "read_rules"
    FEED = "feed"
    MANAGE = "manage"


class Role(StrEnum):
    """Operators work cases; supervisors decide what hurts, too; compliance reads; a loan system feeds; admins manage."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    LOAN_SYSTEM = "loan-system"
    ADMIN = "admin"


_COMPLIANCE = frozenset({Right.READ_CASES, Right.READ_PEOPLE, Right.READ_RULES})
_OPERATOR = _COMPLIANCE | {Right.TELL_CASES, Right.WORK_TASKS, Right.FEED}

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.OPERATOR: _OPERATOR,
        Role.SUPERVISOR: _OPERATOR | {Right.DECIDE, Right.STATE_BALANCE},
        Role.COMPLIANCE: _COMPLIANCE,
        Role.LOAN_SYSTEM: frozenset({Right.FEED, Right.STATE_BALANCE, Right.READ_CASES}),
        Role.ADMIN: frozenset(Right),
    }
)

FEEDS = frozenset({"payment", "payment_reversed"})
"""Messages that a loan system tells."""

DECISIONS = frozenset({"escalation_decision", "strategy", "withdraw"})
"""Messages by which a person decides what hurts."""


def right_to_tell(kind: str) -> Right:
    """The right that a message of this kind needs."""
    if kind in FEEDS:
        return Right.FEED
    if kind == "balance":  # a loan system knows it; a person who states zero writes the debt off
        return Right.STATE_BALANCE
    return Right.DECIDE if kind in DECISIONS else Right.TELL_CASES
