"""A points scorecard as data: what each fact weighs, from which score a case is medium and high risk, who approved it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from lending.protected import refuse_protected
from lending.value import Strict

Points = Annotated[int, Field(strict=True, ge=-1000, le=1000)]
FactKey = Annotated[str, Field(pattern=r"^[^\W\d]\w{0,59}$")]
Said = Annotated[str, Field(pattern=r"\S", max_length=300)]
Share = Annotated[float, Field(ge=0, le=1)]

_OLD_FACTS = ("days_past_due", "earlier_delinquencies", "broken_promises", "balance_to_income_percent")


class Band(Strict):
    """From `at_least` up to the next band the fact weighs `points`; without `at_least`, all below the next band."""

    at_least: Annotated[int, Field(strict=True)] | None = None
    points: Points


class Expert(Strict):
    """Points that people set."""

    kind: Literal["expert"] = "expert"
    by: Said
    basis: Said


class Learned(Strict):
    """Points from outcomes: a logistic regression on banded facts.

    `log-odds(bad) = ln 2 * (score - score_at_even_odds) / points_to_double_odds`; `auc` on `held_out` rows it never
    saw, with the ends of its 95 % interval.
    """

    kind: Literal["learned"] = "learned"
    data: Said
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    outcome: Said
    learned_on: date
    seed: int
    rows: Annotated[int, Field(ge=1)]
    held_out: Annotated[int, Field(ge=1)]
    auc: Share
    auc_low: Share
    auc_high: Share
    points_to_double_odds: Annotated[int, Field(ge=1)]
    score_at_even_odds: int


class Tiers(Strict):
    """The scores from which a case is medium and high risk."""

    medium_from: int
    high_from: int

    @model_validator(mode="after")
    def _rise(self) -> "Tiers":
        if self.medium_from >= self.high_from:
            raise ValueError(f"high_from: {self.high_from} must be above medium_from ({self.medium_from})")
        return self


class Scorecard(Strict):
    """`score = base_points + sum of every weighed fact's points`; an unknown fact has `unknown_points`.

    A card is for use once a named person has approved it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    version: Annotated[int, Field(ge=1)]
    title: Said
    source: Annotated[Expert | Learned, Field(discriminator="kind")]
    base_points: int = 0
    bands: Annotated[Mapping[FactKey, tuple[Band, ...]], Field(min_length=1)]
    unknown_points: Points
    tiers: Tiers
    approved_by: Said | None = None
    approved_on: date | None = None

    @property
    def name(self) -> str:
        """How an assessment names its card: `standard@1`."""
        return f"{self.id}@{self.version}"

    def points(self, fact: str, value: int | None) -> int:
        """What `value` (None: unknown) of a weighed fact adds to the score: the last band that it reaches, else 0."""
        if value is None:
            return self.unknown_points
        reached = (band for band in self.bands[fact] if band.at_least is None or value >= band.at_least)
        return ([0] + [band.points for band in reached])[-1]

    def weighed(self, known: Mapping[str, int | None]) -> dict[str, int]:
        """Points of every fact of the card, in its order; what `known` does not name is unknown."""
        return {fact: self.points(fact, known.get(fact)) for fact in self.bands}

    def score(self, known: Mapping[str, int | None]) -> int:
        """The total of `known`."""
        return self.base_points + sum(self.weighed(known).values())

    @model_validator(mode="before")
    @classmethod
    def _as_it_was(cls, data: Any) -> Any:
        """Cases opened before cards had files carry theirs as four lists of bands and two thresholds."""
        return _from_old(data) if isinstance(data, Mapping) and "medium_from" in data else data

    @model_validator(mode="after")
    def _bands_are_fair_and_in_order(self) -> "Scorecard":
        for fact, bands in self.bands.items():
            try:
                refuse_protected(fact)
            except ValueError as error:
                raise ValueError(f"bands.{error}") from None
            for text in _disorder(bands):
                raise ValueError(f"bands.{fact}.{text}")
        if (self.approved_by is None) != (self.approved_on is None):
            missing = "approved_by" if self.approved_by is None else "approved_on"
            raise ValueError(
                f"{missing}: is missing; an approval has a name and a day, or neither is written"
            )
        return self


def _disorder(bands: tuple[Band, ...]) -> Iterator[str]:
    before: int | None = None
    for number, band in enumerate(bands):
        if number and band.at_least is None:
            yield f"{number}.at_least: is missing; only the first band reaches down without end"
        elif before is not None and band.at_least is not None and band.at_least <= before:
            yield f"{number}.at_least: {band.at_least} must be above the band before it ({before})"
        before = band.at_least


def _from_old(old: Mapping[str, Any]) -> dict[str, Any]:
    bands = {}
    for fact in _OLD_FACTS:
        given = [band if isinstance(band, Mapping) else band.model_dump() for band in old[fact]]
        highest, risen = 0, []
        for band in sorted(given, key=lambda band: int(band["at_least"])):  # the most points reached counted
            highest = max(highest, band["points"])
            risen.append({"at_least": band["at_least"], "points": highest})
        bands[fact] = risen
    return {
        "id": "inline",
        "version": 1,
        "title": "Written in the house policy",
        "source": {"kind": "expert", "by": "the house", "basis": "its policy before cards had files"},
        "bands": bands,
        "unknown_points": old["unknown_points"],
        "tiers": {"medium_from": old["medium_from"], "high_from": old["high_from"]},
    }
