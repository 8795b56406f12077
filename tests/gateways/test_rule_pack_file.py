"""Rule packs: the shipped ones load, and a mistake is one line that says where it is and what may stand there."""

from datetime import date, time
from pathlib import Path

import pytest

from compliance.rule import HoursRule, LimitRule
from gateways.rule_pack_file import packs_in, read_pack
from gateways.yaml_file import PolicyError

GOOD = """\
# Kept by compliance.
jurisdiction: CN
title: China
rules:
  - id: CN/night
    kind: hours
    citation: GB/T 45251-2025 cl. 5.3
    effective_from: 2025-02-28
    force: should
    open: [{days: working, opens: "08:00", closes: "22:00"}]
    exempt: [{fact: hours_agreed}]
    certainty: H
    source: a newspaper
  - id: CN/calls
    kind: limit
    citation: GB/T 45251-2025
    effective_from: 2025-02-28
    force: should
    channels: [phone]
    counts: [connected]
    over: person
    span: calendar_days
    days: 1
    limit: 3
    certainty: H
    source: a newspaper
terms:
  - {name: longest_plan_months, value: 60, citation: 办法 2011 art. 70, certainty: M, source: quoted}
left_out:
  - {what: a rumour, why: no text}
"""
COMMON = "id, citation, effective_from, effective_to, force, binds, channels, recipients, places, exempt, certainty, "
COMMON += "source, note"
LIMITS = f"{COMMON}, kind, counts, over, span, days, limit, across, not_counted"
AGAIN = """\
  - id: CN/night
    kind: hours
    citation: CBA 2026 art. 1
    effective_from: 2026-01-30
    force: should
    open: [{opens: "08:00", closes: "21:00"}]
    certainty: H
    source: a newspaper
terms:
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where China's pack is written."""
    return tmp_path / "CN.yaml"


