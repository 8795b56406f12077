"""Where questions about contacts are answered: policies, law, calendars and zones, each read once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from compliance.ask import Borrower, PastContact
from compliance.history import History
from compliance.law import Law
from compliance.places import PlaceError, Places, zones_of
from entrypoints.contact.check import NONE_KNOWN, Matter, Panel, answer
from entrypoints.contact.question import (
    FIELDS,
    BadQuestion,
    ask_of,
    day,
    facts_of,
    instant,
    known_fields,
    party_of,
    past_contacts,
    wishes_of,
)
from gateways.places_file import load_places
from gateways.policy_file import POLICIES, Policy, policies_in
from gateways.rule_book import RuleBook


class _Jurisdiction(NamedTuple):
    """One house policy at one place: its law, each rule alone, and the zones it may have."""

    law: Law
    panel: Panel
    country: str
    subdivision: str | None
    zones: tuple[str, ...]
    known_law: str


class Desk:
    """Answers questions. `today` is the day whose calendars are used; for an instant before it, those of its year."""

    def __init__(
        self, today: date, policies: Mapping[str, Policy], rule_book: RuleBook, places: Places
    ) -> None:
        self._today = today
        self._policies = policies
        self._rule_book = rule_book
        self._places = places
        self._clocks: dict[str, ZoneInfo] = {}
        """Kept, since `zoneinfo` reads a file again for each zone but the last eight."""
        self._jurisdictions: dict[tuple[object, ...], _Jurisdiction] = {}

    @classmethod
    def shipped(cls, today: date) -> Self:
        """With the files under policies/. Raises PolicyError."""
        book = RuleBook.shipped()
        return cls(today, policies_in(packs=book.packs), book, load_places(POLICIES / "places.yaml"))

    def answer(self, question: object) -> dict[str, object]:
        """The answer to one question, an object of `question.FIELDS`. Raises ValueError."""
        given = known_fields(question, FIELDS, "a question")
        place = self._jurisdiction(given)
        at = instant("at", given.get("at"))
        return answer(
            self._matter(given, place, at, past_contacts(given.get("history"))), place.panel, place.known_law
        )

    def answer_with(self, given: Mapping[str, object], history: list[PastContact]) -> dict[str, object]:
        """The same with a history that was read already."""
        place = self._jurisdiction(given)
        return answer(
            self._matter(given, place, instant("at", given.get("at")), history), place.panel, place.known_law
        )

    def matter(self, given: Mapping[str, object], at: datetime, history: list[PastContact]) -> Matter:
        """What a judgement at `at` asks. Raises ValueError."""
        return self._matter(given, self._jurisdiction(given), at, history)

    def zones(self, given: Mapping[str, object]) -> tuple[str, ...]:
        """The zones of the borrower asked about. Raises ValueError."""
        return self._zones(given, self._jurisdiction(given))

    def _matter(
        self, given: Mapping[str, object], place: _Jurisdiction, at: datetime, history: list[PastContact]
    ) -> Matter:
        zones = self._zones(given, place)
        borrower = Borrower(
            zones=zones,
            facts=facts_of(given.get("facts"), zones, at),
            wishes=wishes_of(given.get("wishes")),
            overdue_since=day("overdue_since", given.get("overdue_since")),
        )
        known_on = min(self._today, at.date())
        calendar = self._rule_book.calendar(place.country, place.subdivision, known_on)
        ask = ask_of(given, place.law.house.visit_people)
        return Matter(place.law, calendar, borrower, ask, at, History(history))

    def _zones(self, given: Mapping[str, object], place: _Jurisdiction) -> tuple[str, ...]:
        zone = given.get("zone")
        if zone is None:
            return place.zones
        if not isinstance(zone, str) or zone not in self._places.zone_names:
            raise BadQuestion(
                "zone", zone, "not an IANA time zone: write one such as Asia/Shanghai, or leave it out"
            )
        if zone not in self._clocks:
            self._clocks[zone] = ZoneInfo(zone)
        return (zone,)

    def _jurisdiction(self, given: Mapping[str, object]) -> _Jurisdiction:
        key = (given.get("policy"), given.get("country"), given.get("subdivision"), given.get("party"))
        try:
            return self._jurisdictions[key]
        except (KeyError, TypeError):
            found = self._jurisdictions[key] = self._read(*key)
            return found

    def _read(
        self, policy_id: object, country: object, subdivision: object, asked_party: object
    ) -> _Jurisdiction:
        policy = self._policies.get(policy_id) if isinstance(policy_id, str) else None
        if policy is None:
            raise BadQuestion("policy", policy_id, f"write one of {', '.join(self._policies)}")
        if not isinstance(country, str):
            raise BadQuestion("country", country, "write an ISO 3166 code, two capital letters, such as CN")
        if subdivision is not None and not isinstance(subdivision, str):
            raise BadQuestion("subdivision", subdivision, "write an ISO 3166-2 code, such as BJ")
        part = subdivision.removeprefix(f"{country}-") if subdivision else None
        try:
            zones = zones_of(self._places, country, part, None)
        except PlaceError as error:
            raise BadQuestion(error.field, error.value, str(error)) from None
        party = party_of(asked_party) or policy.contact.party
        exact = policy.contact.model_copy(update={"spread_minutes": 0, "party": party})
        law = self._rule_book.law(exact, country, part)
        return _Jurisdiction(law, Panel(law), country, part, zones, self._known_law(law, country, part))

    def _known_law(self, law: Law, country: str, part: str | None) -> str:
        """Of the borrower's place, or that there is none: then a yes is the house's, and the lender's place's."""
        here = [place for place in (country, f"{country}-{part}") if place in self._rule_book.packs]
        if here:
            return ", ".join(here)
        lender = law.house.lender_place
        others = f"the law of {lender} and the house's rules" if lender else "the house's rules"
        return f"{NONE_KNOWN} for {country}: only {others} were judged"
