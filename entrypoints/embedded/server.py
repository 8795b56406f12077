"""One server process: its port, its guard, and the wait until it is ready."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

GUARD = Path(__file__).with_name("guard.py")
READY_WITHIN_S = 60
POLL_EVERY_S = 0.01

Ports = TypeVar("Ports")


class ServerFailed(RuntimeError):
    """An embedded server did not start; the message holds what it said last."""


def environment() -> dict[str, str]:
    """The same few variables on every machine, so that nothing in a user's shell can bend a server."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "TEMPORAL_VERSION_CHECK_DISABLED": "1",  # embedded servers call nobody
    }


def dies_with_guard() -> list[str]:
    """A command prefix: where the kernel can do it (Linux), the server also ends if its guard is killed."""
    return ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []


def ports(usual: int) -> Iterator[int]:
    """Ports on 127.0.0.1 worth trying: the usual one while it is free, then some that the system picks."""
    for wanted in (usual, 0, 0, 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
        yield found


@contextmanager
def running(
    candidates: Iterable[Ports],
    command: Callable[[Ports], list[str]],
    ready: Callable[[str], bool],
    *,
    log: Path,
    lock: int,
) -> Iterator[Ports]:
    """Run a server on the first candidate ports that nobody else takes, and stop it at the end.

    `ready` is asked with what the server has printed so far; `lock` is a file descriptor that the server and
    its guard keep open while they live. Raises ServerFailed.
    """
    said = "no free port was found"
    for chosen in candidates:
        with _guarded(command(chosen), log, lock) as guard:
            if _becomes_ready(guard, ready, log):
                try:
                    yield chosen
                except Exception as error:
                    with suppress(subprocess.TimeoutExpired):  # its server may be heard of a moment earlier
                        guard.wait(0.2)
                    if guard.returncode is not None:
                        error.add_note(f"{log.stem} had ended by itself, code {guard.returncode}: see {log}")
                    raise
                return
        said = log.read_text(errors="replace")
        if "address already in use" not in said.lower():
            break
    raise ServerFailed(f"{log.stem} did not start; the end of {log}:\n{said[-2000:].strip()}")


@contextmanager
def _guarded(command: list[str], log: Path, lock: int) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops its servers in order
            cwd="/",
            env=environment(),
        )
    try:
        yield guard
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait()


def _becomes_ready(guard: subprocess.Popen[bytes], ready: Callable[[str], bool], log: Path) -> bool:
    until = time.monotonic() + READY_WITHIN_S
    while guard.poll() is None and time.monotonic() < until:
        if ready(log.read_text(errors="replace")):
            return True
        time.sleep(POLL_EVERY_S)
    return False
