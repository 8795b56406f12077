"""What borrowers read: every message of every house, in each tone, language and channel, with friendly and hostile facts."""

import re
import unicodedata
from datetime import date

import pytest

from gateways.message import SAMPLE_FACTS, Message, MessageFacts, one_line, render
from gateways.policy_file import policies_in, wanted_templates
from gateways.template import TEMPLATES
from gateways.template_check import THIRD_PERSON, Spoken, matrix
from gateways.text_length import SUBJECT_COLUMNS_AT_MOST, columns, sms_segments
from gateways.words import words_in
from lending.plan import Instalment
from lending.reason import LANGUAGES
from statemachine.stage import Tone

MATRIX = [
    one for name, policy in policies_in().items() for one in matrix(name, wanted_templates(policy.house))
]
EVERY = [pytest.param(one, id="/".join(map(str, one))) for one in MATRIX]
SENT = [case for case in EVERY if not case.values[0].is_talk_sheet]
TALKS = [case for case in EVERY if case.values[0].is_talk_sheet]
WORDS = words_in()
LONG = "Wolfeschlegelsteinhausenbergerdorff " * 6
HOSTILE_NAMES = {
    "long": LONG[:200],
    "right to left": "ליאור בן־דוד \u202emoc.live\u202c",
    "script": "<script>alert('x')</script>",
    "template": "{{ 7 * 191 }}{% include 'letter.email.en.j2' %}{# x #}",
    "header": "Ann\r\nBcc: all@lender.example\r\n\r\nSubject: You won",
    "separators": "Ann\u2028Bcc: x\u2029y\x00\x1b[31m",
    "nothing but marks": "\u0301\u0301\u0301",
    "emoji": "👩‍👩‍👧 Ann 😀",
}
LINK = "https://care.meridian.example/p/Zk3vQ9xLw7TtB2nYp5RsDe8HfJcMgUaV"
ONE = Instalment(due_on=date(2026, 4, 1), amount_minor=1)
AMOUNTS = {
    "nothing": {"balance_minor": 0, "days_past_due": 0},
    "one unit": {"balance_minor": 1, "days_past_due": 1, "plan": (ONE,), "next_instalment": ONE},
    "huge": {"balance_minor": 10**15, "days_past_due": 9999},
    "no decimals": {"currency": "JPY"},
    "three decimals": {"currency": "KWD"},
    "no plan": {"plan": ()},
    "link": {"page_url": LINK},
    "limitation": {"time_barred": True},
    "both": {"page_url": LINK, "time_barred": True, "plan": ()},
}


def facts(**changes: object) -> MessageFacts:
    """The sample borrower in China, twelve days late, with a plan of two instalments."""
    return MessageFacts.model_validate({**dict(SAMPLE_FACTS), "borrower_name": "Asha O'Connor", **changes})


def written(one: Spoken, **changes: object) -> Message:
    """The message, with these facts instead of the sample's."""
    return render(one.policy_id, one.template, one.channel, one.language, facts(**changes), tone=one.tone)


def is_whole(one: Spoken, message: Message) -> None:
    """Nothing of the template is left in it, and nothing turns it around or breaks out of it."""
    text = f"{message.subject or ''}\n{message.body}"
    assert (message.subject is not None) == (one.channel == "email")
    if message.subject:
        assert len(message.subject.splitlines()) == 1
        assert columns(message.subject) <= SUBJECT_COLUMNS_AT_MOST
    assert not [c for c in message.body if c != "\n" and unicodedata.category(c) in ("Cc", "Zl", "Zp")]
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(text)
    assert not re.search(r"^(Bcc|Subject):", message.body, re.MULTILINE)
    assert "1337" not in text
    assert "None" not in text
    assert "\n\n\n" not in message.body
    if one.channel == "sms":
        assert "\n" not in message.body


