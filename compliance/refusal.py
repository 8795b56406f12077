"""One rule's no."""

from datetime import datetime
from typing import NamedTuple


class Refusal(NamedTuple):
    """`rule` says no at the asked instant, for `reason`; it may say yes from `free_at` on. None: no end is known."""

    rule: str
    citation: str
    reason: str
    free_at: datetime | None
    moves: bool = True
    """False for opening hours: a limit that binds as well is the better name for what moved a contact."""
