"""Random borrowers, contacts, histories and instants for the oracle: near every edge that the rules can have."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from oracle import CHANNELS, PLACES, RECIPIENTS, WEEKDAYS, Question, World
from oracle_clock import day_begins, readings, stretches
from oracle_worlds import FACTS, PURPOSES, midnight, some

ZONES = (
    "Asia/Shanghai", "Asia/Shanghai", "Asia/Urumqi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran",
    "Pacific/Chatham", "Pacific/Marquesas", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Norfolk",
    "America/St_Johns", "America/New_York", "America/New_York", "America/Los_Angeles", "America/Phoenix",
    "America/Havana", "America/Santiago", "America/Nuuk", "America/Sao_Paulo", "Atlantic/Azores", "Africa/Cairo",
    "Africa/Casablanca", "Asia/Beirut", "Asia/Gaza", "Europe/London", "Europe/Dublin", "Europe/Moscow",
    "Australia/Sydney", "Australia/Lord_Howe", "Australia/Eucla", "Australia/Adelaide", "Antarctica/Troll",
    "Asia/Jakarta", "Asia/Seoul", "Asia/Manila", "UTC",
)  # fmt: skip

# Make-up days and the ends of the long holidays in China, leap days, year ends, ends of what is known.
DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        *("2026-01-04", "2026-02-14", "2026-02-15", "2026-02-23", "2026-02-24", "2026-02-28", "2026-05-01"),
        *("2026-05-05", "2026-05-09", "2026-09-20", "2026-10-01", "2026-10-07", "2026-10-10", "2025-12-31"),
        *("2026-12-31", "2027-01-01", "2027-12-31", "2028-02-28", "2028-02-29", "2028-03-01", "2026-06-30"),
        *("2026-07-04", "2026-08-15", "2026-01-26", "2026-12-25", "2026-11-09", "2026-01-30", "2026-07-01"),
    )
)
_RESULTS = {
    "phone": ("unknown", "no_answer", "no_answer", "misdialled", "connected", "conversation", "failed"),
    "email": ("sent", "sent", "failed", "unknown"),
    "sms": ("sent", "sent", "failed", "unknown"),
    "visit": ("visited", "not_met", "failed", "unknown"),
}
_MICROSECOND = timedelta(microseconds=1)
_BESIDE = (timedelta(0), timedelta(0), _MICROSECOND, -_MICROSECOND, timedelta(seconds=1), -timedelta(seconds=1),
           timedelta(minutes=1), -timedelta(minutes=1))  # fmt: skip
_SECONDS_A_DAY = 86_400


def a_question(rng: Random, world: World) -> tuple[Question, datetime]:
    """A borrower and a contact, and the instant around which everything happens."""
    zones = (
        tuple(rng.sample(sorted(set(ZONES)), rng.choice((2, 3))))
        if rng.random() < 0.25
        else (rng.choice(ZONES),)
    )
    around = _around(rng, world, zones[0])
    ask = {
        "channel": rng.choice(CHANNELS), "purpose": rng.choice((PURPOSES[0], rng.choice(PURPOSES))),
        "recipient": rng.choice((RECIPIENTS[0], rng.choice(RECIPIENTS))),
        "place": rng.choice((PLACES[0], rng.choice(PLACES))), "debt": rng.choice(("", "L-1", "L-2")),
        "number": rng.choice(("", "1", "2")), "by": rng.choice(("lender", "agency")), "people": rng.choice((1, 2, 3)),
    }  # fmt: skip
    told = rng.choice((0.0, 0.0, 0.15, 0.4))
    overdue_days = rng.choice((None, None, 0, 1, 15, 16, 17, 60, 61))
    question = Question(
        zones=zones,
        ask=ask,
        history=_a_history(rng, around, ask),
        facts=[_a_fact(rng, name, around) for name in _asked_facts(world) if rng.random() < told],
        wishes=_wishes(rng),
        overdue_since=None if overdue_days is None else around.date() - timedelta(days=overdue_days),
    )
    return question, around


def _around(rng: Random, world: World, zone: str) -> datetime:
    """A night on which clocks change, a day that matters, a rule's first or last day, or any day."""
    edges = [day for rule in _rules(world) for day in (rule["effective_from"], rule.get("effective_to"))
             if day and day.year >= 2025]  # fmt: skip
    changes = [at for at in stretches(zone)[0] if 2025 <= at.year <= 2028]
    calendar = world.calendar or {}
    ends = [
        calendar[name] for name in ("valid_from", "valid_until", "provisional_from") if calendar.get(name)
    ]
    ends = [day for day in ends if day.year <= 2029]
    choice = rng.random()
    if choice < 0.3 and changes:
        return rng.choice(changes)
    if choice < 0.4 and edges:
        return midnight(rng.choice(edges))
    if choice < 0.45 and ends:
        return midnight(rng.choice(ends))
    if choice < 0.75:
        return midnight(rng.choice(DAYS)) + timedelta(hours=rng.randrange(24))
    return midnight(date(2026, 1, 1)) + timedelta(minutes=rng.randrange(730 * 1440))


def _rules(world: World) -> Iterator[Mapping[str, Any]]:
    return (rule for pack in world.packs for rule in pack["rules"])


