"""`leeway contact`: may this contact be made, when in a month may it be made, and a contact that others made."""

import asyncio
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from contracts.reported_contact import ReportedContact
from entrypoints import settings
from entrypoints.connect import database_url
from entrypoints.contact.batch import answer_lines
from entrypoints.contact.desk import Desk
from entrypoints.contact.month import month_of
from entrypoints.contact.question import BadQuestion, history_in, instant
from entrypoints.contact.sheet import month_sheet
from entrypoints.contact.svg import draw
from entrypoints.contact.verdict import verdict_text
from entrypoints.contact.words import channel_words
from ledger.report import Taken, report_contact
from ledger.store import Ledger

app = typer.Typer(no_args_is_help=True, help="May a contact be made? When? And what others made.")

Policy = Annotated[str | None, typer.Option(help="The house policy, such as platform-a.")]
Country = Annotated[str | None, typer.Option(help="Where the borrower lives, ISO 3166: CN.")]
Subdivision = Annotated[str | None, typer.Option(help="The part of it, ISO 3166-2: MA.")]
Zone = Annotated[
    str | None, typer.Option(help="The borrower's IANA time zone; left out, every zone of the place.")
]
Channel = Annotated[str | None, typer.Option(help="email, sms, phone or visit.")]
To = Annotated[str | None, typer.Option(help="borrower (so by default), representative or third_person.")]
Place = Annotated[str | None, typer.Option(help="home (so by default), workplace or elsewhere.")]
Purpose = Annotated[
    str | None, typer.Option(help="routine (so by default), due_reminder, reply or required_by_law.")
]
People = Annotated[int | None, typer.Option(help="How many go on a visit; as the policy says by default.")]
Debt = Annotated[str | None, typer.Option(help="The loan, where rules count by loan.")]
Number = Annotated[str | None, typer.Option(help="The number or address, where rules count by number.")]
By = Annotated[str | None, typer.Option(help="Who collects; the lender by default.")]
Party = Annotated[
    str | None, typer.Option(help="first or third: whose rules are asked for; as the policy says by default.")
]
Fact = Annotated[list[str] | None, typer.Option(help="NAME, NAME=SINCE or NAME=SINCE..UNTIL; repeat it.")]
Wish = Annotated[list[str] | None, typer.Option(help="stopped=sms, not_before=10:00, not_on=sun; repeat it.")]
OverdueSince = Annotated[str | None, typer.Option(help="The oldest unpaid due date, YYYY-MM-DD.")]
History = Annotated[Path | None, typer.Option(help="Past contacts, one JSON object a line.")]


@app.command()
def check(
    policy: Policy = None, country: Country = None, subdivision: Subdivision = None, zone: Zone = None,
    channel: Channel = None,
    at: Annotated[str | None, typer.Option(help="The instant with its offset: 2026-10-09T09:00+08:00.")] = None,
    history: History = None, to: To = None, place: Place = None, purpose: Purpose = None, people: People = None,
    debt: Debt = None, number: Number = None, by: By = None, party: Party = None, fact: Fact = None, wish: Wish = None,
    overdue_since: OverdueSince = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of text.")] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="Questions from standard input, one JSON object a line.")
    ] = False,
) -> None:  # fmt: skip
    """May this contact be made? The verdict, its rule and citation, and the next permitted instant."""
    given = _given(policy=policy, country=country, subdivision=subdivision, zone=zone, channel=channel, at=at, to=to,
                   place=place, purpose=purpose, people=people, debt=debt, number=number, by=by, party=party, facts=fact,
                   wishes=wish, overdue_since=overdue_since)  # fmt: skip
    if batch:
        _answer_batch({**given, **_given(history=history)})
        return
    desk, past = Desk.shipped(date.today()), history_in(history) if history else []
    told = desk.answer_with(given, past)
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        Console(highlight=False).print(verdict_text(told, str(channel), desk.zones(given)))


