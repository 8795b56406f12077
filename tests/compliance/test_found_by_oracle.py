"""What the oracle found where engine and rule text once differed, each as a test of its own."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from oracle import Question, World
from oracle_engine import asked, law_of

ASK = {"channel": "phone", "purpose": "routine", "recipient": "borrower", "place": "home", "debt": "", "number": "",
       "by": "lender", "people": 2}  # fmt: skip
CALENDAR = {
    "weekdays": (0, 1, 2, 3, 4), "off": (), "on": (), "holidays": (), "provisional_from": None, "widen_days": 0,
    "valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31),
}  # fmt: skip
ALL_DAY = {"opens": "00:00", "closes": "24:00"}
NIGHT = {"opens": "20:00", "closes": "06:00"}


def allows(text: str, zone: str, window: Mapping[str, str] = ALL_DAY, **known: Any) -> bool:
    """The engine's answer at an instant in UTC; `rules` and `caps` are what is there besides the window."""
    house = {"windows": [{"rule": "w", "channels": ["phone"], **window}], "caps": known.pop("caps", ())}
    packs = (
        [{"jurisdiction": "XA", "title": "drawn", "rules": known.pop("rules")}] if "rules" in known else []
    )
    question = Question((zone,), known.pop("ask", ASK), **known)
    return asked(*law_of(World(packs, house, CALENDAR)), question).allows(datetime.fromisoformat(text))


class TestWholeDay:
    def test_lasts_to_its_last_microsecond(self) -> None:
        assert allows("2026-06-01T15:59:59.999999", "Asia/Shanghai")
        assert allows("2026-06-01T16:00", "Asia/Shanghai")

    def test_begins_at_the_first_of_two_midnights(self) -> None:
        assert allows("2026-10-25T00:00", "Atlantic/Azores")
        assert not allows("2026-10-25T00:59", "Atlantic/Azores", {"opens": "00:00", "closes": "23:00"})


class TestCalendarDay:
    def test_begins_at_the_first_of_two_midnights(self) -> None:
        past = {**ASK, "at": datetime(2026, 10, 25, 0, 10), "result": "no_answer", "debts": ()}
        cap = {"rule": "c", "channels": ["phone"], "limit": 1, "days": 1}

        assert not allows("2026-10-25T12:00", "Atlantic/Azores", caps=[cap], history=[past])
        assert allows("2026-10-26T01:00", "Atlantic/Azores", caps=[cap], history=[past])


class TestWishedDays:
    @pytest.mark.parametrize(("local_hour", "expected"), [(23, True), (24, False), (25, False)])
    def test_end_a_night_that_runs_into_them(self, local_hour: int, expected: bool) -> None:
        wishes = {"not_before": "20:00", "not_after": "02:00", "not_on": ("sun",)}
        at = datetime(2026, 6, 6) + timedelta(hours=local_hour - 8)

        assert expected == allows(at.isoformat(), "Asia/Shanghai", wishes=wishes)


class TestCalendarOfAYear:
    def test_ends_a_night_that_runs_past_its_last_day(self) -> None:
        assert allows("2026-12-31T15:59:59", "Asia/Shanghai", NIGHT)
        assert not allows("2026-12-31T16:00", "Asia/Shanghai", NIGHT)

    def test_knows_its_first_evening_but_not_the_night_before(self) -> None:
        assert not allows("2025-12-31T17:00", "Asia/Shanghai", NIGHT)
        assert allows("2026-01-01T12:00", "Asia/Shanghai", NIGHT)


class TestThirdPersonWhoRefused:
    def test_is_never_asked_again_even_where_the_refusal_was_given_an_end(self) -> None:
        rule = {
            "id": "XA/third", "kind": "third_person", "citation": "drawn § 1", "effective_from": date(2020, 1, 1),
            "force": "must", "certainty": "H", "source": "drawn", "or_facts": ["number_invalid"],
        }  # fmt: skip
        facts = [
            ("number_invalid", datetime(2026, 1, 5), None),
            ("third_person_refused", datetime(2026, 2, 1), datetime(2026, 3, 1)),
        ]
        known = {"rules": [rule], "facts": facts, "ask": {**ASK, "recipient": "third_person"}}

        assert allows("2026-01-31T12:00", "Asia/Shanghai", **known)
        assert not allows("2026-04-01T12:00", "Asia/Shanghai", **known)
