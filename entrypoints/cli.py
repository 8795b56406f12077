"""The command line. Exit codes: 0 done, 1 something failed, 2 what you gave cannot be used."""

import logging
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from temporalio.service import RPCError

from entrypoints import (
    calendar,
    cases,
    complaints,
    crm,
    importing,
    intake_commands,
    message,
    plan,
    receipts,
    risk,
    settings,
    signalling,
    statement_commands,
    tasks,
    webhooks_out,
)
from entrypoints.command import AsJson, Loan, print_json, with_ledger, with_servers
from entrypoints.connect import NothingRunning, NoWayOut, Unreachable, database_url
from entrypoints.contact import commands as contact
from entrypoints.embedded.parts import HomeInUse, ServerFailed
from entrypoints.fineract import commands as fineract
from entrypoints.moving import Move, Mover
from gateways.calendar_file import calendars_in
from gateways.column_mapping import MappingError
from gateways.placement_file import PlacementError
from gateways.policy_file import POLICIES, policies_in
from gateways.rule_book import RuleBook
from gateways.rule_pack_file import JURISDICTIONS, packs_in
from gateways.scorecard_file import SCORECARDS, scorecards_in
from gateways.yaml_file import PolicyError
from ledger.desk import NoSuchTask
from ledger.migrate import migrate as apply_migrations
from ledger.reading import NoSuchCase, case_list
from ledger.store import Ledger

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Leeway: overdue loans, worked lawfully and humanely.",
)
policy_app = typer.Typer(no_args_is_help=True, help="House policies.")
ledger_app = typer.Typer(no_args_is_help=True, help="The record.")
app.add_typer(cases.app, name="case")
app.add_typer(policy_app, name="policy")
app.add_typer(ledger_app, name="ledger")
app.add_typer(complaints.app, name="complaint")
app.add_typer(calendar.app, name="calendar")
app.add_typer(contact.app, name="contact")
app.add_typer(crm.app, name="crm")
app.add_typer(intake_commands.app, name="intake")
app.add_typer(statement_commands.app, name="statement")
app.add_typer(message.app, name="message")
app.add_typer(fineract.app, name="fineract")
app.add_typer(plan.app, name="plan")
app.add_typer(receipts.app, name="receipt")
app.add_typer(risk.app, name="risk")
app.add_typer(tasks.app, name="task")
app.add_typer(webhooks_out.app, name="webhook")


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
    applied = apply_migrations(database_url(settings.from_environment()))
    print("\n".join(applied) or "nothing to apply")


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A placement CSV; its columns are in docs/connecting.md.")],
    mapping: Annotated[
        Path | None, typer.Option(help="A column mapping (YAML) for a file with other columns.")
    ] = None,
    lender: Annotated[str | None, typer.Option(help="The lender's short name.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where bad rows go; FILE.rejects.csv by default.")
    ] = None,
) -> None:
    """Opens a case for every good row. Importing again changes nothing. Exit code 2 when a row was rejected."""
    result = with_servers(lambda client, ledger, known: importing.import_file(
        client, ledger, importing.Import(file, mapping, lender or known.lender, rejects), Console(stderr=True)))  # fmt: skip
    print(result.text)
    if result.rejected:
        raise typer.Exit(2)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help="Tells a case something. Kinds and their options:\n\n\b\n" + signalling.usage(),
)
def signal(context: typer.Context, loan: Loan, kind: str) -> None:
    """See `help` above: it is made from the messages themselves."""
    answer = with_servers(lambda client, ledger, known: signalling.tell(
        client, ledger, known.lender, loan, kind, context.args))  # fmt: skip
    print_json(answer)


@policy_app.command()
def check(folder: Annotated[Path, typer.Argument(help="A folder of policy files.")] = POLICIES) -> None:
    """Reads the law, every policy with its templates, and the calendars; mistakes are named with file, line and column."""
    of_its_own = folder / "jurisdictions"
    packs = packs_in(of_its_own if of_its_own.is_dir() else JURISDICTIONS)
    for policy in policies_in(folder, packs).values():
        print(f"{policy.house.name}: {policy.house.title}")
    for card in scorecards_in(folder / SCORECARDS.name).values():
        print(f"scorecard {card.name}: {card.title}{'' if card.approved_by else ' (not approved)'}")
    for pack in packs.values():
        print(f"{pack.jurisdiction}: {pack.title}, {len(pack.rules)} rules")
    for place, days in calendars_in(folder / "calendars").items():
        print(f"calendar {place}: {', '.join(str(one.year) for one in days.years) or 'closed days only'}")


@policy_app.command()
def move(
    reason: Annotated[str, typer.Option(help="Why: it stands in the ledger of every case that is moved.")],
    by: Annotated[str, typer.Option(help="Who says so.")],
    dry_run: Annotated[bool, typer.Option(help="Only say what would be moved.")] = False,
) -> None:
    """Brings every open case under today's law, calendars and policies, and plans its next contact again."""
    asked = Move(settings.from_environment().lender, reason, by, dry_run)
    result = with_servers(lambda client, ledger, known: Mover(
        client, ledger, policies_in(), RuleBook.shipped()).run(asked))  # fmt: skip
    print(result.text)
    if result.without_policy:
        print("\n".join(result.without_policy), file=sys.stderr)
        raise typer.Exit(1)


@ledger_app.command()
def verify() -> None:
    """Checks every case's chain of decisions; names the first line that was changed or is missing."""

    async def broken(ledger: Ledger, known: settings.Settings) -> list[str]:
        book = await case_list(ledger, None)
        checked = [(case["case_id"], await ledger.broken_chain(case["case_id"])) for case in book]
        return [f"{case_id}: line {line} is not what was written" for case_id, line in checked if line]

    found = with_ledger(broken)
    print("\n".join(found) or "every line is as it was written")
    if found:
        raise typer.Exit(1)


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
    except (
        PolicyError,
        PlacementError,
        MappingError,
        NoSuchCase,
        NoSuchTask,
        signalling.BadSignal,
        ValueError,
    ) as error:
        sys.exit(_fail(error, 2))
    except (
        NothingRunning,
        HomeInUse,
        ServerFailed,
        NoWayOut,
        Unreachable,
        psycopg.OperationalError,
        RPCError,
    ) as error:
        sys.exit(_fail(error, 1))
    except OSError as error:
        sys.exit(_fail(error, 2))
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: Exception, code: int) -> int:
    print(f"leeway: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
