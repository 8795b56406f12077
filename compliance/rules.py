"""The contact rules of a house policy, as data: windows by channel and day, and caps over people."""

from datetime import time
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from lending.days import LocalTime
from lending.value import Strict
from statemachine.stage import Channel


class DayType(StrEnum):
    """Which days a window opens on."""

    WORKING = "working"
    EVERY = "every"


def _clock(value: object) -> object:
    if isinstance(value, str) and value == "24:00":
        return time.max
    return value


Clock = Annotated[LocalTime, BeforeValidator(_clock)]


class Window(Strict):
    """`channels` may be used on `days` from `opens` until before `closes`, the borrower's local time."""

    rule: str
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    days: DayType
    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Window":
        if self.opens >= self.closes:
            raise ValueError(f"opens: {self.opens} must be earlier than closes ({self.closes})")
        return self


class Cap(Strict):
    """At most `limit` contacts over `channels` in any `days` calendar days of the borrower, all loans together."""

    rule: str
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    limit: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1, le=366)]


class ContactRules(Strict):
    """All windows (a channel without one is never used), all caps, and how far a morning is spread."""

    windows: Annotated[tuple[Window, ...], Field(min_length=1)]
    caps: tuple[Cap, ...] = ()
    spread_minutes: Annotated[int, Field(ge=0, le=240)] = 60
