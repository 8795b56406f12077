"""The engine and an independent oracle agree on random cases, every minute and every edge.

`LEEWAY_ORACLE_CASES` is how many (`make oracle`: a million), `LEEWAY_ORACLE_SEED` which; both are printed at the end.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from random import Random
from typing import Any, NamedTuple

import pytest
from oracle import Question, Rule, World, allowed, refused_by
from oracle_clock import wall
from oracle_engine import Asked, asked, law_of
from oracle_questions import a_question, instants
from oracle_worlds import a_world

from compliance.allowed_instant import NeverPermitted
from compliance.history import History
from compliance.rule import LimitRule

SEED = os.environ.get("LEEWAY_ORACLE_SEED", "2026")
CASES = int(os.environ.get("LEEWAY_ORACLE_CASES", "60000"))
AT_A_TIME = 20_000
QUESTIONS, INSTANTS = 20, 25
SEARCHED = 1_000
"""One search for the first permitted instant in so many cases: it is compared with a scan of the minutes."""

MINUTE, MICROSECOND, DAY = timedelta(minutes=1), timedelta(microseconds=1), timedelta(days=1)
KINDS = {"hours", "limit", "pause", "stop", "needs", "people", "third_person", "wish", "calendar", None}


class Sitting(NamedTuple):
    """One question at several instants, with what is needed to ask it again."""

    name: str
    world: World
    question: Question
    asked: Asked
    instants: list[datetime]

    def case(self, at: datetime) -> str:
        """Everything that makes the case, for whoever must find out who is right."""
        shown = [f"{zone} shows {wall(zone, at)}" for zone in self.question.zones]
        return f"{self.name}, at {at} UTC; {shown}; {self.question}; {self.world}"


def sittings(seed: str, chunk: int) -> Iterator[Sitting]:
    """AT_A_TIME cases; the same for the same seed and chunk."""
    for number in range(AT_A_TIME // QUESTIONS // INSTANTS):
        name = f"seed {seed}, world {chunk}/{number}"
        rng = Random(name)
        world = a_world(rng)
        law, calendar = law_of(world)
        for _ in range(QUESTIONS):
            question, around = a_question(rng, world)
            found = list(instants(rng, world, question, around, INSTANTS))
            yield Sitting(name, world, question, asked(law, calendar, question), found)


class TestEngine:
    @pytest.mark.parametrize("chunk", range(ceil(CASES / AT_A_TIME)))
    def test_agrees_with_the_oracle_at_every_instant(
        self, chunk: int, record_property: Callable[[str, object], None]
    ) -> None:
        told: Counter[str] = Counter()
        wrong = []
        for sitting in sittings(SEED, chunk):
            for at in sitting.instants:
                no = refused_by(sitting.world, sitting.question, at)
                told[no or "allowed"] += 1
                if (no is None) != sitting.asked.allows(at):
                    wrong.append(f"oracle: {no or 'allowed'}; {sitting.case(at)}")
        counts = {"cases": told.total(), "allowed": told["allowed"], "disagreements": len(wrong)}
        record_property("oracle", {"seed": SEED, **counts})
        assert wrong[:3] == []

    @pytest.mark.parametrize("chunk", range(ceil(CASES / AT_A_TIME)))
    def test_finds_the_first_permitted_instant_of_a_minute_scan(
        self, chunk: int, record_property: Callable[[str, object], None]
    ) -> None:
        rng = Random(f"{SEED}/searches {chunk}")
        chosen = [one for one in sittings(SEED, chunk) if rng.random() < INSTANTS / SEARCHED]
        moved = sum(is_first(rng, sitting, rng.choice(sitting.instants)) for sitting in chosen)
        record_property("oracle", {"seed": SEED, "searches": len(chosen)})
        assert moved > 0


def is_first(rng: Random, sitting: Sitting, at: datetime) -> bool:
    """Nothing before the engine's answer is permitted, the answer is, and so is all until it closes; was it moved?"""
    world, question, _ = sitting[1:4]
    answer = sitting.asked.earliest(at)
    if isinstance(answer, NeverPermitted):
        if not _before_the_calendar(world, question, at):
            open_minutes = [
                minute for minute in minutes(rng, at, at + 30 * DAY) if allowed(world, question, minute)
            ]
            assert open_minutes == [], f"{answer}; {sitting.case(at)}"
        return False
    first, closes = answer.at.replace(tzinfo=None), answer.closes_at.replace(tzinfo=None)
    assert first < closes, sitting.case(at)
    refused = [*minutes(rng, at, first), *([at, first - MICROSECOND] if first > at else [])]
    early = [instant for instant in refused if allowed(world, question, instant)]
    assert early == [], f"{answer}; {sitting.case(at)}"
    within = [
        first,
        *minutes(rng, first, min(closes, first + DAY)),
        min(closes, first + 300 * DAY) - MICROSECOND,
    ]
    late = [instant for instant in within if not allowed(world, question, instant)]
    assert late == [], f"{answer}; {sitting.case(at)}"
    assert (answer.moved_by is None) == (first == at)
    return first > at


