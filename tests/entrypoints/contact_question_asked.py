"""Questions about contacts, a desk that answers them, and the command line as people run it."""

import sys
from datetime import date
from functools import cache
from typing import Any

import pytest

from entrypoints import cli
from entrypoints.contact.desk import Desk

PHONE = {"policy": "platform-a", "country": "CN", "zone": "Asia/Shanghai", "channel": "phone"}
"""A call to a borrower in Shanghai, in working hours only, on working days only."""

FRIDAY = "2026-10-09T10:00+08:00"
"""A working day after the golden week, inside the house's hours."""


@cache
def desk() -> Desk:
    """A desk on a fixed day."""
    return Desk.shipped(date(2026, 11, 24))


def answer(**changes: Any) -> dict[str, Any]:
    """The answer about a call on a working morning, changed as given."""
    return desk().answer(PHONE | {"at": FRIDAY} | changes)


def options(**given: str) -> list[str]:
    """`--policy platform-a --country CN ...`."""
    return [word for name, value in (PHONE | given).items() for word in (f"--{name}", value)]


def leeway(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Runs `leeway contact WORDS` in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["leeway", "contact", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)
