"""What borrowers read: every template of every house, in both languages, with friendly and hostile facts."""

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.message import (
    LANGUAGES,
    MessageError,
    MessageFacts,
    check_templates,
    one_line,
    render,
    sms_segments,
)
from lending.plan import Instalment

SENT = [
    (name, channel)
    for name in ("notice", "reminder", "plan_offer", "plan_due")
    for channel in ("email", "sms")
]
TALKS = [("revisit", "phone"), ("revisit", "visit"), ("plan_due", "phone")]
HOUSES = {
    "platform-a": [*SENT, *TALKS, ("counselling", "phone")],
    "platform-b": [*SENT, *TALKS],
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
    """A borrower in China, twelve days late, with a plan of two instalments."""
    return MessageFacts.model_validate(
        {
            "lender_name": "Meridian Savings Bank",
            "borrower_name": "Asha O'Connor",
            "loan_id": "LN-1001",
            "balance_minor": 1_234_567,
            "currency": "CNY",
            "overdue_since": date(2026, 3, 5),
            "days_past_due": 12,
            "pay_reference": "MSB-004711",
            "reply_to": "care@meridian.example, 0800 555 0100",
            "help_line": "0800 555 0199",
            "plan": (
                Instalment(due_on=date(2026, 4, 1), amount_minor=617_284),
                Instalment(due_on=date(2026, 5, 1), amount_minor=617_283),
            ),
            "next_instalment": Instalment(due_on=date(2026, 4, 1), amount_minor=617_284),
            **changes,
        }
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of templates with nothing in it."""
    (tmp_path / "house").mkdir()
    (tmp_path / "shared").mkdir()
    return tmp_path


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


class TestMoney:
    @pytest.mark.parametrize(
        ("currency", "language", "shown"),
        [
            ("CNY", "zh-CN", "¥12,345.67"),
            ("CNY", "en", "CNY 12,345.67"),
            ("USD", "zh-CN", "US$12,345.67"),
            ("USD", "en", "USD 12,345.67"),
            ("JPY", "en", "JPY 1,234,567"),
            ("KWD", "en", "KWD 1,234.567"),
            ("IQD", "en", "IQD 1,234.567"),
        ],
    )
    def test_has_the_decimals_of_its_currency(self, currency: str, language: str, shown: str) -> None:
        assert shown in render("platform-a", "notice", "email", language, facts(currency=currency)).body

    def test_of_a_text_stays_in_the_alphabet_that_gives_160_characters(self) -> None:
        body = render("platform-a", "plan_due", "sms", "en", facts(currency="INR")).body

        assert "INR 6,172.84" in body
        assert sms_segments(body) == 2


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


class TestRender:
    @pytest.mark.parametrize(
        ("source", "complaint"),
        [
            ("Dear {{ nickname }}", "'nickname' is undefined"),
            ("{{ next_instalment.paid_on }}", "paid_on"),
            ("{{ lender_name.__class__.__mro__ }}", "__class__"),
            ("{% set ns = plan.append(1) %}", "append"),
            ("{{ borrower_name|money }}", "while filling it in"),
            ("{{ next_instalmint|money }}", "'next_instalmint' is undefined"),
            ("{{ due_on|date }}", "'due_on' is undefined"),
            ("{{ None|date }}", "while filling it in"),
            ("{% if %}", "Expected"),
            ("{% include 'nowhere.j2' %}", "nowhere.j2"),
        ],
    )
    def test_refuses_a_faulty_template_and_says_where(self, root: Path, source: str, complaint: str) -> None:
        (root / "house" / "notice.sms.en.j2").write_text(source)

        with pytest.raises(MessageError) as refused:
            render("house", "notice", "sms", "en", facts(), root=root)

        for named in ("notice", "sms", "en", "house", complaint):
            assert named in str(refused.value)
        assert "Asha" not in str(refused.value)

    @pytest.mark.parametrize(
        ("house", "template", "channel", "language", "complaint"),
        [
            ("platform-a", "farewell", "sms", "en", "farewell.sms.en.j2"),
            ("platform-b", "counselling", "phone", "en", "counselling.phone.en.j2"),
            ("platform-a", "notice", "sms", "fr", "language must be one of en, zh-CN"),
            ("../secrets", "notice", "sms", "en", "an id is"),
            ("platform-a", "../../places", "sms", "en", "no file"),
        ],
    )
    def test_refuses_what_is_not_there(
        self, house: str, template: str, channel: str, language: str, complaint: str
    ) -> None:
        with pytest.raises(MessageError, match=re.escape(complaint)):
            render(house, template, channel, language, facts())

    def test_refuses_a_reminder_of_no_instalment(self) -> None:
        with pytest.raises(MessageError, match="amount_minor"):
            render("platform-a", "plan_due", "sms", "en", facts(next_instalment=None))

    @pytest.mark.parametrize("source", ["Hello", "Subject:\n\nHello", "Subject: Hi\nHello", "Subject: Hi"])
    def test_refuses_an_e_mail_without_one_subject_line_and_a_body(self, root: Path, source: str) -> None:
        (root / "shared" / "notice.email.en.j2").write_text(source)

        with pytest.raises(MessageError, match="must begin with one line 'Subject"):
            render("house", "notice", "email", "en", facts(), root=root)

    @given(lender=st.text(min_size=1).filter(lambda text: one_line(f"x{text}") != "x"))
    def test_keeps_the_subject_on_one_line(self, lender: str) -> None:
        message = render("platform-a", "notice", "email", "en", facts(lender_name=f"L{lender}"))

        assert message.subject is not None
        assert len(message.subject.splitlines()) == 1
        assert message.body.startswith("Dear Asha O'Connor,\n")

    def test_shows_no_text_in_its_repr(self) -> None:
        shown = repr(render("platform-a", "notice", "email", "en", facts())) + repr(facts())

        assert "Asha" not in shown


class TestMessageFacts:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("borrower_name", " \u200b\r\n "),
            ("currency", "YUAN"),
            ("currency", "ABC"),
            ("balance_minor", -1),
            ("balance_minor", 12.5),
            ("balance_minor", True),
            ("days_past_due", "12"),
            ("nickname", "Ash"),
        ],
    )
    def test_names_the_field_it_refuses_and_not_its_value(self, field: str, value: object) -> None:
        with pytest.raises(MessageError, match=field) as refused:
            facts(**{field: value})

        assert "Asha" not in str(refused.value)


class TestOneLine:
    @given(st.text())
    def test_leaves_nothing_that_breaks_a_line_or_turns_it_around(self, text: str) -> None:
        cleaned = one_line(f"x{text}")

        assert len(cleaned.splitlines()) == 1
        assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u200e\u200f\ufeff") & set(cleaned)
        assert one_line(cleaned) == cleaned

    def test_keeps_the_joiners_inside_a_name(self) -> None:
        assert one_line("نی\u200cا") == "نی\u200cا"


class TestSmsSegments:
    @pytest.mark.parametrize(
        ("text", "segments"),
        [
            ("", 1),
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("a" * 306, 2),
            ("a" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
            ("您" * 70, 1),
            ("您" * 71, 2),
            ("您" * 134, 2),
            ("您" * 135, 3),
            ("😀" * 35, 1),
            ("😀" * 36, 2),
            ("a" * 70 + "₹", 2),
        ],
    )
    def test_are_counted_as_networks_do(self, text: str, segments: int) -> None:
        assert sms_segments(text) == segments


class TestCheckTemplates:
    @pytest.mark.parametrize("house", HOUSES)
    def test_is_content_with_every_house(self, house: str) -> None:
        check_templates(house, HOUSES[house])

    def test_names_every_fault_at_once(self, root: Path) -> None:
        (root / "house" / "notice.sms.en.j2").write_text("{{ nickname }}")
        (root / "house" / "notice.sms.zh-CN.j2").write_text("{{ lender_name }}" + "您" * 135)

        with pytest.raises(MessageError) as refused:
            check_templates("house", [("notice", "sms"), ("notice", "email")], root=root)

        faults = str(refused.value).splitlines()
        assert len(faults) == 4
        assert "'nickname' is undefined" in faults[0]
        assert "3 segments, at most 2" in faults[1]
        assert "notice.email.en.j2" in faults[2]
        assert "notice.email.zh-CN.j2" in faults[3]
