"""The catalogue of the page's words: whole in every language, and every word of it used."""

import re
from datetime import date
from pathlib import Path

import pytest

from entrypoints.page.forms import FORMS, PLAN, PLAN_BY_BUDGET
from entrypoints.page.words import LANGUAGES, words_in
from statemachine.complaint_message import Grievance
from statemachine.stage import HoldReason

PAGE = Path(__file__).parents[2] / "entrypoints" / "page"
FILLED = re.compile(r"\{(\w+)\}")
ENGLISH = words_in("en")


class TestWords:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_are_there_in_every_language(self, language: str) -> None:
        assert words_in(language).keys == ENGLISH.keys

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_are_filled_with_the_same_facts(self, language: str) -> None:
        def facts(of: str, key: str) -> set[str]:
            asked: set[str] = set()

            class Noting(dict[str, str]):
                def __missing__(self, name: str) -> str:
                    asked.add(name)
                    return ""

            words_in(of)._texts[key].format_map(Noting())
            return asked

        assert {key: facts(language, key) for key in ENGLISH.keys} == {
            key: facts("en", key) for key in ENGLISH.keys
        }

    @pytest.mark.parametrize("form", [*FORMS.values(), PLAN, PLAN_BY_BUDGET], ids=lambda form: form.name)
    def test_ask_every_question_and_say_what_is_wrong_with_its_answer(self, form: object) -> None:
        for field in form.fields:  # type: ignore[attr-defined]
            assert f"{form.name}.{field.name}" in ENGLISH  # type: ignore[attr-defined]
            assert form.error_key(field.name, ENGLISH) in ENGLISH  # type: ignore[attr-defined]

    def test_are_all_used(self) -> None:
        sources = "".join(
            path.read_text(encoding="utf-8") for path in PAGE.rglob("*") if path.suffix in (".py", ".j2")
        )
        parts = {key.split(".")[-1] for key in ENGLISH.keys}
        unused = {part for part in parts if not re.search(rf"\b{re.escape(part)}\b", sources)}
        values = {
            str(one) for kind in (HoldReason, Grievance) for one in kind
        }  # a hold's, a complaint's own name
        assert unused <= values

    def test_of_taiwan_are_its_own(self) -> None:
        simplified = set("们这还计划页为您发来说时间对开关电话么钱")
        mainland = words_in("zh-CN")
        taiwan = words_in("zh-TW")
        for key in sorted(ENGLISH.keys - {"name"}):
            assert not set(taiwan._texts[key]) & (simplified - set("您来")), key
        assert any(set(mainland._texts[key]) & simplified for key in mainland.keys)

    def test_write_money_and_days_as_people_do(self) -> None:
        assert [words_in(one).money(123_450, "CNY") for one in LANGUAGES] == [
            "¥1,234.50",
            "CN¥1,234.50",
            "CNY 1,234.50",
        ]
        assert words_in("zh-TW").money(1_234, "JPY") == "¥1,234"
        assert [words_in(one).day(date(2027, 3, 5)) for one in LANGUAGES] == [
            "2027年3月5日", "2027年3月5日", "5 March 2027",
        ]  # fmt: skip
