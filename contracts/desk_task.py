"""A task as the people who work it see it: what to do, where, when, and who has it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, computed_field

from lending.value import Value
from statemachine.message import Text
from statemachine.stage import Channel

ADDRESS_UNKNOWN = "address unknown: find it first"


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("name a person")
    return name.strip()


PersonName = Annotated[Text, Field(max_length=100), AfterValidator(_named)]
"""Who works at the desk, as they are called there."""

StepNote = Text
"""What is noted with a step, for whoever works the task."""

TaskState = Literal["open", "claimed", "overdue", "done", "withdrawn"]


class DeskTask(Value):
    """One task, with the loan and the borrower as the ledger knows them at the time of reading.

    `channel` is set for a call or a visit, which are made from `starts_at` to before `due_at`; other tasks have the day
    `due_on`, or none. `people` go, `visitors` are those it is booked for. `holder` has claimed it, and still has it;
    `claimed_by` is who claimed it last. `revision` rises with every change.
    """

    task_id: int
    kind: str
    state: TaskState
    case_id: str
    loan_id: str
    channel: Channel | None
    note: str
    attempt: int | None
    name: str
    phones: tuple[str, ...]
    street: str | None
    city: str | None
    postcode: str | None
    zone: str
    created_at: datetime
    starts_at: datetime | None
    due_at: datetime | None
    due_on: date | None
    people: int
    visitors: tuple[str, ...]
    holder: str | None
    claimed_by: str | None
    claimed_at: datetime | None
    done_at: datetime | None
    withdrawn_at: datetime | None
    revision: int
    talk_sheet: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def day(self) -> date | None:
        """The day on which it is to be done, in the borrower's local time."""
        at = self.starts_at or self.due_at
        return self.due_on if at is None else at.astimezone(ZoneInfo(self.zone)).date()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def window(self) -> str:
        """From when until when, in the borrower's local time: `Tue 2026-03-03 09:00-17:30`; else its day, or nothing."""
        if self.due_at is None:
            return f"{self.due_on:%a %Y-%m-%d}" if self.due_on else ""
        zone = ZoneInfo(self.zone)
        start, end = (self.starts_at or self.created_at).astimezone(zone), self.due_at.astimezone(zone)
        ends = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %Y-%m-%d %H:%M}"
        return f"{start:%a %Y-%m-%d %H:%M}-{ends}"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def where(self) -> str:
        """The borrower's address, as a visitor needs it; of a visit without one, what to do first."""
        city = " ".join(filter(None, (self.postcode, self.city)))
        known = ", ".join(filter(None, (self.street, city)))
        if self.channel is Channel.VISIT and not self.street:
            return f"{known} ({ADDRESS_UNKNOWN})" if known else ADDRESS_UNKNOWN
        return known

    def is_for(self, person: str) -> bool:
        """Whether it is this person's: claimed by them, or booked for them."""
        has_it = self.claimed_by if self.done_at or self.withdrawn_at else self.holder
        return person == has_it or person in self.visitors


def as_route(tasks: Sequence[DeskTask]) -> list[DeskTask]:
    """In the order in which they are driven to: by day, then postal code, city and street; without a day last."""
    return sorted(
        tasks,
        key=lambda task: (
            task.day or date.max, task.postcode or "\uffff", task.city or "\uffff", task.street or "\uffff",
            task.starts_at or task.created_at, task.task_id,
        ),
    )  # fmt: skip
