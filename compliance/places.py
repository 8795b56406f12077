"""Where a borrower lives, as the time zones whose clock may apply there."""

from collections.abc import Mapping, Set
from dataclasses import dataclass


class PlaceError(ValueError):
    """A place that cannot be read. `field` is country, subdivision or time_zone; the message says what to do."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of places: policies/places.yaml and the names in the tzdata that is in use."""

    zone_names: Set[str]
    countries: Mapping[str, tuple[str, ...]]
    subdivisions: Mapping[str, Mapping[str, tuple[str, ...]]]


def zones_of(places: Places, country: str, subdivision: str | None, time_zone: str | None) -> tuple[str, ...]:
    """The IANA zones of which one is the borrower's: a contact must be permitted in all of them.

    A time zone given outright wins, then the subdivision, then the country. Empty means that the zone is unknown,
    so that no contact is permitted. Raises PlaceError for a name that is not known: a slip of the pen must not
    pass for a borrower without a clock.
    """
    if time_zone is not None:
        if time_zone not in places.zone_names:
            raise PlaceError(
                "time_zone",
                time_zone,
                "not an IANA time zone: write a name such as Asia/Shanghai, "
                "or leave it empty and give country and subdivision",
            )
        return (time_zone,)
    if country not in places.countries:
        raise PlaceError("country", country, "not an ISO 3166 code: write two capital letters, such as CN")
    subdivisions = places.subdivisions.get(country)
    if subdivision is None or subdivisions is None:
        return places.countries[country]
    if subdivision not in subdivisions:
        raise PlaceError(
            "subdivision",
            subdivision,
            f"not a subdivision of {country}: write its ISO 3166-2 code without '{country}-', or leave it empty",
        )
    return subdivisions[subdivision]
