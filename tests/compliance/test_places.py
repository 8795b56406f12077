"""Rules of where a borrower's clock stands, and of the data behind them, against the tzdata in use."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.places import PhonePlace, PlaceError, zones_of
from gateways.places_file import PlacesFileError, load_places

PLACES = load_places(Path(__file__).parents[2] / "policies" / "places.yaml")
TZDATA = resources.files("tzdata").joinpath("zoneinfo")
INSTANTS = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=6 * n) for n in range(2 * 366 * 4)]


def zone_table() -> dict[str, list[str]]:
    """Country -> every zone that zone.tab gives it."""
    table: dict[str, list[str]] = {}
    for line in TZDATA.joinpath("zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            table.setdefault(country, []).append(zone)
    return table


@cache
def clock(zone: str) -> tuple[timedelta | None, ...]:
    """The offsets a zone keeps over two years: zones with the same ones show the same time."""
    with TZDATA.joinpath(zone).open("rb") as file:
        zone_info = ZoneInfo.from_file(file)
    return tuple(instant.astimezone(zone_info).utcoffset() for instant in INSTANTS)


class TestZonesOf:
    def test_takes_a_time_zone_given_outright(self) -> None:
        assert zones_of(PLACES, "US", "CA", "Asia/Calcutta") == ("Asia/Calcutta",)

    @pytest.mark.parametrize(
        "zone", ["Asia/Bejing", "asia/shanghai", "GMT+8", "", "Factory", "../etc/passwd"]
    )
    def test_refuses_an_unknown_time_zone(self, zone: str) -> None:
        with pytest.raises(PlaceError, match="not an IANA time zone: write a name such as") as raised:
            zones_of(PLACES, "CN", None, zone)

        assert (raised.value.field, raised.value.value) == ("time_zone", zone)

    def test_takes_the_subdivision_before_the_country(self) -> None:
        assert zones_of(PLACES, "US", "CA", None) == ("America/Los_Angeles",)

    def test_keeps_both_zones_of_a_divided_state(self) -> None:
        assert zones_of(PLACES, "US", "TN", None) == ("America/New_York", "America/Chicago")

    def test_keeps_every_clock_of_a_country_without_a_subdivision(self) -> None:
        assert {"America/New_York", "America/Phoenix", "Pacific/Honolulu"} <= set(
            zones_of(PLACES, "US", None, None)
        )

    def test_needs_no_subdivision_where_the_country_has_one_zone(self) -> None:
        assert zones_of(PLACES, "IN", None, None) == zones_of(PLACES, "IN", "TN", None) == ("Asia/Kolkata",)

    @pytest.mark.parametrize(("country", "subdivision"), [("US", "AP"), ("BV", None)])
    def test_is_empty_where_the_zone_is_unknown(self, country: str, subdivision: str | None) -> None:
        assert zones_of(PLACES, country, subdivision, None) == ()

    @pytest.mark.parametrize("subdivision", ["XX", "ca", "US-CA", "California", ""])
    def test_refuses_an_unknown_subdivision_of_a_listed_country(self, subdivision: str) -> None:
        with pytest.raises(PlaceError, match="not a subdivision of US") as raised:
            zones_of(PLACES, "US", subdivision, None)

        assert (raised.value.field, raised.value.value) == ("subdivision", subdivision)

    @pytest.mark.parametrize("country", ["XX", "us", "USA", "UK", ""])
    def test_refuses_an_unknown_country(self, country: str) -> None:
        with pytest.raises(PlaceError, match="not an ISO 3166 code") as raised:
            zones_of(PLACES, country, None, None)

        assert (raised.value.field, raised.value.value) == ("country", country)

    @given(
        st.sampled_from(sorted(PLACES.countries)) | st.text(max_size=3),
        st.none() | st.text(max_size=3),
        st.none() | st.sampled_from(sorted(PLACES.zone_names)) | st.text(max_size=20),
        st.none() | st.from_regex("[0-9]{5}", fullmatch=True) | st.text(max_size=10),
        st.lists(st.builds(PhonePlace, st.tuples(st.sampled_from(sorted(PLACES.zone_names)) | st.text()))),
    )
    def test_answers_known_zones_or_a_place_error(
        self,
        country: str,
        subdivision: str | None,
        time_zone: str | None,
        postal_code: str | None,
        phones: list[PhonePlace],
    ) -> None:
        try:
            zones = zones_of(PLACES, country, subdivision, time_zone, postal_code, phones)
        except PlaceError:
            return

        assert set(zones) <= PLACES.zone_names
        assert len(set(zones)) == len(zones)


class TestThePostalCode:
    def test_names_the_state_where_no_subdivision_does(self) -> None:
        assert zones_of(PLACES, "US", None, None, "94103") == ("America/Los_Angeles",)

    @pytest.mark.parametrize("code", ["02134", "02134-1234", "021341234"])
    def test_is_read_in_every_spelling(self, code: str) -> None:
        assert zones_of(PLACES, "US", None, None, code) == ("America/New_York",)

    def test_adds_nothing_to_its_own_state(self) -> None:
        assert zones_of(PLACES, "US", "CA", None, "94103") == ("America/Los_Angeles",)

    def test_counts_beside_another_state(self) -> None:
        assert zones_of(PLACES, "US", "NY", None, "94103") == ("America/New_York", "America/Los_Angeles")

    def test_goes_by_the_whole_code_where_that_lies_elsewhere(self) -> None:
        """Pago Pago's digits are Hawaii's; 59221 lies on both sides of a line between two clocks."""
        assert zones_of(PLACES, "US", None, None, "96799") == ("Pacific/Pago_Pago",)
        assert zones_of(PLACES, "US", None, None, "59221") == ("America/Denver", "America/Chicago")

    def test_does_not_outvote_the_state_on_a_shared_code(self) -> None:
        assert zones_of(PLACES, "US", "MT", None, "59221") == ("America/Denver",)

    @pytest.mark.parametrize("subdivision", [None, "NY"])
    def test_leaves_no_clock_for_armed_forces_abroad(self, subdivision: str | None) -> None:
        assert zones_of(PLACES, "US", subdivision, None, "09123") == ()

    @pytest.mark.parametrize(
        "code", ["2134", "021", "941xx", "94103-12", "00000", "96960", "SW1A 1AA", "", "٩٤١٠٣"]
    )
    def test_refuses_what_is_no_code_of_a_state(self, code: str) -> None:
        """Among them 96960, in the Marshall Islands: a country that uses ZIP codes."""
        with pytest.raises(
            PlaceError, match="not a postal code of a subdivision of US: write 5 digits"
        ) as raised:
            zones_of(PLACES, "US", None, None, code)

        assert (raised.value.field, raised.value.value) == ("postal_code", code)

    @pytest.mark.parametrize("country", ["CN", "GB", "CA"])
    def test_is_not_read_in_other_countries(self, country: str) -> None:
        assert zones_of(PLACES, country, None, None, "94103") == PLACES.countries[country]

    def test_is_passed_over_where_a_time_zone_is_given(self) -> None:
        assert zones_of(PLACES, "US", None, "America/Denver", "no code") == ("America/Denver",)


class TestThePhoneNumbers:
    NEW_YORK = PhonePlace(("America/New_York",))
    AUSTRALIAN_MOBILE = PhonePlace(("Australia/Sydney", "Indian/Cocos"), ("AU", "CC"))

    def test_count_beside_the_address(self) -> None:
        """The example of Regulation F: an address in California, a number in New York."""
        zones = zones_of(PLACES, "US", "CA", None, phones=[self.NEW_YORK])

        assert zones == ("America/Los_Angeles", "America/New_York")

    def test_count_each(self) -> None:
        zones = zones_of(PLACES, "US", None, None, "94103", [self.NEW_YORK, PhonePlace(("America/Chicago",))])

        assert zones == ("America/Los_Angeles", "America/New_York", "America/Chicago")

    def test_add_nothing_twice(self) -> None:
        assert zones_of(PLACES, "US", "NY", None, phones=[self.NEW_YORK] * 2) == ("America/New_York",)

    def test_do_not_narrow_a_country_to_their_area(self) -> None:
        assert zones_of(PLACES, "US", None, None, phones=[self.NEW_YORK]) == PLACES.countries["US"]

    def test_give_way_to_a_time_zone_given_outright(self) -> None:
        assert zones_of(PLACES, "US", "CA", "Asia/Tokyo", phones=[self.NEW_YORK]) == ("Asia/Tokyo",)

    def test_add_nothing_where_nothing_is_known_of_them(self) -> None:
        assert zones_of(PLACES, "US", "CA", None, phones=[PhonePlace()]) == ("America/Los_Angeles",)

    def test_add_nothing_to_their_own_country_where_they_are_tied_to_no_area(self) -> None:
        assert zones_of(PLACES, "AU", "QLD", None, phones=[self.AUSTRALIAN_MOBILE]) == ("Australia/Brisbane",)

    def test_add_their_whole_country_to_an_address_elsewhere(self) -> None:
        """The country's zones as they are written in places.yaml, not the calling code's."""
        zones = zones_of(PLACES, "CN", "BJ", None, phones=[self.AUSTRALIAN_MOBILE])

        assert zones == ("Asia/Shanghai", *PLACES.countries["AU"], *PLACES.countries["CC"])

    def test_add_the_zones_of_their_code_where_their_country_is_not_in_the_file(self) -> None:
        kosovo = PhonePlace(("Europe/Belgrade",), ("XK",))

        assert zones_of(PLACES, "CN", None, None, phones=[kosovo]) == ("Asia/Shanghai", "Europe/Belgrade")

    @pytest.mark.parametrize(("country", "subdivision"), [("US", "AP"), ("BV", None)])
    def test_give_no_clock_to_an_address_without_one(self, country: str, subdivision: str | None) -> None:
        assert zones_of(PLACES, country, subdivision, None, phones=[self.NEW_YORK]) == ()

    def test_leave_the_clock_unknown_where_tzdata_does_not_know_theirs(self) -> None:
        unknown = PhonePlace(("America/New_York", "America/Gotham"))

        assert zones_of(PLACES, "US", "CA", None, phones=[unknown]) == ()


class TestPlacesData:
    def test_knows_every_country_of_iso_3166(self) -> None:
        lines = TZDATA.joinpath("iso3166.tab").read_text(encoding="utf-8").splitlines()

        assert PLACES.countries.keys() == {line[:2] for line in lines if not line.startswith("#")}

    @pytest.mark.parametrize("country", sorted(zone_table().keys() - {"CN"}))
    def test_lists_every_clock_of_a_country_once(self, country: str) -> None:
        """China is the exception: one official time, and Xinjiang's own custom only where Xinjiang is named."""
        listed = [clock(zone) for zone in PLACES.countries[country]]

        assert len(set(listed)) == len(listed)
        assert set(listed) == {clock(zone) for zone in zone_table()[country]}

    @pytest.mark.parametrize("country", sorted(PLACES.subdivisions))
    def test_gives_every_clock_of_a_country_to_a_subdivision(self, country: str) -> None:
        in_subdivisions = {clock(zone) for zones in PLACES.subdivisions[country].values() for zone in zones}

        assert {clock(zone) for zone in PLACES.countries[country]} <= in_subdivisions

    @pytest.mark.parametrize(
        ("country", "count"),
        [
            *(("AU", 8), ("BR", 27), ("CA", 13), ("CL", 16), ("CN", 34), ("ES", 69)),
            *(("ID", 38), ("MX", 32), ("NZ", 17), ("PT", 20), ("RU", 83), ("US", 60)),
        ],
    )
    def test_lists_a_country_in_full_or_not_at_all(self, country: str, count: int) -> None:
        """US: 50 states, DC, 6 territories and 3 postal codes of the armed forces."""
        assert len(PLACES.subdivisions[country]) == count

    def test_gives_postal_codes_to_every_subdivision_of_the_us(self) -> None:
        """Save UM, the Minor Outlying Islands: nobody has an address there."""
        given = {state for states in PLACES.postal_codes["US"].values() for state in states}

        assert PLACES.subdivisions["US"].keys() - given == {"UM"}

    def test_gives_three_digits_to_one_state(self) -> None:
        """Codes on both sides of a line between two clocks are named whole."""
        shared = {code for code, states in PLACES.postal_codes["US"].items() if len(states) > 1}

        assert {len(code) for code in shared} == {5}

    def test_knows_the_names_of_tzdata_and_not_the_machine(self) -> None:
        assert {"Asia/Shanghai", "Pacific/Chatham", "UTC"} <= PLACES.zone_names
        assert not PLACES.zone_names & {"Factory", "localtime", "posixrules"}


