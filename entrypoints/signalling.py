"""`leeway signal LOAN KIND --field value`: one message to one case, its options read off the message itself."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import UPDATE, Answer
from gateways.statement_file import read_statement
from ledger.complaints import AFTER_THE_END, BadComplaint, case_complained_of, taken_in_closed
from ledger.entry import Row
from ledger.reading import NoSuchCase
from ledger.store import Ledger
from lending.money import MoneyError, minor_units
from statemachine.fact import OF_ONE_DEBT
from statemachine.messages import MESSAGE_TYPES


class BadSignal(ValueError):
    """The message cannot be sent, or the case refuses it; says which field, and what to do."""


def usage() -> str:
    """One line per kind of message, with its options; optional ones in brackets."""
    return "\n".join(f"{kind:20} {' '.join(_options(kind))}" for kind in MESSAGE_TYPES)


async def tell(
    client: Client, ledger: Ledger, lender: str, loan_id: str, kind: str, arguments: Sequence[str]
) -> dict[str, Any]:
    """Sends the message as an update and returns the case's answer. Raises BadSignal, NoSuchCase."""
    if kind not in MESSAGE_TYPES:
        raise BadSignal(f"kind: {kind} is none of {', '.join(MESSAGE_TYPES)}")
    rows = await ledger.read("latest_case", lender=lender, loan_id=loan_id)
    if not rows:
        raise NoSuchCase(f"loan {loan_id}: lender {lender} has no case for it; import it first")
    message, case = {"kind": kind, **_fields(kind, arguments, rows[0]["currency"])}, rows[0]
    if kind in AFTER_THE_END:
        reference = str(message.get("complaint") or message.get("reference"))
        case = await case_complained_of(ledger, lender, loan_id, reference)
        if case["closed_at"]:
            return (await _tell_closed(ledger, case, message)).model_dump()
    answer = await _ask(client, case, loan_id, message)
    await tell_others(client, ledger, case["case_id"], message)
    return answer.model_dump()


async def _tell_closed(ledger: Ledger, case: Row, message: dict[str, Any]) -> Answer:
    loan_id = case["loan_id"]
    try:
        said = AFTER_THE_END[message["kind"]](**message)
        return await taken_in_closed(ledger, case, said, datetime.now(UTC))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadSignal(f"{loan_id}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except BadComplaint as error:
        raise BadSignal(f"{loan_id}: {error}") from None


async def tell_others(client: Client, ledger: Ledger, case_id: str, message: dict[str, Any]) -> None:
    """What concerns the person and not one loan alone is told to each other open case of theirs, which plans anew.
    Raises RPCError when that cannot be done. A complaint is not: it is one complaint, with one task and one answer, and
    the others are stopped by it at the door (`ledger.person`)."""
    if message["kind"] != "contact_preference" and (
        message["kind"] != "fact" or message.get("name") in OF_ONE_DEBT
    ):
        return
    for other in await ledger.read("open_cases_of_borrower", case_id=case_id):
        if other["case_id"] != case_id:
            try:
                await client.get_workflow_handle(other["case_id"]).signal(message["kind"], message)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:  # closed meanwhile
                    raise


async def _ask(client: Client, case: dict[str, Any], loan_id: str, message: dict[str, Any]) -> Answer:
    handle = client.get_workflow_handle(case["case_id"])
    try:
        answer: Answer = await handle.execute_update(
            UPDATE, message, id=str(uuid.uuid4()), result_type=Answer
        )
    except WorkflowUpdateFailedError as error:
        raise BadSignal(f"{loan_id}: {error.cause}") from None
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        outcome = case["outcome"] or "closed"
        raise BadSignal(
            f"{loan_id}: the case is {outcome} and takes no more messages; if the loan is overdue again, import it"
        ) from None
    return answer


def _options(kind: str) -> list[str]:
    options = []
    for name, info in MESSAGE_TYPES[kind].model_fields.items():
        if name in ("kind", "currency"):
            continue
        shown = f"--{name.removesuffix('_minor').replace('_', '-')}"
        options.append(shown if info.is_required() else f"[{shown}]")
    return sorted(options, key=lambda option: option.startswith("["))


def _fields(kind: str, arguments: Sequence[str], currency: str) -> dict[str, Any]:
    known = MESSAGE_TYPES[kind].model_fields
    fields: dict[str, Any] = {"currency": currency} if "currency" in known else {}
    names, values = arguments[::2], arguments[1::2]
    if len(arguments) % 2:
        raise BadSignal(f"{arguments[-1]}: a value is missing; write --field value")
    for option, value in zip(names, values, strict=True):
        name = option.removeprefix("--").replace("-", "_")
        if f"{name}_minor" in known:
            fields[f"{name}_minor"] = _amount(name, value, currency)
        elif not option.startswith("--") or name not in known or name == "kind":
            raise BadSignal(f"{option}: {kind} takes {' '.join(_options(kind))}")
        else:
            fields[name] = _typed(name, value)
    return fields


def _amount(name: str, text: str, currency: str) -> int:
    try:
        return minor_units(text, currency)
    except MoneyError as error:
        raise BadSignal(f"{name}: {text} {currency}: {error}") from None


def _typed(name: str, value: str) -> object:
    if name in ("stop", "allow", "not_on", "not_at", "reachable", "people"):
        return [part.strip() for part in value.split(",") if part.strip()]
    if name == "findings":
        return _findings(value)
    if name == "statement":
        return read_statement(Path(value)).model_dump(mode="json")
    if name in ("amount_minor", "overdue_minor", "instalments", "task", "day", "attempt"):
        try:
            return int(value)
        except ValueError:
            raise BadSignal(f"{name}: {value} is not a whole number") from None
    return value


def _findings(text: str) -> dict[str, str]:
    """The checklist, written `income=less; household=two children`."""
    parts = [part.partition("=") for part in text.split(";") if part.strip()]
    if unread := [name.strip() for name, sign, _ in parts if not sign]:
        raise BadSignal(f"findings: {unread[0]} has no value; write name=value; name=value")
    return {name.strip(): told.strip() for name, _, told in parts}
