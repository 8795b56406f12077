"""`leeway ledger`: the record, and whether it is still what was written."""

import typer

from entrypoints.command import with_ledger
from entrypoints.settings import Settings
from ledger.reading import case_list
from ledger.store import Ledger

app = typer.Typer(no_args_is_help=True, help="The record.")


@app.command()
def verify() -> None:
    """Checks every case's chain of decisions; names the first line that was changed or is missing."""

    async def broken(ledger: Ledger, known: Settings) -> list[str]:
        book = await case_list(ledger, None)
        checked = [(case["case_id"], await ledger.broken_chain(case["case_id"])) for case in book]
        return [f"{case_id}: line {line} is not what was written" for case_id, line in checked if line]

    found = with_ledger(broken)
    print("\n".join(found) or "every line is as it was written")
    if found:
        raise typer.Exit(1)
