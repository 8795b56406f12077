"""The calendar feed: what a phone may know of a visit, and nothing that another could read off it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from contracts.desk_task import ADDRESS_UNKNOWN, DeskTask
from gateways.visit_calendar import visit_calendar
from gateways.words import words_in

AT = datetime(2027, 3, 3, 1, tzinfo=UTC)
CHEN = "Ms Chen"
MONEY_WORDS = (
    "debt",
    "overdue",
    "owe",
    "loan",
    "pay",
    "arrear",
    "collect",
    "balance",
    "欠",
    "款",
    "债",
    "逾期",
    "催",
)


def task(**changes: Any) -> DeskTask:
    """A visit that Ms Chen has claimed."""
    usual = {
        "task_id": 12, "kind": "visit", "state": "claimed", "case_id": "case:harbour:A-1003:1", "loan_id": "A-1003",
        "channel": "visit", "note": "visit for revisit_1", "attempt": 1, "name": "王晓梅", "phones": (),
        "street": "锦江区芙蓉巷27号", "city": "成都", "postcode": "610020", "zone": "Asia/Shanghai",
        "created_at": AT - timedelta(days=2), "starts_at": AT, "due_at": AT + timedelta(hours=9), "due_on": None,
        "people": 2, "visitors": (), "holder": CHEN, "claimed_by": CHEN, "claimed_at": AT - timedelta(days=1),
        "done_at": None, "withdrawn_at": None, "revision": 3, "talk_sheet": "You owe 920.00 CNY.",
    }  # fmt: skip
    return DeskTask.model_validate(usual | changes)


def feed(*tasks: DeskTask, person: str = CHEN) -> bytes:
    """The person's feed."""
    return visit_calendar(tasks, person, "quick-loans")


def events(ics: bytes) -> list[Event]:
    """The events of a feed that was read back."""
    return list(Calendar.from_ical(ics).walk("VEVENT"))


class TestEvent:
    def test_has_window_place_and_reference(self) -> None:
        [event] = events(feed(task()))

        assert str(event["SUMMARY"]) == "Visit · ref A-1003"
        assert str(event["LOCATION"]) == "锦江区芙蓉巷27号, 610020 成都"
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (AT, AT + timedelta(hours=9))
        assert b"DTSTART:20270303T010000Z" in feed(task())
        assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CONFIRMED", 3)

    def test_keeps_its_uid_and_raises_its_sequence_when_it_moves(self) -> None:
        [before] = events(feed(task()))
        [after] = events(
            feed(task(starts_at=AT + timedelta(days=1), due_at=AT + timedelta(days=1, hours=9), revision=4))
        )

        assert before["UID"] == after["UID"]
        assert before["SEQUENCE"] < after["SEQUENCE"]
        assert before["DTSTART"].dt < after["DTSTART"].dt

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"withdrawn_at": AT}, "CANCELLED"),
            ({"claimed_by": "Mr Wu"}, "CANCELLED"),
            ({"claimed_by": "Mr Wu", "visitors": ("Mr Wu", CHEN)}, "CONFIRMED"),
            ({"withdrawn_at": AT, "done_at": AT}, "CONFIRMED"),
            ({"done_at": AT}, "CONFIRMED"),
        ],
    )
    def test_is_cancelled_when_it_is_withdrawn_or_handed_on(
        self, changes: dict[str, Any], status: str
    ) -> None:
        [event] = events(feed(task(**changes)))

        assert str(event["STATUS"]) == status

    def test_of_an_unknown_address_says_to_find_it(self) -> None:
        [event] = events(feed(task(street=None, city=None, postcode=None)))

        assert str(event["LOCATION"]) == ADDRESS_UNKNOWN

    def test_of_a_call_has_no_place(self) -> None:
        [event] = events(feed(task(channel="phone", kind="counselling", starts_at=None)))

        assert str(event["SUMMARY"]) == "Call · ref A-1003"
        assert "LOCATION" not in event

    def test_names_who_else_goes(self) -> None:
        [event] = events(feed(task(visitors=(CHEN, "Mr Wu"))))

        assert str(event["DESCRIPTION"]) == "Task 12 · 2 people · with Mr Wu"


class TestFeed:
    def test_says_nothing_of_money_or_of_who_lives_there(self) -> None:
        text = Calendar.from_ical(feed(task(), task(channel="phone", task_id=13))).to_ical().decode().lower()

        assert [word for word in (*MONEY_WORDS, "王晓梅", "920", "cny") if word in text] == []

    def test_says_in_plain_sight_no_word_of_debt_that_a_text_may_not_say(self) -> None:
        for one in (task(), task(channel="phone", kind="phone"), task(done_at=AT)):
            [event] = events(feed(one))
            assert words_in().revealed(f"{event['SUMMARY']} {event['DESCRIPTION']}") is None

    def test_leaves_out_what_has_no_window(self) -> None:
        assert events(feed(task(starts_at=None, due_at=None, channel=None))) == []

    def test_is_the_same_when_nothing_changed(self) -> None:
        assert feed(task()) == feed(task())

    def test_without_an_event_can_be_read(self) -> None:
        assert Calendar.from_ical(feed())["VERSION"] == "2.0"

    @given(
        street=st.text(
            st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=200
        ).filter(str.strip),
        person=st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1, max_size=100),
    )
    def test_brings_any_text_back_folded_to_75_octets(self, street: str, person: str) -> None:
        ics = feed(task(street=street, claimed_by=person, visitors=(CHEN,)), person=person)
        [event] = events(ics)

        assert str(event["LOCATION"]) == f"{street}, 610020 成都"
        assert [line for line in ics.split(b"\r\n") if len(line) > 75] == []
        assert ics.count(b"BEGIN:VEVENT") == 1

    @pytest.mark.parametrize(
        "street",
        [
            "1 Elm Row\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:You owe us",
            'x;ALTREP="http://example.com":y',
            "a\\nb, c; d\\",
            "<script>alert(1)</script>" * 20,
            "\u202egnp.exe",
        ],
    )
    def test_is_not_broken_out_of(self, street: str) -> None:
        ics = feed(task(street=street))
        [event] = events(ics)

        assert (str(event["SUMMARY"]), str(event["STATUS"])) == ("Visit · ref A-1003", "CONFIRMED")
        assert [line for line in ics.split(b"\r\n") if line.startswith((b"SUMMARY", b"BEGIN:VEVENT"))] == [
            b"BEGIN:VEVENT", "SUMMARY:Visit · ref A-1003".encode(),
        ]  # fmt: skip
