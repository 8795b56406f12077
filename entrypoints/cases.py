"""`leeway case`: a case to read, and everything known of its borrower."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from entrypoints import tables
from entrypoints.allocating import allocated
from entrypoints.command import AsJson, Loan, print_json, with_ledger, with_servers
from entrypoints.dossier.gathered import gathered
from entrypoints.dossier.page import page as dossier_page
from entrypoints.support import support
from ledger.reading import case_list, case_view, explanation, history, standing_still

app = typer.Typer(no_args_is_help=True, help="Read cases.")


@app.command("list")
def list_cases(as_json: AsJson = False) -> None:
    """The book."""
    cases = with_ledger(lambda ledger, known: case_list(ledger, known.lender))
    print_json(cases) if as_json else Console().print(tables.case_table(cases))


@app.command("stalled")
def count_stalled(as_json: AsJson = False) -> None:
    """How many cases go nowhere, by reason: no channel, no time zone, a stop in law, a borrower nobody reaches."""
    rows = with_ledger(lambda ledger, known: standing_still(ledger, known.lender))
    print_json(rows) if as_json else Console().print(tables.stalled_table(rows))


@app.command()
def show(loan: Loan, as_json: AsJson = False) -> None:
    """One case: where it stands, its contacts, payments, tasks, and what the CRM says of the borrower."""
    case = with_ledger(lambda ledger, known: case_view(ledger, known.lender, loan))
    print_json(case) if as_json else tables.print_case(Console(), case)


@app.command()
def explain(loan: Loan, as_json: AsJson = False) -> None:
    """Every decision of a case: rule, facts, clock and next time."""
    lines = with_ledger(lambda ledger, known: explanation(ledger, known.lender, loan))
    print_json(lines) if as_json else Console().print(tables.explanation_table(lines))


@app.command("support")
def show_support(loan: Loan, by: Annotated[str, typer.Option(help="Who looks: it is recorded.")]) -> None:
    """What would help the borrower, and the holds that are for few eyes."""
    print_json(with_servers(lambda client, ledger, known: support(client, ledger, known.lender, loan, by)))


@app.command()
def dossier(
    loan: Loan,
    by: Annotated[str, typer.Option(help="Who reads: it is recorded.")],
    out: Annotated[Path | None, typer.Option(help="Where the page goes; left out, it is printed.")] = None,
) -> None:
    """Everything a named person needs to decide a case, as a page (HTML) for print."""
    found = with_servers(
        lambda client, ledger, known: gathered(client, ledger, known.lender, loan, by, datetime.now(UTC))
    )
    if out is None:
        print(dossier_page(found))
        return
    out.write_text(dossier_page(found), encoding="utf-8")
    print(out)


@app.command("allocate")
def allocate_payment(
    loan: Loan,
    amount: Annotated[str, typer.Option(help="What came in, such as 250.00.")],
    designated: Annotated[
        list[str] | None, typer.Option(help="A loan the borrower named; repeat it.")
    ] = None,
) -> None:
    """How one payment is to be shared among all the loans of its borrower."""
    print_json(with_ledger(lambda ledger, known: allocated(
        ledger, known.lender, loan, amount, designated or (), date.today())))  # fmt: skip


@app.command("history")
def borrower_history(loan: Loan, as_json: AsJson = False) -> None:
    """Contacts, repayments, promises, plans and risk of the loan's borrower, over all their loans, with the CRM's notes."""
    rows = with_ledger(lambda ledger, known: history(ledger, known.lender, loan))
    print_json(rows) if as_json else Console().print(tables.history_table(rows))