def minutes(rng: Random, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every whole minute of a day; of a longer time all of its first and last half day, and 700 between."""
    first = start.replace(second=0, microsecond=0) + (
        MINUTE if start.second or start.microsecond else timedelta()
    )
    count = max(0, ceil((end - first) / MINUTE))
    half = DAY // MINUTE // 2
    if count <= 2 * half:
        return (first + n * MINUTE for n in range(count))
    between = rng.sample(range(half, count - half), min(700, count - 2 * half))
    return (first + n * MINUTE for n in (*range(half), *between, *range(count - half, count)))


def _before_the_calendar(world: World, question: Question, at: datetime) -> bool:
    """Nobody asks about a day before the calendar begins: it began last year."""
    calendar = world.calendar
    return calendar is not None and any(
        wall(zone, at).date() < calendar["valid_from"] for zone in question.zones
    )


class Lie(NamedTuple):
    """What a broken engine takes for the world, the question and the time."""

    world: Callable[[World], World] = lambda world: world
    question: Callable[[Question], Question] = lambda question: question
    late: timedelta = timedelta(0)


def rules(change: Callable[[Rule], Rule]) -> Lie:
    """A lie about every rule of law."""
    return Lie(lambda world: replace(world, packs=[
        {**pack, "rules": [change(rule) for rule in pack["rules"]]} for pack in world.packs
    ]))  # fmt: skip


def calendar(**change: Any) -> Lie:
    """A lie about the calendar."""
    return Lie(lambda world: replace(world, calendar=world.calendar and {**world.calendar, **change}))


def history(change: Callable[[Sequence[Rule]], Sequence[Rule]]) -> Lie:
    """A lie about the past contacts, which come in order of time."""
    return Lie(question=lambda question: replace(
        question, history=change(sorted(question.history, key=lambda past: past["at"]))
    ))  # fmt: skip


TWINS = {
    "is a microsecond late": Lie(late=MICROSECOND),
    "is a microsecond early": Lie(late=-MICROSECOND),
    "asks the first zone alone": Lie(question=lambda question: replace(question, zones=question.zones[:1])),
    "lives in UTC": Lie(question=lambda question: replace(question, zones=("UTC",))),
    "hears no wish": Lie(question=lambda question: replace(question, wishes={})),
    "never sees a fact end": Lie(
        question=lambda question: replace(
            question, facts=[(name, since, None) for name, since, _ in question.facts]
        )
    ),
    "forgets the agencies": history(lambda past: [one for one in past if one["by"] == "lender"]),
    "forgets the last contact": history(lambda past: past[:-1]),
    "knows no make-up days": calendar(on=()),
    "knows no holidays": calendar(off=(), holidays=()),
    "counts to one more": rules(
        lambda rule: {**rule, "limit": rule["limit"] + 1} if "limit" in rule else rule
    ),
    "takes calendar days for rolling ones": rules(
        lambda rule: {**rule, "span": "rolling_days"} if rule.get("span") == "calendar_days" else rule
    ),
    "pauses a day too short": rules(
        lambda rule: {**rule, "days": max(1, rule["days"] - 1)} if rule["kind"] == "pause" else rule
    ),
    "knows no exemption": rules(lambda rule: {**rule, "exempt": []}),
    "starts every rule a day late": rules(
        lambda rule: {**rule, "effective_from": rule["effective_from"] + DAY}
    ),
}


class TestOracle:
    def test_says_no_by_every_kind_of_rule(self) -> None:
        told: set[str | None] = set()
        for sitting in told_once():
            told |= {refused_by(sitting.world, sitting.question, at) for at in sitting.instants}
            if told == KINDS:
                break

        assert told == KINDS

    @pytest.mark.parametrize("lie", TWINS.values(), ids=TWINS.keys())
    def test_catches_an_engine_that(self, lie: Lie) -> None:
        worlds = (
            (name, list(group)) for name, group in groupby(told_once(), key=lambda sitting: sitting.name)
        )

        assert any(differs(group, lie) for _, group in worlds)

    def test_catches_an_engine_whose_count_is_off_by_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        counted = History.counted

        def one_less(history: History, rule: LimitRule, *known: Any) -> Sequence[datetime]:
            return counted(history, rule, *known)[1:]

        monkeypatch.setattr(History, "counted", one_less)

        assert any(
            allowed(sitting.world, sitting.question, at) != sitting.asked.allows(at)
            for sitting in told_once()
            for at in sitting.instants
        )


def told_once() -> Iterator[Sitting]:
    """As many cases as `make test` looks at, always the same."""
    return (sitting for chunk in range(3) for sitting in sittings("2026", chunk))


def differs(group: list[Sitting], lie: Lie) -> bool:
    """Whether the oracle says anything else than an engine that believes the lie, in one world."""
    law, known = law_of(lie.world(group[0].world))
    return any(
        asked(law, known, lie.question(sitting.question)).allows(at + lie.late)
        != allowed(sitting.world, sitting.question, at)
        for sitting in group
        for at in sitting.instants
    )
