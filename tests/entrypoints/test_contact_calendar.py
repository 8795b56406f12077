"""`leeway contact calendar`: a month of permitted hours that agrees with every single answer."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))

from contact_question_asked import PHONE, desk, leeway, options

from compliance.ask import Ask, Borrower, PastContact, Result
from compliance.history import History
from compliance.house import ContactRules
from compliance.judge import judge
from compliance.law import Law
from entrypoints.contact.check import Matter
from entrypoints.contact.month import DAY_SECONDS, Day, Month, Origin, month_of
from entrypoints.contact.question import past_contacts
from entrypoints.contact.shade import open_hours, shades
from entrypoints.contact.sheet import month_sheet
from entrypoints.contact.svg import draw
from gateways.working_days import working_calendar
from statemachine.stage import Channel

SVG = "{http://www.w3.org/2000/svg}"
NEW_YORK = {"country": "US", "zone": "America/New_York"}
HOUR = 3600


def month(year: int, number: int, history: list[dict[str, Any]] | None = None, **changes: Any) -> Month:
    """The month of calls to a borrower in Shanghai, changed as given."""
    first = date(year, number, 1)
    at = datetime(year, number, 1, tzinfo=UTC)
    return month_of(desk().matter(PHONE | changes, at, []), first, past_contacts(history))


def hours(shown: Month, day: int) -> str:
    """The permitted hours of one day."""
    return open_hours(shown.days[day - 1])


def rules(shown: Month, day: int, hour: float) -> list[str]:
    """What closes a day at this time of the wall clock."""
    [stretch] = [one for one in shown.days[day - 1].stretches if one.begins <= hour * HOUR < one.ends]
    return [no.rule for no in stretch.noes]


def house(zone: str, number: int, opens: str, closes: str) -> Matter:
    """A call in a month of 2026 by a house that is bound by its own window alone."""
    window = {"rule": "house/hours", "channels": ["phone"], "opens": opens, "closes": closes}
    law = Law((), ContactRules.model_validate({"windows": [window]}))
    calendar = working_calendar("US", None, date(2026, 1, 1))
    return Matter(
        law, calendar, Borrower((zone,)), Ask(Channel.PHONE), datetime(2026, number, 1, tzinfo=UTC), History()
    )


def kinds(shown: Month) -> dict[int, str]:
    """The days that are not simply working days or weekends."""
    return {day.day.day: day.kind for day in shown.days if day.kind not in ("working", "weekend")}


class TestMonth:
    def test_of_the_golden_week_is_closed_until_the_eighth(self) -> None:
        shown = month(2026, 10)

        assert [hours(shown, day) for day in range(1, 8)] == ["–"] * 7
        assert hours(shown, 8) == "09:00–18:00"
        assert kinds(shown) == {**dict.fromkeys((1, 2, 3, 5, 6, 7), "holiday"), 10: "make-up day"}

    def test_opens_a_make_up_saturday(self) -> None:
        shown = month(2026, 2)

        assert shown.days[13].kind == "make-up day"
        assert (hours(shown, 14), hours(shown, 7)) == ("09:00–18:00", "–")

    def test_names_the_law_before_the_house_and_all_that_say_no(self) -> None:
        shown = month(2026, 10)

        assert rules(shown, 8, 7.5) == ["CN/night", "CN/night-cba", "platform-a/working-hours"]
        assert rules(shown, 8, 8.5) == ["platform-a/working-hours"]
        assert rules(shown, 8, 9) == []

    def test_has_a_legend_of_every_no_that_is_shown(self) -> None:
        assert [(row.no.origin, row.no.rule, row.no.says, row.also) for row in month(2026, 10).legend] == [
            (Origin.LAW, "CN/night", "outside 08:00 to 22:00 every day", ("CN/night-cba", "platform-a/working-hours")),
            (Origin.HOUSE, "platform-a/working-hours", "closed that day: only 09:00 to 18:00 working days", ()),
            (Origin.HOUSE, "platform-a/working-hours", "outside 09:00 to 18:00 working days", ()),
        ]  # fmt: skip

    def test_shows_an_hour_the_clock_jumps_over_as_missing_and_counts_it_nowhere(self) -> None:
        day = month(2026, 3, policy="platform-b", channel="sms", **NEW_YORK).days[7]

        assert (day.clock_change, open_hours(day)) == ("clock forward 60 min", "09:00–20:00")
        assert [(one.begins, one.ends) for one in day.stretches if not one.exists] == [(2 * HOUR, 3 * HOUR)]

    def test_says_that_the_clock_goes_back(self) -> None:
        shown = month(2026, 11, policy="platform-b", channel="sms", **NEW_YORK)

        assert [day.clock_change for day in shown.days if day.clock_change] == ["clock back 60 min"]
        assert (shown.days[0].clock_change, hours(shown, 1)) == ("clock back 60 min", "09:00–20:00")

    @pytest.mark.parametrize(
        ("opens", "closes", "told"),
        [
            ("01:30", "24:00", "02:00–24:00"),  # it opens at the second 01:30, and at the first it was closed
            (
                "00:00",
                "01:30",
                "00:00–01:00",
            ),  # it closes at the first 01:30, and at the second 01:00 it is closed
            ("00:00", "24:00", "00:00–24:00"),
        ],
    )
    def test_closes_an_hour_shown_twice_where_either_is_closed(
        self, opens: str, closes: str, told: str
    ) -> None:
        assert (
            open_hours(month_of(house("America/New_York", 11, opens, closes), date(2026, 11, 1)).days[0])
            == told
        )

    @pytest.mark.parametrize(
        ("opens", "closes", "told"),
        [
            ("01:00", "04:00", "01:00–02:00, 03:00–04:00"),
            ("02:30", "04:00", "03:30–04:00"),
            ("01:00", "02:30", "01:00–01:30"),
        ],
    )
    def test_opens_no_hour_that_is_not_there(self, opens: str, closes: str, told: str) -> None:
        assert (
            open_hours(month_of(house("America/New_York", 3, opens, closes), date(2026, 3, 1)).days[7])
            == told
        )

    def test_of_half_an_hours_change_is_right(self) -> None:
        shown = month(2026, 10, country="AU", subdivision="NSW", zone="Australia/Lord_Howe")

        assert [(day.day.day, day.clock_change) for day in shown.days if day.clock_change] == [
            (4, "clock forward 30 min")
        ]

    def test_follows_a_limit_to_the_day_it_frees(self) -> None:
        used = [{"at": f"2026-10-{day:02}T10:00+08:00", "channel": "phone"} for day in (8, 9, 10)]
        shown = month(2026, 10, used)

        assert [hours(shown, day) for day in (12, 13, 14, 15)] == ["–", "–", "–", "09:00–18:00"]
        assert rules(shown, 12, 12) == ["platform-a/three-a-week"]

    def test_leaves_the_days_before_a_contact_as_they_were(self) -> None:
        shown = month(2026, 10, [{"at": "2026-10-12T10:00+08:00", "channel": "phone"}])

        assert [hours(shown, day) for day in (8, 12, 13)] == ["09:00–18:00", "09:00–10:00", "09:00–18:00"]
        assert rules(shown, 12, 10) == ["platform-a/one-a-day"]

    def test_follows_a_fact_from_its_first_day_to_its_last(self) -> None:
        shown = month(2026, 10, facts=["signed_plan=2026-10-13..2026-10-15"])

        assert [hours(shown, day) for day in (12, 13, 14, 15)] == ["09:00–18:00", "–", "–", "09:00–18:00"]
        assert rules(shown, 13, 12) == ["CN/signed-plan"]
        assert shown.legend[0].also == (
            "CN/night-cba",
            "platform-a/working-hours",
        )  # the plan closes few nights

    def test_shows_a_wish_after_law_and_house(self) -> None:
        shown = month(2026, 10, wishes=["not_before=10:30", "not_on=fri"])

        assert [hours(shown, day) for day in (8, 9)] == ["10:30–18:00", "–"]
        assert rules(shown, 8, 9.5) == ["wished_hours"]
        assert rules(shown, 8, 8.5) == ["platform-a/working-hours", "wished_hours"]
        assert shown.legend[-1].no.says == "asked for 10:30 to 24:00, not on fri"

    def test_is_closed_whole_by_a_stopped_channel(self) -> None:
        shown = month(2026, 10, wishes=["stopped=phone"])

        assert sum(day.open_seconds for day in shown.days) == 0
        assert rules(shown, 8, 12) == ["stopped_channel"]

    def test_is_closed_whole_and_by_nothing_else_where_something_is_unknown(self) -> None:
        shown = month(2040, 1)

        assert sum(day.open_seconds for day in shown.days) == 0
        assert {day.kind for day in shown.days} == {"unknown"}
        [row] = shown.legend
        assert (row.no.origin, row.no.rule) == (Origin.UNKNOWN, "calendar")
        assert "not 2040-01-01: add each year from 2031 to 2040" in row.no.says

    def test_of_several_zones_is_open_only_where_all_are(self) -> None:
        shown = month(2026, 10, country="US", zone=None, policy="platform-b")

        assert len(shown.zones) > 5
        assert hours(shown, 1) not in ("–", "10:00–18:00")

    @pytest.mark.parametrize(
        ("year", "number", "days"), [(2024, 2, 29), (2026, 2, 28), (2026, 4, 30), (2026, 12, 31)]
    )
    def test_has_each_of_its_days_whole(self, year: int, number: int, days: int) -> None:
        shown = month(year, number)

        assert [day.day.day for day in shown.days] == list(range(1, days + 1))
        for day in shown.days:
            edges = [edge for one in day.stretches for edge in (one.begins, one.ends)]
            assert (edges[0], edges[-1], edges[1:-1:2]) == (0, DAY_SECONDS, edges[2::2])


ZONES = ("Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "America/Havana", "Europe/London",
         "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca")  # fmt: skip
PLACES = st.sampled_from([("CN", None), ("US", "MA"), ("GB", None), ("RU", None), ("IN", None), ("KR", None)])
FACTS = st.sampled_from(
    ["signed_plan", "text_consent", "hospital", "dispute", "hours_agreed", "cease_requested"]
)
DAYS = st.dates(date(2026, 2, 20), date(2026, 12, 1))
WISHES = st.lists(st.sampled_from(["not_before=10:10", "not_after=16:45", "not_on=mon,sun"]), unique=True)


class TestMonthAndAnswer:
    @settings(max_examples=60)
    @given(
        policy=st.sampled_from(["platform-a", "platform-b", "platform-c"]), place=PLACES, zone=st.sampled_from(ZONES),
        channel=st.sampled_from(list(Channel)), month_number=st.integers(3, 11), wishes=WISHES,
        facts=st.lists(st.tuples(FACTS, DAYS, st.integers(1, 20)), max_size=2),
        past=st.lists(st.tuples(DAYS, st.integers(0, 1439), st.sampled_from(list(Channel)))),
        minutes=st.lists(st.integers(0, 28 * 1440 - 1), min_size=20, max_size=20),
    )  # fmt: skip
    def test_agree_at_every_instant(
        self, policy: str, place: tuple[str, str | None], zone: str, channel: Channel, month_number: int,
        wishes: list[str], facts: list[tuple[str, date, int]], past: list[tuple[date, int, Channel]],
        minutes: list[int],
    ) -> None:  # fmt: skip
        first = date(2026, month_number, 1)
        asked = {
            "policy": policy, "country": place[0], "subdivision": place[1], "zone": zone, "channel": channel,
            "wishes": wishes, "facts": [f"{name}={day}..{day + timedelta(days=n)}" for name, day, n in facts],
        }  # fmt: skip
        history = [PastContact(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=at), by, Result.SENT
                               if by in (Channel.EMAIL, Channel.SMS) else Result.UNKNOWN) for day, at, by in past]  # fmt: skip
        matter = desk().matter(asked, datetime(2026, month_number, 1, tzinfo=UTC), [])
        shown = month_of(matter, first, history)

        for minute in minutes:
            local = datetime(2026, month_number, 1) + timedelta(minutes=minute)
            stretch = at_wall(shown.days[local.day - 1], local)
            readings = {local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)}
            if stretch.exists:
                refusals = [
                    judge(*matter[:4], at, History(one for one in history if one.at <= at)).refusal
                    is not None
                    for at in sorted(readings)
                ]
                assert (not stretch.is_open) == any(refusals), (local, stretch)

    @settings(max_examples=40)
    @given(
        zone_and_month=st.sampled_from([
            ("America/New_York", 3), ("America/New_York", 11), ("America/Santiago", 4), ("America/Santiago", 9),
            ("Atlantic/Azores", 3), ("Atlantic/Azores", 10),
            ("Australia/Lord_Howe", 4), ("Australia/Lord_Howe", 10), ("Europe/London", 3), ("Africa/Casablanca", 2),
            ("Africa/Casablanca", 3), ("America/St_Johns", 11), ("Asia/Beirut", 3), ("Antarctica/Troll", 10),
        ]),
        opens=st.times().map(lambda at: f"{at:%H:%M}"), closes=st.times().map(lambda at: f"{at:%H:%M}"),
    )  # fmt: skip
    def test_agree_on_every_quarter_of_an_hour_where_the_clock_changes(
        self, zone_and_month: tuple[str, int], opens: str, closes: str
    ) -> None:
        zone, number = zone_and_month
        assume(opens != closes)
        matter = house(zone, number, opens, closes)
        shown = month_of(matter, date(2026, number, 1))
        changed = [day for day in shown.days if day.clock_change]

        assert changed
        for day in changed:
            for quarter in range(96):
                local = datetime.combine(day.day, datetime.min.time()) + timedelta(minutes=15 * quarter)
                stretch = at_wall(day, local)
                readings = {
                    local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)
                }
                there = {at for at in readings if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local}
                refused = [judge(*matter[:4], at, History()).refusal is not None for at in sorted(there)]
                assert (stretch.exists, stretch.is_open) == (bool(there), bool(there) and not any(refused)), (
                    local
                )


def at_wall(day: Day, local: datetime) -> Any:
    """The stretch that the wall clock shows."""
    seconds = local.hour * HOUR + local.minute * 60
    return next(one for one in day.stretches if one.begins <= seconds < one.ends)


class TestPicture:
    def test_is_svg_with_a_title_a_description_and_the_legend(self) -> None:
        shown = month(2026, 10)
        picture = ElementTree.fromstring(draw(shown, "Permitted hours by phone", "platform-a & <CN>"))
        texts = ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]

        assert picture.tag == f"{SVG}svg"
        assert picture.get("aria-labelledby") == "title desc"
        assert picture.findtext(f"{SVG}title") == "Permitted hours by phone, platform-a & <CN>"
        assert "Thu 8 (working): 09:00–18:00" in str(picture.findtext(f"{SVG}desc"))
        for row in shown.legend:
            assert f"{row.no.rule}{row.no.says}" in texts
        assert (
            "GB/T 45251-2025 cl. 5.3 (should); closed as well by CN/night-cba, platform-a/working-hours"
            in texts
        )

    def test_paints_each_stretch_in_the_colour_of_its_no(self) -> None:
        shown = month(2026, 10)
        picture = ElementTree.fromstring(draw(shown, "t", "a"))
        painted = {
            str(block.findtext(f"{SVG}title")): block.get("fill")
            for block in picture.iter(f"{SVG}rect")
            if block.find(f"{SVG}title") is not None
        }
        colours = [shade.colour for shade in shades(shown.legend).values()]

        assert len(set(colours)) == 3
        assert painted["Thu 2026-10-08, 09:00 to 18:00: permitted"] not in colours
        for row, colour in zip(shown.legend, colours, strict=True):
            titles = [title for title, fill in painted.items() if fill == colour]
            assert titles
            assert all(f": {row.no.rule}, {row.no.says} (" in title for title in titles)

    def test_asks_for_no_outside_font_or_file(self) -> None:
        text = draw(month(2026, 10), "t", "a").replace("http://www.w3.org/2000/svg", "")

        assert not [word for word in ("http", "url(", "@font-face", "<image", "href") if word in text]

    def test_says_when_the_calendar_is_a_guess_and_when_there_are_several_clocks(self) -> None:
        guess = draw(month(2028, 10), "t", "a")
        several = draw(month(2026, 10, country="US", zone=None), "t", "a")

        assert "not published yet" in guess
        assert "open only where every zone is: America/" in several

    def test_of_a_clock_change_shows_the_missing_hour(self) -> None:
        assert "02:00 to 03:00: the clock jumps over it" in draw(month(2026, 3, **NEW_YORK), "t", "a")


class TestSheet:
    def test_is_at_most_79_columns_wide_with_a_column_for_each_half_hour(self) -> None:
        from rich.console import Console

        console = Console(width=79, file=open("/dev/null", "w"), record=True)  # noqa: SIM115
        console.print(month_sheet(month(2026, 10), "Permitted hours", "platform-a", has_colour=False))
        lines = console.export_text().splitlines()

        assert max(map(len, lines)) <= 79
        assert "Thu  8             " + "a" * 16 + "cc" + "█" * 18 + "c" * 8 + "aaaa" + " 09:00–18:00" in lines
        assert "Sat 10 make-up day " + "a" * 16 + "cc" + "█" * 18 + "c" * 8 + "aaaa" + " 09:00–18:00" in lines
        assert "Thu  1 holiday     " + "a" * 16 + "b" * 28 + "aaaa" + " –" in [
            line.rstrip() for line in lines
        ]


class TestCommand:
    def test_draws_in_the_terminal(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leeway(monkeypatch, "calendar", *options(month="2026-10")) == 0

        said = capsys.readouterr().out
        assert said.startswith(
            "Permitted hours by phone, October 2026\nplatform-a in CN, Asia/Shanghai, permitted on 18 "
        )
        assert "CN/night outside 08:00 to 22:00 every day" in said

    def test_draws_into_a_file(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "october.svg"

        assert leeway(monkeypatch, "calendar", *options(month="2026-10", svg=str(path))) == 0
        assert ElementTree.parse(path).getroot().tag == f"{SVG}svg"
        assert capsys.readouterr().out.startswith(f"{path}: Permitted hours by phone, October 2026")

    @pytest.mark.parametrize("wrong", ["2026", "2026-13", "1999-12", "October"])
    def test_refuses_what_is_no_month(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str
    ) -> None:
        assert leeway(monkeypatch, "calendar", *options(month=wrong)) == 2

        assert capsys.readouterr().err.startswith(
            f"leeway: month: '{wrong}': write YYYY-MM of the years 2000 to "
        )

    def test_refuses_a_place_without_a_clock(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ("--policy", "platform-a", "--country", "US", "--subdivision", "AE", "--channel", "sms")

        assert leeway(monkeypatch, "calendar", *words) == 2
        assert capsys.readouterr().err.startswith("leeway: zone: not given: no clock is known for this place")