def _asked_facts(world: World) -> list[str]:
    """What the rules ask about, in their order; a few more where they ask about nothing."""
    found = dict.fromkeys(("hours_agreed",))
    for rule in _rules(world):
        found |= dict.fromkeys(rule.get("or_facts", ()))
        found |= dict.fromkeys(
            one["fact"] for one in (*rule.get("exempt", ()), *rule.get("any_of", ())) if "fact" in one
        )
        if rule["kind"] == "stop":
            found[rule["on"]] = None
        if rule["kind"] == "third_person":
            found["third_person_refused"] = None
    return list(found) or list(FACTS)


def _a_fact(rng: Random, name: str, around: datetime) -> tuple[str, datetime, datetime | None]:
    since = around - timedelta(
        seconds=rng.choice((1, 7, 40, 70)) * rng.randrange(-_SECONDS_A_DAY // 8, _SECONDS_A_DAY)
    )
    until = since + timedelta(seconds=rng.randint(1, 40 * _SECONDS_A_DAY)) if rng.random() < 0.5 else None
    return name, since, until


def _a_history(rng: Random, around: datetime, ask: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Nothing, anything, or many contacts much like the one that is asked about."""
    alike = rng.random() < 0.5
    minutes = rng.choice((60, 600, 1440, 3 * 1440, 8 * 1440, 35 * 1440))
    count = rng.choice((0, 1, 2, 3, 5, 7, 8, 10, 14, 18))
    return [
        _a_contact(rng, around - timedelta(seconds=rng.randrange(60 * minutes)), ask, alike)
        for _ in range(count)
    ]


def _a_contact(rng: Random, at: datetime, ask: Mapping[str, Any], alike: bool) -> Mapping[str, Any]:
    channel = ask["channel"] if alike else rng.choice((ask["channel"], rng.choice(CHANNELS)))
    others = RECIPIENTS[0], RECIPIENTS[0], rng.choice(RECIPIENTS)
    return {
        "at": at - timedelta(microseconds=rng.choice((0, 0, 1))),
        "channel": channel, "result": rng.choice(_RESULTS[channel]),
        "debts": tuple(some(rng, ("L-1", "L-2"), 0)) if rng.random() < 0.5 else (),
        "number": rng.choice(("", "1", "1", "2")), "by": rng.choice(("lender", "lender", "agency")),
        "purpose": PURPOSES[0] if alike else rng.choice((PURPOSES[0], rng.choice(PURPOSES))),
        "recipient": ask["recipient"] if alike else rng.choice(others),
    }  # fmt: skip


def _wishes(rng: Random) -> Mapping[str, Any]:
    wishes: dict[str, Any] = {}
    if rng.random() < 0.2:
        clocks = ("00:30", "01:30", "02:30", "09:00", "10:00", "18:00", "21:00", "23:30")
        wishes["not_before"], wishes["not_after"] = rng.choice(clocks), rng.choice(clocks)
        wishes.pop(rng.choice(("not_before", "not_after", "neither")), None)
    if rng.random() < 0.1:
        wishes["not_on"] = tuple(some(rng, WEEKDAYS[:5], 0))
    if rng.random() < 0.03:
        wishes["stopped"] = tuple(some(rng, CHANNELS, 0))
    if rng.random() < 0.03:
        wishes["not_at"] = tuple(some(rng, PLACES, 0))
    if rng.random() < 0.03:
        wishes["representative"] = True
    return wishes


def instants(
    rng: Random, world: World, question: Question, around: datetime, count: int
) -> Iterator[datetime]:
    """Just before, at and just after every kind of edge, and any second around."""
    clocks = sorted(_clocks(world, question))
    steps = sorted({1, 7, 30} | {rule["days"] for rule in _rules(world) if "days" in rule})
    told = [at for _, since, until in question.facts for at in (since, until) if at]
    for _ in range(count):
        zone, day = rng.choice(question.zones), around.date() + timedelta(days=rng.randint(-1, 2))
        choice = rng.random()
        if choice < 0.35:
            edge = rng.choice(readings(zone, day, rng.choice(clocks)))
        elif choice < 0.45:
            edge = day_begins(zone, day + timedelta(days=rng.choice((0, 0, 0, *steps))))
        elif choice < 0.6 and question.history:
            edge = rng.choice(question.history)["at"] + timedelta(days=rng.choice((0, *steps)))
        elif choice < 0.7 and told:
            edge = rng.choice(told) + timedelta(days=rng.choice((0, 0, 0, 1, 7, 30, 60)))
        elif choice < 0.8:
            edge = around
        else:
            yield around + timedelta(seconds=rng.randrange(-2 * _SECONDS_A_DAY, 3 * _SECONDS_A_DAY))
            continue
        yield edge + rng.choice(_BESIDE)


def _clocks(world: World, question: Question) -> set[str]:
    openings = [*world.house["windows"], *(one for rule in _rules(world) for one in rule.get("open", ()))]
    found = {one[name] for one in openings for name in ("opens", "closes")}
    return found | {question.wishes[name] for name in ("not_before", "not_after") if name in question.wishes}
