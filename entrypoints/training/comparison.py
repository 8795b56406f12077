"""A learned card beside another on rows neither has seen: how well each tells apart, how true, and for which groups."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from threadpoolctl import threadpool_limits

from entrypoints.training import accuracy
from entrypoints.training.accuracy import Bin, Estimate
from entrypoints.training.learner import POINTS_TO_DOUBLE_ODDS, SCORE_AT_EVEN_ODDS, Learning, learn, split
from entrypoints.training.observations import Floats, Observations
from lending.risk import Tier, tier_of
from lending.scorecard import Learned, Scorecard

LEAST_TO_JUDGE = 10
"""Bad and good rows of a group below which no AUC is told: it would be noise."""


@dataclass(frozen=True)
class Measured:
    """One card on the held-out rows: how many facts it weighs, and which of them the data have."""

    card: str
    weighs: int
    knows: tuple[str, ...]
    auc: Estimate
    brier: float
    bins: tuple[Bin, ...]
    mean_foreseen: float


@dataclass(frozen=True)
class Group:
    """The held-out rows of one group, by the learned card. `tiers` are shares; `auc` None: too few to judge."""

    column: str
    value: str
    rows: int
    bad_share: float
    mean_foreseen: float
    mean_score: float
    tiers: dict[Tier, float]
    auc: Estimate | None


@dataclass(frozen=True)
class Comparison:
    """All figures of a training. `better_by` is the learned card's AUC less the other's."""

    card: Scorecard
    rows: int
    held_out: int
    bad_share: float
    learned: Measured
    other: Measured | None
    better_by: Estimate | None
    groups: tuple[Group, ...]


def scores_of(card: Scorecard, observed: Observations) -> Floats:
    """The card's score of every row; facts the data do not have are unknown."""
    return np.array([card.score(known) for known in observed.known()], dtype=np.float64)


@dataclass(frozen=True)
class Trained:
    """What a card is made of beside what was learned."""

    id: str
    version: int
    seed: int
    on: date


def train(observed: Observations, made: Trained, other: Scorecard) -> Comparison:
    """Learns a card from seven tenths of the rows and measures it beside `other` on the rest."""
    with threadpool_limits(1):  # small sums: threads only wait for each other, and add up in another order
        seen, held_out = split(observed, made.seed)
        card = card_of(learn(seen, made.seed), made, seen, held_out)
        return compare(card, other, seen, held_out)


def card_of(learning: Learning, made: Trained, seen: Observations, held_out: Observations) -> Scorecard:
    """The learned card, with its figures on the rows held out, and nobody's approval."""
    draft = Scorecard(
        id=made.id,
        version=made.version,
        title=f"Learned from {seen.name}",
        source=_source(made, seen, held_out, Estimate(0.0, 0.0, 0.0)),
        base_points=learning.base_points,
        bands=learning.bands,
        unknown_points=0,
        tiers=learning.tiers,
    )
    found = accuracy.auc(scores_of(draft, held_out), held_out.bad)
    return draft.model_copy(update={"source": _source(made, seen, held_out, found)})


def _source(made: Trained, seen: Observations, held_out: Observations, auc: Estimate) -> Learned:
    return Learned(
        data=seen.name,
        sha256=seen.sha256,
        outcome=seen.outcome,
        learned_on=made.on,
        seed=made.seed,
        rows=len(seen),
        held_out=len(held_out),
        auc=round(auc.value, 3),
        auc_low=round(auc.low, 3),
        auc_high=round(auc.high, 3),
        points_to_double_odds=POINTS_TO_DOUBLE_ODDS,
        score_at_even_odds=SCORE_AT_EVEN_ODDS,
    )


def compare(card: Scorecard, other: Scorecard, seen: Observations, held_out: Observations) -> Comparison:
    """Both cards on the rows held out. The other is left aside where the data have none of its facts."""
    scores = scores_of(card, held_out)
    foreseen = accuracy.odds_of(scores, SCORE_AT_EVEN_ODDS, POINTS_TO_DOUBLE_ODDS)
    theirs, better_by = None, None
    if set(other.bands) & set(held_out.facts):
        others = scores_of(other, held_out)
        mapped = accuracy.fitted_odds(scores_of(other, seen), seen.bad, others)
        theirs = _measured(other, held_out, others, mapped)
        better_by = accuracy.auc_difference(scores, others, held_out.bad)
    return Comparison(
        card=card,
        rows=len(seen) + len(held_out),
        held_out=len(held_out),
        bad_share=float(held_out.bad.mean()),
        learned=_measured(card, held_out, scores, foreseen),
        other=theirs,
        better_by=better_by,
        groups=tuple(_groups(card, held_out, scores, foreseen)),
    )


def _measured(card: Scorecard, held_out: Observations, scores: Floats, foreseen: Floats) -> Measured:
    return Measured(
        card=card.name,
        weighs=len(card.bands),
        knows=tuple(fact for fact in card.bands if fact in held_out.facts),
        auc=accuracy.auc(scores, held_out.bad),
        brier=accuracy.brier(foreseen, held_out.bad),
        bins=accuracy.calibration(foreseen, held_out.bad),
        mean_foreseen=float(foreseen.mean()),
    )


def _groups(card: Scorecard, held_out: Observations, scores: Floats, foreseen: Floats) -> Iterator[Group]:
    tiers = np.array([tier_of(math.floor(score), card.tiers) for score in scores])
    for column, values in held_out.groups.items():
        for value in sorted(set(values)):
            inside = np.array([each == value for each in values])
            bad = held_out.bad[inside]
            can_judge = LEAST_TO_JUDGE <= bad.sum() <= len(bad) - LEAST_TO_JUDGE
            yield Group(
                column=column,
                value=value or "(empty)",
                rows=len(bad),
                bad_share=float(bad.mean()),
                mean_foreseen=float(foreseen[inside].mean()),
                mean_score=float(scores[inside].mean()),
                tiers={tier: float((tiers[inside] == tier).mean()) for tier in Tier},
                auc=accuracy.auc(scores[inside], bad) if can_judge else None,
            )
