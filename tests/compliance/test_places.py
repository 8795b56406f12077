"""Rules of where a borrower's clock stands, and of the data behind them, against the tzdata in use."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.places import PlaceError, zones_of
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
    )
    def test_answers_known_zones_or_a_place_error(
        self, country: str, subdivision: str | None, time_zone: str | None
    ) -> None:
        try:
            zones = zones_of(PLACES, country, subdivision, time_zone)
        except PlaceError:
            return

        assert set(zones) <= PLACES.zone_names


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
        path.write_text(text)

        with pytest.raises(PlacesFileError) as raised:
            load_places(path)

        assert str(path) in str(raised.value)
        assert complaint in str(raised.value)
