"""`leeway signal LOAN KIND --field value`: the command; what it may say is read off the messages themselves."""

import typer

from entrypoints import signalling
from entrypoints.command import Loan, print_json, with_servers

app = typer.Typer()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help="Tells a case something. Kinds and their options:\n\n\b\n" + signalling.usage(),
)
def signal(context: typer.Context, loan: Loan, kind: str) -> None:
    """See `help` above: it is made from the messages themselves."""
    answer = with_servers(lambda client, ledger, known: signalling.tell(
        client, ledger, known.lender, loan, kind, context.args))  # fmt: skip
    print_json(answer)
