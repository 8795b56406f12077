"""How a long-running command ends: Ctrl-C or SIGTERM, once, and everything is put away in order."""

import asyncio
import signal


async def until_stopped() -> None:
    """Returns at the first SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
