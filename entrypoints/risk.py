"""`leeway risk`: learn a scorecard from outcomes, see how good it is, and approve it by name."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from gateways.scorecard_file import SCORECARDS, read_scorecard, write_scorecard
from gateways.scorecard_file import approve as write_approval
from gateways.yaml_file import PolicyError

app = typer.Typer(no_args_is_help=True, help="Scorecards: learned, compared, approved by a person.")

_STANDARD = SCORECARDS / "standard.yaml"
_A_FILE: dict[str, Any] = {"exists": True, "dir_okay": False}
_NO_GROUP = "learning needs scikit-learn; install Leeway with its optional group: pip install 'leeway[risk]'"


@app.command()
def train(
    data: Annotated[
        Path,
        typer.Argument(**_A_FILE, help="A CSV with a row a loan; every column is a fact, in whole numbers."),
    ],
    outcome: Annotated[
        str, typer.Option(help="The column that says bad (1, bad, yes) or good (0, good, no).")
    ],
    out: Annotated[
        Path, typer.Option(help="The new scorecard, NAME.yaml; a file that is there is never changed.")
    ],
    group: Annotated[
        list[str] | None, typer.Option(help="A column to compare by, never a fact; repeat it.")
    ] = None,
    leave_out: Annotated[list[str] | None, typer.Option(help="A column not to use; repeat it.")] = None,
    against: Annotated[
        Path,
        typer.Option(**_A_FILE, help="The card to compare with; standard by default.", show_default=False),
    ] = _STANDARD,
    version: Annotated[int, typer.Option(min=1, help="The new card's version.")] = 1,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="The same data and seed give the same card.")
    ] = 15,
) -> None:
    """Learns a card from 70 % of the rows and compares it with another on the rest. Nobody may use it unapproved."""
    try:
        from entrypoints.training import comparison, comparison_text, observations
    except ModuleNotFoundError as error:
        raise PolicyError(f"{error.name}: is not installed: {_NO_GROUP}") from None
    _check_out(out)
    columns = observations.Columns(outcome, tuple(group or ()), tuple(leave_out or ()))
    observed = observations.read_observations(data, columns)
    made = comparison.Trained(out.stem, version, seed, date.today())
    found = comparison.train(observed, made, read_scorecard(against))
    write_scorecard(out, found.card)
    print(f"{comparison_text.comparison_text(found)}\n{comparison_text.points_text(found)}")
    print(f"{out}: written, for nobody's use yet; who has read it: leeway risk approve {out} --by NAME")


def _check_out(out: Path) -> None:
    """Before the long work, what would keep its result from being written."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}\.yaml", out.name):
        raise PolicyError(
            f"--out {out}: write NAME.yaml, NAME in small letters, digits, '_' and '-': it is the card's id"
        )
    if out.exists():
        raise PolicyError(
            f"--out {out}: is there already; a card is never overwritten, write a file that is not there yet"
        )
    if not out.parent.is_dir():
        raise PolicyError(f"--out {out}: there is no folder {out.parent}; make it first")


@app.command()
def approve(
    file: Annotated[Path, typer.Argument(**_A_FILE, help="The scorecard.")],
    by: Annotated[str, typer.Option(help="The person who has read it and answers for its use.")],
) -> None:
    """Writes into the card who approved it, today; house policies may name it from then on."""
    card = write_approval(file, by, date.today())
    print(f"{file}: {card.name} approved by {card.approved_by} on {card.approved_on}")
