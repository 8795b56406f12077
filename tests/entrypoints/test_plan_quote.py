"""`leeway plan`: an offer with its dates and amounts, or why there is none; mistakes name the field, exit code 2."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from entrypoints import cli
from entrypoints.plan import app

SAMPLE = Path(__file__).parents[2] / "simulator" / "sample_statement.yaml"
ASK = ("--balance", "1200.00", "--currency", "GBP", "--today", "2026-03-09")


def leeway_plan(*words: str) -> Result:
    """The command; what cannot be used is raised, as the command line expects."""
    return CliRunner().invoke(app, words, catch_exceptions=False)


def quoted(*words: str, statement: Path = SAMPLE) -> dict[str, Any]:
    """What `quote --json` says."""
    answer: dict[str, Any] = json.loads(
        leeway_plan("quote", *ASK, "--statement", str(statement), *words, "--json").stdout
    )
    return answer


def written(tmp_path: Path, text: str) -> Path:
    """A budget file."""
    path = tmp_path / "budget.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class TestQuote:
    def test_of_the_sample_is_a_plan_after_paydays(self) -> None:
        parts = quoted("--country", "GB")["plan"]["instalments"]

        assert {"due_on": "2026-03-26", "amount_minor": 9000} == parts[0]
        assert 120_000 == sum(part["amount_minor"] for part in parts)

    def test_in_text_has_dates_amounts_and_reasons(self) -> None:
        said = leeway_plan("quote", *ASK, "--statement", str(SAMPLE)).stdout

        assert "Plan, to accept by 2026-03-23: 14 instalments, monthly" in said
        assert "14  2027-04-26  30.00 GBP" in said
        assert "- this loan of 1200.00 GBP has 90.00 GBP of it a month" in said

    def test_in_chinese_gives_the_reasons_in_chinese(self) -> None:
        said = leeway_plan("quote", *ASK, "--statement", str(SAMPLE), "--language", "zh-CN").stdout

        assert "利息和费用冻结" in said

    def test_takes_the_payday_the_first_day_and_the_number_it_is_given(self) -> None:
        found = quoted("--payday", "10", "--first-after", "2026-04-11", "--instalments", "20")

        assert "2026-05-11" == found["plan"]["instalments"][0]["due_on"]
        assert 20 == len(found["plan"]["instalments"])

    def test_keeps_the_countrys_longest_term(self) -> None:
        found = quoted("--country", "CN", "--balance", "90000.00")

        assert "partial_plan" == found["kind"]
        assert found["plan"]["instalments"][-1]["due_on"] <= "2031-03-09"

    @pytest.mark.parametrize(
        ("budget", "kind", "said"),
        [
            ("currency: GBP", "pause", "No plan. A pause instead"),
            (
                "currency: GBP\nfixed_costs: {water: 3}",
                "free_advice",
                "No plan. Free, independent debt advice",
            ),
        ],
    )
    def test_of_nothing_affordable_says_what_there_is_instead(
        self, tmp_path: Path, budget: str, kind: str, said: str
    ) -> None:
        path = written(tmp_path, budget)

        assert kind == quoted(statement=path)["kind"]
        assert said in leeway_plan("quote", *ASK, "--statement", str(path)).stdout


class TestMistake:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--amount", "90.01"), "amount 90.01 GBP is above the surplus: 90.00 GBP can be afforded"),
            (("--instalments", "2"), "instalments 2: 600.00 GBP each is above the surplus"),
            (("--instalments", "0"), "instalments: 0: "),
            (("--amount", "5.00", "--instalments", "2"), "amount_minor: 500 beside instalments 2"),
            (("--first-after", "2026-02-31"), "first_after: '2026-02-31': not a day: write YYYY-MM-DD"),
            (("--first-after", "2026-03-08"), "first_after: 2026-03-08 is past"),
            (("--today", "tomorrow"), "today: 'tomorrow': not a day"),
            (("--payday", "32"), "payday: 32 is in no month"),
            (("--currency", "XXX"), "currency: 'XXX': not an ISO 4217 code"),
            (("--currency", "CNY"), "currency: CNY is the loan's and the budget is in GBP"),
            (("--balance", "0"), "balance: 0: "),
            (("--balance", "-1"), "balance: -1 GBP: not a plain amount"),
            (("--balance", "1.005"), "balance: 1.005 GBP: 3 decimals: GBP has 2"),
            (("--country", "XX"), "country: 'XX': no rule pack for it: there are AU"),
            (("--policy", "none"), "policy: 'none': no such policy"),
            (("--language", "fr"), "language: 'fr': write en or zh-CN or zh-TW"),
            (("--statement", "no such file"), "statement: no such file: "),
        ],
    )
    def test_in_what_is_asked_names_the_field(self, words: tuple[str, ...], said: str) -> None:
        with pytest.raises(ValueError, match=re.escape(said)):
            quoted(*words)

    @pytest.mark.parametrize(
        ("budget", "said"),
        [
            ("income: {wages: -5}", ":2:10: income.wages: -5 is below zero: write what it is in a month"),
            ("income: {wages: 1.005}", ":2:10: income.wages: 1.005 given; 3 decimals: GBP has 2"),
            ("income: {wages: lots}", "income.wages: 'lots' given; not a plain amount"),
            ("income: {wages: true}", "income.wages: True given; not an amount"),
            ("income: {wages: 1, wages_minor: 2}", "income.wages: 1 given; wages_minor stands beside it"),
            ("income: {wages_minor: -5}", "income.wages_minor: -5 is below zero"),
            ("income: {salary: 5}", "income.salary: 5 given; no such line here"),
            ("pay: {rhythm: weekly, paid_on: 2026-02-31}", "paid_on: 2026-02-31: there is no such day"),
            ('pay: {rhythm: weekly, paid_on: "2026-02-31"}', "pay.paid_on: '2026-02-31' given"),
            ("pay: {rhythm: monthly, day: 32}", "pay.day: 32 is in no month"),
            ("other_debts: [{reference: a, balance: 0}]", "other_debts.0.balance: 0 is not owed"),
            ("income: [", "not YAML"),
        ],
    )
    def test_in_the_budget_names_line_field_and_value(self, tmp_path: Path, budget: str, said: str) -> None:
        with pytest.raises(ValueError, match=re.escape(said)):
            quoted(statement=written(tmp_path, f"currency: GBP\n{budget}\n"))

    def test_ends_the_command_with_code_2(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["leeway", "plan", "quote", *ASK, "--statement", str(SAMPLE), "--amount", "500.00"]
        monkeypatch.setattr("sys.argv", words)

        with pytest.raises(SystemExit) as ended:
            cli.main()

        assert 2 == ended.value.code
        assert capsys.readouterr().err.startswith("leeway: amount 500.00 GBP is above the surplus")


class TestForm:
    def test_as_a_template_is_a_budget_of_nothing_with_words_on_each_line(self, tmp_path: Path) -> None:
        text = leeway_plan("form", "--template").stdout

        assert "pause" == quoted(statement=written(tmp_path, text))["kind"]
        assert "  wages: 0.00  # wages, after tax" in text

    def test_is_the_json_schema_of_a_statement(self) -> None:
        schema = json.loads(leeway_plan("form").stdout)
        validator = Draft202012Validator(schema)

        assert validator.is_valid({"currency": "GBP", "income": {"wages_minor": 5}, "pay": {"rhythm": "monthly", "day": 25}})  # fmt: skip
        assert not validator.is_valid({"currency": "GBP", "income": {"wages_minor": -5}})
        assert not validator.is_valid({"currency": "GBP", "name": "Ms Chen"})
