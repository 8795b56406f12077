"""What a policy's templates must pass when it is loaded: each check, and a template that must not pass it."""

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from gateways.message import SAMPLE_FACTS, MessageError, render
from gateways.policy_file import policies_in
from gateways.rule_pack_file import packs_in
from gateways.template import TEMPLATES
from gateways.template_check import check_templates
from gateways.words import WORDS
from gateways.yaml_file import PolicyError
from lending.reason import LANGUAGES
from statemachine.stage import Tone

BARRED = "{% if time_barred %}has passed 时效 時效{% endif %}"
CHOICE = "{% if time_barred %}own free choice 自愿决定 自己決定{% endif %}"
SENDER = "{{ lender_name }}: {{ reply_to }} {{ help_line }} STOP 退订 退訂 "
SMS = SENDER + CHOICE
EMAIL = "Subject: Hello\n\n" + SENDER + BARRED
TALK = "{# voice: caring #}\n{{ lender_name }} {{ reply_to }} {{ help_line }}\n" + BARRED


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder in which the house has a plain and a caring notice, in every language."""
    (tmp_path / "house").mkdir()
    (tmp_path / "shared").mkdir()
    for language in LANGUAGES:
        for channel, text in (("sms", SMS), ("email", EMAIL)):
            for name in ("notice", "notice.caring"):
                put(tmp_path, f"{name}.{channel}.{language}", text)
        put(tmp_path, f"talk.phone.{language}", TALK)
        put(
            tmp_path,
            f"third_person.phone.{language}",
            "{# voice: caring #}\nPlease ask {{ borrower_name }} to call.",
        )
    return tmp_path


def put(root: Path, name: str, text: str) -> Path:
    """Writes a template of the house."""
    path = root / "house" / f"{name}.j2"
    path.write_text(text, encoding="utf-8")
    return path


def faults(root: Path, template: str = "notice", channel: str = "sms", *places: str) -> list[str]:
    """What is wrong with the house's templates."""
    try:
        check_templates("house", [(template, channel)], places=places, root=root)
    except MessageError as error:
        return str(error).splitlines()
    return []


class TestCheckTemplates:
    @pytest.mark.parametrize(
        "wanted", [("notice", "sms"), ("notice", "email"), ("talk", "phone"), ("third_person", "phone")]
    )
    def test_passes_what_is_whole(self, root: Path, wanted: tuple[str, str]) -> None:
        assert faults(root, *wanted) == []

    def test_names_every_fault_at_once(self, root: Path) -> None:
        put(root, "notice.sms.en", SMS + "{{ nickname }}")
        put(root, "notice.sms.zh-CN", SMS + "您" * 135)
        (root / "house" / "notice.sms.zh-TW.j2").unlink()

        found = "\n".join(faults(root))

        assert "unknown variable 'nickname'" in found
        assert "segments, at most 2" in found
        assert "notice.sms.zh-TW.j2" in found

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("name", ["notice", "notice.caring"])
    def test_misses_any_file_of_the_matrix(self, root: Path, name: str, language: str) -> None:
        (root / "house" / f"{name}.email.{language}.j2").unlink()

        assert any(f"{name}.email.{language}.j2" in fault for fault in faults(root, "notice", "email"))


class TestVoice:
    def test_that_may_dun_needs_a_caring_twin(self, root: Path) -> None:
        (root / "house" / "notice.caring.sms.en.j2").unlink()

        found = faults(root)

        assert len(found) == 1
        assert "notice.sms.en.j2:1:1: nobody in difficulty is dunned: add notice.caring.sms.en.j2" in found[0]

    def test_that_is_caring_by_its_first_line_needs_none(self, root: Path) -> None:
        (root / "house" / "notice.caring.sms.en.j2").unlink()
        put(root, "notice.sms.en", "{# voice: caring #}\n" + SMS)

        assert faults(root) == []

    def test_that_may_dun_is_refused_at_the_door_too(self, root: Path) -> None:
        (root / "house" / "notice.caring.sms.en.j2").unlink()

        assert render("house", "notice", "sms", "en", SAMPLE_FACTS, root=root).body
        with pytest.raises(MessageError, match="is not for somebody in difficulty"):
            render("house", "notice", "sms", "en", SAMPLE_FACTS, tone=Tone.CARING, root=root)


