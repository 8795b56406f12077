"""Where a house's terms are looser than the law of its places: how long a plan runs, how soon a complaint is answered,
until when a debt is claimed."""

from collections.abc import Iterator, Mapping
from typing import Any

from compliance.pack import RulePack
from lending.limitation import Restarts
from statemachine.policy import HousePolicy

LONGEST_PLAN = "longest_plan_months"
"""The term of a rule pack that bounds every plan."""

LIMITATION = "limitation_years"
RESTARTS_ON_DEMAND = "limitation_restarts_on_demand"

ANSWER_DAYS = {"complaint_answer_days": 1, "complaint_answer_weeks": 7, "complaint_answer_working_days": 1}
"""Calendar days in one unit of each term. A house counts by the calendar, so as many days as the law gives working days
are always in time; nothing is read into weekends."""

Place = tuple[int | str, ...]


def loose_terms(
    house: HousePolicy, places: tuple[str, ...], packs: Mapping[str, RulePack]
) -> Iterator[tuple[Place, str]]:
    """Each place in the policy's file, and by what the law there is stricter."""
    for place in places:
        terms = {term.name: term for term in packs[place].terms} if place in packs else {}
        if most := terms.get(LONGEST_PLAN):
            for field in ("longest_plan_months", "instalments"):
                if (months := getattr(house.plan, field)) > most.value:
                    yield ("plan", field), f"{months} months are longer than the {_named(most, place)}"
        for name, days_in_one in ANSWER_DAYS.items():
            answer_days = house.complaints.answer_days
            if (most := terms.get(name)) and answer_days > most.value * days_in_one:
                text = f"{answer_days} calendar days are more than the {_named(most, place)}"
                yield ("complaints", "answer_days"), text
        yield from _loose_limitation(house, place, terms)


def _loose_limitation(
    house: HousePolicy, place: str, terms: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    kept = house.limitation
    if kept is None:
        return
    most = terms.get(LIMITATION)
    if most and kept.years > most.value:
        yield ("limitation", "years"), f"{kept.years} years are longer than the {_named(most, place)}"
    if Restarts.DEMAND in kept.restarts and not (
        terms.get(RESTARTS_ON_DEMAND) and terms[RESTARTS_ON_DEMAND].value
    ):
        text = (
            f"no term {RESTARTS_ON_DEMAND} of {place} says that a demand restarts the time; leave demand out"
        )
        yield ("limitation", "restarts"), text


def _named(term: Any, place: str) -> str:
    return f"{term.value} of {term.name} of {place} ({term.citation})"
