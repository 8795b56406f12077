"""`leeway contact check`: allowed or refused, by which rule, when next, and what every rule says."""

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from contact_question_asked import FRIDAY, answer, leeway, options

GOLDEN_WEEK = "2026-10-01T10:00+08:00"


def said(told: dict[str, object], rule: str) -> str:
    """What one rule says in an answer."""
    considered = told["considered"]
    assert isinstance(considered, list)
    return next(one["says"] for one in considered if one["rule"] == rule)


class TestAnswer:
    def test_allows_a_call_in_working_hours_and_says_until_when(self) -> None:
        told = answer()

        assert told | {"considered": None} == {
            "allowed": True,
            "instant": "2026-10-09T02:00:00+00:00",
            "next_allowed": "2026-10-09T02:00:00+00:00",
            "rule": None,
            "citation": None,
            "reason": "no rule of 11 says no; permitted until Fri 2026-10-09 18:00 Asia/Shanghai",
            "origin": None,
            "law": "CN",
            "considered": None,
        }

    def test_refuses_a_call_on_a_holiday_and_names_the_first_working_morning(self) -> None:
        told = answer(at=GOLDEN_WEEK)

        assert told | {"considered": None} == {
            "allowed": False,
            "instant": "2026-10-01T02:00:00+00:00",
            "next_allowed": "2026-10-08T01:00:00+00:00",
            "rule": "platform-a/working-hours",
            "citation": "house policy, platform-a/working-hours",
            "reason": "closed in Asia/Shanghai; it opens 09:00 to 18:00",
            "origin": "house",
            "law": "CN",
            "considered": None,
        }

    def test_names_the_law_with_its_citation_where_the_law_refuses(self) -> None:
        told = answer(channel="visit", people=1)

        assert (told["rule"], told["next_allowed"]) == ("CN/visit-people", None)
        assert told["citation"] == "CBA 金融机构个人消费类贷款催收工作指引(试行) 2026 art. 22"
        assert told["reason"] == "a visit needs 2 people, not 1"

    def test_considers_every_rule_each_alone_in_the_order_of_the_law(self) -> None:
        told = answer(at="2026-10-09T07:00+08:00", facts=["signed_plan=2026-10-01..2026-10-12"])

        assert told["rule"] == "CN/signed-plan"
        assert {one["rule"]: one["says"].partition(":")[0] for one in told["considered"]} == {
            "CN/night": "no", "CN/night-cba": "no", "CN/connected-calls": "yes", "CN/notice-calls": "yes",
            "CN/dial-attempts": "yes", "CN/minor": "yes", "CN/capacity": "yes", "CN/signed-plan": "no",
            "platform-a/one-a-day": "yes", "platform-a/three-a-week": "yes", "platform-a/working-hours": "no",
        }  # fmt: skip

    def test_says_what_lifts_a_rule(self) -> None:
        assert said(answer(facts=["hours_agreed"]), "CN/night") == "lifted: hours_agreed"

    def test_says_that_a_rule_is_not_in_force_yet(self) -> None:
        told = answer(at="2025-11-03T10:00+08:00")

        assert said(told, "CN/dial-attempts") == "not in force before 2026-01-30"
        assert said(told, "CN/connected-calls").startswith("yes: ")

    def test_counts_the_history_and_frees_the_contact_when_the_limit_does(self) -> None:
        told = answer(history=[{"at": "2026-10-09T09:00+08:00", "channel": "phone", "result": "no_answer"}])

        assert (told["rule"], told["next_allowed"]) == ("platform-a/one-a-day", "2026-10-10T01:00:00+00:00")
        assert said(told, "platform-a/one-a-day") == "no: 1 of 1 used on the calendar day"
        assert said(told, "CN/connected-calls").startswith("yes: at most 3 connected calls ")

    def test_asks_the_rules_after_the_first_no_as_well(self) -> None:
        past = [
            {"at": f"2026-10-{day:02}T09:00+08:00", "channel": "sms", "result": "sent"} for day in (7, 8, 9)
        ]
        told = answer(history=past)

        assert told["rule"] == "platform-a/one-a-day"
        assert told["next_allowed"] == "2026-10-14T01:00:00+00:00"
        assert said(told, "platform-a/three-a-week") == "no: 3 of 3 used in 7 calendar days"

    def test_puts_the_borrowers_own_no_first_and_asks_the_rules_all_the_same(self) -> None:
        told = answer(at="2026-10-09T07:00+08:00", wishes=["stopped=phone,sms"])

        assert (told["rule"], told["citation"]) == ("stopped_channel", "the borrower's wish")
        assert told["considered"][0]["says"] == "no: the borrower stopped phone"
        assert said(told, "CN/night").startswith("no: closed")
        assert said(told, "CN/minor").startswith("yes: ")

    def test_keeps_wished_hours_apart_from_what_the_rules_say(self) -> None:
        told = answer(wishes=["not_before=11:00", "not_on=sat,sun"])

        assert (told["rule"], told["next_allowed"]) == ("wished_hours", "2026-10-09T03:00:00+00:00")
        assert said(told, "wished_hours").startswith("no: ")
        assert said(told, "CN/night") == "yes: 08:00 to 22:00 every day"
        assert said(told, "platform-a/working-hours") == "yes: 09:00 to 18:00 working days"

    @pytest.mark.parametrize(
        ("wish", "rule"), [("not_at=home", "barred_place"), ("representative", "representative")]
    )
    def test_keeps_a_wish_that_closes_everything(self, wish: str, rule: str) -> None:
        assert (answer(wishes=[wish])["rule"], answer(wishes=[wish])["next_allowed"]) == (rule, None)

    def test_is_no_where_no_clock_is_known_and_asks_no_rule(self) -> None:
        told = answer(country="US", subdivision="AE", zone=None)

        assert (told["rule"], told["next_allowed"]) == ("no_time_zone", None)
        assert {one["says"] for one in told["considered"]} <= {
            "not asked",
            "binds third parties only: not this house",
        }

    def test_is_yes_only_where_every_zone_of_the_place_says_yes(self) -> None:
        """13:30 in New York is 08:30 in Honolulu, before the house opens."""
        at = "2026-03-04T13:30-05:00"

        assert answer(country="US", zone="America/New_York", at=at)["allowed"]
        assert not answer(country="US", zone=None, at=at)["allowed"]

    def test_tells_the_calendar_of_its_year_what_is_a_make_up_day(self) -> None:
        assert answer(at="2026-02-14T10:00+08:00")["allowed"]
        assert not answer(at="2026-02-07T10:00+08:00")["allowed"]

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"policy": "platform-z"}, "policy: 'platform-z': write one of platform-a, platform-b, platform-c"),
            ({"policy": None}, "policy: not given: write one of platform-a, platform-b, platform-c"),
            ({"country": "XX"}, "country: 'XX': not an ISO 3166 code"),
            ({"country": "US", "subdivision": "ZZ"}, "subdivision: 'ZZ': not a subdivision of US"),
            ({"zone": "Mars/Base"}, "zone: 'Mars/Base': not an IANA time zone"),
            ({"channel": "pigeon"}, "channel: 'pigeon': write one of email, sms, phone, visit"),
            ({"at": "tomorrow"}, "at: 'tomorrow': not an instant"),
            ({"at": "2026-10-09T10:00"}, "at: '2026-10-09T10:00': has no offset"),
            ({"at": "1969-10-09T10:00Z"}, "at: '1969-10-09T10:00Z': outside the years 2000 to 2100"),
            ({"to": "neighbour"}, "to: 'neighbour': write one of borrower"),
            ({"people": 0}, "people: 0: how many go on a visit"),
            ({"facts": ["rich"]}, "facts: 'rich': write one of"),
            ({"facts": ["hospital=2026-05-02..2026-05-01"]}, "facts: 'hospital=2026-05-02..2026-05-01': ends before"),
            ({"wishes": ["quiet"]}, "wishes: 'quiet': write each of stopped, not_before,"),
            ({"wishes": ["not_on=sun", "not_on=sat"]}, "wishes: 'not_on=sat': write each of"),
            ({"wishes": ["not_before=10"]}, "wishes: '10': write local time as HH:MM"),
            ({"wishes": ["not_on=sunday"]}, "wishes: 'sunday': write days as"),
            ({"wishes": ["stopped=fax"]}, "wishes: 'fax': write one of email"),
            ({"wishes": ["representative=no"]}, "wishes: 'representative=no': write representative alone"),
            ({"history": [{"at": FRIDAY}]}, "history.0.channel: not given: write one of"),
            ({"historie": []}, "historie: []: no such field; there are at, by, channel"),
        ],
    )  # fmt: skip
    def test_of_what_cannot_be_read_names_field_value_and_rule(
        self, changes: dict[str, object], error: str
    ) -> None:
        with pytest.raises(ValueError, match=r".") as raised:
            answer(**changes)

        assert str(raised.value).startswith(error)


