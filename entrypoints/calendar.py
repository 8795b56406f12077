"""`leeway calendar`: add a published year, and see what a place's working days are read as."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from compliance.calendar import WorkingCalendar
from gateways.calendar_file import CALENDARS, CalendarYear, add_year, days_between, refuse_unknown
from gateways.working_days import working_calendar
from gateways.yaml_file import PolicyError

app = typer.Typer(
    no_args_is_help=True, help="Working days: days off, make-up days, and until when they are known."
)

Country = Annotated[str, typer.Argument(help="CN, or with its subdivision AU-VIC.")]
Folder = Annotated[
    Path, typer.Option(show_default=False, help="Where the calendar files are; policies/calendars.")
]


@app.command()
def add(
    country: Country,
    year: int,
    off: Annotated[list[str], typer.Option(help="Days off, YYYY-MM-DD or FIRST..LAST; repeat it.")],
    source: Annotated[str, typer.Option(help="Who published it, and when.")],
    on: Annotated[list[str] | None, typer.Option(help="Weekend days that are worked; repeat it.")] = None,
    worked: Annotated[
        list[str] | None, typer.Option(help="A public holiday that is worked after all; repeat it.")
    ] = None,
    folder: Folder = CALENDARS,
) -> None:
    """Adds the published arrangement of a year, complete; it replaces the library's year."""
    given = {"year": year, "off": _days("off", off), "on": _days("on", on or ()), "source": source.strip()}
    try:
        added = CalendarYear.model_validate(given)
    except ValidationError as error:
        raise PolicyError("\n".join(f"{item['loc'][0]}: {item['msg']}" for item in error.errors())) from None
    _refuse_forgotten(country, added, _days("worked", worked or ()), folder)
    path = add_year(country, added, folder)
    if path is None:
        print(f"{country} {year} is there already, just so: nothing to add")
        return
    print(f"{path}: {year} added, {len(added.off)} days off and {len(added.on)} make-up days")
    for line in _doubts(country, added, folder):
        typer.echo(line, err=True)


@app.command()
def show(
    country: Country,
    subdivision: Annotated[str | None, typer.Argument(help="ISO 3166-2, without the country.")] = None,
    year: Annotated[int | None, typer.Option(help="This year by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of a table.")] = False,
    folder: Folder = CALENDARS,
) -> None:
    """The working days of a place, as a case opened today would be pinned to them."""
    place = f"{country}-{subdivision}" if subdivision else country
    calendar, shown = _calendar(place, folder), year or date.today().year
    if not calendar.knows(date(shown, 1, 1)):
        raise PolicyError(calendar.unknown_reason(date(shown, 1, 1)))
    facts = _facts(calendar, shown)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2, default=str))
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    sha256 = facts.pop("sha256")  # wider than a column
    for name, value in facts.items():
        text = ", ".join(_spans(value)) if isinstance(value, list) else str(value or "")
        table.add_row(name.replace("_", " "), text or "none")
    Console().print(table)
    print(f"sha256 {sha256}")


def _calendar(place: str, folder: Path) -> WorkingCalendar:
    country, _, subdivision = place.partition("-")
    refuse_unknown(place)
    calendar = working_calendar(country, subdivision or None, date.today(), folder)
    if calendar is None:
        raise PolicyError(
            f"country: {country!r} is unknown: write an ISO 3166 code that `holidays` knows, such as CN"
        )
    return calendar


def _facts(calendar: WorkingCalendar, year: int) -> dict[str, Any]:
    """A year as it is read: `off` the weekdays not worked, `on` the weekend days worked."""
    days = days_between(date(year, 1, 1), date(year, 12, 31))
    return {
        "calendar": calendar.name,
        "year": year,
        "status": "provisional" if calendar.is_provisional(year) else "published",
        "off": [day for day in days if day.weekday() in calendar.weekdays and not calendar.works(day)],
        "on": [day for day in days if day.weekday() not in calendar.weekdays and calendar.works(day)],
        "holidays": sorted(day for day in calendar.holidays if day.year == year),
        "provisional_from": calendar.provisional_from,
        "valid_from": calendar.valid_from,
        "valid_until": calendar.valid_until,
        "source": calendar.source,
        "sha256": calendar.sha256(),
    }


def _refuse_forgotten(country: str, added: CalendarYear, worked: Iterable[date], folder: Path) -> None:
    """An arrangement that leaves a public holiday out opens that day: only when it is said to be worked."""
    library = _calendar(country, folder / "none")
    opened = [
        day
        for day in sorted(library.holidays - set(added.off) - set(worked))
        if day.year == added.year and day.weekday() in library.weekdays
    ]
    if opened:
        raise PolicyError(
            f"off: {', '.join(_spans(opened))}: public holidays in {library.source} that would be worked; add them "
            "with --off, or say --worked for each that truly is"
        )


def _doubts(country: str, added: CalendarYear, folder: Path) -> Iterator[str]:
    """What a person should look at again."""
    now = _calendar(country, folder)
    days = days_between(date(added.year, 1, 1), date(added.year, 12, 31))
    if not now.knows(days[0]):
        yield f"not in use yet: {now.unknown_reason(days[0])}"
    elif now.is_provisional(added.year):
        yield f"still read as provisional: {now.provisional_from} and after, until every year before it is there"


def _days(option: str, given: Iterable[str]) -> list[date]:
    """YYYY-MM-DD, or FIRST..LAST with both included."""
    found: list[date] = []
    for text in given:
        first, dots, last = text.partition("..")
        try:
            days = days_between(date.fromisoformat(first), date.fromisoformat(last if dots else first))
        except ValueError as error:
            raise PolicyError(f"--{option} {text}: {error}; write YYYY-MM-DD or FIRST..LAST") from None
        if not days:
            raise PolicyError(f"--{option} {text}: ends before it begins; write FIRST..LAST")
        found += days
    return found


def _spans(days: Iterable[date]) -> Iterator[str]:
    """Days that follow each other as FIRST..LAST."""
    first: date | None = None
    last: date | None = None
    for day in days:
        if last is not None and day == last + timedelta(days=1):
            last = day
            continue
        if first is not None:
            yield str(first) if first == last else f"{first}..{last}"
        first = last = day
    if first is not None:
        yield str(first) if first == last else f"{first}..{last}"
