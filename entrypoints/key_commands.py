"""`leeway key`: the keys of machines at the API."""

from datetime import UTC, datetime, time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from entrypoints.access.keys import Keys
from entrypoints.access.role import Role
from entrypoints.command import AsJson, print_json, with_ledger
from entrypoints.contact.question import day
from ledger.entry import Row
from ledger.reading import plain

app = typer.Typer(no_args_is_help=True, help="Keys of machines at the API.")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What the machine is called: writes carry it.")],
    role: Annotated[Role, typer.Option(help="What it may do.")],
    until: Annotated[str | None, typer.Option(help="The day it ends, YYYY-MM-DD (UTC).")] = None,
) -> None:
    """Prints a new key, this once. To rotate: make the next, let the machine take it up, revoke the last."""
    last = day("until", until)
    ends_at = datetime.combine(last, time(), UTC) if last else None
    print(with_ledger(lambda ledger, known: Keys(ledger).make(
        known.lender, name, role, datetime.now(UTC), ends_at)))  # fmt: skip


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Every key that was made, without its secret."""
    rows = [plain(row) for row in with_ledger(lambda ledger, known: Keys(ledger).all_of(known.lender))]
    print_json(rows) if as_json else Console().print(_table(rows))


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's number, as `leeway key list` shows it.")],
) -> None:
    """From now on the key opens nothing."""
    with_ledger(lambda ledger, known: Keys(ledger).revoke(known.lender, key_id, datetime.now(UTC)))
    print(f"{key_id} is revoked")


def _table(rows: list[Row]) -> Table:
    table = Table("Key", "Name", "Role", "Made", "Ends", "Revoked", box=None)
    for row in rows:
        days = (str(row[name] or "")[:10] for name in ("created_at", "expires_at", "revoked_at"))
        table.add_row(row["key_id"], row["name"], row["role"], *days)
    return table
