"""The oracle's plain worlds and questions, put to the engine of `compliance/`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

from oracle import Question, World

from compliance.allowed_instant import NeverPermitted, Permitted, earliest_permitted
from compliance.ask import Ask, Borrower, Fact, PastContact, Result
from compliance.calendar import WorkingCalendar
from compliance.history import History
from compliance.house import ContactRules
from compliance.judge import judge
from compliance.law import Law
from compliance.pack import RulePack
from compliance.rule import Purpose, Recipient
from statemachine.case import Wishes
from statemachine.fact import FactName
from statemachine.stage import Channel, Place


class Asked(NamedTuple):
    """A question in the engine's own words."""

    law: Law
    calendar: WorkingCalendar | None
    borrower: Borrower
    ask: Ask
    history: History

    def allows(self, at: datetime) -> bool:
        """The engine's answer at a naive instant in UTC."""
        return (
            judge(
                self.law, self.calendar, self.borrower, self.ask, at.replace(tzinfo=UTC), self.history
            ).refusal
            is None
        )

    def earliest(self, at: datetime) -> Permitted | NeverPermitted:
        """The engine's first permitted instant from `at` on."""
        return earliest_permitted(
            self.law, self.calendar, self.borrower, self.ask, at.replace(tzinfo=UTC), self.history
        )


def law_of(world: World) -> tuple[Law, WorkingCalendar | None]:
    """The world as the engine keeps it, without spread."""
    packs = [RulePack.model_validate(pack) for pack in world.packs]
    house = ContactRules.model_validate({**world.house, "places": (), "spread_minutes": 0})
    known = {"name": "drawn", "source": "drawn"}
    calendar = world.calendar and WorkingCalendar.model_validate(known | dict(world.calendar))
    return Law(packs, house), calendar or None


def asked(law: Law, calendar: WorkingCalendar | None, question: Question) -> Asked:
    """The question as the engine is asked it."""
    facts = [
        Fact(FactName(name), _utc(since), until and _utc(until)) for name, since, until in question.facts
    ]
    borrower = Borrower(
        zones=question.zones,
        wishes=_wishes(question.wishes),
        facts=facts,
        overdue_since=question.overdue_since,
    )
    return Asked(law, calendar, borrower, _ask(question.ask), History(_contacts(question.history)))


def _ask(plain: Mapping[str, Any]) -> Ask:
    named = {
        "channel": Channel(plain["channel"]), "purpose": Purpose(plain["purpose"]),
        "recipient": Recipient(plain["recipient"]), "place": Place(plain["place"]),
    }  # fmt: skip
    return Ask(**{**plain, **named})


def _contacts(plain: Sequence[Mapping[str, Any]]) -> list[PastContact]:
    return [
        PastContact(
            at=_utc(past["at"]), channel=Channel(past["channel"]), result=Result(past["result"]),
            debts=past["debts"], number=past["number"], by=past["by"], purpose=Purpose(past["purpose"]),
            recipient=Recipient(past["recipient"]),
        )
        for past in plain
    ]  # fmt: skip


def _wishes(plain: Mapping[str, Any]) -> Wishes:
    clocks = {name: time.fromisoformat(plain[name]) for name in ("not_before", "not_after") if name in plain}
    return Wishes.model_validate({**plain, **clocks})


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