class TestRequiredWords:
    @pytest.mark.parametrize(
        ("missing", "what"),
        [
            ("{{ lender_name }}", "who we are"),
            ("{{ reply_to }}", "how to reach us"),
            ("{{ help_line }}", "where advice is free"),
            ("STOP", "how to end these messages"),
        ],
    )
    @pytest.mark.parametrize("channel", ["sms", "email"])
    def test_are_missed(self, root: Path, channel: str, missing: str, what: str) -> None:
        text = SMS if channel == "sms" else EMAIL
        put(root, f"notice.{channel}.en", text.replace(missing, ""))

        found = faults(root, "notice", channel)

        assert [what in fault for fault in found] == [True] * len(found) != []

    def test_are_cited_from_the_law_of_the_place(self, root: Path) -> None:
        put(root, "notice.sms.en", SMS.replace("STOP", ""))

        assert all(fault.endswith("US: 12 CFR 1006.6(e)") for fault in faults(root, "notice", "sms", "US"))
        assert not any("12 CFR" in fault for fault in faults(root, "notice", "sms", "GB"))

    def test_of_one_place_are_asked_of_policies_for_it_alone(self, root: Path) -> None:
        own = root / "words.yaml"
        text = WORDS.read_text(encoding="utf-8")
        only = "    everywhere: a channel is open only as long as the borrower wants it\n"
        assert only in text
        own.write_text(text.replace(only, ""), encoding="utf-8")
        put(root, "notice.sms.en", SMS.replace("STOP", ""))

        check_templates("house", [("notice", "sms")], places=["GB"], root=root, words=own)
        with pytest.raises(MessageError, match="how to end these messages"):
            check_templates("house", [("notice", "sms")], places=["GB", "US"], root=root, words=own)


class TestForbiddenWords:
    def test_are_named_with_file_line_column_and_why(self, root: Path) -> None:
        path = put(root, "notice.sms.en", SMS + "\nThis is your\n  last chance.")

        assert faults(root)[0].startswith(f"{path}:3:3: forbidden 'last chance': there is always time")

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("notice.sms.zh-CN", "我们将 起 诉"),
            ("notice.sms.zh-TW", "我們將起訴"),
            ("notice.sms.zh-TW", "我们将起诉"),
            ("notice.sms.en", "{% if loan_id == 9 %}urgent{% endif %}"),
            ("notice.sms.en", "{{ 'last chance' }}"),
            ("notice.sms.en", "{% set word = 'police' %}"),
            ("notice.sms.en", "{{ 'last' }}{{ ' chance' }}"),
            ("notice.sms.en", "la{# #}st chance"),
            ("notice.sms.en", "{{ 'ecnahc tsal'|reverse }}"),
            ("notice.sms.en", "{% block never %}police{% endblock %}"),
            ("notice.caring.sms.en", "urgent"),
            ("talk.phone.en", "{# voice: caring #}\nTell them of the police."),
        ],
    )
    def test_do_not_hide(self, root: Path, name: str, text: str) -> None:
        template, channel = name.split(".")[0], "phone" if "phone" in name else "sms"
        head = TALK if channel == "phone" else SMS
        put(root, name, head + text)

        found = faults(root, template, channel)

        assert found
        assert all("forbidden" in fault or "once it is written" in fault for fault in found)

    def test_are_found_in_what_a_template_includes(self, root: Path) -> None:
        path = put(root, "part", "urgent")
        put(root, "notice.sms.en", SMS + "{% include 'part.j2' %}")

        assert faults(root)[0].startswith(f"{path}:1:1: forbidden 'urgent'")

    def test_may_stand_in_what_a_talk_sheet_says_never_to_say(self, root: Path) -> None:
        put(root, "talk.phone.en", TALK + "{% block never %}Never speak of police.{% endblock %}")

        assert faults(root, "talk", "phone") == []


class TestUnknownVariables:
    @pytest.mark.parametrize(
        "text",
        [
            "{{ nickname }}",
            "{% if false %}{{ nickname }}{% endif %}",
            "{% if time_barred and nickname %}x{% endif %}",
        ],
    )
    def test_are_named_even_where_nothing_reads_them(self, root: Path, text: str) -> None:
        path = put(root, "notice.sms.en", SMS + "\n" + text)

        assert faults(root)[0].startswith(
            f"{path}:2: unknown variable 'nickname': a message knows balance_minor,"
        )

    def test_are_named_in_the_file_that_has_them(self, root: Path) -> None:
        path = root / "shared" / "layout.j2"
        path.write_text(SMS + "{% block says %}{% endblock %}{% if false %}{{ nickname }}{% endif %}")
        put(root, "notice.sms.en", "{% extends 'layout.j2' %}{% block says %}Hello{% endblock %}")

        assert faults(root)[0].startswith(f"{path}:1: unknown variable 'nickname'")


