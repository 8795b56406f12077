"""Both embedded servers together, for as long as a `with` block lasts."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from entrypoints.embedded.home import Endpoints, HomeInUse, claimed, drained, publish, read_endpoints
from entrypoints.embedded.postgres import postgres
from entrypoints.embedded.server import ServerFailed
from entrypoints.embedded.temporal_server import temporal_server

__all__ = ["Endpoints", "HomeInUse", "ServerFailed", "embedded_parts", "read_endpoints"]


@contextmanager
def embedded_parts(
    home: Path, *, search_attributes: Mapping[str, str], skip_time: bool = False
) -> Iterator[Endpoints]:
    """Run PostgreSQL and Temporal with all their data in `home`, and stop both at the end.

    `search_attributes` maps names to Temporal's types (Keyword, Int, Datetime, ...); those missing on the
    server are added. With `skip_time` Temporal can skip waiting time and keeps its data in memory only, so
    give it a home of its own. While it runs, `read_endpoints(home)` answers in any other process.

    However this process ends, its servers end after it, and a start that follows waits for them. Raises
    HomeInUse when another process runs servers in `home`, ServerFailed when a server does not start.
    """
    home = home.resolve()
    with ExitStack() as servers, claimed(home):  # left in reverse: a next start may then wait for the rest
        lock = servers.enter_context(drained(home))
        with ThreadPoolExecutor(max_workers=1) as beside:
            starting = temporal_server(home, lock, search_attributes=search_attributes, skip_time=skip_time)
            temporal = beside.submit(servers.enter_context, starting)
            database_url = servers.enter_context(postgres(home, lock))
            address, ui_url = temporal.result()
        endpoints = Endpoints(database_url, address, ui_url)
        publish(home, endpoints)
        yield endpoints