class TestMatrix:
    def test_is_complete_for_the_shipped_policies(self) -> None:
        assert len(MATRIX) == len(set(MATRIX)) > 250
        for one in MATRIX:
            is_whole(one, written(one))

    def test_has_every_language_and_tone(self) -> None:
        assert {(one.language, one.tone) for one in MATRIX} == {
            (lang, tone) for lang in LANGUAGES for tone in Tone
        }

    def test_has_no_file_that_no_language_else_has(self) -> None:
        """A text that was translated once is translated everywhere."""
        names = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.glob("*/*.j2")]
        bare = {
            name.removesuffix(f".{language}.j2")
            for name in names
            for language in LANGUAGES
            if f".{language}." in name
        }

        assert sorted(names) == sorted(f"{name}.{language}.j2" for name in bare for language in LANGUAGES)


class TestHostileFacts:
    @pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
    def test_in_the_borrowers_name_stay_a_name(self, name: str) -> None:
        for one in MATRIX:
            message = written(one, borrower_name=name)

            is_whole(one, message)
            if one.channel == "sms":
                assert one_line(name) not in message.body
            else:
                assert one_line(name) in message.body

    @pytest.mark.parametrize("field", ["reply_to", "help_line", "pay_reference", "loan_id"])
    @pytest.mark.parametrize("value", [name[:60] for name in HOSTILE_NAMES.values()], ids=HOSTILE_NAMES)
    def test_in_another_field_stay_one_line_of_it(self, field: str, value: str) -> None:
        for one in MATRIX:
            is_whole(one, written(one, **{field: value}))

    @pytest.mark.parametrize("changes", AMOUNTS.values(), ids=AMOUNTS)
    def test_in_amounts_and_missing_ones_are_written(self, changes: dict[str, object]) -> None:
        for one in MATRIX:
            is_whole(one, written(one, **changes))


class TestEveryMessage:
    @pytest.mark.parametrize("one", EVERY)
    def test_is_in_its_own_language(self, one: Spoken) -> None:
        text = f"{written(one).subject} {written(one).body}"
        chinese = set(re.findall("[\u4e00-\u9fff]", text))

        assert (len(chinese) > 15) if one.language != "en" else not chinese
        if one.language == "zh-TW":
            assert not chinese & set("们这说对请贷还电话邮账户编号询联调么谢应该开关")
        if one.language == "zh-CN":
            assert not chinese & set("們這說對請貸還電話郵帳戶編號諮詢聯絡調劃麼謝應該開關")

    @pytest.mark.parametrize("one", SENT)
    def test_that_is_sent_says_who_we_are_where_help_is_free_and_how_to_stop(self, one: Spoken) -> None:
        body = written(one).body

        for needed in ("Meridian Savings Bank", "MSB-004711", facts().reply_to, facts().help_line):
            assert needed in body
        assert {"en": "STOP", "zh-CN": "退订", "zh-TW": "退訂"}[one.language] in body

    @pytest.mark.parametrize("one", SENT)
    def test_that_is_sent_never_threatens_shames_or_hurries(self, one: Spoken) -> None:
        text = f"{written(one).subject} {written(one).body}".casefold()

        for word in ("court", "legal action", "immediately", "urgent", "final", "last chance", "consequence",
                     "fail", "must", "blacklist", "employer", "法院", "起诉", "起訴", "立即", "后果", "後果", "否则", "否則",
                     "最后", "最後", "失信", "务必", "務必", "严重", "嚴重", "征信", "聯徵"):  # fmt: skip
            assert word not in text

    @pytest.mark.parametrize("one", [case for case in SENT if case.values[0].channel == "email"])
    def test_by_e_mail_says_how_much_and_since_when_but_not_in_its_subject(self, one: Spoken) -> None:
        message = written(one)

        for needed in ("LN-1001", "12,345.67", "5 March 2026" if one.language == "en" else "2026年3月5日"):
            assert needed in message.body
            assert needed not in (message.subject or "")
        assert WORDS.revealed(message.subject or "") is None

    @pytest.mark.parametrize("one", [case for case in SENT if case.values[0].channel == "sms"])
    def test_by_text_is_short_and_keeps_the_name_and_the_debt_to_itself(self, one: Spoken) -> None:
        body = written(one, borrower_name=LONG).body

        assert sms_segments(body) <= 2
        assert WORDS.revealed(written(one, time_barred=True, page_url=LINK).body) is None
        assert "Wolfe" not in body
        assert WORDS.revealed(body) is None

    @pytest.mark.parametrize("one", [case for case in EVERY if case.values[0].template != THIRD_PERSON])
    def test_about_a_debt_past_its_time_says_so_and_leaves_it_to_the_borrower(self, one: Spoken) -> None:
        told = {"en": "free choice", "zh-CN": "决定", "zh-TW": "自己決定"}[one.language]

        body = written(one, time_barred=True).body
        assert told in body
        is_told = {"en": "enforced has passed", "zh-CN": "时效", "zh-TW": "時效"}[one.language] in body
        assert is_told is (one.channel != "sms"), "a text tells nobody of a debt"
        assert {"en": "limit", "zh-CN": "时效", "zh-TW": "時效"}[one.language] not in written(one).body

    @pytest.mark.parametrize("one", SENT)
    def test_that_is_sent_shows_the_borrowers_own_page_once_there_is_one(self, one: Spoken) -> None:
        assert LINK in written(one, page_url=LINK).body


