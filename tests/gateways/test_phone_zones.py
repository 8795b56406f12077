"""Rules of what a phone number says of its owner's clock, with the numbering plans that are in use."""

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.tzdata import TIMEZONE_DATA

from compliance.places import PhonePlace
from gateways.phone_zones import phone_place

TZDATA = frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


class TestPhonePlace:
    @pytest.mark.parametrize(
        ("number", "zone"),
        [
            ("+12125550100", "America/New_York"),
            ("+13105550100", "America/Los_Angeles"),
            ("+16135551234", "America/Toronto"),
            ("+74951234567", "Europe/Moscow"),
            ("+34928123456", "Atlantic/Canary"),
            ("+5592912345678", "America/Manaus"),
        ],
    )
    def test_is_the_area_of_an_area_code(self, number: str, zone: str) -> None:
        assert phone_place(number) == PhonePlace((zone,))

    @pytest.mark.parametrize("number", ["+8613800138000", "+861012345678", "+869911234567"])
    def test_is_official_time_all_over_china(self, number: str) -> None:
        """A mobile, Beijing, and Urumqi: the numbering plan knows nothing of Xinjiang's own clock."""
        assert phone_place(number) == PhonePlace(("Asia/Shanghai",))

    def test_keeps_every_zone_of_an_area(self) -> None:
        assert phone_place("+19075550100") == PhonePlace(("America/Adak", "America/Anchorage"))

    @pytest.mark.parametrize(
        ("number", "countries"),
        [
            ("+61412345678", {"AU", "CC", "CX"}),
            ("+79161234567", {"RU"}),
            ("+77012345678", {"KZ"}),
            ("+262639012345", {"YT"}),
        ],
    )
    def test_names_the_countries_of_a_number_tied_to_no_area(self, number: str, countries: set[str]) -> None:
        """Russia and Kazakhstan share a calling code, as Mayotte and Réunion do: the zones alone do not tell."""
        place = phone_place(number)

        assert set(place.countries) == countries
        assert len(place.zones) > 1

    def test_takes_a_free_number_for_one_of_all_who_share_its_code(self) -> None:
        assert {"US", "CA", "PR", "BM"} <= set(phone_place("+18005550100").countries)

    @pytest.mark.parametrize(
        "number",
        ["+8612000000001", "+12345", "+881612345678", "+80012345678", "+9991234567", "12345", "", "+"],
    )
    def test_is_nothing_for_a_number_that_no_plan_places(self, number: str) -> None:
        """One not given out, one too short, a satellite's, a free one of the world's, and no numbers."""
        assert phone_place(number) == PhonePlace()

    @given(st.from_regex(r"\+[1-9][0-9]{5,14}", fullmatch=True) | st.text(max_size=20))
    def test_answers_zones_that_tzdata_knows_whatever_it_is_asked(self, number: str) -> None:
        place = phone_place(number)

        assert set(place.zones) <= TZDATA
        assert place.zones or not place.countries

    def test_can_name_no_zone_that_tzdata_does_not_know(self) -> None:
        """Or every borrower with such a number would be without a clock: upgrade both together."""
        assert {zone for zones in TIMEZONE_DATA.values() for zone in zones} <= TZDATA
