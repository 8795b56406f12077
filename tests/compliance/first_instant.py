"""The first permitted instant for one borrower under a house's rules: the words of `test_allowed_instant.py`."""

from datetime import UTC, date, datetime
from typing import Any

from compliance.allowed_instant import NeverPermitted, Permitted, earliest_permitted
from compliance.ask import Ask, Borrower, PastContact, Result
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.house import Cap, ContactRules, Window
from compliance.law import Law
from statemachine.case import Wishes
from statemachine.stage import Channel

EVERY_WEEKDAY = WorkingCalendar(
    name="weekdays",
    weekdays=(0, 1, 2, 3, 4),
    off=frozenset(),
    valid_from=date(2026, 1, 1),
    valid_until=date(2027, 12, 31),
    source="test",
)
ONE_A_DAY = Cap(rule="one-a-day", channels=tuple(Channel), limit=1, days=1)


def window(
    opens: str, closes: str, days: str = "every", channels: tuple[Channel, ...] = (Channel.SMS,)
) -> Window:
    """A window with a rule named after its hours."""
    return Window.model_validate(
        {"rule": f"{opens}-{closes}", "channels": channels, "days": days, "opens": opens, "closes": closes}
    )


def ask(
    at: datetime,
    *windows: Window,
    zones: tuple[str, ...] = ("America/New_York",),
    calendar: WorkingCalendar | None = EVERY_WEEKDAY,
    channel: Channel | None = Channel.SMS,
    **more: Any,
) -> Permitted | NeverPermitted:
    """The answer for a borrower in these zones under a house's rules (and `packs` of law), without spread."""
    house = ContactRules(windows=windows, caps=more.get("caps", ()), spread_minutes=more.get("spread", 0))
    borrower = Borrower(
        zones=zones, wishes=more.get("wishes", Wishes()), facts=more.get("facts", ()),
        spread_key=more.get("key", "case:h:L-1:1"),
    )  # fmt: skip
    law, asked = Law(more.get("packs", ()), house), channel and Ask(channel)
    return earliest_permitted(law, calendar, borrower, asked, at, History(more.get("contacts", ())))


def permitted(answer: Permitted | NeverPermitted) -> Permitted:
    """The answer, which must be a yes."""
    assert isinstance(answer, Permitted), answer
    return answer


def never(answer: Permitted | NeverPermitted) -> NeverPermitted:
    """The answer, which must be a no without an end."""
    assert isinstance(answer, NeverPermitted), answer
    return answer


def utc(text: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sent(at: datetime, channel: Channel = Channel.SMS) -> PastContact:
    """A message sent earlier."""
    return PastContact(at, channel, Result.SENT)