class TestCaringTone:
    @pytest.mark.parametrize(
        "one",
        [
            case
            for case in SENT
            if case.values[0].tone is Tone.CARING and case.values[0].template in ("notice", "reminder")
        ],
    )
    def test_asks_for_nothing(self, one: Spoken) -> None:
        plain = render(one.policy_id, one.template, one.channel, one.language, facts()).body
        body = written(one).body

        assert body != plain
        for asked in (
            "please pay",
            "If you can pay",
            "To pay",
            "请按您平时",
            "付款",
            "方便还款",
            "請用您平常",
            "方便繳款",
        ):
            assert asked not in body


class TestTalkSheet:
    @pytest.mark.parametrize("one", [case for case in TALKS if case.values[0].template == "revisit"])
    def test_of_a_revisit_asks_the_whole_checklist(self, one: Spoken) -> None:
        body = written(one).body
        asked = {
            "en": ("Situation", "Income", "Household", "Support needs", "Willingness", "Wishes"),
            "zh-CN": ("近况", "收入", "家庭", "支持需求", "意愿", "愿望"),
            "zh-TW": ("近況", "收入", "家庭", "協助需求", "意願", "期望"),
        }[one.language]

        assert [f"{number}. {topic}" in body for number, topic in enumerate(asked, 1)] == [True] * 6

    @pytest.mark.parametrize("one", [case for case in TALKS if case.values[0].template == THIRD_PERSON])
    def test_for_a_third_person_tells_nothing_of_the_loan(self, one: Spoken) -> None:
        body = written(one, time_barred=True, page_url=LINK).body

        assert WORDS.revealed(body) is None
        for private in ("LN-1001", "MSB-004711", LINK, "account", "账户", "帳戶"):
            assert private not in body


class TestPlanOffer:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_lists_the_instalments(self, language: str) -> None:
        body = render("platform-b", "plan_offer", "email", language, facts()).body

        assert "6,172.84" in body
        assert "6,172.83" in body

    @pytest.mark.parametrize(
        ("language", "asked"),
        [
            ("en", "Tell us what you could manage"),
            ("zh-CN", "请告诉我们您每月能承担多少"),
            ("zh-TW", "請告訴我們您每個月能負擔多少"),
        ],
    )
    def test_without_a_plan_asks_what_is_possible(self, language: str, asked: str) -> None:
        assert asked in render("platform-b", "plan_offer", "email", language, facts(plan=())).body


class TestHouseVoice:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_each_programmes_own(self, language: str) -> None:
        houses = ("platform-a", "platform-b", "platform-c")
        letters = {render(house, "reminder", "email", language, facts()).body for house in houses}

        assert len(letters) == len(houses)

    def test_of_an_unknown_house_is_the_shared_one(self) -> None:
        body = render("some-lender", "notice", "email", "en", facts()).body

        assert "You do not have to have a solution ready" in body
