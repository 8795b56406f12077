"""What a book's collections are measured by, from the ledger. Each figure says what it counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ledger.entry import Row
from ledger.store import Ledger
from lending.value import Value

_BUCKETS = ("not yet", "0-29", "30-59", "60-89", "90+")
_REACHED = frozenset({"right_party", "conversation", "met"})


class Standing(Value):
    """Cases of one stage (open) or outcome (closed), and what they owe, by currency."""

    name: str
    currency: str
    cases: int
    balance_minor: int


class Promises(Value):
    """Promises that were kept and broken in the time; `kept_rate` is kept of both, None where there were none. A promise
    whose money was told late counts as both: it was broken, then kept."""

    kept: int
    broken: int
    kept_rate: float | None


class Roll(Value):
    """Of the `cases` that were open at the beginning and then so many days past due: `rolled` are still open and in a
    later bucket, `cured` have been cured, `closed` ended otherwise. `roll_rate` is rolled of all, None where there were
    none. Days are counted from the oldest due date as it is known now."""

    days_past_due: str
    cases: int
    rolled: int
    cured: int
    closed: int
    roll_rate: float | None


class Reached(Value):
    """Calls and visits whose outcome was told in the time, and of them those that reached the borrower themselves
    (`right_party`, `conversation`, `met`): the right-party contact rate, None where there were none."""

    outcomes: int
    right_party: int
    right_party_rate: float | None


class Complaints(Value):
    """Received and answered in the time, upheld (wholly or in part) of those answered; open now, and open past their
    day."""

    received: int
    answered: int
    upheld: int
    open: int
    overdue: int


class Kpis(Value):
    """From `since` until before `until`. `open_cases` stand as they do now; `opened`, `closed_cases` and the rest are
    of the time. `cure_rate` is cured of all that closed, None where none did."""

    since: datetime
    until: datetime
    opened: int
    open_cases: tuple[Standing, ...]
    closed_cases: tuple[Standing, ...]
    cured: int
    cure_rate: float | None
    promises: Promises
    rolls: tuple[Roll, ...]
    contacts: Reached
    complaints: Complaints


async def kpis(ledger: Ledger, lender: str, since: datetime, until: datetime) -> Kpis:
    """The figures of one lender."""
    span = {"lender": lender, "since": since, "until": until}
    standing = await ledger.read("kpi_cases", **span)
    open_cases, closed = (
        [_standing(row) for row in standing if row["state"] == state] for state in ("open", "closed")
    )
    cured = sum(one.cases for one in closed if one.name == "cured")
    lines = {(row["kind"], row["result"]): row["lines"] for row in await ledger.read("kpi_lines", **span)}
    [opened] = await ledger.read("kpi_opened", **span)
    [complaints] = await ledger.read("kpi_complaints", **span)
    return Kpis(
        since=since,
        until=until,
        opened=opened["cases"],
        open_cases=tuple(open_cases),
        closed_cases=tuple(closed),
        cured=cured,
        cure_rate=_rate(cured, sum(one.cases for one in closed)),
        promises=_promises(lines),
        rolls=_rolls(await ledger.read("kpi_rolled", **span)),
        contacts=_reached(lines),
        complaints=Complaints(**complaints),
    )


def _standing(row: Row) -> Standing:
    return Standing(**{name: value for name, value in row.items() if name != "state"})


def _promises(lines: Mapping[tuple[str, str], int]) -> Promises:
    kept, broken = (lines.get((f"promise_{end}", ""), 0) for end in ("kept", "broken"))
    return Promises(kept=kept, broken=broken, kept_rate=_rate(kept, kept + broken))


def _reached(lines: Mapping[tuple[str, str], int]) -> Reached:
    outcomes = {result: count for (kind, result), count in lines.items() if kind == "visit"}
    right_party, told = sum(outcomes.get(result, 0) for result in _REACHED), sum(outcomes.values())
    return Reached(outcomes=told, right_party=right_party, right_party_rate=_rate(right_party, told))


def _rolls(rows: Sequence[Row]) -> tuple[Roll, ...]:
    found = []
    for place, days in enumerate(_BUCKETS):
        of = {row["became"]: row["cases"] for row in rows if row["began"] == place}
        cases, rolled, cured = sum(of.values()), of.get("later", 0), of.get("cured", 0)
        closed = cases - rolled - cured - of.get("same", 0)
        found.append(Roll(days_past_due=days, cases=cases, rolled=rolled, cured=cured, closed=closed,
                          roll_rate=_rate(rolled, cases)))  # fmt: skip
    return tuple(found)


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