class TestLoadPlaces:
    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("countries: {CN: Asia/Bejing}\nsubdivisions: {}", "CN: not in tzdata: Asia/Bejing"),
            ("countries: {}\nsubdivisions: {CN: {BJ: Asia/Shanghai}}", "unknown countries: CN"),
            ("countries: {CN: 8}\nsubdivisions: {}", "countries.CN"),
            ("countries: {CN: Asia/Shanghai, CN: UTC}\nsubdivisions: {}", "duplicate key"),
            ("countries: [", "while parsing"),
            ("", "valid dictionary"),
        ],
    )
    def test_names_what_is_wrong_in_the_file(self, tmp_path: Path, text: str, complaint: str) -> None:
        path = tmp_path / "places.yaml"
        path.write_text(f"{text}\npostal_codes: {{}}" if text.endswith("}") else text)

        with pytest.raises(PlacesFileError) as raised:
            load_places(path)

        assert str(path) in str(raised.value)
        assert complaint in str(raised.value)

    @pytest.mark.parametrize(
        ("codes", "complaint"),
        [
            ("{US: {NZ: 100-149}}", "postal codes of an unknown subdivision: NZ"),
            ("{CN: {BJ: 100-102}}", "postal codes of an unknown subdivision: BJ"),
            ("{US: {NY: 149-100}}", "NY: 149-100: not 3 or 5 digits"),
            ("{US: {NY: 10-1500}}", "NY: 10-1500: not 3 or 5 digits"),
            ("{US: {NY: 100 1x4}}", "NY: 1x4: not 3 or 5 digits"),
            ("{US: {NY: 005}}", "postal_codes.US.NY"),
        ],
    )
    def test_names_what_is_wrong_with_a_postal_code(self, tmp_path: Path, codes: str, complaint: str) -> None:
        path = tmp_path / "places.yaml"
        path.write_text(
            f"countries: {{US: UTC, CN: UTC}}\nsubdivisions: {{US: {{NY: UTC}}}}\npostal_codes: {codes}"
        )

        with pytest.raises(PlacesFileError) as raised:
            load_places(path)

        assert str(path) in str(raised.value)
        assert complaint in str(raised.value)
