"""What providers say became of messages: recorded, and told to the case. `leeway receipt`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.delivery_receipt import DeliveryReceipt
from entrypoints.command import AsJson, print_json, with_ledger, with_servers
from entrypoints.tables import parked_table
from gateways.bounce_mail import NoBounce, read_bounce
from ledger.address import digest
from ledger.receipts import Found, parked, take_receipt
from ledger.store import Ledger
from statemachine.delivery import Delivery

app = typer.Typer(no_args_is_help=True, help="What became of messages.")

_PARKED_AT_ONCE = 500


class BadReceipt(ValueError):
    """The receipts cannot be read, and none was taken. One line for each mistake: where, and what to write."""


async def take_in(
    client: Client, ledger: Ledger, lender: str, receipts: Iterable[DeliveryReceipt], now: datetime
) -> dict[str, int]:
    """How many were told to their case, known before, and parked for want of a contact.

    Those that were parked earlier are looked up again: the provider may have been quicker than its own answer. Taken in
    again, a receipt is told again, and counts once. Raises RPCError when a case cannot be told.
    """
    counts = Counter[str]()
    earlier = [
        DeliveryReceipt.model_validate({name: row[name] for name in DeliveryReceipt.model_fields})
        for row in (await parked(ledger, lender))[:_PARKED_AT_ONCE]
    ]
    given = list(receipts)
    for number, receipt in enumerate((*given, *earlier)):
        found = await take_receipt(ledger, lender, receipt, now)
        if found is not None:
            await _tell(client, ledger, found, receipt)
        if number < len(given):
            counts["parked" if found is None else "told" if found.is_new else "known"] += 1
        elif found is not None:
            counts["found"] += 1
    return {name: counts[name] for name in ("told", "known", "parked", "found")}


async def _tell(client: Client, ledger: Ledger, found: Found, receipt: DeliveryReceipt) -> None:
    """The case hears what became of its message; a wish to hear no more by this channel goes to all of the person's."""
    reference = f"{digest(found.key)[:40]} {found.status}"
    body: dict[str, Any] = {"step": found.step, "attempt": found.attempt, "channel": found.channel,
                            "status": found.status, "code": receipt.code, "reachable": found.reachable,
                            "was_forwarded": found.was_forwarded, "reference": reference}  # fmt: skip
    await _signal(client, found.case_id, "delivery", body)
    if receipt.status is Delivery.OPTED_OUT:
        wish = {"stop": [found.channel], "reference": reference}
        cases = await ledger.read("open_cases_of_borrower", case_id=found.case_id)
        for case_id in (case["case_id"] for case in cases):
            await _signal(client, case_id, "contact_preference", wish)


async def _signal(client: Client, case_id: str, kind: str, body: dict[str, Any]) -> None:
    try:
        await client.get_workflow_handle(case_id).signal(kind, body)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # a closed case has nothing more to send
            raise


@app.command("take")
def take(
    files: Annotated[list[Path], typer.Argument(help="JSON lines, or bounced mails as .eml.")],
) -> None:
    """Takes receipts in, each once. One mistake, and none of them is taken (exit code 2)."""
    receipts = read_files(files)
    counts = with_servers(lambda client, ledger, known: take_in(
        client, ledger, known.lender, receipts, datetime.now(UTC)))  # fmt: skip
    print(", ".join(f"{count} {name}" for name, count in counts.items()))


@app.command("parked")
def show_parked(as_json: AsJson = False) -> None:
    """The receipts that match no contact. They are looked up again whenever others are taken in."""
    rows = with_ledger(lambda ledger, known: parked(ledger, known.lender))
    if as_json:
        print_json(rows)
    else:
        Console().print(parked_table(rows))


def read_files(files: Iterable[Path]) -> list[DeliveryReceipt]:
    """Every receipt of every file. Raises BadReceipt, OSError."""
    found: list[DeliveryReceipt] = []
    mistakes: list[str] = []
    for file in files:
        for place, receipt in _of_mail(file) if file.suffix == ".eml" else _of_lines(file):
            if isinstance(receipt, DeliveryReceipt):
                found.append(receipt)
            elif receipt is not None:
                mistakes.append(f"{place}: {receipt}")
    if mistakes:
        raise BadReceipt("\n".join(mistakes))
    return found


def _of_mail(file: Path) -> Iterator[tuple[str, DeliveryReceipt | str | None]]:
    try:
        yield str(file), read_bounce(file.read_bytes())
    except NoBounce as error:
        yield str(file), str(error)


def _of_lines(file: Path) -> Iterator[tuple[str, DeliveryReceipt | str | None]]:
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{file}:{number}"
        try:
            yield place, DeliveryReceipt.model_validate(json.loads(line))
        except ValidationError as error:
            for item in error.errors():
                yield place, f"{'.'.join(map(str, item['loc'])) or 'receipt'}: {item['msg']}"
        except ValueError:
            yield place, 'not a JSON object on one line: {"reference": "...", "status": "delivered"}'
