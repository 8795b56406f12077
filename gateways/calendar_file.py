"""What an operator knows before the library: published years and closed days, one YAML file a place."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Annotated

import holidays
from pydantic import BeforeValidator, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from gateways.yaml_file import PolicyError, mistake, parse
from lending.value import Strict

CALENDARS = Path(__file__).parents[1] / "policies" / "calendars"

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Mistake = tuple[tuple[int | str, ...], str]


def _day(value: object) -> object:
    """A day as YAML reads it, and nothing that merely looks like one: 20270205 is no second since 1970."""
    if type(value) is date or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("write a day as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_day)]


class CalendarYear(Strict):
    """The published arrangement of one year, complete: `off`, days nobody works; `on`, weekend days worked."""

    year: Annotated[int, Field(strict=True, ge=1990, le=2199)]
    off: Annotated[tuple[Day, ...], Field(min_length=1)]
    on: tuple[Day, ...] = ()
    source: Annotated[str, Field(min_length=1)]

    def says_the_same(self, other: "CalendarYear") -> bool:
        """Whether both are one arrangement, however its days are ordered."""
        return (self.year, set(self.off), set(self.on), self.source) == (
            other.year,
            set(other.off),
            set(other.on),
            other.source,
        )


class CalendarFile(Strict):
    """One place's file. `closed`: single days the operator closes, whatever else is known about them."""

    closed: tuple[Day, ...] = ()
    years: tuple[CalendarYear, ...] = ()


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Every day from `first` to `last`, both included."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def calendars_in(folder: Path = CALENDARS) -> dict[str, CalendarFile]:
    """Every place's file in `folder`, by place; a missing folder holds none. Raises PolicyError."""
    paths = sorted(folder.iterdir()) if folder.exists() else []
    return {path.stem: read_calendar(path) for path in paths if not path.name.startswith(".")}


def calendar_of(place: str, folder: Path = CALENDARS) -> CalendarFile | None:
    """The file of `place` (CN, AU-VIC); None where there is none. Raises PolicyError."""
    path = folder / f"{place}.yaml"
    return read_calendar(path) if _PLACE.fullmatch(place) and path.exists() else None


def read_calendar(path: Path) -> CalendarFile:
    """One file, checked. Raises PolicyError, with a line for every mistake."""
    if path.suffix != ".yaml":
        raise PolicyError(f"{path}:1:1: file name: write COUNTRY.yaml or COUNTRY-SUBDIVISION.yaml")
    weekend = _weekend(path, path.stem)
    document = parse(path)
    try:
        file = CalendarFile.model_validate(document)
    except ValidationError as error:
        found: list[Mistake] = [(item["loc"], item["msg"]) for item in error.errors()]
    else:
        found = list(_mistakes(file, weekend))
    if found:
        raise PolicyError("\n".join(mistake(path, document, *one) for one in found))
    return file


def add_year(place: str, added: CalendarYear, folder: Path = CALENDARS) -> Path | None:
    """Appends a year to the place's file, or makes the file. None: it stands there already, just so.

    Nothing is written unless the whole file is right. Raises PolicyError.
    """
    path = folder / f"{place}.yaml"
    weekend = _weekend(path, place)
    if found := list(_year_mistakes(added, weekend, ())):
        raise PolicyError("\n".join(f"{field[0]}: {message}" for field, message in found))
    file = calendar_of(place, folder) or CalendarFile()
    for year in file.years:
        if year.says_the_same(added):
            return None
        if year.year == added.year:
            raise PolicyError(
                f"{path}: {year.year} is there already and says otherwise ({year.source}); years are only ever "
                "added: correct that one by hand, and say why in its source"
            )
    folder.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")  # a file that is there is whole, whatever stops us
    beside.write_text(_with_year(path, added), encoding="utf-8")
    beside.replace(path)
    return path


def refuse_unknown(place: str) -> None:
    """Raises PolicyError for a place (CN, AU-VIC) that the library does not know."""
    _weekend(Path("country"), place)


def _weekend(path: Path, place: str) -> frozenset[int]:
    """The weekend days of a place that the library knows, 0 = Monday."""
    country, _, subdivision = place.partition("-")
    try:
        known = holidays.country_holidays(country) if _PLACE.fullmatch(place) else None
    except NotImplementedError:
        known = None
    if known is None:
        rule = "write ISO 3166 codes in capitals, such as CN or AU-VIC, of a country that `holidays` knows"
        raise PolicyError(f"{path}:1:1: file name: unknown country or form {place!r}: {rule}")
    if subdivision and known.subdivisions and subdivision not in known.subdivisions:
        rule = f"write one of {', '.join(known.subdivisions)}"
        raise PolicyError(f"{path}:1:1: file name: unknown subdivision {subdivision!r} of {country}: {rule}")
    return frozenset(known.weekend)


def _mistakes(file: CalendarFile, weekend: frozenset[int]) -> Iterator[Mistake]:
    yield from _twice(file.closed, ("closed",))
    seen: set[int] = set()
    for n, year in enumerate(file.years):
        if year.year in seen:
            yield ("years", n, "year"), f"{year.year} is here twice: keep one"
        seen.add(year.year)
        yield from _year_mistakes(year, weekend, ("years", n))


def _year_mistakes(
    year: CalendarYear, weekend: frozenset[int], place: tuple[int | str, ...]
) -> Iterator[Mistake]:
    for field, days in (("off", year.off), ("on", year.on)):
        yield from _twice(days, (*place, field))
        for n, day in enumerate(days):
            if day.year != year.year:
                elsewhere = "a day off of another year goes under that year, or under closed"
                yield (*place, field, n), f"{day} is not in {year.year}: {elsewhere}"
    for n, day in enumerate(year.on):
        if day in year.off:
            yield (*place, "on", n), f"{day} is under off too: it is either worked or not"
        elif day.weekday() not in weekend:
            yield (*place, "on", n), f"{day} is a {day:%A}, a weekday already: only weekend days are made up"


def _twice(days: Sequence[date], place: tuple[int | str, ...]) -> Iterator[Mistake]:
    seen: Counter[date] = Counter()
    for n, day in enumerate(days):
        seen[day] += 1
        if seen[day] == 2:
            yield (*place, n), f"{day} is here twice: keep one"


def _with_year(path: Path, added: CalendarYear) -> str:
    """The file's text, its comments kept, with one more year at the end."""
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = parse(path) if path.exists() else CommentedMap()
    if document.get("years") is None:
        document["years"] = CommentedSeq()
    entry = CommentedMap(year=added.year, off=_flow(added.off))
    if added.on:
        entry["on"] = _flow(added.on)
    entry["source"] = added.source
    document["years"].append(entry)
    text = StringIO()
    yaml.dump(document, text)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def _flow(days: Iterable[date]) -> CommentedSeq:
    listed = CommentedSeq(sorted(days))
    listed.fa.set_flow_style()
    return listed
