"""Where a borrower may live, as the time zones whose clock may apply there."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass


class PlaceError(ValueError):
    """A place that cannot be read. The message says what to do.

    `field` is country, subdivision, postal_code or time_zone.
    """

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of places: policies/places.yaml and the names in the tzdata that is in use.

    `postal_codes`: country -> whole code or first three digits -> its subdivisions.
    """

    zone_names: Set[str]
    countries: Mapping[str, tuple[str, ...]]
    subdivisions: Mapping[str, Mapping[str, tuple[str, ...]]]
    postal_codes: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class PhonePlace:
    """What a phone number says of where its owner is: no `zones` means nothing.

    `countries` is given for a number that is tied to no area, such as most mobiles: the countries whose number it
    is. Its `zones` are then those of the whole calling code.
    """

    zones: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


def zones_of(
    places: Places,
    country: str,
    subdivision: str | None,
    time_zone: str | None,
    postal_code: str | None = None,
    phones: Iterable[PhonePlace] = (),
) -> tuple[str, ...]:
    """The IANA zones of which one is the borrower's: a contact must be permitted in all of them.

    A time zone given outright wins alone. Otherwise every place that the records suggest counts (12 CFR part 1006,
    comment 6(b)(1)(i)-2): what the address says, then what each phone number says.

    - Address: the subdivision, else the subdivisions of the postal code (read in the US only), else the country. A
      postal code outside the subdivision that is given counts as well.
    - Number with an area code: the zones of the area. In the US and Canada that is every number, mobiles too.
    - Number tied to no area: nothing more than an address in its country says already, so an Australian mobile and
      an address in Sydney are Sydney. With an address elsewhere, every zone of its country.
    - The numbering plan gives all of China, mobiles and Xinjiang too, Asia/Shanghai: Xinjiang's own clock comes
      from the address alone.

    Empty means that the zone is unknown, so that no contact is permitted. An address whose clock is unknown, such as
    that of armed forces abroad, stays unknown whatever the number; so does a zone that tzdata does not know, since
    to leave it out would permit what its clock may forbid. Raises PlaceError for a name that is not known: a slip
    of the pen must not pass for a borrower without a clock.
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
    at_address = _zones_of_address(places, country, subdivision, postal_code)
    if not at_address:
        return ()
    by_phone = (zone for phone in phones for zone in _zones_of_phone(places, country, phone))
    zones = tuple(dict.fromkeys((*at_address, *by_phone)))
    return zones if places.zone_names >= set(zones) else ()


def _zones_of_address(
    places: Places, country: str, subdivision: str | None, postal_code: str | None
) -> tuple[str, ...]:
    if country not in places.countries:
        raise PlaceError("country", country, "not an ISO 3166 code: write two capital letters, such as CN")
    subdivisions = places.subdivisions.get(country)
    if subdivisions is None:
        return places.countries[country]
    if subdivision is not None and subdivision not in subdivisions:
        raise PlaceError(
            "subdivision",
            subdivision,
            f"not a subdivision of {country}: write its ISO 3166-2 code without '{country}-', or leave it empty",
        )
    by_code = _subdivisions_of_code(places, country, postal_code)
    if subdivision is not None:  # it is more exact than a code that several subdivisions share
        named = (subdivision,) if subdivision in by_code else (subdivision, *by_code)
    else:
        named = by_code
    if not named:
        return places.countries[country]
    if any(not subdivisions[one] for one in named):
        return ()
    return tuple(zone for one in named for zone in subdivisions[one])


def subdivision_of(places: Places, country: str, postal_code: str | None) -> str | None:
    """The one subdivision that a postal code lies in; None where it names several, or is not read in this country.

    Raises PlaceError for a code of nowhere.
    """
    found = _subdivisions_of_code(places, country, postal_code)
    return found[0] if len(found) == 1 else None


def _subdivisions_of_code(places: Places, country: str, postal_code: str | None) -> tuple[str, ...]:
    known = places.postal_codes.get(country)
    if known is None or postal_code is None:
        return ()
    digits = re.fullmatch("([0-9]{5})(-?[0-9]{4})?", postal_code)
    found = digits and (known.get(digits[1]) or known.get(digits[1][:3]))
    if not found:
        raise PlaceError(
            "postal_code",
            postal_code,
            f"not a postal code of a subdivision of {country}: write 5 digits, with the zeros in front that a "
            "spreadsheet takes away, or 5 and 4 such as 94103-1234, or leave it empty",
        )
    return found


def _zones_of_phone(places: Places, country: str, phone: PhonePlace) -> Iterable[str]:
    if not phone.countries:
        return phone.zones
    if country in phone.countries:
        return ()
    return (zone for one in phone.countries for zone in places.countries.get(one, phone.zones))
