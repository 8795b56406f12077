"""When a contact may happen: windows, clock changes, holidays, caps, and what nobody knows."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from first_instant import EVERY_WEEKDAY, ONE_A_DAY, ask, never, permitted, sent, utc, window
from hypothesis import given
from hypothesis import strategies as st
from law_at import pack

from compliance.ask import Fact
from compliance.hours import SEARCH_DAYS
from compliance.house import Cap
from gateways.working_days import working_calendar
from statemachine.case import Wishes
from statemachine.fact import FactName
from statemachine.stage import Channel


class TestWindow:
    def test_closes_exactly(self) -> None:
        nine_to_six = window("09:00", "18:00")

        last = utc("2026-06-01T21:59:59.999999")
        assert permitted(ask(last, nine_to_six)).at == last
        assert permitted(ask(last + timedelta(microseconds=1), nine_to_six)).at == utc("2026-06-02T13:00")

    def test_opens_exactly(self) -> None:
        opens_at = utc("2026-06-01T13:00")

        answer = permitted(ask(opens_at, window("09:00", "18:00")))

        assert (answer.at, answer.moved_by, answer.closes_at) == (opens_at, None, utc("2026-06-01T22:00"))

    def test_that_is_moved_names_the_rule(self) -> None:
        assert permitted(ask(utc("2026-06-01T03:00"), window("09:00", "18:00"))).moved_by == "09:00-18:00"

    def test_to_24_is_open_until_midnight(self) -> None:
        before_midnight = utc("2026-06-02T03:59:59")

        assert permitted(ask(before_midnight, window("09:00", "24:00"))).at == before_midnight

    def test_of_working_days_stays_closed_on_a_weekend_and_one_of_every_day_does_not(self) -> None:
        saturday = utc("2026-06-06T14:00")

        assert permitted(ask(saturday, window("09:00", "18:00", "working"))).at == utc("2026-06-08T13:00")
        assert permitted(ask(saturday, window("09:00", "18:00", "every"))).at == saturday

    def test_of_another_channel_does_not_count(self) -> None:
        by_phone = window("09:00", "18:00", channels=(Channel.PHONE,))

        answer = ask(utc("2026-06-01T14:00"), by_phone, window("12:00", "13:00"))

        assert permitted(answer).at == utc("2026-06-01T16:00")

    def test_must_be_open_in_every_zone_at_once(self) -> None:
        answer = ask(
            utc("2026-06-01T13:00"), window("09:00", "18:00"), zones=("America/New_York", "Pacific/Honolulu")
        )

        assert permitted(answer).at == utc("2026-06-01T19:00")  # 09:00 in Honolulu, 15:00 in New York
        assert permitted(answer).closes_at == utc("2026-06-01T22:00")  # 18:00 in New York


class TestClockChange:
    """New York loses 02:00-03:00 on 2026-03-08 and repeats 01:00-02:00 on 2026-11-01."""

    @pytest.mark.parametrize(
        ("night", "opens", "closes", "at", "closes_at"),
        [
            ("2026-03-08", "02:30", "06:00", "07:30", "10:00"),  # the later reading: 03:30 summer time
            ("2026-03-08", "01:00", "02:30", "06:00", "06:30"),  # the earlier reading: 01:30 winter time
            ("2026-11-01", "01:30", "06:00", "06:30", "11:00"),  # the second 01:30
            ("2026-11-01", "00:30", "01:30", "04:30", "05:30"),  # the first 01:30
            ("2026-03-08", "09:00", "18:00", "13:00", "22:00"),  # the day itself is in summer time
            ("2026-11-01", "09:00", "18:00", "14:00", "23:00"),  # and in winter time
        ],
    )
    def test_is_read_strictly(self, night: str, opens: str, closes: str, at: str, closes_at: str) -> None:
        answer = permitted(ask(utc(f"{night}T04:00"), window(opens, closes)))

        assert (answer.at, answer.closes_at) == (utc(f"{night}T{at}"), utc(f"{night}T{closes_at}"))

    @pytest.mark.parametrize(("night", "opens", "closes"), [("2026-11-01", "01:15", "01:45")])
    def test_closes_a_window_that_would_open_after_it_closes(
        self, night: str, opens: str, closes: str
    ) -> None:
        answer = permitted(ask(utc(f"{night}T04:00"), window(opens, closes)))

        assert answer.at == utc("2026-11-02T06:15")


class TestChinesePublicHolidays:
    """The State Council's arrangement for 2026: Spring Festival 15 to 23 February, worked for on 14 and 28."""

    @pytest.mark.parametrize(
        ("day", "moved_to"),
        [("2026-02-14", "2026-02-14"), ("2026-02-20", "2026-02-24"), ("2026-02-21", "2026-02-24")],
    )
    def test_are_off_and_make_up_days_are_not(self, day: str, moved_to: str) -> None:
        calendar = working_calendar("CN", None, date(2026, 1, 5))

        answer = ask(
            utc(f"{day}T01:00"),
            window("09:00", "18:00", "working"),
            zones=("Asia/Shanghai",),
            calendar=calendar,
        )

        assert permitted(answer).at == utc(f"{moved_to}T01:00")


