"""`leeway policy`: house policies checked, and open cases brought under those of today."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from entrypoints import settings
from entrypoints.command import with_servers
from entrypoints.moving import Move, Mover
from gateways.calendar_file import calendars_in
from gateways.policy_file import POLICIES, policies_in
from gateways.rule_book import RuleBook
from gateways.rule_pack_file import JURISDICTIONS, packs_in
from gateways.scorecard_file import SCORECARDS, scorecards_in

app = typer.Typer(no_args_is_help=True, help="House policies.")


@app.command()
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


@app.command()
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
