"""The word lists: what is found in whatever spelling, and what tells a third person of a debt."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.words import WORDS, spotted, words_in
from gateways.yaml_file import PolicyError

LISTS = words_in()
BETWEEN = [" ", "　", "，", "。", ".", "-", "*", "\u200b", "\u2060", "\n", "·"]


def forbidden(text: str) -> list[str]:
    """The forbidden phrases found in a text."""
    return [found.phrase for found in spotted(text, LISTS.forbidden_index)]


class TestForbidden:
    @pytest.mark.parametrize(
        ("text", "phrase"),
        [
            ("This is your LAST  chance!", "last chance"),
            ("ｌａｓｔ ｃｈａｎｃｅ", "last chance"),
            ("last\nchance", "last chance"),
            ("la\u00adst chance", "last chance"),
            ("lást chance", "last chance"),
            ("they want to sue you", "sue you"),
            ("我们将起 诉您", "起诉"),
            ("我们将起·诉您", "起诉"),
            ("我们将起\u200b诉您", "起诉"),
            ("我們將起訴您", "起訴"),
            ("最后　机会", "最后机会"),
            ("请于２４小时内处理", "24小时内"),
            ("可向親友借", "向親友借"),
            ("l a s t  c h a n c e", "last chance"),
            ("L.a.w-s_u i t", "lawsuit"),
            ("lаst chаnce", "last chance"),
            ("ʟawѕuiт", "lawsuit"),
            ("🅛🅐🅢🅣 ⓒⓗⓐⓝⓒⓔ", "last chance"),
            ("laѕt chαnce", "last chance"),
        ],
    )
    def test_is_found_however_it_is_written(self, text: str, phrase: str) -> None:
        assert forbidden(text) == [phrase]

    @pytest.mark.parametrize(
        "text",
        ["a chance to last", "lasting chances", "you pursue your courtship", "您的诉求我们会起草", "mustard",
         "a b c d e", "a lawyer of your own", "已委托律师", "已委任律師", "с добрым утром"],
    )  # fmt: skip
    def test_is_not_found_in_parts_of_other_words(self, text: str) -> None:
        assert forbidden(text) == []

    @pytest.mark.parametrize(
        "threat",
        ["we will sue", "a lawsuit follows", "court action", "legal steps", "our solicitors", "our lawyers", "final demand",
         "will be seized", "repossessed", "tell your boss", "inform your employer",
         "依法处理", "移交法务部门", "走法律程序", "法律责任", "律师将与您联系", "联系您家人", "通知家人", "采取法律途径", "立刻处理", "尽速缴款",
         "依法處理", "移交法務部門", "法律責任", "律師將與您聯絡", "聯絡您家人", "聯繫您家人", "採取法律途徑",
         "立刻處理", "儘速繳款"],
    )  # fmt: skip
    def test_knows_a_threat_in_each_script(self, threat: str) -> None:
        assert forbidden(threat)

    @given(between=st.lists(st.sampled_from(BETWEEN), min_size=3, max_size=3))
    def test_does_not_hide_behind_what_stands_between_chinese_characters(self, between: list[str]) -> None:
        text = "".join(c + gap for c, gap in zip("后果自", between, strict=True)) + "负"

        assert forbidden(f"您{text}。") == ["后果自负"]

    @pytest.mark.parametrize("phrases", [each.phrases for each in LISTS.forbidden])
    def test_covers_each_kind_in_every_language(self, phrases: dict[str, tuple[str, ...]]) -> None:
        assert set(phrases) == {"en", "zh-CN", "zh-TW"}
        assert all(phrase in forbidden(phrase) for listed in phrases.values() for phrase in listed)

    def test_says_where_it_begins(self) -> None:
        assert [found.start for found in spotted("您好，起　诉", LISTS.forbidden_index)] == [3]


class TestRevealed:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("You have an OVERDUE loan", "overdue"),
            ("您已逾期", "逾期"),
            ("您的貸款", "貸"),
            ("about CNY 12,345.67", "CNY 12,345.67"),
            ("关于¥300", "¥300"),
            ("關於NT$1,200", "$1,200"),
            ("共 300 元", "300 元"),
            ("300.50", "300.50"),
            ("KWD 1.234", "KWD 1.234"),
            ("a late payment", "late payment"),
            ("your missed payment", "missed payment"),
            ("12 days late", "days late"),
            ("共一万二千元", "一万二千元"),
            ("壹萬貳仟圓", "壹萬貳仟圓"),
            ("two hundred dollars", "dollars"),
            ("300 rmb", "300 rmb"),
            ("¥\u200b300", "¥300"),
            ("settle 1200, please", "1200"),
            ("请付12000", "12000"),
            ("d e b t", "debt"),
            ("dеbt", "debt"),
            ("time limit", "time limit"),
            ("已过时效", "时效"),
        ],
    )
    def test_names_what_tells_of_money_owed(self, text: str, told: str) -> None:
        assert LISTS.revealed(text) == told

    @pytest.mark.parametrize(
        "text",
        ["a visit on 1 April 2026 at 10:30", "2026年4月1日上午", "call 0800 555 0100", "ref MSB-004711", "您的账户有一条信息",
         "care@meridian.example, +44 20 7946 0000", "ref LN-1001", "1-800-555-0100", "(020) 7946 0000", "10:30", "3/2026",
         "within 24 hours", "https://pay.example/abc222def"],
    )  # fmt: skip
    def test_leaves_days_numbers_and_references_alone(self, text: str) -> None:
        assert LISTS.revealed(text) is None


class TestWordOfDebt:
    def test_is_found_in_a_name_and_numbers_are_left_alone(self) -> None:
        assert LISTS.word_of_debt("Harbour Collections") == "collections"
        assert LISTS.word_of_debt("Harbour Savings, 95588, 12348") is None


class TestWordsFile:
    @pytest.mark.parametrize(
        ("right", "wrong", "complaint"),
        [
            ("  - kind: shame\n", "  - kind: shame\n    colour: red\n", "colour: Extra inputs"),
            (
                "fact: lender_name",
                "fact: lender_name\n    phrases: {en: [x]}",
                "write either fact or phrases",
            ),
            ("certainty: H}", "certainty: sure}", "Input should be 'H', 'M' or 'L'"),
            ("      en: [STOP]", "      fr: [STOP]", "Input should be 'en', 'zh-CN' or 'zh-TW'"),
        ],
    )
    def test_names_file_line_and_column_of_a_mistake(
        self, tmp_path: Path, right: str, wrong: str, complaint: str
    ) -> None:
        path = tmp_path / "words.yaml"
        text = WORDS.read_text(encoding="utf-8")
        assert right in text
        path.write_text(text.replace(right, wrong, 1), encoding="utf-8")

        with pytest.raises(PolicyError, match=r"words\.yaml:\d+:\d+: ") as refused:
            words_in(path)

        assert complaint in str(refused.value)
