"""What a phone number says of its owner's clock, from the numbering plans in the library `phonenumbers`."""

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    is_number_geographical,
    is_valid_number_for_region,
    parse,
)
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from compliance.places import PhonePlace


def phone_place(number: str) -> PhonePlace:
    """The place of a number in international form (`+` and digits); one that no numbering plan has says nothing.

    Area codes move with people: a number says where its owner may be, not where they are. Which numbers have one is
    the library's word: in the US and Canada all but free and other special ones, and mobiles in Argentina, Brazil,
    China (whose numbers all say Asia/Shanghai), Indonesia (whose mobiles nearly all say Asia/Jakarta) and Mexico.
    """
    try:
        parsed = parse(number)
    except NumberParseException:
        return PhonePlace()
    zones = tuple(zone for zone in time_zones_for_number(parsed) if zone != UNKNOWN_TIMEZONE)
    if not zones or is_number_geographical(parsed):
        return PhonePlace(zones)
    regions = COUNTRY_CODE_TO_REGION_CODE.get(parsed.country_code or 0, ())
    return PhonePlace(zones, tuple(one for one in regions if is_valid_number_for_region(parsed, one)))
