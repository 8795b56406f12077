"""A sweep: the lender's list of overdue loans and Leeway compared, page by page. What crosses a process border."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lending.value import Value

SWEEP_WORKFLOW = "SweepBook"
SWEEP_PAGE = "sweep_page"
SWEEP_QUEUE = "leeway-sweep"


class Part(StrEnum):
    """What a sweep goes through, in this order."""

    BOOK = "book"
    """Every loan in the list: cases are opened, facts are brought up to date."""
    ABSENT = "absent"
    """Every open case: is its loan still in the list, and overdue? Nothing is done yet."""
    CURED = "cured"
    """Those that are not, or with a balance of 0, looked for once more: cured."""
    OVER = "over"


class SweepRun(Value):
    """A sweep, and where it has come to. What is left out begins a new one."""

    lender: str
    page: Annotated[int, Field(ge=1, le=5000)] = 500
    """Loans read at a time."""
    per_second: Annotated[float, Field(gt=0, le=100_000)] = 200.0
    """Loans looked at per second, at the most."""
    may_close_percent: Annotated[int, Field(ge=0, le=100)] = 20
    """How many of the open cases may be cured by absence; where more are absent, the list is taken for half."""
    sweep_id: str = ""
    part: Part = Part.BOOK
    after: str = ""
    """The last loan that was looked at in this part."""
    loans: int = 0
    zeros: int = 0
    """Of the loans, those on which the list says that nothing is overdue."""
    cases: int = 0
    absent: int = 0
    """Of the open cases, those whose loan is not in the list, or is one of its zeros."""
    as_of: datetime | None = None
    """When the list was true, by its own word."""


class Swept(Value):
    """What a sweep answers: loans in the list, open cases, and those whose loan was in it no more, or with a balance of 0."""

    sweep_id: str
    loans: int
    cases: int
    absent: int