class TestCommand:
    def test_answers_in_json(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leeway(monkeypatch, "check", *options(at=FRIDAY), "--json") == 0

        assert json.loads(capsys.readouterr().out) == answer()

    def test_answers_for_people_on_the_borrowers_own_clock(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("COLUMNS", "100")
        assert leeway(monkeypatch, "check", *options(at=GOLDEN_WEEK)) == 0

        told = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        assert told[0] == " REFUSED  by phone at Thu 2026-10-01 10:00 Asia/Shanghai"
        assert told[2:5] == [
            "Why   closed in Asia/Shanghai; it opens 09:00 to 18:00",
            "Rule  platform-a/working-hours, house policy",
            "Next  Thu 2026-10-08 09:00 Asia/Shanghai, 6 days 23 h later",
        ]
        assert "\u2713  CN/night  08:00 to 22:00 every day" in told
        assert "   GB/T 45251-2025 cl. 5.3 (should)" in told
        assert "\u2717  platform-a/working-hours  closed in Asia/Shanghai; it opens 09:00 to 18:00" in told

    def test_says_in_words_that_no_next_instant_is_known(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leeway(monkeypatch, "check", *options(at=FRIDAY, fact="minor")) == 0

        assert "Next  no permitted instant is known" in capsys.readouterr().out

    def test_reads_a_history_file(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        past = {"at": "2026-10-09T09:00+08:00", "channel": "sms", "result": "sent"}
        (tmp_path / "past.jsonl").write_text(json.dumps(past) + "\n\n")
        words = (*options(at=FRIDAY), "--history", str(tmp_path / "past.jsonl"), "--json")

        assert leeway(monkeypatch, "check", *words) == 0
        assert json.loads(capsys.readouterr().out) == answer(history=[past])

    def test_names_every_line_of_a_history_that_cannot_be_read(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "past.jsonl"
        path.write_text('{"at": "2026-10-09T09:00+08:00", "channel": "fax"}\n\n{"at": "soon"\n')

        assert leeway(monkeypatch, "check", *options(at=FRIDAY), "--history", str(path)) == 2
        first, second = capsys.readouterr().err.splitlines()
        assert first == f"leeway: {path}:1: channel: 'fax': write one of email, sms, phone, visit"
        assert second.startswith(f"{path}:3: line: ")

    def test_says_that_a_history_file_is_not_there(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leeway(monkeypatch, "check", *options(at=FRIDAY), "--history", "/nowhere") == 2

        assert "--history /nowhere: No such file or directory" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "wrong", [{"policy": "x"}, {"zone": "x"}, {"channel": "x"}, {"at": "x"}, {"country": "x"}]
    )
    def test_ends_with_2_and_names_the_option_that_cannot_be_used(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: dict[str, str]
    ) -> None:
        assert leeway(monkeypatch, "check", *options(**{"at": FRIDAY} | wrong)) == 2

        assert capsys.readouterr().err.startswith(f"leeway: {next(iter(wrong))}: 'x': ")
