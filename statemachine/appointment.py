"""The call or visit that people know of, as a case carries it."""

from datetime import datetime

from lending.value import Value
from statemachine.stage import Channel, Stage


class Appointment(Value):
    """A call or visit that was put into people's calendars, booked, or handed over.

    `key` is its contact's. `at` is the instant it is booked for and `people` are those who go; without them it comes as
    soon as it is permitted. `made_at` is when it was handed over, as `task`: from then on it is in a person's hands, to
    be done before `due_at`, until its outcome is told.
    """

    key: str
    step: str
    stage: Stage
    channel: Channel
    at: datetime | None = None
    people: tuple[str, ...] = ()
    made_at: datetime | None = None
    due_at: datetime | None = None
    task: int | None = None

    @property
    def words(self) -> str:
        """`revisit_5 by visit`."""
        return f"{self.step} by {self.channel}"
