"""What a house has decided: its ladder, its rhythm of revisits, its terms. Data, pinned to a case by hash."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from lending.limitation import LimitationTerms
from lending.plan import PlanTerms
from lending.promise import PromiseTerms
from lending.risk import Tier
from lending.scorecard import Scorecard
from lending.value import Strict
from statemachine.people_terms import ComplaintTerms, EscalationTerms
from statemachine.stage import Channel, Stage
from statemachine.transitions import LADDER

Days = Annotated[int, Field(ge=0, le=3650)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


DUE_REMINDER_CHANNELS = (Channel.SMS, Channel.EMAIL, Channel.PHONE)
"""A reminder of an instalment inside a plan goes by the first of these that works."""
DUE_REMINDER_TEMPLATE = "plan_due"
MISSED_TEMPLATE = "plan_missed"
"""One kind word about an instalment that was missed, by the same channels."""
FOLLOW_UP_CHANNELS = (Channel.EMAIL, Channel.SMS)
FOLLOW_UP_TEMPLATE = "follow_up"
"""The written reminder that a call or visit asked for."""


class Rung(Strict):
    """One planned contact: `after_days` after the rung before it, by the first of `channels` that works."""

    step: Name
    stage: Stage
    after_days: Days
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    template: Name


class Revisits(Strict):
    """The rhythm for long-overdue accounts: `every_days` in turn, the last one for ever.

    `escalate_after` revisits without a way forward, a person decides; None means revisits go on for ever.
    """

    every_days: Annotated[tuple[Annotated[int, Field(ge=7, le=366)], ...], Field(min_length=1)]
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    template: Name
    escalate_after: Annotated[int, Field(ge=1)] | None = None


class VisitTerms(Strict):
    """How calls and visits are arranged: a visit is put into people's calendars `notice_days` ahead; what came of one may
    be told until `report_hours` after its window. One that was not done in time is set up again `tries` times, then its
    step is given up and a supervisor is told."""

    notice_days: Annotated[int, Field(ge=0, le=60)] = 5
    report_hours: Annotated[int, Field(ge=0, le=72)] = 3
    tries: Annotated[int, Field(ge=0, le=9)] = 2


class RiskChoice(Strict):
    """The scorecard that assesses a case before its first contact, and the strategy each tier gets.

    A policy's file names a card of policies/scorecards; the snapshot of a case carries the card itself.
    """

    scorecard: Scorecard
    strategy: Mapping[Tier, Name]


class HousePolicy(Strict):
    """One house programme. `strategies["standard"]` is the ladder unless risk or age chooses another;
    `strategies["long_overdue"]`, where there is one, serves accounts past `long_overdue_days` when they arrive."""

    id: Name
    version: Annotated[int, Field(ge=1)]
    title: str
    long_overdue_days: Annotated[int, Field(ge=1)]
    strategies: Mapping[Name, Annotated[tuple[Rung, ...], Field(min_length=1)]]
    revisits: Revisits
    plan: PlanTerms = PlanTerms()
    promise: PromiseTerms = PromiseTerms()
    hardship_pause_days: Annotated[int, Field(ge=1, le=366)] = 30
    visits: VisitTerms | None = None
    """None: a call or visit counts as made once it is handed to a person, as in policies from before appointments."""
    risk: RiskChoice | None = None
    escalation: EscalationTerms = EscalationTerms()
    complaints: ComplaintTerms = ComplaintTerms()
    limitation: LimitationTerms | None = None
    """None: the house does not watch limitation."""

    @property
    def name(self) -> str:
        """How a case names the policy it is pinned to: `platform-a@1`."""
        return f"{self.id}@{self.version}"

    @property
    def shape(self) -> tuple[Stage, ...]:
        """The ladder stages any strategy of this policy uses, in order."""
        used = {rung.stage for rungs in self.strategies.values() for rung in rungs}
        return tuple(stage for stage in LADDER if stage in used)

    @model_validator(mode="after")
    def _strategies_are_ladders(self) -> "HousePolicy":
        if "standard" not in self.strategies:
            raise ValueError("strategies: 'standard' is missing; every policy needs one")
        for name, rungs in self.strategies.items():
            _check_ladder(name, rungs)
        chosen = set(self.risk.strategy.values()) if self.risk else set()
        if unknown := chosen - set(self.strategies):
            raise ValueError(
                f"risk.strategy: {sorted(unknown)} not among strategies {sorted(self.strategies)}"
            )
        if self.risk and set(self.risk.strategy) != set(Tier):
            raise ValueError(f"risk.strategy: needs a strategy for each of {[str(tier) for tier in Tier]}")
        return self


def _check_ladder(name: str, rungs: tuple[Rung, ...]) -> None:
    steps = [rung.step for rung in rungs]
    if len(set(steps)) != len(steps):
        raise ValueError(f"strategies.{name}: step names {steps} must differ, they make the contact's key")
    stages = [rung.stage for rung in rungs]
    if any(stage not in LADDER for stage in stages) or stages != sorted(stages, key=LADDER.index):
        raise ValueError(f"strategies.{name}: stages {[str(s) for s in stages]} must go {' → '.join(LADDER)}")
    if stages[0] is not Stage.NOTICE:
        raise ValueError(f"strategies.{name}: the first rung must be a notice, nobody is chased unannounced")
