"""Random law, houses and calendars for the oracle, as plain data: the shipped ones, and drawn ones of every kind."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from oracle import CHANNELS, PLACES, RECIPIENTS, WEEKDAYS, World
from ruamel.yaml import YAML

from gateways.working_days import working_calendar

POLICIES = Path(__file__).parents[2] / "policies"
TODAY = date(2026, 3, 2)
FACTS = (
    "dispute",
    "hospital",
    "hours_agreed",
    "contact_agreed",
    "signed_plan",
    "number_invalid",
    "bankruptcy",
)
PURPOSES = ("routine", "due_reminder", "required_by_law", "reply")

_CLOCKS = ("00:00", "00:30", "01:00", "02:00", "02:30", "03:00", "06:00", "08:00", "09:30", "12:00", "13:00",
           "18:00", "20:00", "22:00", "23:00", "23:30", "24:00")  # fmt: skip
_KINDS = ("hours",) * 3 + ("limit",) * 5 + ("pause", "pause", "stop", "needs", "people", "third_person")
_NOT_COUNTED = ("misdialled", "no_answer", "failed", "required_by_law", "reply")
_SPANS = ("calendar_days", "rolling_days", "week", "month", "ever")


@cache
def shipped() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The packs by jurisdiction and the houses by id, as their files say."""
    read = YAML(typ="safe", pure=True).load
    packs = {path.stem: read(path) for path in sorted((POLICIES / "jurisdictions").glob("*.yaml"))}
    houses = {path.stem: read(path)["contact"] for path in sorted(POLICIES.glob("platform-*.yaml"))}
    return packs, houses


@cache
def calendar_in(place: str) -> Mapping[str, Any] | None:
    """The working days of a place as Leeway knows them, as plain days."""
    country, _, subdivision = place.partition("-")
    found = working_calendar(country, subdivision or None, TODAY)
    return found and found.model_dump()


def some(rng: Random, names: tuple[str, ...], chance_of_all: float = 0.5) -> list[str]:
    """All of them, or any number of them."""
    if rng.random() < chance_of_all:
        return list(names)
    return rng.sample(names, rng.randint(1, len(names)))


def a_world(rng: Random) -> World:
    """Shipped packs with a shipped or a drawn house, or everything drawn."""
    packs, houses = shipped()
    if rng.random() < 0.6:
        place = rng.choice(sorted(packs))
        lender = rng.choice(sorted(packs)) if rng.random() < 0.3 else None
        wanted = dict.fromkeys((*_with_country(lender), *_with_country(place)))
        house = houses[rng.choice(sorted(houses))] if rng.random() < 0.35 else a_house(rng)
        return World([packs[one] for one in wanted], house, calendar_in(place))
    drawn = [a_pack(rng, name) for name in rng.sample(("XA", "XA-B1", "XC"), rng.randint(0, 2))]
    near = date(2026, 1, 1) + timedelta(days=rng.randrange(700))
    calendar = (
        a_calendar(rng, near) if rng.random() < 0.7 else calendar_in(rng.choice(("CN", "RU", "US", "IN")))
    )
    return World(drawn, a_house(rng), calendar)


def _with_country(place: str | None) -> tuple[str, ...]:
    return (place[:2], place) if place else ()


def a_house(rng: Random) -> Mapping[str, Any]:
    """Windows, several a day or over midnight, and caps."""
    windows = [
        {"rule": f"drawn/{n}", "channels": some(rng, CHANNELS, 0.8), **an_opening(rng)}
        for n in range(rng.randint(1, 3))
    ]
    caps = [
        {"rule": f"drawn/cap-{n}", "channels": some(rng, CHANNELS), "limit": rng.randint(1, 6),
         "days": rng.choice((1, 1, 2, 7, 30))}
        for n in range(rng.choice((0, 0, 1, 2)))
    ]  # fmt: skip
    party = rng.choice((None, None, "first", "third"))
    return {"windows": windows, "caps": caps, **({"party": party} if party else {})}


def an_opening(rng: Random) -> dict[str, Any]:
    """Mostly wide, so that the other rules have something to say."""
    if rng.random() < 0.75:
        opens, closes = rng.choice(
            (("00:00", "24:00"), ("00:00", "24:00"), ("06:00", "23:00"), ("08:00", "20:00"))
        )
    else:
        opens, closes = rng.sample(_CLOCKS, 2)
        if opens == "24:00":
            opens, closes = closes, opens
    days: Any = "every"
    if rng.random() < 0.4:
        days = rng.choice(("working", "off", some(rng, WEEKDAYS, 0), ["working", rng.choice(WEEKDAYS)]))
    holidays = {"holidays": "closed"} if rng.random() < 0.2 else {}
    return {"days": days, "opens": opens, "closes": closes, **holidays}