class TestNeverPermitted:
    @pytest.mark.parametrize(
        ("rule", "unknown"),
        [
            ("no_time_zone", {"zones": ()}),
            ("no_calendar", {"calendar": None}),
            ("no_channel", {"channel": None}),
            ("stopped_channel", {"wishes": Wishes(stopped=(Channel.SMS,))}),
            ("representative", {"wishes": Wishes(representative=True)}),
            ("no_window", {"channel": Channel.VISIT}),
            ("no_window", {"wishes": Wishes(not_before=time(19))}),
            ("calendar", {"calendar": EVERY_WEEKDAY.model_copy(update={"valid_until": date(2026, 5, 31)})}),
            ("calendar", {"calendar": EVERY_WEEKDAY.model_copy(update={"valid_from": date(2026, 6, 30)})}),
        ],
    )
    def test_names_what_is_unknown_or_forbids_it(self, rule: str, unknown: dict[str, Any]) -> None:
        answer = never(ask(utc("2026-06-01T14:00"), window("09:00", "18:00"), **unknown))

        assert (answer.rule, bool(answer.reason)) == (rule, True)

    def test_says_what_to_load_where_the_calendar_ended(self) -> None:
        ended = EVERY_WEEKDAY.model_copy(update={"valid_until": date(2026, 5, 31)})

        answer = never(ask(utc("2026-06-01T14:00"), window("09:00", "18:00"), calendar=ended))

        assert answer.reason == (
            "calendar weekdays covers 2026-01-01 to 2026-05-31, not 2026-06-01: "
            "add the year with 'leeway calendar add weekdays 2026 ...'"
        )

    def test_is_the_answer_on_the_calendars_last_night_and_not_on_its_last_day(self) -> None:
        ends = EVERY_WEEKDAY.model_copy(update={"valid_until": date(2026, 6, 1)})
        nine_to_six = window("09:00", "18:00")

        assert permitted(ask(utc("2026-06-01T21:59"), nine_to_six, calendar=ends)).moved_by is None
        assert never(ask(utc("2026-06-01T22:00"), nine_to_six, calendar=ends)).rule == "calendar"

    def test_is_the_answer_where_zones_share_no_open_hour(self) -> None:
        zones = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London")

        answer = never(ask(utc("2026-06-01T14:00"), window("10:00", "16:00"), zones=zones))

        assert answer.rule == "no_window"
        assert all(zone in answer.reason for zone in zones)

    @pytest.mark.parametrize(("closed_days", "is_permitted"), [(SEARCH_DAYS, True), (SEARCH_DAYS + 1, False)])
    def test_is_a_finding_where_no_window_opens_within_thirty_days(
        self, closed_days: int, is_permitted: bool
    ) -> None:
        monday = date(2026, 6, 1)
        off = frozenset(monday + timedelta(days=n) for n in range(closed_days))
        calendar = EVERY_WEEKDAY.model_copy(update={"off": off, "weekdays": tuple(range(7))})

        answer = ask(utc("2026-06-01T14:00"), window("09:00", "18:00", "working"), calendar=calendar)

        if is_permitted:
            assert permitted(answer).at == utc("2026-07-01T13:00")
        else:
            found = never(answer)
            assert (found.rule, found.reason) == (
                "09:00-18:00",
                "no open window in America/New_York within 30 days",
            )

    def test_is_not_the_answer_to_a_cap_that_lasts_longer_than_the_search(self) -> None:
        once_a_quarter = Cap(rule="quarter", channels=(Channel.SMS,), limit=1, days=90)
        at = utc("2026-06-01T14:00")

        answer = ask(at, window("09:00", "18:00"), caps=(once_a_quarter,), contacts=[sent(at)])

        assert permitted(answer).at == utc("2026-08-30T13:00")

    def test_carries_the_citation_of_the_law_that_forbids_it(self) -> None:
        signed = (Fact(FactName.SIGNED_PLAN, utc("2026-05-01T00:00")),)

        answer = never(
            ask(utc("2026-06-01T04:00"), window("09:00", "18:00"), zones=("Asia/Shanghai",), packs=[pack("CN")],
                facts=signed)
        )  # fmt: skip

        assert answer.rule == "CN/signed-plan"
        assert answer.citation == "商业银行信用卡业务监督管理办法 2011 art. 70"


