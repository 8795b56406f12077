"""The contact rules of a house policy, as data; read like law, on top of the law, and never looser than it."""

from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field

from compliance.origin import Origin
from compliance.rule import (
    Certainty,
    Counts,
    Exemption,
    Force,
    HoursRule,
    LimitRule,
    Opening,
    Over,
    Party,
    Purpose,
    Span,
)
from lending.value import Strict
from statemachine.stage import Channel

_NOT_OURS = (Exemption(purpose=Purpose.REQUIRED_BY_LAW), Exemption(purpose=Purpose.REPLY))
_COUNTED = (Counts.ATTEMPT, Counts.SENT, Counts.VISIT)


class _HouseLimit(LimitRule):
    origin: ClassVar[Origin] = Origin.HOUSE


class _HouseHours(HoursRule):
    origin: ClassVar[Origin] = Origin.HOUSE


class Window(Opening):
    """An opening for `channels`, with the name that explanations give it."""

    rule: str
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]


class Cap(Strict):
    """At most `limit` contacts over `channels` in any `days` calendar days of the borrower, all loans together."""

    rule: str
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    limit: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1, le=366)]

    def as_rule(self) -> LimitRule:
        """The cap as a limit. What the law demands or the borrower began is no contact of the house's choosing."""
        return _HouseLimit.model_construct(
            id=self.rule, channels=self.channels, counts=_COUNTED, over=Over.PERSON, span=Span.CALENDAR_DAYS,
            days=self.days, limit=self.limit, not_counted=("required_by_law", "reply"), exempt=_NOT_OURS,
            **_house("limit", self.rule),
        )  # fmt: skip


class ContactRules(Strict):
    """All windows (a channel without one is never used), all caps, and how far a morning is spread.

    `party`: the house collects its own loans (first) or another's (third); left out, the rules for both bind.
    `places`: the jurisdictions (`CN`, `US-MA`) it is written for: a window or cap looser than their law is refused.
    `lender_place`: where the lender is; its law binds too. `visit_people`: how many go on a visit.
    """

    windows: Annotated[tuple[Window, ...], Field(min_length=1)]
    caps: tuple[Cap, ...] = ()
    spread_minutes: Annotated[int, Field(ge=0, le=240)] = 60
    party: Party | None = None
    places: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")], ...] = ()
    lender_place: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = None
    visit_people: Annotated[int, Field(ge=1, le=9)] = 2

    def hours(self, channel: Channel) -> HoursRule | None:
        """Every window of the channel as one rule; None: the house never uses it."""
        windows = tuple(window for window in self.windows if channel in window.channels)
        if not windows:
            return None
        return _HouseHours.model_construct(
            id=windows[0].rule,
            channels=(channel,),
            open=windows,
            exempt=(),
            **_house("hours", windows[0].rule),
        )


def _house(kind: str, name: str) -> dict[str, Any]:
    return {
        "kind": kind, "citation": f"house policy, {name}", "effective_from": date.min, "effective_to": None,
        "force": Force.MUST, "certainty": Certainty.HIGH, "source": "house policy", "note": "",
    }  # fmt: skip