def a_calendar(rng: Random, near: date) -> Mapping[str, Any]:
    """Days off and make-up days around `near`, provisional or ending soon now and then."""
    weekdays = rng.choice(((0, 1, 2, 3, 4), (0, 1, 2, 3, 6), (0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5, 6)))
    days = [near + timedelta(days=n) for n in range(-20, 60)]
    public = {day for day in days if rng.random() < 0.15}
    is_provisional = rng.random() < 0.3
    return {
        "weekdays": weekdays,
        "off": {day for day in public if is_provisional or day.weekday() in weekdays},
        "on": {
            day for day in days if day.weekday() not in weekdays and day not in public and rng.random() < 0.3
        },
        "holidays": public,
        "provisional_from": rng.choice(days) if is_provisional else None,
        "widen_days": rng.randint(0, 4) if is_provisional else 0,
        "valid_from": date(2025, 1, 1) if rng.random() < 0.9 else near - timedelta(days=rng.randrange(4)),
        "valid_until": date(2028, 12, 31) if rng.random() < 0.9 else near + timedelta(days=rng.randrange(60)),
    }


def a_pack(rng: Random, jurisdiction: str) -> Mapping[str, Any]:
    """One to six rules of any kind."""
    rules: list[dict[str, Any]] = []
    for number in range(rng.randint(1, 6)):
        rules += _versions(rng, a_rule(rng, f"{jurisdiction}/rule-{number}"))
    return {"jurisdiction": jurisdiction, "title": "drawn", "rules": rules}


def _versions(rng: Random, rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The rule as it always was, or with a beginning, an end, or a gap between two versions."""
    first, later = (date(2026, 1, 1) + timedelta(days=rng.randrange(700)) for _ in range(2))
    match rng.randrange(6):
        case 0:
            return [{**rule, "effective_from": first}]
        case 1:
            return [
                {**rule, "effective_from": first, "effective_to": first + timedelta(days=rng.randint(3, 300))}
            ]
        case 2 if first < later - timedelta(days=3):
            ended = {**rule, "effective_from": date(2020, 1, 1), "effective_to": first}
            return [ended, {**a_rule(rng, rule["id"]), "effective_from": rng.choice((first, later))}]
    return [{**rule, "effective_from": date(2020, 1, 1)}]


def a_rule(rng: Random, name: str) -> dict[str, Any]:
    """Any kind, every field of it."""
    kind = rng.choice(_KINDS)
    rule: dict[str, Any] = {
        "id": name, "kind": kind, "citation": "drawn § 1", "force": "must", "certainty": "H", "source": "drawn",
        "channels": some(rng, CHANNELS, 0.6), "recipients": some(rng, RECIPIENTS, 0.7),
        "places": some(rng, PLACES, 0.7), "binds": some(rng, ("first", "third"), 0.7),
    }  # fmt: skip
    if rng.random() < 0.4:
        rule["exempt"] = [an_exemption(rng) for _ in range(rng.randint(1, 2))]
    return rule | _OF_KIND[kind](rng)


def an_exemption(rng: Random) -> dict[str, Any]:
    """One of a purpose, a fact, a recent fact, or the age of the arrears."""
    fact = {"fact": rng.choice(FACTS)}
    return rng.choice(
        ({"purpose": rng.choice(PURPOSES)}, fact, {**fact, "within_days": rng.randint(1, 60)},
         {"days_past_due_over": rng.choice((0, 15, 60))})
    )  # fmt: skip


def _limit(rng: Random) -> dict[str, Any]:
    span = rng.choice(_SPANS)
    return {
        "counts": some(rng, ("attempt", "connected", "conversation", "sent", "visit"), 0.2),
        "over": rng.choice(("person", "debt", "number")), "span": span, "limit": rng.randint(1, 6),
        "across": rng.choice(("all", "collector")),
        **({"days": rng.choice((1, 1, 2, 7, 30))} if span.endswith("days") else {}),
        **({"not_counted": some(rng, _NOT_COUNTED, 0)} if rng.random() < 0.4 else {}),
    }  # fmt: skip


def _stop(rng: Random) -> dict[str, Any]:
    lasts = {"lasts_days": rng.choice((1, 30, 60))} if rng.random() < 0.5 else {}
    return {"on": rng.choice(FACTS), **lasts, "after_days": rng.choice((0, 1, 30))}


def _third_person(rng: Random) -> dict[str, Any]:
    failed = {"after_failed": rng.randint(1, 4)} if rng.random() < 0.7 else {}
    return {**failed, "or_facts": some(rng, FACTS[-3:], 0)}


_OF_KIND = {
    "hours": lambda rng: {"open": [an_opening(rng) for _ in range(rng.randint(1, 3))]},
    "limit": _limit,
    "pause": lambda rng: {"over": rng.choice(("person", "debt", "number")), "days": rng.randint(1, 9)},
    "stop": _stop,
    "needs": lambda rng: {"any_of": [an_exemption(rng) for _ in range(rng.randint(1, 3))]},
    "people": lambda rng: {"at_least": rng.randint(2, 4)},
    "third_person": _third_person,
}


def midnight(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime(day.year, day.month, day.day)