class TestLengths:
    def test_of_a_text_are_one_more_for_a_link_and_one_more_for_the_limitation(self, root: Path) -> None:
        fits = "{{ lender_name }}: {{ reply_to }} {{ help_line }} STOP own free choice " + "x" * 193
        more = "{% if page_url %}{{ 'y' * 150 }}{% endif %}{% if time_barred %}{{ 'z' * 150 }}{% endif %}"
        put(root, "notice.sms.en", fits + more)
        assert faults(root) == []

        put(root, "notice.sms.en", fits + "{% if not page_url %}{{ 'y' * 150 }}{% endif %}")
        assert ["3 segments, at most 2" in fault for fault in faults(root)] == [True]

    def test_of_a_subject_end_at_a_line(self, root: Path) -> None:
        put(root, "notice.email.en", EMAIL.replace("Hello", "H" * 79))

        assert "a subject of 79 columns, at most 78" in faults(root, "notice", "email")[0]


class TestWhatOthersCouldRead:
    @pytest.mark.parametrize(
        "told", ["{{ balance_minor|money }}", "overdue", "您的贷款", "您的貸款", "{{ 'lo' }}{{ 'an' }}"]
    )
    def test_is_kept_out_of_texts_and_subjects_and_third_persons_ears(self, root: Path, told: str) -> None:
        put(root, "notice.sms.en", SMS + told)
        put(root, "notice.email.en", EMAIL.replace("Hello", f"Hello {told}"))
        put(root, "third_person.phone.en", "{# voice: caring #}\nPlease say: " + told)

        for wanted in (("notice", "sms"), ("notice", "email"), ("third_person", "phone")):
            found = faults(root, *wanted)
            assert found
            assert all("may be read by others" in fault for fault in found)

    def test_does_not_bind_the_letter_itself(self, root: Path) -> None:
        put(root, "notice.email.en", EMAIL + "Your loan is overdue: {{ balance_minor|money }}")

        assert faults(root, "notice", "email") == []


class TestLimitation:
    def test_is_told_in_every_message_about_a_debt_past_its_time(self, root: Path) -> None:
        put(root, "notice.email.en", EMAIL.replace(BARRED, ""))

        found = faults(root, "notice", "email")

        assert ["that the debt can no longer be enforced" in fault for fault in found] == [True]

    def test_is_not_told_in_a_text_which_says_that_paying_is_a_choice(self, root: Path) -> None:
        put(root, "notice.sms.en", SENDER)
        assert ["that paying is a free choice" in fault for fault in faults(root)] == [True]

        put(root, "notice.sms.en", SMS + "{% if time_barred %}The time limit has passed.{% endif %}")
        assert ["'time limit' may be read by others" in fault for fault in faults(root)] == [True]


