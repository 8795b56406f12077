"""Skipped time on the development server: each case on a clock of its own, moved in lock-step.

Experimental in Temporal, so it is kept to this file. Traps it takes care of (measured): skipping is off until a
case is moved, or signals would land at random dates; a fast-forward may return with work still pending.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Self

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper, TimeSkippingConfig

_SETTLING_SECONDS = 0.004
_NO_CAP = 1_000_000  # the server's own cap of 200 skips would let a case fall back into real time, silently


class SkippedTime:
    """`client` starts cases on skipped time; `advance` moves one."""

    def __init__(self, skipper: TimeSkipper) -> None:
        self._skipper = skipper
        self.client = skipper.client

    @classmethod
    async def connect(cls, address: str) -> Self:
        """A client of the server at `address`, which must allow time skipping."""
        client = await Client.connect(address, data_converter=pydantic_data_converter)
        config = TimeSkippingConfig(enabled=False, max_session_skip_count=_NO_CAP)
        return cls(TimeSkipper(client, config=config))

    async def advance(self, handle: WorkflowHandle[Any, Any], by: timedelta) -> None:
        """Moves the case's clock by `by`; whatever came due on the way has happened when this returns.

        Asked just as a case continues as new, the server may take it for ended: then the rest of the way is asked for.
        """
        if not await self.settle(handle):
            return
        until, left = await self.now(handle) + by, by
        while left > timedelta():
            await self._skipper.fast_forward(handle, left)
            if not await self.settle(handle):
                return
            left = until - await self.now(handle)

    async def now(self, handle: WorkflowHandle[Any, Any]) -> datetime:
        """The case's own time."""
        return await self._skipper.get_current_time(handle)

    async def settle(self, handle: WorkflowHandle[Any, Any]) -> bool:
        """Waits until the case has nothing in the air. True while it is open."""
        while True:
            description = await handle.describe()
            raw = description.raw_description
            if not raw.pending_activities and not raw.HasField("pending_workflow_task"):
                return description.status == WorkflowExecutionStatus.RUNNING
            await asyncio.sleep(_SETTLING_SECONDS)
