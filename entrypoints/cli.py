"""The command line. Exit codes: 0 done, 1 something failed, 2 what you gave cannot be used."""

import logging
import sys
from collections.abc import Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from entrypoints import settings
from entrypoints.command import AsJson, print_json, with_ledger, with_servers
from entrypoints.connect import database_url

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "calendar": "entrypoints.calendar",
        "case": "entrypoints.cases",
        "complaint": "entrypoints.complaints",
        "contact": "entrypoints.contact.commands",
        "crm": "entrypoints.crm",
        "fineract": "entrypoints.fineract.commands",
        "intake": "entrypoints.intake_commands",
        "key": "entrypoints.key_commands",
        "ledger": "entrypoints.record",
        "message": "entrypoints.message",
        "plan": "entrypoints.plan",
        "policy": "entrypoints.policies",
        "receipt": "entrypoints.receipts",
        "risk": "entrypoints.risk",
        "signal": "entrypoints.signal_command",
        "statement": "entrypoints.statement_commands",
        "sweep": "entrypoints.sweeping",
        "task": "entrypoints.tasks",
        "webhook": "entrypoints.webhooks_out",
    }
)
"""Whose `app` a name of the command line is. Only the one asked for is imported: together they take seconds."""


class Commands(TyperGroup):
    """The commands written here, and those of `_MODULES`. Typer's own types are private: hence Any."""

    def list_commands(self, context: Any) -> list[str]:
        """Every name, for help."""
        return [*super().list_commands(context), *_MODULES]

    def get_command(self, context: Any, name: str) -> Any:
        """The command of this name; None for a name that is none."""
        if name not in _MODULES:
            return super().get_command(context, name)
        group = typer.main.get_group(import_module(_MODULES[name]).app)
        group.name = name
        return group.commands.get(name, group)  # `signal` is one command, not a group


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Leeway: overdue loans, worked lawfully and humanely.",
)


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="The same seed and start tell the same story.")] = 15,
    start: Annotated[
        str | None, typer.Option(help="First day, YYYY-MM-DD; the next Monday by default.")
    ] = None,
    exit_at_end: Annotated[
        bool, typer.Option("--exit", help="End after the story instead of staying open.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Half a virtual year of a sample book, on real servers, in about a minute."""
    from entrypoints import demo as stage  # the demo's parts are heavy, and only it needs them

    console = Console(stderr=as_json)
    telling = stage.Telling(seed, stage.first_day(start, date.today()))
    told = stage.run_demo(settings.from_environment(), telling, console, stays=not exit_at_end)
    if as_json:
        print_json([_summary(case) for case in told])


@app.command()
def up() -> None:
    """The embedded servers with a worker, in real time, until Ctrl-C. Data stays in .leeway."""
    from entrypoints.up import run_up

    run_up(settings.from_environment(), Console())


@app.command()
def worker() -> None:
    """A worker on your own servers (DATABASE_URL, TEMPORAL_ADDRESS)."""
    from entrypoints.up import run_worker

    run_worker(settings.from_environment(), Console())


@app.command()
def api(host: str = "127.0.0.1", port: int = 8080) -> None:
    """The HTTP API."""
    from entrypoints.api import run_api

    run_api(settings.from_environment(), host, port)


@app.command()
def page(host: str = "127.0.0.1", port: int = 8090) -> None:
    """The borrower's own page, opened by the link in a message (LEEWAY_PAGE_URL, LEEWAY_PAGE_KEYS)."""
    from entrypoints.page.serving import run_page

    run_page(settings.from_environment(), host, port)


@app.command()
def migrate() -> None:
    """Brings the ledger's tables up to date."""
    from ledger.migrate import migrate as apply_migrations

    applied = apply_migrations(database_url(settings.from_environment()))
    print("\n".join(applied) or "nothing to apply")


@app.command(name="import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV, pipe-delimited or Parquet; see docs/connecting/files.md.")
    ],
    transactions: Annotated[
        bool, typer.Option("--transactions", help="The file holds payments and reversals, not overdue loans.")
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option(help="A column mapping (YAML) for a file with other columns.")
    ] = None,
    lender: Annotated[str | None, typer.Option(help="The lender's short name.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where bad rows go; FILE.rejects.csv by default.")
    ] = None,
) -> None:
    """Opens a case for every good row. Importing again changes nothing; one that was stopped goes on where it was. Exit
    code 2 when a row was rejected."""
    from entrypoints import importing

    console = Console(stderr=True)
    wanted = importing.Import(file, mapping, lender or settings.from_environment().lender, rejects)
    result = (
        with_ledger(lambda ledger, _: importing.import_transactions(ledger, wanted, console))
        if transactions
        else with_servers(lambda client, ledger, _: importing.import_file(client, ledger, wanted, console))
    )
    print(result.text)
    if result.rejected:
        raise typer.Exit(2)


def _summary(case: dict[str, Any]) -> dict[str, Any]:
    wanted = (
        "loan_id",
        "policy",
        "stage",
        "contacts_made",
        "instants_moved",
        "outcome",
        "stalled",
        "next_at",
    )
    return {name: case[name] for name in wanted}


def main() -> None:
    """The `leeway` command."""
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # what it has to say comes back as the error
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if (code := _exit_code(error)) is None:
            raise
        print(f"leeway: {error}", file=sys.stderr)
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    """1 where a server fails, 2 where what was given cannot be used; None for a mistake of ours."""
    import psycopg
    from temporalio.service import RPCError

    from entrypoints.connect import NothingRunning, NoWayOut, Unreachable
    from entrypoints.embedded.parts import HomeInUse, ServerFailed
    from ledger.desk import NoSuchTask
    from ledger.reading import NoSuchCase

    failed = (
        NothingRunning,
        HomeInUse,
        ServerFailed,
        NoWayOut,
        Unreachable,
        psycopg.OperationalError,
        RPCError,
    )
    if isinstance(error, failed):
        return 1
    return 2 if isinstance(error, ValueError | OSError | NoSuchCase | NoSuchTask) else None


if __name__ == "__main__":
    main()
