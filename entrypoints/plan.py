"""`leeway plan`: what a borrower can afford, as a plan to accept or what there is instead; and the form to fill in."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from entrypoints.contact.question import day
from gateways.policy_file import policies_in
from gateways.policy_terms import LONGEST_PLAN
from gateways.rule_pack_file import packs_in
from gateways.statement_file import read_statement, template
from lending.counter_offer import Answer, CounterOffer, answer
from lending.money import EXPONENTS, MoneyError, format_minor, minor_units
from lending.payday import MonthlyPay
from lending.plan import PlanTerms
from lending.quote import PlanBasis, Quote, quote
from lending.reason import Language
from lending.statement import Statement

app = typer.Typer(no_args_is_help=True, help="Plans a borrower can afford.")


_INSTEAD = {
    "partial_plan": "No plan that ends in time. A person decides about this part of one",
    "token": "No plan. A token payment instead",
    "pause": "No plan. A pause instead",
    "free_advice": "No plan. Free, independent debt advice instead",
}


@app.command("quote")
def quote_plan(
    balance: Annotated[str, typer.Option(help="What is owed, such as 1200.00.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, such as GBP.")],
    statement: Annotated[Path, typer.Option(help="The budget: YAML or JSON; see `leeway plan form`.")],
    country: Annotated[str | None, typer.Option(help="Whose law says how long a plan may run.")] = None,
    policy: Annotated[str | None, typer.Option(help="The house policy whose terms hold.")] = None,
    payday: Annotated[
        int | None, typer.Option(help="Day of the month; 31 is the last. The budget's by default.")
    ] = None,
    first_after: Annotated[
        str | None, typer.Option(help="The first instalment comes after this day, YYYY-MM-DD.")
    ] = None,
    instalments: Annotated[int | None, typer.Option(help="The number the borrower wishes.")] = None,
    amount: Annotated[str | None, typer.Option(help="The amount the borrower offers each time.")] = None,
    today: Annotated[str | None, typer.Option(help="YYYY-MM-DD; the real day by default.")] = None,
    language: Annotated[str, typer.Option(help="en, zh-CN or zh-TW: the language of the reasons.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of text.")] = False,
) -> None:
    """The offer with its dates and amounts, or why there is no plan and what there is instead.

    Exit code 2 when what is given cannot be used, or the borrower's offer is more than they can afford.
    """
    budget = _budget(statement, currency, payday)
    given = {
        "balance_minor": _minor("balance", balance, currency),
        "statement": budget,
        "terms": _terms(policy),
        LONGEST_PLAN: _longest(country),
        "today": day("today", today) or date.today(),
        "first_after": day("first_after", first_after),
    }
    spoken = _language(language)
    wish = {"amount_minor": amount and _minor("amount", amount, currency), "instalments": instalments}
    found = _answer(given, {name: value for name, value in wish.items() if value is not None})
    if found.differences:
        raise ValueError("\n".join(reason.words(spoken) for reason in found.differences))
    print(found.quote.model_dump_json(indent=2)) if as_json else _print(found.quote, spoken)


@app.command()
def form(
    as_template: Annotated[
        bool, typer.Option("--template", help="An empty YAML form instead of the JSON Schema.")
    ] = False,
) -> None:
    """What a budget is made of: the JSON Schema of a counselling form, or an empty file to fill in."""
    print(template() if as_template else json.dumps(Statement.model_json_schema(), indent=2), end="")


def _answer(given: dict[str, object], wish: dict[str, object]) -> Answer:
    try:
        basis = PlanBasis.model_validate(given)
        return answer(basis, CounterOffer.model_validate(wish)) if wish else Answer(quote=quote(basis))
    except ValidationError as error:
        raise ValueError("\n".join(map(_told, error.errors()))) from None


def _budget(path: Path, currency: str, payday: int | None) -> Statement:
    if currency not in EXPONENTS:
        raise ValueError(
            f"currency: {currency!r}: not an ISO 4217 code: write three capital letters, such as GBP"
        )
    found = read_statement(path)
    if found.currency != currency:
        raise ValueError(f"currency: {currency} is the loan's and the budget is in {found.currency}: write it in {currency}")  # fmt: skip
    if payday is None:
        return found
    if not 1 <= payday <= 31:
        raise ValueError(f"payday: {payday} is in no month: write a day from 1 to 31; 31 is the last")
    return found.model_copy(update={"pay": MonthlyPay(day=payday)})


def _minor(field: str, text: str, currency: str) -> int:
    try:
        return minor_units(text, currency)
    except MoneyError as error:
        raise ValueError(f"{field}: {text} {currency}: {error}") from None


def _terms(policy: str | None) -> PlanTerms:
    if policy is None:
        return PlanTerms()
    known = policies_in()
    if policy not in known:
        raise ValueError(f"policy: {policy!r}: no such policy: there are {', '.join(sorted(known))}")
    return known[policy].house.plan


def _longest(country: str | None) -> int | None:
    if country is None:
        return None
    known = packs_in()
    if country not in known:
        raise ValueError(f"country: {country!r}: no rule pack for it: there are {', '.join(sorted(known))}")
    return min((term.value for term in known[country].terms if term.name == LONGEST_PLAN), default=None)


def _language(given: str) -> Language:
    for known in get_args(Language):
        if given == known:
            return cast(Language, known)
    raise ValueError(f"language: {given!r}: write {' or '.join(get_args(Language))}")


def _told(item: object) -> str:
    assert isinstance(item, dict)
    field, text = (
        ".".join(map(str, item["loc"])).removesuffix("_minor"),
        item["msg"].removeprefix("Value error, "),
    )
    return f"{field}: {item['input']}: {text}" if field else text


def _print(found: Quote, language: Language) -> None:
    console, currency = Console(), found.budget.currency
    if found.kind == "offer" or found.kind == "partial_plan":
        head = f"Plan, to accept by {found.valid_until}" if found.kind == "offer" else _INSTEAD[found.kind]
        console.print(f"{head}: {len(found.plan.instalments)} instalments, {found.rhythm}")
        table = Table.grid(padding=(0, 2, 0, 0))
        for number, part in enumerate(found.plan.instalments, 1):
            table.add_row(str(number), str(part.due_on), format_minor(part.amount_minor, currency))
        console.print(table)
    elif found.kind == "token":
        console.print(f"{_INSTEAD[found.kind]}: {format_minor(found.amount_minor, currency)} a month")
    else:
        console.print(_INSTEAD[found.kind])
    for mark, reasons in (("-", found.reasons), ("?", found.questions)):
        for reason in reasons:
            console.print(f"{mark} {reason.words(language)}", soft_wrap=True, markup=False, highlight=False)
