"""The directory in which the embedded servers keep everything: who may use it, and where they listen.

Two advisory locks (flock) tell the truth however a process ended. `supervisor` is held by the process that
runs the servers; `servers` is inherited by every server and guard, so it is free only when none of them lives.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

READER_S = 1.0
DRAIN_S = 30.0


class HomeInUse(RuntimeError):
    """Another process runs servers in this directory, or an earlier one's servers have not ended yet."""


@dataclass(frozen=True)
class Endpoints:
    """Where the embedded servers listen. `database_url` holds the password."""

    database_url: str
    temporal_address: str
    temporal_ui_url: str


@contextmanager
def claimed(home: Path) -> Iterator[None]:
    """Be the one supervisor of this home, which is made when absent. Raises HomeInUse."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _open(home / "supervisor")
    try:
        if not _locked(lock, READER_S):  # a reader holds it for an instant
            pid = os.pread(lock, 20, 0).decode()
            raise HomeInUse(
                f"already running (pid {pid}, endpoints in {home / 'endpoints.json'}): "
                "stop that process first, or name another home"
            )
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        (home / "endpoints.json").unlink(missing_ok=True)
        try:
            yield
        finally:
            (home / "endpoints.json").unlink(missing_ok=True)
    finally:
        os.close(lock)


@contextmanager
def drained(home: Path) -> Iterator[int]:
    """Wait until no server of an earlier run lives; yields the lock to hand to new ones. Raises HomeInUse."""
    lock = _open(home / "servers")
    try:
        if not _locked(lock, DRAIN_S):
            raise HomeInUse(
                f"the servers of an earlier run in {home} have not ended after {DRAIN_S:.0f} s: "
                "look for postgres and temporal processes, end them, and start again"
            )
        yield lock
    finally:
        os.close(lock)


def publish(home: Path, endpoints: Endpoints) -> None:
    """Write endpoints.json, readable by the owner alone, in one step."""
    unfinished = home / "endpoints.json.new"
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(endpoints), indent=2) + "\n")
    unfinished.replace(home / "endpoints.json")


def read_endpoints(home: Path) -> Endpoints | None:
    """Where the servers of this home listen; None when nothing runs there, or not yet."""
    try:
        endpoints = Endpoints(**json.loads((home / "endpoints.json").read_text()))
        lock = os.open(home / "supervisor", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        return None if _locked(lock, 0) else endpoints
    finally:
        os.close(lock)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _locked(lock: int, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.01)