@app.command()
def calendar(
    policy: Policy = None, country: Country = None, subdivision: Subdivision = None, zone: Zone = None,
    channel: Channel = None,
    month: Annotated[str | None, typer.Option(help="YYYY-MM; this month by default.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw it into this file instead.")] = None,
    history: History = None, to: To = None, place: Place = None, purpose: Purpose = None, people: People = None,
    debt: Debt = None, number: Number = None, by: By = None, party: Party = None, fact: Fact = None, wish: Wish = None,
    overdue_since: OverdueSince = None,
) -> None:  # fmt: skip
    """A month of permitted hours on the borrower's clock, and which rule closes the rest."""
    given = _given(policy=policy, country=country, subdivision=subdivision, zone=zone, channel=channel, to=to,
                   place=place, purpose=purpose, people=people, debt=debt, number=number, by=by, party=party, facts=fact,
                   wishes=wish, overdue_since=overdue_since)  # fmt: skip
    today = date.today()
    first, past = _first_day(month, today), history_in(history) if history else []
    matter = Desk.shipped(today).matter(given, datetime.combine(first, time(), UTC), [])
    zones = matter.borrower.zones
    if not zones:
        raise BadQuestion("zone", zone, "no clock is known for this place: write an IANA time zone")
    drawn = month_of(matter, first, past)
    title = f"Permitted hours {channel_words(matter.ask.channel)}, {first:%B %Y}"
    about = f"{policy} in {country}{'-' + subdivision if subdivision else ''}, {zones[0]}"
    if svg is None:
        console = Console(highlight=False)
        console.print(month_sheet(drawn, title, about, console.color_system is not None))
        return
    svg.write_text(draw(drawn, title, about), encoding="utf-8")
    print(f"{svg}: {title}, {about}")


@app.command()
def report(
    loan: Annotated[str, typer.Argument(help="A loan of the borrower it was made with.")],
    channel: Annotated[str, typer.Option(help="email, sms, phone or visit.")],
    at: Annotated[str, typer.Option(help="When it was made, with its offset: 2026-10-09T09:00+08:00.")],
    result: Annotated[
        str, typer.Option(help="What came of it: conversation, no_answer, sent, visited, ...; or unknown.")
    ],
    by: Annotated[str, typer.Option(help="The agency or system that made it.")] = "lender",
    number: Annotated[str, typer.Option(help="The phone number (+...) or e-mail address.")] = "",
    reference: Annotated[
        str | None, typer.Option(help="Its id where it was made; by default made from the rest.")
    ] = None,
    recipient: Annotated[str, typer.Option(help="borrower, representative or third_person.")] = "borrower",
    purpose: Annotated[
        str, typer.Option(help="routine, due_reminder, reply or required_by_law.")
    ] = "routine",
    debt: Annotated[list[str] | None, typer.Option(help="Another loan it was about; repeat it.")] = None,
) -> None:
    """Records a contact that others made: it counts for every limit. Told again with another result, it recounts."""
    given = {"channel": channel, "at": instant("at", at), "by": by, "number": number, "recipient": recipient,
             "purpose": purpose}  # fmt: skip
    told = reported(given, result, (loan, *(debt or ())), reference)

    async def run() -> Taken:
        known = settings.from_environment()
        async with Ledger(database_url(known), connections=2) as ledger:
            return await report_contact(ledger, known.lender, loan, told, datetime.now(UTC))

    taken = asyncio.run(run())
    print(
        f"{taken}: {told.channel} at {told.at.isoformat()} by {told.by}, {told.result}; reference {told.reference}"
    )


def reported(
    given: Mapping[str, Any], result: str, debts: Sequence[str], reference: str | None
) -> ReportedContact:
    """The contact that is reported. Without a reference of its own, the same contact always gets the same one.

    Raises ValueError, with a line for each mistake: field: value: rule.
    """
    if reference is None:
        parts = json.dumps([*map(str, given.values()), debts[0]])
        reference = f"{given['at']:%Y%m%d}-{hashlib.sha256(parts.encode()).hexdigest()[:20]}"
    fields = {**given, "result": result, "debts": tuple(debts), "reference": reference}
    try:
        return ReportedContact.model_validate(fields)
    except ValidationError as error:
        lines = []
        for item in error.errors():
            rule = item["msg"].removeprefix("Value error, ")
            lines.append(f"{item['loc'][0]}: {item['input']!r}: {rule}" if item["loc"] else rule)
        raise ValueError("\n".join(lines)) from None


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _answer_batch(given: Mapping[str, object]) -> None:
    if given:
        raise ValueError(f"--batch: each line says it all; leave out --{min(given).replace('_', '-')}")
    errors = answer_lines(Desk.shipped(date.today()), sys.stdin.buffer, sys.stdout.buffer)
    if errors:
        raise typer.Exit(2)


def _first_day(month: str | None, today: date) -> date:
    if month is None:
        return today.replace(day=1)
    try:
        first = datetime.strptime(month, "%Y-%m").date()
    except ValueError:
        first = date.min
    if not 2000 <= first.year <= 2100:
        raise BadQuestion("month", month, "write YYYY-MM of the years 2000 to 2100, such as 2026-10")
    return first
