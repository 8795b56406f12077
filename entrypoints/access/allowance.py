"""How often one key may ask. Counted in this process only: a guard of the machine, not a price list."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from math import ceil

PER_MINUTE = 6000
"""Requests of one caller, unless LEEWAY_API_PER_MINUTE says otherwise."""

_REMEMBERED_AT_MOST = 10_000


class Allowance:
    """Each caller may ask `per_minute` times a minute, a tenth of that at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._burst, self._clock = per_minute / 60, max(per_minute / 10, 1.0), clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait_s(self, who: Hashable) -> int:
        """Counts one more asking; 0, or in how many seconds to ask again when it is one too many."""
        now = self._clock()
        left, at = self._left.pop(who, (self._burst, now))
        left = min(left + (now - at) * self._per_s, self._burst)
        is_allowed = left >= 1
        self._left[who] = (left - is_allowed, now)
        while len(self._left) > _REMEMBERED_AT_MOST:
            self._left.popitem(last=False)
        return 0 if is_allowed else max(ceil((1 - left) / self._per_s), 1)
