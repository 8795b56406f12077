"""How well scores foresee outcomes: who is told apart (AUC), how true the odds are (calibration), and for whom."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from entrypoints.training.observations import Floats, Truths

WITHIN_95 = 1.959964
CALIBRATION_BINS = 8


@dataclass(frozen=True)
class Estimate:
    """A number with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """Rows whose foreseen share of bad ones is about equal, against the share that turned out bad."""

    rows: int
    foreseen: float
    observed: Estimate


def auc(scores: Floats, bad: Truths) -> Estimate:
    """The chance that a bad row scores above a good one (ties count half), with DeLong's interval."""
    of_bad, of_good = _placements(scores, bad)
    spread = math.sqrt(_variance(of_bad) + _variance(of_good))
    return _around(float(of_bad.mean()), spread, 0.0, 1.0)


def auc_difference(scores: Floats, others: Floats, bad: Truths) -> Estimate:
    """How much more `scores` tell apart than `others` on the same rows, with DeLong's interval for a pair."""
    of_bad, of_good = (
        mine - theirs for mine, theirs in zip(_placements(scores, bad), _placements(others, bad), strict=True)
    )
    spread = math.sqrt(_variance(of_bad) + _variance(of_good))
    return _around(float(of_bad.mean()), spread, -1.0, 1.0)


def brier(foreseen: Floats, bad: Truths) -> float:
    """Mean squared error of the foreseen probabilities; 0 is perfect."""
    return float(np.mean((foreseen - bad) ** 2))


def calibration(foreseen: Floats, bad: Truths) -> tuple[Bin, ...]:
    """Bins of about equally many rows, from the least to the most risk; the interval is Wilson's."""
    parts = np.array_split(np.argsort(foreseen, kind="stable"), CALIBRATION_BINS)
    return tuple(
        Bin(len(part), float(foreseen[part].mean()), wilson(int(bad[part].sum()), len(part)))
        for part in parts
        if len(part)
    )


def wilson(count: int, rows: int) -> Estimate:
    """The share of `count` among `rows` with Wilson's interval."""
    share, squared = count / rows, WITHIN_95**2
    middle = (share + squared / (2 * rows)) / (1 + squared / rows)
    half = WITHIN_95 / (1 + squared / rows) * math.sqrt(share * (1 - share) / rows + squared / (4 * rows**2))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def odds_of(scores: Floats, even_at: int, doubled_by: int) -> Floats:
    """Probabilities of a card whose score says the odds: even at `even_at`, doubled every `doubled_by` points."""
    odds: Floats = np.exp2((scores - even_at) / doubled_by)
    return odds / (1 + odds)


def fitted_odds(learned_on: Floats, bad: Truths, scores: Floats) -> Floats:
    """Probabilities of a card whose score only ranks: a logistic regression of the outcome on that one score."""
    middle, spread = learned_on.mean(), learned_on.std() or 1.0
    model = LogisticRegression(C=1e6, solver="newton-cholesky", tol=1e-8).fit(
        ((learned_on - middle) / spread).reshape(-1, 1), bad
    )
    found: Floats = model.predict_proba(((scores - middle) / spread).reshape(-1, 1))[:, 1]
    return found


def _placements(scores: Floats, bad: Truths) -> tuple[Floats, Floats]:
    """For each bad row the share of good ones below it; for each good row the share of bad ones above it."""
    ranks = rankdata(scores)
    goods, bads = int((~bad).sum()), int(bad.sum())
    of_bad = (ranks[bad] - rankdata(scores[bad])) / goods
    of_good = 1 - (ranks[~bad] - rankdata(scores[~bad])) / bads
    return of_bad, of_good


def _variance(placements: Floats) -> float:
    return float(placements.var(ddof=1)) / len(placements) if len(placements) > 1 else math.inf


def _around(value: float, spread: float, lowest: float, highest: float) -> Estimate:
    half = WITHIN_95 * spread
    return Estimate(value, max(lowest, value - half), min(highest, value + half))
