"""An HTTP server inside a program: for the stand-ins of demos and tests."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp


class _HttpServer(uvicorn.Server):
    """uvicorn inside a program that minds Ctrl-C itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """The app on 127.0.0.1, by default on a free port; yields its address, ending in a slash."""
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    server = _HttpServer(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        server.should_exit = True
        await serving
