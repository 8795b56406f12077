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
            ("we may sue you", "sue you"),
            ("我们将起 诉您", "起诉"),
            ("我们将起·诉您", "起诉"),
            ("我们将起\u200b诉您", "起诉"),
            ("我們將起訴您", "起訴"),
            ("最后　机会", "最后机会"),
            ("请于２４小时内处理", "24小时内"),
            ("可向親友借", "向親友借"),
        ],
    )
    def test_is_found_however_it_is_written(self, text: str, phrase: str) -> None:
        assert forbidden(text) == [phrase]

    @pytest.mark.parametrize(
        "text",
        ["a chance to last", "lasting chances", "you pursue your courtship", "您的诉求我们会起草", "mustard"],
    )
    def test_is_not_found_in_parts_of_other_words(self, text: str) -> None:
        assert forbidden(text) == []

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
        ],
    )
    def test_names_what_tells_of_money_owed(self, text: str, told: str) -> None:
        assert LISTS.revealed(text) == told

    @pytest.mark.parametrize(
        "text",
        ["a visit on 1 April 2026 at 10:30", "2026年4月1日上午", "call 0800 555 0100", "ref MSB-004711", "您的账户有一条信息",
         "care@meridian.example, +44 20 7946 0000"],
    )  # fmt: skip
    def test_leaves_days_numbers_and_references_alone(self, text: str) -> None:
        assert LISTS.revealed(text) is None


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