def refusal(path: Path, text: str) -> str:
    """What is said of a pack that cannot be used."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        read_pack(path)
    return str(raised.value)


def changed(right: str, wrong: str) -> str:
    """The good pack with one thing written otherwise."""
    assert right in GOOD
    return GOOD.replace(right, wrong, 1)


def place(path: Path, text: str, at: str) -> str:
    """`file:line:column` of the first `at` in the text."""
    before = text[: text.index(at)]
    return f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


class TestReadPack:
    def test_takes_rules_terms_and_what_was_left_out(self, path: Path) -> None:
        path.write_text(GOOD, encoding="utf-8")

        pack = read_pack(path)

        night, calls = pack.rules
        assert isinstance(night, HoursRule)
        assert (night.open[0].opens, night.open[0].closes) == (time(8), time(22))
        assert isinstance(calls, LimitRule)
        assert (calls.limit, calls.days, calls.effective_from) == (3, 1, date(2025, 2, 28))
        assert pack.terms[0].value == 60
        assert pack.left_out[0].why == "no text"

    def test_takes_a_later_version_of_a_rule_that_was_ended(self, path: Path) -> None:
        ended = changed(
            "effective_from: 2025-02-28\n", "effective_from: 2025-02-28\n    effective_to: 2026-01-30\n"
        )
        path.write_text(ended.replace("terms:\n", AGAIN), encoding="utf-8")

        assert [rule.id for rule in read_pack(path).rules] == ["CN/night", "CN/calls", "CN/night"]

    def test_refuses_a_later_version_that_begins_a_day_before_the_earlier_one_ends(self, path: Path) -> None:
        ended = changed(
            "effective_from: 2025-02-28\n", "effective_from: 2025-02-28\n    effective_to: 2026-01-31\n"
        )
        text = ended.replace("terms:\n", AGAIN)

        assert refusal(path, text) == (
            f"{place(path, text, 'effective_from: 2026')}: rules.2.effective_from: 2026-01-30 overlaps the version of "
            "CN/night from 2025-02-28: end that one with effective_to first"
        )

    @pytest.mark.parametrize(
        ("right", "wrong", "at", "said"),
        [
            ("terms:\n", AGAIN, "effective_from: 2026", "rules.2.effective_from: 2026-01-30 overlaps the version of CN"
             "/night from 2025-02-28: end that one with effective_to first"),
            ("from: 2025-02-28\n", "from: 2025-02-28\n    effective_to: 2025-02-28\n", "effective_to",
             "rules.0.effective_to: 2025-02-28 must be later than effective_from"),
            ("[phone]", "[phone, fax]", "fax", "rules.1.channels.1: 'fax' is not one of email, sms, phone, visit"),
            ('"08:00"', '"25:00"', "opens", "rules.0.open.0.opens: '25:00' is no time of day: write \"HH:MM\", from "
             '"00:00" to "24:00"'),
            ('"08:00"', '"08:00:30"', "opens", "rules.0.open.0.opens: '08:00:30' is no time of day: write \"HH:MM\", "
             'from "00:00" to "24:00"'),
            ('"08:00"', '"22:00"', "opens", "rules.0.open.0.opens: 22:00:00 must differ from closes; for the whole day "
             "write 00:00 to 24:00"),
            ('"08:00"', "12:30", "opens", 'rules.0.open.0.opens: write the time in quotes, such as "12:30": 12:30 '
             "unquoted is a number in some YAML readers"),
            ('"22:00"', "22:00", "closes", 'rules.0.open.0.closes: write the time in quotes, such as "12:30": 22:00 '
             "unquoted is a number in some YAML readers"),
            ('"08:00"', "750", "opens", 'rules.0.open.0.opens: write the time in quotes, such as "12:30": 750 unquoted '
             "is a number in some YAML readers"),
            ("limit: 3", "limit: -1", "limit: -1", "rules.1.limit: -1 must be 1 or more"),
            ("limit: 3", "limit: 1001", "limit: 1001", "rules.1.limit: 1001 must be 1000 or less"),
            ("limit: 3", "limit: three", "limit: three", "rules.1.limit: 'three' is no whole number"),
            ("limit: 3", "limit: 2.5", "limit: 2.5", "rules.1.limit: 2.5 is no whole number"),
            ("limit: 3", "limit: true", "limit: true", "rules.1.limit: true is neither a number nor a name: no field "
             "here is true or false"),
            ("    limit: 3\n", "", "id: CN/calls", "rules.1.limit: is missing"),
            ("    days: 1\n", "", "id: CN/calls", "rules.1.days: belongs to calendar_days and rolling_days, and to "
             "nothing else"),
            ("citation: GB/T 45251-2025\n", "citation: everybody knows\n", "citation: every",
             "rules.1.citation: 'everybody knows' has not the right form: name the instrument and a number in it, such "
             "as 12 CFR 1006.6(b)(1) or GB/T 45251-2025 cl. 5.3"),
            ("kind: hours", "kind: hour", "kind: hour", "rules.0.kind: 'hour' is not one of hours, limit, pause, stop, "
             "needs, people, third_person"),
            ("    kind: hours\n", "", "id: CN/night", "rules.0.kind: is missing: write one of hours, limit, pause, stop, "
             "needs, people, third_person"),
            ("    limit: 3\n", "    limits: 3\n    limit: 3\n", "limits",
             f"rules.1.limits: unknown field: did you mean limit? The fields here are {LIMITS}"),
            ("{days: working", "{dais: working", "dais", "rules.0.open.0.dais: unknown field: did you mean days? The "
             "fields here are days, opens, closes, holidays"),
            ("{fact: hours_agreed}", "{fact: hours_agreed, since: 3}", "since: 3", "rules.0.exempt.0.since: unknown "
             "field: The fields here are purpose, fact, within_days, days_past_due_over"),
            ("title:", "colour: red\ntitle:", "colour", "colour: unknown field: The fields here are jurisdiction, title, "
             "rules, terms, left_out"),
            ("why: no text", "why: no text, who: me", "who", "left_out.0.who: unknown field: The "
             "fields here are what, why"),
            ("days: working", "days: funday", "days: funday", "rules.0.open.0.days.0: 'funday' is not one of every, "
             "working, off, mon, tue, wed, thu, fri, sat, sun"),
            ("certainty: H", "certainty: H\n    on: signed_plan", "on: s", "rules.0.on: unknown field: The fields here are "
             f"{COMMON}, kind, open"),
            ("{fact: hours_agreed}", "{within_days: 3}", "{within", "rules.0.exempt.0: an exemption is one of purpose, "
             "fact or days_past_due_over"),
            ("id: CN/night", "id: US/night", "id: US/night", "rules.0.id: US/night must begin with CN/"),
            ("id: CN/night", "id: CN/Night", "id: CN/Night", "rules.0.id: 'CN/Night' has not the right form: write "
             "JURISDICTION/name in small letters, digits and hyphens, such as CN/night"),
            ("jurisdiction: CN", "jurisdiction: China", "jurisdiction", "jurisdiction: 'China' has not the right form: "
             "write an ISO 3166 code in capitals, such as CN or US-MA"),
            ("certainty: H", "certainty: sure", "certainty: sure", "rules.0.certainty: 'sure' is not one of H, M, L"),
            ("certainty: H", "certainty: L", "id: CN/night", "rules.0.note: a rule of certainty L says here why it is "
             "kept at all"),
            ("certainty: M", "certainty: sure", "certainty: sure", "terms.0.certainty: 'sure' is not one of H, M, L"),
            ("2025-02-28", "20250228", "effective_from: 2", "rules.0.effective_from: 20250228 is no day: write "
             "YYYY-MM-DD"),
            ("2025-02-28", "20736000", "effective_from: 2", "rules.0.effective_from: 20736000 is no day: write "
             "YYYY-MM-DD"),
            ("2025-02-28", "spring", "effective_from: s", "rules.0.effective_from: 'spring' is no day: write YYYY-MM-DD"),
            ("2025-02-28", "2025-02-29", "2025-02-29", "effective_from: 2025-02-29: there is no such day"),
            ("2025-02-28", "'2025-02-29'", "effective_from: '", "rules.0.effective_from: '2025-02-29' is no day: write "
             "YYYY-MM-DD"),
            ("channels: [phone]", "channels: []", "channels", "rules.1.channels: is empty: write at least one"),
            ("channels: [phone]", "channels: phone", "channels", "rules.1.channels: 'phone' is no list: write [one, two]"),
            ("  - {what", "  - rumour\n  - {what", "rumour", "left_out.0: 'rumour' is no mapping: write field: value"),
            ("title: China", "title: China\ntitle: Cathay", "title: Cathay", "not YAML: found duplicate key \"title\" with "
             'value "Cathay" (original value: "China"): keep one of them'),
            ("    limit: 3", "    limit: 3\n    limit: 4", "limit: 4", "not YAML: found duplicate key \"limit\" with value "
             '"4" (original value: "3"): keep one of them'),
            ("办法 2011 art. 70", "办法 on cards", "citation: 办法", "terms.0.citation: '办法 on cards' has not the right form: "
             "name the instrument and a number in it, such as 12 CFR 1006.6(b)(1) or GB/T 45251-2025 cl. 5.3"),
            ("    limit: 3", "\tlimit: 3", "\tlimit", "not YAML: found character '\\t' that cannot start any token"),
        ],
    )  # fmt: skip
    def test_names_file_line_and_column_of_a_mistake_once(
        self, path: Path, right: str, wrong: str, at: str, said: str
    ) -> None:
        text = changed(right, wrong)

        assert refusal(path, text) == f"{place(path, text, at)}: {said}"

    def test_lists_every_fact_where_one_is_misspelt(self, path: Path) -> None:
        text = changed("{fact: hours_agreed}", "{fact: hours_ok}")

        said = refusal(path, text)

        at = place(path, text, "fact: hours_ok")
        assert said.startswith(
            f"{at}: rules.0.exempt.0.fact: 'hours_ok' is not one of signed_plan, plan_requested, "
        )
        assert said.endswith(", contact_agreed, automation_refused")
        assert "\n" not in said

    def test_names_every_mistake_each_on_its_line(self, path: Path) -> None:
        text = (
            changed("limit: 3", "limit: 0").replace('"22:00"', '"25:00"').replace("hours_agreed", "hours_ok")
        )

        assert [line.split(": ")[1] for line in refusal(path, text).splitlines()] == [
            "rules.0.open.0.closes",
            "rules.0.exempt.0.fact",
            "rules.1.limit",
        ]

    @pytest.mark.parametrize(
        ("text", "at", "said"),
        [
            (b"", "1:1", "a mapping of policy fields is expected"),
            (b"- CN\n", "1:1", "a mapping of policy fields is expected"),
            (b"jurisdiction: CN\ntitle: caf\xe9\n", "2:11", "not UTF-8: save the file in UTF-8"),
            (b"jurisdiction: CN\ntitle: x\nrules: []\n", "3:1", "rules: is empty: write at least one"),
            (b"jurisdiction: CN\ntitle: x\nrules:\n", "3:1", "rules: None is no list: write [one, two]"),
            (
                b"jurisdiction: CN\ntitle: x\nrules: [7]\n",
                "3:9",
                "rules.0: 7 is no mapping: write field: value",
            ),
        ],
    )
    def test_names_the_place_in_a_file_that_is_no_pack_at_all(
        self, path: Path, text: bytes, at: str, said: str
    ) -> None:
        path.write_bytes(text)

        with pytest.raises(PolicyError) as raised:
            read_pack(path)

        assert str(raised.value) == f"{path}:{at}: {said}"

    def test_refuses_a_file_called_otherwise_than_its_jurisdiction(self, tmp_path: Path) -> None:
        path = tmp_path / "HK.yaml"

        said = refusal(path, GOOD)

        assert said == (
            f"{path}:2:1: jurisdiction: 'CN' is not what the file is called: rename it to CN.yaml"
        )


class TestPacksIn:
    def test_refuses_a_subdivision_without_its_country(self, tmp_path: Path) -> None:
        path = tmp_path / "US-MA.yaml"
        path.write_text(GOOD.replace("CN", "US-MA"), encoding="utf-8")

        with pytest.raises(PolicyError) as raised:
            packs_in(tmp_path)

        assert str(raised.value) == (
            f"{path}:2:1: jurisdiction: US-MA lies on top of US: add US.yaml, its country's pack"
        )

    def test_takes_a_subdivision_beside_its_country(self, tmp_path: Path) -> None:
        for place in ("US", "US-MA"):
            (tmp_path / f"{place}.yaml").write_text(GOOD.replace("CN", place), encoding="utf-8")

        assert packs_in(tmp_path).keys() == {"US", "US-MA"}

    def test_names_the_mistakes_of_every_file(self, tmp_path: Path) -> None:
        for place in ("CN", "HK"):
            (tmp_path / f"{place}.yaml").write_text(changed("limit: 3", "limit: -1").replace("CN", place))

        with pytest.raises(PolicyError) as raised:
            packs_in(tmp_path)

        assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
            str(tmp_path / "CN.yaml"),
            str(tmp_path / "HK.yaml"),
        ]

    def test_never_reads_past_a_file_it_does_not_know(self, tmp_path: Path) -> None:
        """A law in `CN.yml` that nobody reads would be a law that nobody keeps."""
        (tmp_path / "CN.yml").write_text(GOOD, encoding="utf-8")

        with pytest.raises(PolicyError, match=r"CN\.yml:1:1: file name: write JURISDICTION\.yaml"):
            packs_in(tmp_path)

    @pytest.mark.parametrize("folder", ["", "missing"])
    def test_refuses_to_know_no_law_at_all(self, tmp_path: Path, folder: str) -> None:
        with pytest.raises(PolicyError, match="no rule pack in it"):
            packs_in(tmp_path / folder)
