"""How often somebody may ask. Counted in this process only: a guard of the machine, not what keeps links secret."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address, ip_network

_REMEMBERED_AT_MOST = 10_000


class Pace:
    """At most `limit` askings of one name in `per_s` seconds, counted from the first of them."""

    def __init__(self, limit: int, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._per_s, self._clock = limit, per_s, clock
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, name: str) -> bool:
        """Counts one more asking; False when it is one too many."""
        now = self._clock()
        since, count = self._counted.pop(name, (now, 0))
        if now - since >= self._per_s:
            since, count = now, 0
        self._counted[name] = (since, count + 1)
        while len(self._counted) > _REMEMBERED_AT_MOST:
            self._counted.popitem(last=False)
        return count < self._limit


def network_of(address: str) -> str:
    """Whose address it is: a home has one of version 4, and a whole /64 of version 6."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
