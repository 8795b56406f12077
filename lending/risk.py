"""A points scorecard: how likely a loan is to roll on, in words a person can check."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from lending.value import Strict, Value


class Tier(StrEnum):
    """The strategy a case gets depends on this and nothing else about the score."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RiskFacts(Value):
    """What a lender knows when it assesses. `None` means unknown and scores the scorecard's middle."""

    days_past_due: int
    earlier_delinquencies: int
    broken_promises: int
    balance_to_income_percent: int | None


class Band(Strict):
    """At or above `at_least` the fact scores `points`; the highest band reached counts."""

    at_least: int
    points: Annotated[int, Field(ge=0, le=1000)]


class Scorecard(Strict):
    """Points per fact, and the totals from which a case is medium and high risk."""

    days_past_due: tuple[Band, ...]
    earlier_delinquencies: tuple[Band, ...]
    broken_promises: tuple[Band, ...]
    balance_to_income_percent: tuple[Band, ...]
    unknown_points: Annotated[int, Field(ge=0)]
    medium_from: int
    high_from: int

    @model_validator(mode="after")
    def _tiers_rise(self) -> "Scorecard":
        if self.medium_from >= self.high_from:
            raise ValueError(f"high_from: {self.high_from} must be above medium_from ({self.medium_from})")
        return self


class Assessment(Value):
    """The score, its tier, and the facts that weighed most, heaviest first (at most three)."""

    score: int
    tier: Tier
    reasons: tuple[str, ...]


def assess(card: Scorecard, facts: RiskFacts) -> Assessment:
    """Sum of the points of every fact: `score = Σ points(highest band reached)`."""
    points = {name: _points(card, name, value) for name, value in facts.model_dump().items()}
    score = sum(points.values())
    tier = Tier.HIGH if score >= card.high_from else Tier.MEDIUM if score >= card.medium_from else Tier.LOW
    heaviest = sorted((name for name in points if points[name]), key=lambda name: -points[name])[:3]
    shown = facts.model_dump()
    return Assessment(
        score=score,
        tier=tier,
        reasons=tuple(
            f"{name.replace('_', ' ')} {'unknown' if shown[name] is None else shown[name]} (+{points[name]})"
            for name in heaviest
        ),
    )


def _points(card: Scorecard, name: str, value: int | None) -> int:
    if value is None:
        return card.unknown_points
    bands: tuple[Band, ...] = getattr(card, name)
    return max((band.points for band in bands if value >= band.at_least), default=0)
