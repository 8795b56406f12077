"""What borrowers read: every template of every house, in both languages, with friendly and hostile facts."""

import re
import unicodedata

import pytest

from gateways.message import (
    LANGUAGES,
    SAMPLE_FACTS,
    MessageFacts,
    check_templates,
    one_line,
    render,
    sms_segments,
)

SENT = [
    (name, channel)
    for name in ("notice", "reminder", "plan_offer", "plan_due", "plan_missed")
    for channel in ("email", "sms")
]
TALKS = [("revisit", "phone"), ("revisit", "visit"), ("plan_due", "phone"), ("plan_missed", "phone")]
HOUSES = {
    "platform-a": [*SENT, *TALKS, ("counselling", "phone")],
    "platform-b": [*SENT, *TALKS, ("reminder_gentle", "email"), ("reminder_gentle", "sms")],
    "platform-c": [*SENT, *TALKS],
}
EVERY_TEMPLATE = [
    pytest.param(house, name, channel, language, id=f"{house}/{name}.{channel}.{language}")
    for house, wanted in HOUSES.items()
    for name, channel in wanted
    for language in LANGUAGES
]
EVERY_SENT = [case for case in EVERY_TEMPLATE if case.values[2] in ("email", "sms")]
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff " * 6
HOSTILE_NAMES = {
    "long": LONG_NAME,
    "right to left": "ליאור בן־דוד \u202emoc.live\u202c",
    "script": "<script>alert('x')</script>",
    "template": "{{ 7 * 191 }}{% include 'letter.email.en.j2' %}",
    "header": "Ann\r\nBcc: all@lender.example\r\n\r\nSubject: You won",
    "separators": "Ann\u2028Bcc: x\u2029y\x00\x1b[31m",
}


def facts(**changes: object) -> MessageFacts:
    """The sample borrower in China, twelve days late, with a plan of two instalments."""
    return MessageFacts.model_validate({**dict(SAMPLE_FACTS), "borrower_name": "Asha O'Connor", **changes})


class TestEveryTemplate:
    @pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
    @pytest.mark.parametrize(("house", "template", "channel", "language"), EVERY_TEMPLATE)
    def test_renders_whatever_the_name(
        self, house: str, template: str, channel: str, language: str, name: str
    ) -> None:
        message = render(house, template, channel, language, facts(borrower_name=name))

        assert (message.subject is not None) == (channel == "email")
        assert not [c for c in message.body if c != "\n" and unicodedata.category(c) in ("Cc", "Zl", "Zp")]
        assert "\u202e" not in message.body
        assert not re.search(r"^Bcc:", message.body, re.MULTILINE)
        if channel != "sms":
            assert one_line(name) in message.body

    @pytest.mark.parametrize(("house", "template", "channel", "language"), EVERY_TEMPLATE)
    def test_differs_between_the_languages(
        self, house: str, template: str, channel: str, language: str
    ) -> None:
        body = render(house, template, channel, language, facts()).body

        chinese = re.findall("[\u4e00-\u9fff]", body)

        assert (len(chinese) > 20) if language == "zh-CN" else not chinese

    @pytest.mark.parametrize(("house", "template", "channel", "language"), EVERY_SENT)
    def test_says_who_we_are_where_help_is_free_and_how_to_stop(
        self, house: str, template: str, channel: str, language: str
    ) -> None:
        body = render(house, template, channel, language, facts()).body

        for needed in ("Meridian Savings Bank", "MSB-004711", facts().reply_to, facts().help_line):
            assert needed in body
        assert ("STOP" if language == "en" else "退订") in body

    @pytest.mark.parametrize(("house", "template", "channel", "language"), EVERY_SENT)
    def test_never_threatens_shames_or_hurries(
        self, house: str, template: str, channel: str, language: str
    ) -> None:
        message = render(house, template, channel, language, facts())
        text = f"{message.subject} {message.body}".casefold()

        for word in ("court", "legal action", "immediately", "urgent", "final", "last chance", "consequence",
                     "fail", "must", "blacklist", "employer", "法院", "起诉", "立即", "后果", "否则", "最后", "失信",
                     "务必", "严重", "征信"):  # fmt: skip
            assert word not in text

    @pytest.mark.parametrize(
        ("house", "template", "channel", "language"), [c for c in EVERY_SENT if c.values[2] == "email"]
    )
    def test_an_e_mail_says_how_much_and_since_when_but_not_in_its_subject(
        self, house: str, template: str, channel: str, language: str
    ) -> None:
        message = render(house, template, channel, language, facts())

        for needed in ("LN-1001", "12,345.67", "5 March 2026" if language == "en" else "2026年3月5日"):
            assert needed in message.body
            assert needed not in (message.subject or "")

    @pytest.mark.parametrize(
        ("house", "template", "channel", "language"), [c for c in EVERY_SENT if c.values[2] == "sms"]
    )
    def test_a_text_is_short_and_keeps_the_name_and_the_debt_to_itself(
        self, house: str, template: str, channel: str, language: str
    ) -> None:
        body = render(house, template, channel, language, facts(borrower_name=LONG_NAME)).body

        assert sms_segments(body) <= 2
        assert "\n" not in body
        for private in ("Wolfe", "12,345.67", "12", "overdue", "debt", "loan", "逾期", "欠", "贷款", "催"):
            assert private not in body.replace("2026年", "")


class TestPlanOffer:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_lists_the_instalments(self, language: str) -> None:
        body = render("platform-b", "plan_offer", "email", language, facts()).body

        assert "6,172.84" in body
        assert "6,172.83" in body

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_without_a_plan_asks_what_is_possible(self, language: str) -> None:
        body = render("platform-b", "plan_offer", "email", language, facts(plan=())).body

        assert ("Tell us what you could manage" if language == "en" else "请告诉我们您每月能承担多少") in body


class TestHouseVoice:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_each_programmes_own(self, language: str) -> None:
        letters = {render(house, "reminder", "email", language, facts()).body for house in HOUSES}

        assert len(letters) == len(HOUSES)

    def test_of_an_unknown_house_is_the_shared_one(self) -> None:
        assert (
            "You do not have to have a solution ready"
            in render("some-lender", "notice", "email", "en", facts()).body
        )


class TestHouse:
    @pytest.mark.parametrize("house", HOUSES)
    def test_passes_the_check_at_load(self, house: str) -> None:
        check_templates(house, HOUSES[house])
