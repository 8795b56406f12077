"""How a message is written: facts cleaned, templates filled or refused, texts counted."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.message import (
    SAMPLE_FACTS,
    MessageError,
    MessageFacts,
    one_line,
    render,
)


def facts(**changes: object) -> MessageFacts:
    """The sample borrower in China, twelve days late, with a plan of two instalments."""
    return MessageFacts.model_validate({**dict(SAMPLE_FACTS), "borrower_name": "Asha O'Connor", **changes})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of templates with nothing in it."""
    (tmp_path / "house").mkdir()
    (tmp_path / "shared").mkdir()
    return tmp_path


class TestMoney:
    @pytest.mark.parametrize(
        ("currency", "language", "shown"),
        [
            ("CNY", "zh-CN", "¥12,345.67"),
            ("CNY", "en", "CNY 12,345.67"),
            ("USD", "zh-CN", "US$12,345.67"),
            ("TWD", "zh-TW", "NT$12,345.67"),
            ("CNY", "zh-TW", "CN¥12,345.67"),
            ("USD", "zh-TW", "US$12,345.67"),
            ("JPY", "zh-TW", "¥1,234,567"),
            ("USD", "en", "USD 12,345.67"),
            ("JPY", "en", "JPY 1,234,567"),
            ("KWD", "en", "KWD 1,234.567"),
            ("IQD", "en", "IQD 1,234.567"),
        ],
    )
    def test_has_the_decimals_of_its_currency(self, currency: str, language: str, shown: str) -> None:
        assert shown in render("platform-a", "notice", "email", language, facts(currency=currency)).body

    def test_in_english_names_the_currency_by_its_code(self) -> None:
        body = render("platform-a", "plan_due", "email", "en", facts(currency="INR")).body

        assert "INR 6,172.84" in body


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
            ("platform-a", "notice", "sms", "fr", "language must be one of en, zh-CN, zh-TW"),
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
        with pytest.raises(MessageError, match="due_on"):
            render("platform-a", "plan_due", "sms", "en", facts(next_instalment=None))

    @pytest.mark.parametrize("source", ["Hello", "Subject:\n\nHello", "Subject: Hi\nHello", "Subject: Hi"])
    def test_refuses_an_e_mail_without_one_subject_line_and_a_body(self, root: Path, source: str) -> None:
        (root / "shared" / "notice.email.en.j2").write_text(source)

        with pytest.raises(MessageError, match="must begin with one line 'Subject"):
            render("house", "notice", "email", "en", facts(), root=root)

    @given(lender=st.text(min_size=1, max_size=20).filter(lambda text: one_line(f"x{text}") != "x"))
    def test_keeps_the_subject_on_one_line(self, lender: str) -> None:
        message = render("platform-a", "notice", "email", "en", facts(lender_name=f"L{lender}"))

        assert message.subject is not None
        assert len(message.subject.splitlines()) == 1
        assert message.body.startswith("Dear Asha O'Connor,\n")

    def test_says_what_to_shorten_when_a_fact_is_too_long_for_a_subject_or_a_text(self) -> None:
        lender = facts(lender_name="Bank " * 40)

        with pytest.raises(MessageError, match="columns, at most 78; shorten the lender's name"):
            render("platform-a", "notice", "email", "en", lender)
        with pytest.raises(MessageError, match="segments, at most 5; shorten"):
            render("platform-a", "notice", "sms", "zh-CN", facts(lender_name="银行" * 130))

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
