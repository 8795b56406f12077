"""How long a judgement takes, beside three who know opening hours and nothing else: `make bench`.

Every contestant gets the same instants in the same run, and must agree with Leeway on each before it is timed. Each
question is asked `ROUNDS` times, in turn with the others, and counts with its median: the machine may be shared.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from time import perf_counter_ns
from typing import Any, NamedTuple

from contestants import Contestant, Window, contestants
from questions import LOOK_BACK_DAYS, SEED, Drawn, Past, Place, Question, places

from compliance import hours
from compliance.allowed_instant import Permitted, earliest_permitted
from compliance.judge import judge

QUESTIONS = 400
ROUNDS = 5
JUDGE_LIMIT_US = 25
NEXT_LIMIT_US = 50

_DAY = timedelta(days=1)

Timed = tuple[Callable[..., object], Sequence[tuple[Any, ...]]]
"""What is called, and with what, one after another."""


class Took(NamedTuple):
    """Microseconds a call."""

    median: float
    p95: float


def main() -> int:
    """Prints the tables; 1 where a contestant disagrees with Leeway, or a limit is not kept."""
    kept = []
    print(f"{QUESTIONS} questions a row, drawn with seed {SEED}, each the median of {ROUNDS}; µs a call.")
    print("`x` is how many times as long the other takes. Leeway judges every rule, the others one window.\n")
    china, massachusetts = places()
    for place in (china, massachusetts):
        drawn = Drawn(place, QUESTIONS)
        others = contestants(Window(place.calendar, place.zone, place.opens, place.closes, *_around(place)))
        for one in others:
            _agree(one, drawn)
        kept.append(_judging(drawn, others) <= JUDGE_LIMIT_US)
        kept.append(_searching(drawn, others) <= NEXT_LIMIT_US)
    _growing(Drawn(china, QUESTIONS))
    print(f"limits, warm: judging {JUDGE_LIMIT_US} µs, searching {NEXT_LIMIT_US} µs at the median: "
          f"{'kept' if all(kept) else 'NOT KEPT'}")  # fmt: skip
    return 0 if all(kept) else 1


def _around(place: Place) -> tuple[date, date]:
    """The season, the day before it and a month after: a question's local day, and its answer, may lie there."""
    first, last = place.season
    return first - _DAY, last + 30 * _DAY


def _agree(other: Contestant, drawn: Drawn) -> None:
    for asked in (*drawn.simple, *drawn.simple_in_holiday):
        is_open = judge(*asked).refusal is None
        found = earliest_permitted(*asked)
        assert isinstance(found, Permitted), found
        if (other.is_open(asked.at), other.next_open(asked.at)) != (is_open, found.at):
            sys.exit(f"{other.name} disagrees at {asked.at}: {other.next_open(asked.at)}, Leeway {found}")


def _judging(drawn: Drawn, others: Sequence[Contestant]) -> float:
    instants = [(asked.at,) for asked in drawn.simple]
    took = timed({
        "judge, a past, facts, wishes": (judge, drawn.lived),
        "judge, nothing known": (judge, drawn.simple),
        "judge, a past, cold": (judge, Cold(drawn.place, drawn.lived)),
        **{other.name: (other.is_open, instants) for other in others},
    })  # fmt: skip
    _show(f"{drawn.place.name}: may it be made now?", took, others)
    return max(took["judge, a past, facts, wishes"].median, took["judge, nothing known"].median)


def _searching(drawn: Drawn, others: Sequence[Contestant]) -> float:
    instants = [(asked.at,) for asked in drawn.simple_in_holiday]
    took = timed({
        "next, a past, facts, wishes": (earliest_permitted, drawn.lived_in_holiday),
        "next, nothing known": (earliest_permitted, drawn.simple_in_holiday),
        "next, a past, cold": (earliest_permitted, Cold(drawn.place, drawn.lived_in_holiday)),
        **{other.name: (other.next_open, instants) for other in others},
    })  # fmt: skip
    days = (drawn.place.last - drawn.place.first).days + 1
    _show(f"{drawn.place.name}: when next, asked in a holiday of {days} days?", took, others)
    return max(took["next, a past, facts, wishes"].median, took["next, nothing known"].median)


class Cold(Sequence[Question]):
    """The same questions, each with nothing kept from before: days, bounds of windows, law, index of the past."""

    def __init__(self, place: Place, questions: Sequence[Question]) -> None:
        self._place, self._questions = place, questions

    def __len__(self) -> int:
        return len(self._questions)

    def __getitem__(self, number: Any) -> Any:
        asked = self._questions[number]
        hours._bounds.cache_clear()
        hours.day_starts_in.cache_clear()
        return asked._replace(
            law=self._place.new_law(),
            calendar=asked.calendar.model_copy(),
            history=Past(asked.history.contacts),
        )


def timed(calls: Mapping[str, Timed]) -> dict[str, Took]:
    """Each question's median over the rounds; then the median and the 95th percentile over the questions."""
    readings: dict[str, list[list[float]]] = {name: [[] for _ in given] for name, (_, given) in calls.items()}
    for _ in range(ROUNDS):
        for name, (call, given) in calls.items():
            for number in range(len(given)):
                arguments = given[number]
                started = perf_counter_ns()
                call(*arguments)
                readings[name][number].append((perf_counter_ns() - started) / 1000)
    return {name: _took([median(each) for each in found]) for name, found in readings.items()}


def _took(microseconds: list[float]) -> Took:
    return Took(median(microseconds), sorted(microseconds)[len(microseconds) * 95 // 100])


def _show(title: str, took: Mapping[str, Took], others: Sequence[Contestant]) -> None:
    print(f"{title:66}{'median':>9}{'p95':>9}" + "".join(f"{other.name:>18}" for other in others))
    names = [other.name for other in others]
    for name, (middle, p95) in took.items():
        ratios = "" if name in names else "".join(f"{took[one].median / middle:>17.2f}x" for one in names)
        print(f"  {name:64}{middle:>9.1f}{p95:>9.1f}{ratios}")
    print()


def _growing(drawn: Drawn) -> None:
    """The door reads a borrower's past anew for each contact, so reading it in is timed as well."""
    print(
        f"{'contacts in the past':>22}{'read in':>11}{'each':>7}{'first judgement':>18}{'every later one':>18}"
    )
    for contacts in (10, 1_000, 100_000):
        asked = drawn.with_history(contacts)
        read_in, first = (
            median(one) for one in zip(*(_made_anew(asked[0]) for _ in range(ROUNDS)), strict=True)
        )
        later = timed({"later": (judge, asked)})["later"].median
        print(f"{contacts:>22,}{read_in:>11,.0f}{read_in / contacts:>7.2f}{first:>18,.0f}{later:>18.1f}")
    print(f"  The door reads {LOOK_BACK_DAYS} days back: nothing older is read at all.\n")


def _made_anew(asked: Question) -> tuple[float, float]:
    """To read the past in, and to judge once by it: each limit then makes its list."""
    started = perf_counter_ns()
    history = Past(asked.history.contacts)
    read = perf_counter_ns()
    judge(*asked._replace(history=history))
    return (read - started) / 1000, (perf_counter_ns() - read) / 1000


if __name__ == "__main__":
    sys.exit(main())
