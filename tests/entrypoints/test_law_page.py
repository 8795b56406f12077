"""docs/law.md: every rule, term and omission of every pack, shown as it is."""

import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from compliance.pack import RulePack
from entrypoints.contact.words import demand
from entrypoints.law_page import cell, law_page
from gateways.rule_pack_file import packs_in

RULE = {
    "id": "ZZ/third", "citation": "Act | 法 1 <b> art. 2", "effective_from": "2020-01-01", "effective_to": "2021-01-01",
    "force": "should", "binds": ["third"], "channels": ["phone", "sms"], "recipients": ["third_person"],
    "places": ["workplace"], "certainty": "M", "source": "test", "kind": "stop", "on": "hospital", "lasts_days": 60,
    "after_days": 30, "exempt": [{"purpose": "reply"}],
}  # fmt: skip


def read(page: str) -> tuple[list[list[str]], list[str], list[str]]:
    """The rows of all tables, the headings and the list items, as a reader sees them."""
    rows: list[list[str]] = []
    headings, items = [], []
    inside = ""
    for token in MarkdownIt("commonmark").enable("table").parse(page):
        if token.type == "tr_open":
            rows.append([])
        if token.type in {"td_open", "th_open", "heading_open", "list_item_open"}:
            inside = token.type
        if token.type == "inline":
            text = "".join(part.content for part in token.children or ())
            if inside in {"td_open", "th_open"}:
                rows[-1].append(text)
            elif inside == "heading_open":
                headings.append(text)
            elif inside == "list_item_open":
                items.append(text)
            inside = ""
    return rows, headings, items


def page_of(**changes: Any) -> tuple[list[list[str]], list[str], list[str]]:
    """A page of one rule, as a reader sees it."""
    pack = {"jurisdiction": "ZZ", "title": "Test | land", "rules": [RULE | changes]}
    return read(law_page({"ZZ": RulePack.model_validate(pack)}))


class TestLawPage:
    def test_shows_every_rule_with_its_limit_citation_and_certainty(self) -> None:
        shown = {(row[0], row[3], row[4], row[5], row[7][:10]): row[1] for row in read(law_page(packs_in()))[0]
                 if len(row) == 8 and row[0] != "Rule"}  # fmt: skip

        rules = [rule for pack in packs_in().values() for rule in pack.rules]
        wanted = {(rule.id, rule.citation, rule.certainty, rule.force, str(rule.effective_from)): demand(rule)
                  for rule in rules}  # fmt: skip
        assert shown.keys() == wanted.keys()
        assert [key for key in wanted if not shown[key].startswith(wanted[key])] == []

    def test_shows_every_term_and_everything_left_out(self) -> None:
        rows, _, items = read(law_page(packs_in()))

        packs = packs_in().values()
        assert [row for row in rows if len(row) == 4 and row[0] != "Term"] == [
            [term.name, str(term.value), term.citation, term.certainty]
            for place in sorted(packs_in())
            for term in packs_in()[place].terms
        ]
        left_out = {f"{one.what}: {one.why}" for pack in packs for one in pack.left_out}
        assert left_out <= set(items)

    def test_leads_to_every_jurisdiction(self) -> None:
        page = law_page(packs_in())

        headings = [heading for heading in read(page)[1] if heading.endswith(")")]
        anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert headings == [f"{packs_in()[place].title} ({place})" for place in sorted(packs_in())]
        assert re.findall(r"\]\(#([\w-]+)\)", page) == anchors

    def test_tells_what_a_rule_says_beyond_its_one_clause(self) -> None:
        assert page_of()[0][1] == [
            "ZZ/third",
            "none while hospital holds; 60 days where no end is known; and 30 days more; lifted by purpose reply",
            "phone, sms to third persons at work",
            "Act | 法 1 <b> art. 2",
            "M",
            "should",
            "third parties",
            "2020-01-01 until 2021-01-01",
        ]


class TestCell:
    @pytest.mark.parametrize(
        "text", ["a|b", "*bold*", "`x`", "<b>", "[x](y)", "\\|", "办法 (试行) 第1条", "a_b_c"]
    )
    def test_reads_as_it_was_written(self, text: str) -> None:
        rows, _, _ = read(f"| {cell(text)} | 2 |\n|---|---|\n")

        assert rows == [[text, "2"]]

    def test_is_one_line(self) -> None:
        assert cell("one\n  two") == "one two"
