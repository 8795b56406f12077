"""One no: a rule's, the borrower's, or that of what nobody knows."""

from datetime import datetime
from typing import NamedTuple, Protocol, Self

from compliance.origin import Origin

WISH = "the borrower's wish"
"""What a borrower asks for is cited as this."""

UNKNOWN = "Leeway: what is not known is not permitted"
"""What is cited where something must be known first."""


class _Cited(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def citation(self) -> str: ...

    @property
    def origin(self) -> Origin: ...


class Refusal(NamedTuple):
    """`rule` says no at the asked instant, for `reason`; it may say yes from `free_at` on. None: no end is known."""

    rule: str
    citation: str
    reason: str
    free_at: datetime | None
    origin: Origin
    moves: bool = True
    """False for opening hours: a limit that binds as well is the better name for what moved a contact."""

    @classmethod
    def by(cls, rule: _Cited, reason: str, free_at: datetime | None) -> Self:
        """The no of a rule."""
        return cls(rule.id, rule.citation, reason, free_at, rule.origin)

    @classmethod
    def wished(cls, rule: str, reason: str) -> Self:
        """The borrower's own no, which lasts until they say otherwise."""
        return cls(rule, WISH, reason, None, Origin.WISH)

    @classmethod
    def unknown(cls, rule: str, reason: str) -> Self:
        """Unknown means no."""
        return cls(rule, UNKNOWN, reason, None, Origin.UNKNOWN)