class TestLawAndHouse:
    def test_are_both_kept_and_the_stricter_of_them_moves_the_contact(self) -> None:
        """China opens at 08:00 and the house at 07:00; the house closes at 20:00 and China at 22:00."""
        house, law = window("07:00", "20:00"), [pack("CN")]

        morning = ask(utc("2026-05-31T23:00"), house, zones=("Asia/Shanghai",), packs=law)
        evening = ask(utc("2026-06-01T12:00"), house, zones=("Asia/Shanghai",), packs=law)

        assert (permitted(morning).at, permitted(morning).moved_by) == (utc("2026-06-01T00:00"), "CN/night")
        assert (permitted(evening).at, permitted(evening).moved_by) == (
            utc("2026-06-02T00:00"),
            "07:00-20:00",
        )
        assert permitted(morning).citation == "GB/T 45251-2025 cl. 5.3"


class TestWishes:
    NINE_TO_SIX = window("09:00", "18:00")

    def test_narrow_the_hours(self) -> None:
        wishes = Wishes(not_before=time(11), not_after=time(15))

        answer = permitted(ask(utc("2026-06-01T13:00"), self.NINE_TO_SIX, wishes=wishes))

        assert (answer.at, answer.closes_at) == (utc("2026-06-01T15:00"), utc("2026-06-01T19:00"))
        assert answer.moved_by == "wished_hours"

    def test_rule_out_days_of_the_week(self) -> None:
        answer = permitted(
            ask(utc("2026-06-01T14:00"), self.NINE_TO_SIX, wishes=Wishes(not_on=("mon", "tue")))
        )

        assert answer.at == utc("2026-06-03T13:00")


class TestLimits:
    def test_are_what_moved_a_contact_that_its_window_would_have_allowed(self) -> None:
        at = utc("2026-06-01T14:00")

        answer = ask(at, window("09:00", "18:00"), caps=(ONE_A_DAY,), contacts=[sent(at, Channel.EMAIL)])

        assert (permitted(answer).at, permitted(answer).moved_by) == (utc("2026-06-02T13:00"), "one-a-day")

    def test_begin_anew_only_when_the_day_is_over_in_every_zone(self) -> None:
        at = utc("2026-06-01T14:00")
        zones = ("America/New_York", "Pacific/Honolulu")

        answer = ask(at, window("00:00", "24:00"), zones=zones, caps=(ONE_A_DAY,), contacts=[sent(at)])

        assert permitted(answer).at == utc("2026-06-02T10:00")  # midnight in Honolulu


class TestSpread:
    @given(st.text(min_size=1, max_size=20), st.integers(0, 240))
    def test_stays_inside_the_first_minutes_and_the_window(self, key: str, minutes: int) -> None:
        night = utc("2026-06-01T03:00")

        answer = permitted(ask(night, window("09:00", "10:00"), spread=minutes, key=key))

        opens_at = utc("2026-06-01T13:00")
        assert opens_at <= answer.at <= opens_at + timedelta(minutes=min(minutes, 30))
        assert answer == permitted(ask(night, window("09:00", "10:00"), spread=minutes, key=key))

    def test_does_not_delay_a_contact_that_is_permitted_already(self) -> None:
        noon = utc("2026-06-01T16:00")

        assert permitted(ask(noon, window("09:00", "18:00"), spread=60)).at == noon

    def test_gives_a_morning_of_cases_many_different_minutes(self) -> None:
        starts = {
            permitted(
                ask(utc("2026-06-01T03:00"), window("09:00", "18:00"), spread=60, key=f"case:h:{n}:1")
            ).at
            for n in range(600)
        }

        assert len(starts) > 400
        assert {at.minute for at in starts} == set(range(60))