class TestFactsThatOthersCouldRead:
    """By the template's own syntax: no sample has to bring them to light."""

    @pytest.mark.parametrize(
        ("told", "named"),
        [
            ("{{ balance_minor }}", "balance_minor"),
            ("{{ (balance_minor / 100)|int }}", "balance_minor"),
            ("{% if days_past_due > 400 %}x{% endif %}", "days_past_due"),
            ("{% for part in plan %}{{ part.due_on|date }}{% endfor %}", "plan"),
            ("{% set p = plan %}{{ p|length }}", "plan"),
            ("{{ overdue_since|date }}", "overdue_since"),
            ("{{ borrower_name }}", "borrower_name"),
            ("{{ next_instalment.amount_minor }}", "next_instalment"),
            ("{{ next_instalment['amount_minor'] }}", "next_instalment"),
            ("{{ next_instalment|attr('amount_minor') }}", "next_instalment"),
            ("{% set n = next_instalment %}{{ n.amount_minor }}", "next_instalment"),
            ("{% macro m() %}{{ balance_minor }}{% endmacro %}{{ m() }}", "balance_minor"),
        ],
    )
    def test_are_refused_in_a_text_in_every_branch(self, root: Path, told: str, named: str) -> None:
        path = put(root, "notice.sms.en", SMS + "\n{% if false %}" + told + "{% endif %}")

        found = faults(root)

        assert found[0].startswith(f"{path}:2: {named!r} may be read by others")

    @pytest.mark.parametrize(
        ("head", "named"),
        [
            ("Subject: Hello {{ balance_minor }}\n", "balance_minor"),
            ("Subject: {{ borrower_name }}\n", "borrower_name"),
            (
                "{% if false %}Subject: Hello {{ days_past_due }}{% else %}Subject: Hello{% endif %}\n",
                "days_past_due",
            ),
            ("{% set hi = balance_minor %}Subject: Hello {{ hi }}\n", "hi"),
            ("{% macro hi() %}{{ plan }}{% endmacro %}Subject: Hello {{ hi() }}\n", "hi"),
            (
                "Subject: {% block subject %}Hello {% block more %}{{ plan }}{% endblock %}{% endblock +%}\n",
                "plan",
            ),
            ("Subject: Hello {% include 'part.j2' %}\n", "include"),
        ],
    )
    def test_are_refused_in_a_subject(self, root: Path, head: str, named: str) -> None:
        put(root, "part", "{{ balance_minor }}")
        path = put(root, "notice.email.en", head + EMAIL.removeprefix("Subject: Hello\n"))

        found = faults(root, "notice", "email")

        assert found
        assert all(fault.startswith(f"{path}:1: {named!r} may be read by others") for fault in found)

    def test_are_refused_in_a_subject_that_another_file_fills_in(self, root: Path) -> None:
        layout = EMAIL.replace("Hello", "{% block subject %}{% block topic %}{% endblock %}{% endblock +%}")
        (root / "shared" / "layout.j2").write_text(layout)
        path = put(
            root,
            "notice.email.en",
            "{% extends 'layout.j2' %}\n{% block topic %}Hello {{ loan_id }} {{ plan }}{% endblock %}",
        )

        assert faults(root, "notice", "email") == [
            f"{path}:2: 'plan' may be read by others: keep it for where only the borrower reads"
        ]

    @pytest.mark.parametrize(
        "name",
        ["balance_minor", "plan", "days_past_due", "overdue_since", "next_instalment", "page_url", "loan_id"],
    )
    def test_are_refused_in_what_a_third_person_is_told_but_for_the_name_one_asks_for(
        self, root: Path, name: str
    ) -> None:
        head = "{# voice: caring #}\nPlease ask {{ borrower_name }} to call."
        path = put(root, "third_person.phone.en", head + "{% if false %}{{ " + name + " }}{% endif %}")

        assert faults(root, "third_person", "phone")[0].startswith(
            f"{path}:2: {name!r} may be read by others"
        )

    def test_leave_the_day_of_an_instalment_and_the_letter_itself_alone(self, root: Path) -> None:
        put(root, "notice.sms.en", SMS + "{{ next_instalment.due_on|date }}")
        put(
            root, "notice.email.en", EMAIL + "{{ borrower_name }} {{ balance_minor|money }} {{ plan|length }}"
        )

        assert faults(root) == faults(root, "notice", "email") == []

    @pytest.mark.parametrize("tag", ["{% include name %}", "{% include 'a' ~ 'b' %}", "{% extends layout %}"])
    def test_cannot_hide_in_a_file_that_is_chosen_later(self, root: Path, tag: str) -> None:
        path = put(root, "notice.sms.en", SMS + "{% set name, layout = 'a', 'b' %}" + tag)

        assert f"{path}:1: name the file in quotation marks" in "\n".join(faults(root))


class TestLoadingPolicies:
    """Nothing is loaded where one template of one policy must not speak."""

    @pytest.fixture
    def templates(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A copy of the houses' templates, from which policies are read."""
        copy = tmp_path / "templates"
        shutil.copytree(TEMPLATES, copy)
        monkeypatch.setattr("gateways.policy_file.check_templates", partial(check_templates, root=copy))
        return copy

    @pytest.mark.parametrize(
        ("wrong", "complaint"),
        [
            ("{{ nickname }}", "1: unknown variable 'nickname': a message knows balance_minor,"),
            (" This is your last chance.", "1:66: forbidden 'last chance': there is always time"),
        ],
    )
    def test_is_refused_with_file_place_and_field(self, templates: Path, wrong: str, complaint: str) -> None:
        assert set(policies_in(packs=packs_in())) == {"platform-a", "platform-b", "platform-c"}
        template = templates / "platform-c" / "reminder.sms.en.j2"
        template.write_text(
            '{% extends "text.sms.en.j2" %}{# #}' + f"{{% block says %}}{wrong}{{% endblock %}}"
        )

        with pytest.raises(PolicyError) as refused:
            policies_in(packs=packs_in())

        found = str(refused.value).splitlines()
        field = r"platform-c\.yaml:\d+:\d+: strategies\.\w+\.\d+\.template: "
        assert found
        assert all(re.search(field, line) for line in found)
        assert any(f"{template}:{complaint}" in line for line in found)
