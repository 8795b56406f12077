"""`leeway contact check --batch`: a question a line, an answer a line, whatever the line says."""

import io
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))

from contact_question_asked import FRIDAY, PHONE, answer, desk, leeway

from compliance.ask import Result
from compliance.rule import Purpose
from entrypoints.contact.batch import answer_lines
from entrypoints.contact.desk import Desk
from entrypoints.contact.question import FIELDS, PAST_FIELDS
from statemachine.fact import FactName
from statemachine.stage import Channel


def batch(*lines: bytes) -> tuple[int, list[Any]]:
    """How many lines were errors, and every answer."""
    out = io.BytesIO()
    errors = answer_lines(desk(), [line + b"\n" for line in lines], out)
    return errors, [json.loads(line) for line in out.getvalue().splitlines()]


def question(**changes: Any) -> bytes:
    """The line that asks about a call on a working morning, changed as given."""
    return json.dumps(PHONE | {"at": FRIDAY} | changes).encode()


PAST = {"at": "2026-10-09T09:00+08:00", "channel": "email", "result": "sent"}


class TestBatch:
    def test_answers_each_line_in_order_as_one_check_would(self) -> None:
        asked: list[dict[str, Any]] = [
            {}, {"policy": "platform-b", "channel": "sms"}, {"history": [PAST]}, {"at": "2026-10-01T10:00+08:00"},
            {"country": "US", "subdivision": "MA", "zone": "America/New_York"}, {"facts": ["minor"]},
        ]  # fmt: skip

        errors, told = batch(*(question(**changes) for changes in asked))

        assert errors == 0
        assert told == [answer(**changes) for changes in asked]
        assert {one["allowed"] for one in told} == {True, False}

    def test_answers_a_bad_line_with_its_number_and_goes_on(self) -> None:
        errors, told = batch(question(), b"{", question(channel="fax"), b"", b"[]", question())

        assert errors == 3
        assert [one.get("line") for one in told] == [None, 2, 3, 5, None]
        assert told[1]["error"].startswith("line: '{': not JSON: ")
        assert told[2]["error"] == "channel: 'fax': write one of email, sms, phone, visit"
        assert told[3]["error"] == "line: []: a question is one JSON object"
        assert told[0] == told[4] == answer()

    def test_keeps_nothing_of_a_line_for_the_next(self) -> None:
        _, told = batch(question(history=[PAST]), question(), question(facts=["minor"]), question())

        assert [one["allowed"] for one in told] == [False, True, False, True]

    @pytest.mark.parametrize(
        "line",
        [
            b"\xff\xfe", b"null", b'"\\ud800"', b"1" * 5000, b"[" * 5000, b"NaN",
            question(at="2100-12-31T23:59-23:59"), question(at="2000-01-01T00:00+23:59"), question(policy=["x"]),
            question(country={}), question(zone=[]), question(subdivision="\x00"), question(number="\ud800"),
            question(facts=["hospital=2000-01-01"]), question(facts=["hospital="]), question(wishes="x"),
            question(history={}), question(history=[PAST] * 3), question(overdue_since="2026-02-30"),
            question(**{"\ud800": 1}), question(zone="posixrules"), question(people=True),
        ],
    )  # fmt: skip
    def test_has_one_answer_for_any_odd_line(self, line: bytes) -> None:
        _, told = batch(line, question())

        assert len(told) == 2
        assert told[1] == answer()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
INSTANTS = st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat())
DATES = st.dates().map(str) | st.dates(date(2025, 1, 1), date(2027, 1, 1)).map(str)
PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "policy": st.sampled_from(["platform-a", "platform-b", "platform-c"]),
    "country": st.sampled_from(["CN", "US", "GB", "RU", "AU", "IN", "ID", "AQ", "KI"]),
    "subdivision": st.sampled_from(["MA", "US-CA", "VIC", "XJ", ""]),
    "zone": st.sampled_from(["Asia/Shanghai", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
    "channel": st.sampled_from(list(Channel)),
    "at": INSTANTS,
    "purpose": st.sampled_from(list(Purpose)),
    "people": st.integers(0, 10),
    "overdue_since": DATES,
    "result": st.sampled_from(list(Result)),
    "facts": st.lists(st.builds("{}={}..{}".format, st.sampled_from(list(FactName)), DATES, DATES), max_size=3),
    "wishes": st.lists(st.sampled_from(["not_before=09:00", "not_after=09:00", "not_on=mon,sun", "x="]), max_size=3),
}  # fmt: skip


def objects(fields: frozenset[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of these fields, each plausible, anything or missing."""
    values = {name: PLAUSIBLE.get(name, ANY_JSON) | ANY_JSON for name in sorted(fields)}
    return st.fixed_dictionaries({}, optional=values)


QUESTIONS = st.builds(
    lambda asked, changes, history: PHONE | {"at": FRIDAY} | asked | changes | ({"history": history} if history else {}),
    st.fixed_dictionaries({}, optional={name: PLAUSIBLE[name] for name in PLAUSIBLE if name != "result"}),
    objects(FIELDS) | st.just({}),
    st.lists(objects(PAST_FIELDS), max_size=4),
)  # fmt: skip


class TestAnyLine:
    @given(
        QUESTIONS.map(lambda asked: json.dumps(asked).encode())
        | ANY_JSON.map(lambda any_: json.dumps(any_).encode())
    )
    def test_of_json_gets_a_verdict_or_an_error_that_names_a_field(self, line: bytes) -> None:
        _, [told] = batch(line)

        if "error" in told:
            assert told["line"] == 1
            assert ": " in told["error"]
        else:
            assert told["allowed"] == (told["rule"] is None)
            assert told["allowed"] == (told["next_allowed"] == told["instant"])

    @given(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"").strip() or b"?"))
    def test_of_bytes_gets_an_answer(self, line: bytes) -> None:
        errors, told = batch(line)

        assert (errors, len(told)) == (1, 1)


class _Pipe(io.TextIOWrapper):
    """Standard input with these lines in it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))


class TestCommand:
    def test_reads_standard_input_and_ends_with_2_after_the_last_line_when_one_was_bad(
        self, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", _Pipe(question() + b"\n{}\n" + question()))

        assert leeway(monkeypatch, "check", "--batch") == 2
        told = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
        assert [one.get("line") for one in told] == [None, 2, None]

    def test_ends_with_0_when_every_line_was_answered(
        self, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", _Pipe(question()))

        assert leeway(monkeypatch, "check", "--batch") == 0
        assert json.loads(capsysbinary.readouterr().out) == Desk.shipped(date.today()).answer(
            json.loads(question())
        )

    def test_takes_no_other_option(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leeway(monkeypatch, "check", "--batch", "--policy", "platform-a") == 2

        assert capsys.readouterr().err == "leeway: --batch: each line says it all; leave out --policy\n"
