"""A scorecard from outcomes: bands of equal weight, a logistic regression, points that only rise or only fall.

1. Every fact is cut into at most five bands of about equally many rows.
2. `log-odds(bad) = a + sum of b[fact, band]`, by logistic regression with an L2 penalty; how strong it is, five-fold
   cross-validation on the same rows decides.
3. Where the weights of a fact turn back on their way from the first band to the last, its worst cut is taken out and
   the regression fitted again, until every fact only raises or only lowers the risk.
4. Points double the odds every 20: `points = 20 / ln 2 * (b - mean of b over the rows)`, rounded. So an unknown fact
   has 0 points, the average; `base_points` puts even odds at a score of 200.
5. The riskiest fifth of the rows is the high tier, the next three tenths the medium one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split

from entrypoints.training.observations import Floats, Observations
from lending.scorecard import Band, Tiers

BANDS_AT_MOST = 5
LAST_BAND_SHARE = 0.02
POINTS_TO_DOUBLE_ODDS = 20
SCORE_AT_EVEN_ODDS = 200
HELD_OUT_SHARE = 0.3
HIGH_SHARE, MEDIUM_SHARE = 0.2, 0.3
INVERSE_PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0)

_FACTOR = POINTS_TO_DOUBLE_ODDS / math.log(2)

Cuts = dict[str, list[int]]
"""Where the second and every further band of a fact begins."""


@dataclass(frozen=True)
class Learning:
    """What was learned, as a scorecard holds it."""

    base_points: int
    bands: Mapping[str, tuple[Band, ...]]
    tiers: Tiers


@dataclass(frozen=True)
class _Fit:
    """The weight of each band, centred on the fact's mean over the rows; `level` is the log-odds of the average."""

    weights: Mapping[str, Floats]
    level: float


def split(observed: Observations, seed: int) -> tuple[Observations, Observations]:
    """The rows to learn from and the 30 % held out, bad ones shared fairly. The same seed gives the same rows."""
    learned, held_out = train_test_split(
        np.arange(len(observed)), test_size=HELD_OUT_SHARE, stratify=observed.bad, random_state=seed
    )
    return observed.rows(np.sort(learned)), observed.rows(np.sort(held_out))


def learn(seen: Observations, seed: int) -> Learning:
    """Fits the card to `seen`; the seed deals the folds of the cross-validation."""
    cuts: Cuts = {fact: _cuts(values) for fact, values in seen.facts.items()}
    model = _penalised(seen, cuts, seed)
    fit = _fit(model, seen, cuts)
    while turning := _turning_back(fit):
        for fact, number in turning.items():
            del cuts[fact][number]
        fit = _fit(model, seen, cuts)
    bands = {fact: _bands(cuts[fact], weights) for fact, weights in fit.weights.items()}
    base = round(SCORE_AT_EVEN_ODDS + _FACTOR * fit.level)
    weighing = {fact: given for fact, given in bands.items() if any(band.points for band in given)}
    return Learning(base, weighing or bands, _tiers(seen, fit, cuts))


def _cuts(values: Floats) -> list[int]:
    """Cuts at whole numbers such that every band but the last has at least its share of the known rows."""
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    share, cuts, filled = counts / counts.sum(), [], 0.0
    left = 1.0
    for value, part in zip(found, share, strict=True):
        if filled >= 1 / BANDS_AT_MOST and left >= LAST_BAND_SHARE:
            cuts.append(int(value))
            filled = 0.0
        filled, left = filled + float(part), left - float(part)
    return cuts


def _one_hot(values: Floats, cuts: list[int]) -> Floats:
    """One column a band; a row whose value is unknown is the average row."""
    columns = np.eye(len(cuts) + 1)[np.searchsorted(cuts, np.nan_to_num(values), side="right")]
    unknown = np.isnan(values)
    columns[unknown] = columns[~unknown].mean(axis=0)
    return columns


def _penalised(seen: Observations, cuts: Cuts, seed: int) -> LogisticRegression:
    """The regression with the penalty under which rows left out were foreseen best (log loss)."""
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    bands = np.hstack([_one_hot(values, cuts[fact]) for fact, values in seen.facts.items()])
    models = [LogisticRegression(C=c, solver="newton-cholesky", tol=1e-8) for c in INVERSE_PENALTIES]
    losses = [
        cross_val_score(model, bands, seen.bad, cv=folds, scoring="neg_log_loss").mean() for model in models
    ]
    return models[int(np.argmax(losses))]


def _fit(model: LogisticRegression, seen: Observations, cuts: Cuts) -> _Fit:
    blocks = [_one_hot(values, cuts[fact]) for fact, values in seen.facts.items()]
    model.fit(np.hstack(blocks), seen.bad)
    level = float(model.intercept_[0])
    ends = np.cumsum([block.shape[1] for block in blocks])[:-1]
    weights = {}
    for fact, block, found in zip(seen.facts, blocks, np.split(model.coef_[0], ends), strict=True):
        mean = float(block.mean(axis=0) @ found)
        weights[fact] = found - mean
        level += mean
    return _Fit(weights, level)


def _turning_back(fit: _Fit) -> dict[str, int]:
    """Of every fact whose weights turn back, the number of the cut with the largest step against their way."""
    found = {}
    for fact, weights in fit.weights.items():
        back = -np.diff(weights) * np.sign(weights[-1] - weights[0])
        if len(back) and back.max() > 0:
            found[fact] = int(back.argmax())
    return found


def _bands(cuts: list[int], weights: Floats) -> tuple[Band, ...]:
    """The bands with their points; neighbours of equal points are one."""
    bands = [Band(points=_points(weights[0]))]
    for cut, weight in zip(cuts, weights[1:], strict=True):
        if (points := _points(weight)) != bands[-1].points:
            bands.append(Band(at_least=cut, points=points))
    return tuple(bands)


def _points(weight: float) -> int:
    return round(_FACTOR * float(weight))


def _tiers(seen: Observations, fit: _Fit, cuts: Cuts) -> Tiers:
    scores = np.full(len(seen), SCORE_AT_EVEN_ODDS + _FACTOR * fit.level)
    for fact, values in seen.facts.items():
        scores += _one_hot(values, cuts[fact]) @ (_FACTOR * fit.weights[fact])
    medium, high = (
        round(float(at)) for at in np.quantile(scores, [1 - HIGH_SHARE - MEDIUM_SHARE, 1 - HIGH_SHARE])
    )
    return Tiers(medium_from=medium, high_from=max(high, medium + 1))
