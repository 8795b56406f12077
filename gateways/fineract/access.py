"""Where a Fineract is and who asks it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

WAITS_SECONDS = (0.5, 2.0, 8.0)
"""Before the second try, the third and the fourth."""


@dataclass(frozen=True)
class Access:
    """Where Fineract is and who asks: `token` as bearer, else `user` and `password`. `url` ends in `/api/v1`."""

    url: str
    tenant: str = "default"
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    waits_seconds: Sequence[float] = WAITS_SECONDS
    timeout_seconds: float = 30.0
