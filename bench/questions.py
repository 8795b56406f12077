"""What the bench asks: contacts in two places, drawn with a seed, no two alike."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from operator import attrgetter
from random import Random
from typing import NamedTuple

from compliance.ask import Ask, Borrower, Fact, PastContact, Result
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.house import Cap, ContactRules, Window
from compliance.law import Law
from compliance.rule import Party, Purpose
from gateways.policy_file import policies_in
from gateways.rule_book import RuleBook
from statemachine.case import Wishes
from statemachine.fact import FactName
from statemachine.stage import Channel

SEED = 20261001
LOOK_BACK_DAYS = 370
"""As far back as the door reads a borrower's contacts."""

CHANNELS = tuple(Channel)
_NUMBERS = {Channel.PHONE: "+8613800138000", Channel.SMS: "+8613800138000", Channel.EMAIL: "a@example.com"}
_OF_MESSAGES = (Result.SENT, Result.SENT, Result.FAILED, Result.UNKNOWN)
_RESULTS = {
    Channel.PHONE: (
        Result.NO_ANSWER,
        Result.CONNECTED,
        Result.CONVERSATION,
        Result.MISDIALLED,
        Result.UNKNOWN,
    ),
    Channel.SMS: _OF_MESSAGES,
    Channel.EMAIL: _OF_MESSAGES,
    Channel.VISIT: (Result.VISITED, Result.NOT_MET, Result.UNKNOWN),
}
_LOANS = ("L-1", "L-2", "L-3")


class Past(History):
    """A history that can be read in anew."""

    def __init__(self, contacts: Sequence[PastContact]) -> None:
        super().__init__(contacts)
        self.contacts = contacts


class Question(NamedTuple):
    """All that `judge` and `earliest_permitted` ask, in their order."""

    law: Law
    calendar: WorkingCalendar
    borrower: Borrower
    ask: Ask
    at: datetime
    history: Past


class Place(NamedTuple):
    """Where is asked. The house opens `opens` to `closes` on working days; `first` to `last` is a holiday."""

    name: str
    new_law: Callable[[], Law]
    calendar: WorkingCalendar
    zone: str
    opens: time
    closes: time
    first: date
    last: date

    @property
    def season(self) -> tuple[date, date]:
        """Three weeks on either side of the holiday."""
        return self.first - timedelta(days=21), self.last + timedelta(days=21)


class Drawn:
    """Questions about one place. `simple`: no past, no facts, no wishes, what any opening-hours library can answer."""

    def __init__(self, place: Place, count: int) -> None:
        self.place = place
        self._count = count
        self._random = Random(f"{SEED} {place.name}")
        self._law = place.new_law()

    @cached_property
    def simple(self) -> list[Question]:
        """Over the whole season."""
        return [self._simple(*self.place.season) for _ in range(self._count)]

    @cached_property
    def simple_in_holiday(self) -> list[Question]:
        """Within the holiday."""
        return [self._simple(self.place.first, self.place.last) for _ in range(self._count)]

    @cached_property
    def lived(self) -> list[Question]:
        """Borrowers with a past, over the whole season."""
        return [self._lived(*self.place.season) for _ in range(self._count)]

    @cached_property
    def lived_in_holiday(self) -> list[Question]:
        """Borrowers with a past, within the holiday."""
        return [self._lived(self.place.first, self.place.last) for _ in range(self._count)]

    def with_history(self, contacts: int) -> list[Question]:
        """All with one long past, which has left every window: each rule looks, none says no."""
        first, last = self.place.season
        since = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=32)
        made = sorted(
            (self._past(since, LOOK_BACK_DAYS - 100) for _ in range(contacts)), key=attrgetter("at")
        )
        past = Past(made)
        return [self._simple(first, last)._replace(history=past) for _ in range(self._count)]

    def _simple(self, first: date, last: date) -> Question:
        draw = self._random
        channel = draw.choice(CHANNELS)
        ask = Ask(channel, debt="L-1", number=_NUMBERS.get(channel, ""), people=2)
        facts = (Fact(FactName.TEXT_CONSENT, self._instant(first, first) - timedelta(days=5)),)
        overdue_since = first - timedelta(days=draw.randrange(1, 200))
        borrower = Borrower((self.place.zone,), facts=facts if ask.channel is Channel.SMS else (),
                            overdue_since=overdue_since)  # fmt: skip
        return Question(self._law, self.place.calendar, borrower, ask, self._instant(first, last), Past(()))

    def _lived(self, first: date, last: date) -> Question:
        draw, asked = self._random, self._simple(first, last)
        purpose = draw.choice((*[Purpose.ROUTINE] * 6, Purpose.DUE_REMINDER, Purpose.REPLY))
        facts = tuple(
            Fact(draw.choice(tuple(FactName)), asked.at - timedelta(days=draw.randrange(1, 60)))
            for _ in range(draw.choice((0, 0, 0, 1)))
        )
        wishes = draw.choice((*[Wishes()] * 6, Wishes(not_before=time(10)), Wishes(not_on=("mon", "fri"))))
        borrower = Borrower(
            (self.place.zone,), wishes, (*asked.borrower.facts, *facts), asked.borrower.overdue_since
        )
        past = [self._past(asked.at, 30) for _ in range(draw.randrange(13))]
        return asked._replace(
            borrower=borrower,
            ask=Ask(asked.ask.channel, purpose, debt=draw.choice(_LOANS), number=asked.ask.number, people=2),
            history=Past(past),
        )

    def _past(self, before: datetime, days: int) -> PastContact:
        draw = self._random
        channel = draw.choice(CHANNELS)
        return PastContact(
            before - timedelta(seconds=draw.randrange(days * 86_400)),
            channel,
            draw.choice(_RESULTS[channel]),
            (draw.choice(_LOANS),),
            _NUMBERS.get(channel, ""),
        )

    def _instant(self, first: date, last: date) -> datetime:
        """Not on a full minute: pandas counts the minute of closing as open."""
        draw = self._random
        day = first + timedelta(days=draw.randrange((last - first).days + 1))
        at = datetime(
            day.year, day.month, day.day, draw.randrange(24), draw.randrange(60), draw.randrange(1, 60)
        )
        return at.replace(tzinfo=UTC)


def places() -> tuple[Place, Place]:
    """China for platform-a, whose 8 October 2026 is closed too, which makes the holiday eight days; and a third
    party in Massachusetts."""
    book = RuleBook.shipped()
    china = policies_in(packs=book.packs)["platform-a"].contact.model_copy(update={"spread_minutes": 0})
    published = book.calendar("CN", None, date(2026, 9, 1))
    american = book.calendar("US", "MA", date(2026, 9, 1))
    assert published is not None
    assert american is not None
    closed = published.model_copy(update={"off": published.off | {date(2026, 10, 8)}})
    agency = ContactRules(
        windows=(Window(rule="agency/hours", channels=CHANNELS, days=("working",), opens=time(9), closes=time(20)),),
        caps=(Cap(rule="agency/one-a-day", channels=CHANNELS, limit=1, days=1),),
        party=Party.THIRD, places=("US", "US-MA"), spread_minutes=0,
    )  # fmt: skip
    return (
        Place("China, platform-a", lambda: book.law(china, "CN", None), closed, "Asia/Shanghai", time(9), time(18),
              date(2026, 10, 1), date(2026, 10, 8)),
        Place("Massachusetts, an agency", lambda: book.law(agency, "US", "MA"), american, "America/New_York", time(9),
              time(20), date(2026, 11, 26), date(2026, 11, 29)),
    )  # fmt: skip
