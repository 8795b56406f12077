"""The server's clock, as an activity sees it: virtual when time is skipped. The worker's own clock decides nothing."""

import time
from datetime import datetime, timedelta

from temporalio import activity


class ServerClock:
    """Starts at the server's start of this attempt and runs on monotonic time. Make one as an attempt begins."""

    def __init__(self) -> None:
        self._started_at = activity.info().started_time
        self._started = time.monotonic()

    def now(self) -> datetime:
        """The server's time, in UTC."""
        return self._started_at + timedelta(seconds=time.monotonic() - self._started)
