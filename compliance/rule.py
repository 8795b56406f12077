"""One rule of law, as data: who it binds, when it opens, what it counts, what stops it. Read by `compliance.judge`."""

from datetime import date, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from compliance.exemption import Exemption as Exemption
from compliance.exemption import Purpose as Purpose
from compliance.origin import Origin
from lending.days import LocalTime
from lending.value import Strict
from statemachine.fact import FactName as FactName
from statemachine.stage import Channel, Place, Weekday


class Force(StrEnum):
    """How the instrument speaks. Leeway keeps both; the answer tells which it was."""

    MUST = "must"
    SHOULD = "should"


class Party(StrEnum):
    """A first party collects its own loans; a third party collects for another."""

    FIRST = "first"
    THIRD = "third"


class Certainty(StrEnum):
    """H: official text, or two sources agree. M: one secondary source. L: not seen in a text; only with a note."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


class Recipient(StrEnum):
    """Whom a contact is made with."""

    BORROWER = "borrower"
    REPRESENTATIVE = "representative"
    THIRD_PERSON = "third_person"


class Counts(StrEnum):
    """What a limit counts. An attempt is any dialled call, whatever came of it."""

    ATTEMPT = "attempt"
    CONNECTED = "connected"
    CONVERSATION = "conversation"
    SENT = "sent"
    VISIT = "visit"


class Over(StrEnum):
    """Over whom a limit counts: the person, one debt of theirs, or one number or address."""

    PERSON = "person"
    DEBT = "debt"
    NUMBER = "number"


class Span(StrEnum):
    """The window of a limit. Calendar days, weeks (from Monday) and months are the borrower's own; rolling is to the
    second."""

    CALENDAR_DAYS = "calendar_days"
    ROLLING_DAYS = "rolling_days"
    WEEK = "week"
    MONTH = "month"
    EVER = "ever"


DayName = Literal["every", "working", "off"] | Weekday
_Days = Annotated[tuple[DayName, ...], Field(min_length=1)]


def _clock(value: object) -> object:
    if isinstance(value, int):
        raise ValueError('write a time in quotes, such as "12:30": YAML reads it unquoted as a number')
    return time.max if value == "24:00" else value


_WRITTEN_CLOCK = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Clock = Annotated[LocalTime, BeforeValidator(_clock, json_schema_input_type=_WRITTEN_CLOCK)]
"""Local time to the minute; "24:00" is the end of the day."""


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Opening(Strict):
    """Open on `days` from `opens` until before `closes`; where `closes` is earlier, until that time of the next day.

    An opening belongs to the day on which it opens. `off` days are those nobody works.
    """

    days: Annotated[_Days, BeforeValidator(_one_or_more, json_schema_input_type=DayName | _Days)] = ("every",)
    opens: Clock
    closes: Clock
    holidays: Literal["open", "closed"] = "open"

    @cached_property
    def crosses(self) -> bool:
        """Whether it is open past midnight."""
        return self.closes < self.opens

    @cached_property
    def hours(self) -> str:
        """`09:00 to 18:00`."""
        return f"{self.opens:%H:%M} to {self.closes:%H:%M}"

    @model_validator(mode="after")
    def _is_not_empty(self) -> "Opening":
        if self.opens == self.closes:
            raise ValueError(
                f"opens: {self.opens} must differ from closes; for the whole day write 00:00 to 24:00"
            )
        return self


EVERY_CHANNEL = (Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.VISIT)

CITATION = r"^\S.*(\d|art\.|cl\.|§).*$"
"""A citation names its instrument and a number in it: `12 CFR 1006.6(b)(1)`, `GB/T 45251-2025 cl. 5.3`."""


class _Rule(Strict):
    model_config = ConfigDict(use_attribute_docstrings=True)  # editors show them
    origin: ClassVar[Origin] = Origin.LAW

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?/[a-z0-9][a-z0-9-]{1,40}$")]
    """Jurisdiction and name, such as `CN/night`."""
    citation: Annotated[str, Field(pattern=CITATION, min_length=4, max_length=200)]
    effective_from: date
    effective_to: date | None = None
    """The first day on which the rule binds no more."""
    force: Force
    binds: Annotated[tuple[Party, ...], Field(min_length=1)] = (Party.FIRST, Party.THIRD)
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = EVERY_CHANNEL
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)] = tuple(Recipient)
    places: Annotated[tuple[Place, ...], Field(min_length=1)] = tuple(Place)
    exempt: tuple[Exemption, ...] = ()
    certainty: Certainty
    source: Annotated[str, Field(min_length=3)]
    note: str = ""

    @cached_property
    def turns_on(self) -> tuple[Exemption, ...]:
        """What its answer depends on besides the contact: it may change where one of these begins or ends."""
        return self.exempt

    @cached_property
    def turns_on_names(self) -> frozenset[str]:
        """The names of these: where nothing of the kind is known, the rule need not be asked about it."""
        return frozenset(one.name for one in self.turns_on)

    @model_validator(mode="after")
    def _is_in_order(self) -> "_Rule":
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError(f"effective_to: {self.effective_to} must be later than effective_from")
        if self.certainty is Certainty.LOW and not self.note:
            raise ValueError("note: a rule of certainty L says here why it is kept at all")
        return self


class HoursRule(_Rule):
    """Contact only within one of `open`."""

    kind: Literal["hours"]
    open: Annotated[tuple[Opening, ...], Field(min_length=1)]


class LimitRule(_Rule):
    """At most `limit` of what it counts within `span` (`days` long), over a person, debt or number.

    `across`: `all` sums the lender and its agencies; `collector` counts each for itself. `not_counted` are results
    that the rule leaves out, such as a call that did not connect to the dialled number.
    """

    kind: Literal["limit"]
    counts: Annotated[tuple[Counts, ...], Field(min_length=1)]
    over: Over
    span: Span
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    limit: Annotated[int, Field(ge=1, le=1000)]
    across: Literal["all", "collector"] = "all"
    not_counted: tuple[Literal["misdialled", "no_answer", "failed", "required_by_law", "reply"], ...] = ()

    @cached_property
    def longest(self) -> timedelta:
        """Longer than any window of this rule, clock changes included."""
        days = {Span.WEEK: 7, Span.MONTH: 31, Span.EVER: 36_600}.get(self.span, self.days)
        return timedelta(days=(days or 0) + 1)

    @model_validator(mode="after")
    def _has_its_days(self) -> "LimitRule":
        if (self.span in (Span.CALENDAR_DAYS, Span.ROLLING_DAYS)) != (self.days is not None):
            raise ValueError("days: belongs to calendar_days and rolling_days, and to nothing else")
        return self


class PauseRule(_Rule):
    """After a conversation about a debt, nothing for `days` calendar days; the day of it is the first."""

    kind: Literal["pause"]
    over: Over
    days: Annotated[int, Field(ge=1, le=366)]


class StopRule(_Rule):
    """While `on` holds, no contact. It ends with the fact, `after_days` later; a fact without an end lasts
    `lasts_days` from its start, or for ever."""

    kind: Literal["stop"]
    on: FactName
    lasts_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    after_days: Annotated[int, Field(ge=0, le=3660)] = 0


class NeedsRule(_Rule):
    """Contact only where one of `any_of` is known."""

    kind: Literal["needs"]
    any_of: Annotated[tuple[Exemption, ...], Field(min_length=1)]

    @cached_property
    def turns_on(self) -> tuple[Exemption, ...]:
        """What lifts it, and what it needs."""
        return (*self.exempt, *self.any_of)


class PeopleRule(_Rule):
    """A visit by no fewer than `at_least` people."""

    kind: Literal["people"]
    at_least: Annotated[int, Field(ge=2, le=9)]


class ThirdPersonRule(_Rule):
    """A third person only after failed contacts with the borrower on `after_failed` days, none reached in between, or
    once one of `or_facts` is known; without `after_failed`, never. Never again once the person refused.

    Tries of one calendar day of the borrower are one: three dials within three minutes are no search for anyone.
    """

    kind: Literal["third_person"]
    after_failed: Annotated[int, Field(ge=1, le=100)] | None = None
    or_facts: tuple[FactName, ...] = ()

    @cached_property
    def turns_on(self) -> tuple[Exemption, ...]:
        """What lifts it, and what opens the way."""
        return (*self.exempt, *(Exemption(fact=fact) for fact in self.or_facts))


Rule = Annotated[
    HoursRule | LimitRule | PauseRule | StopRule | NeedsRule | PeopleRule | ThirdPersonRule,
    Field(discriminator="kind"),
]
