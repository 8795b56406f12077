"""Today's law for a borrower's place: the packs on disk and the working calendars, with one house policy on top."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Self

from compliance.calendar import WorkingCalendar
from compliance.house import ContactRules
from compliance.law import Law, packs_for
from compliance.pack import RulePack
from contracts.snapshot import PolicySnapshot
from gateways.policy_file import Policy
from gateways.rule_pack_file import packs_in
from gateways.working_days import working_calendar


class RuleBook:
    """Made once, when a process starts: a new pack or calendar takes effect with the next start of the workers."""

    def __init__(self, packs: Mapping[str, RulePack]) -> None:
        self.packs = packs
        # A law holds its house, so that the id of it stays its own.
        self._laws: dict[tuple[int, str, str | None], Law] = {}
        self._slim = {place: pack.slim() for place, pack in packs.items()}

    @classmethod
    def shipped(cls) -> Self:
        """The packs under policies/jurisdictions. Raises PolicyError."""
        return cls(packs_in())

    def law(self, house: ContactRules, country: str, subdivision: str | None) -> Law:
        """The effective rules: the lender's place, the borrower's place, the house. Made once for each."""
        key = (id(house), country, subdivision)
        kept = self._laws.get(key)
        if kept is None:
            kept = self._laws[key] = Law(self._packs(house, country, subdivision), house)
        return kept

    def calendar(self, country: str, subdivision: str | None, today: date) -> WorkingCalendar | None:
        """The working days of the borrower's place, as known today."""
        return _calendar(country, subdivision, today.year)

    def snapshot(self, policy: Policy, country: str, subdivision: str | None, today: date) -> PolicySnapshot:
        """What a case opened today is pinned to."""
        return PolicySnapshot(
            house=policy.house,
            contact=policy.contact,
            calendar=self.calendar(country, subdivision, today),
            law=self._packs(policy.contact, country, subdivision),
        )

    def _packs(self, house: ContactRules, country: str, subdivision: str | None) -> tuple[RulePack, ...]:
        """A borrower whose subdivision is unknown may live in any: the packs of all of them bind."""
        lender = house.lender_place
        inside = (f"{country}-{subdivision}",) if subdivision else sorted(
            place for place in self._slim if place.startswith(f"{country}-")
        )  # fmt: skip
        return packs_for(self._slim, lender and lender[:2], lender, country, *inside)


@lru_cache(maxsize=256)
def _calendar(country: str, subdivision: str | None, year: int) -> WorkingCalendar | None:
    return working_calendar(country, subdivision, date(year, 1, 1))
