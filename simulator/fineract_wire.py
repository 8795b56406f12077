"""What the stand-in Fineract puts on the wire: the read model's JSON, hooks, and events in Avro."""

import io
import json
from datetime import date, datetime
from typing import Any

from fastavro import schemaless_writer

from gateways.fineract.schema_shelf import (
    ACCOUNT,
    ADJUSTMENT,
    DUE,
    HEADS,
    MESSAGE,
    RANGE,
    TRANSACTION,
    SchemaShelf,
    schema_shelf,
)
from simulator.fineract_loan import Instalment, StandInLoan, Transaction

Record = dict[str, Any] | bytes
"""A payload; bytes where it is written already."""

_MARK = b"\xc3\x01"


def day(on: date | None) -> list[int] | None:
    """A day as Fineract writes it."""
    return [on.year, on.month, on.day] if on else None


def money(minor: int) -> float:
    """An amount as it stands in the read model."""
    return minor / 100


def loan_row(loan: StandInLoan, today: date) -> dict[str, Any]:
    """The loan as the list shows it."""
    overdue_minor, since = loan.overdue(today)
    status = loan.status
    return {
        "id": loan.id, "accountNo": f"{loan.id:09}", "clientId": loan.client_id, "loanProductName": loan.product,
        "status": {
            "id": 300, "code": f"loanStatusType.{status}", "active": status == "active",
            "closedObligationsMet": status == "closed", "closedWrittenOff": status == "written_off",
            "closedRescheduled": False, "closed": status in ("closed", "written_off"), "overpaid": status == "overpaid",
        },
        "currency": {"code": loan.currency, "decimalPlaces": 2},
        "timeline": {"actualDisbursementDate": day(loan.disbursed_on), "closedOnDate": day(loan.closed_on),
                     "chargedOffOnDate": day(loan.charged_off_on)},
        "summary": {"totalOverdue": money(overdue_minor), "overdueSinceDate": day(since),
                    "totalOutstanding": money(loan.open_minor)},
        "inArrears": bool(overdue_minor), "chargedOff": loan.charged_off_on is not None,
        "graceOnArrearsAgeing": loan.grace_days,
    }  # fmt: skip


def loan_body(loan: StandInLoan, today: date) -> dict[str, Any]:
    """The loan as it is read by itself, with `associations=transactions`."""
    overdue_minor, since = loan.overdue(today)
    delinquent = {
        "pastDueDays": (today - since).days if since else 0, "pastDueDate": day(since), "delinquentDate": day(since),
        "delinquentDays": loan.delinquent_days(today), "delinquentAmount": money(overdue_minor),
        "delinquencyPausePeriods": [
            {"active": first <= today <= last, "pausePeriodStart": day(first), "pausePeriodEnd": day(last)}
            for first, last in sorted(loan.pauses())
        ],
    }  # fmt: skip
    lines = [
        {"id": one.id, "type": {"id": 2, "code": f"loanTransactionType.{one.kind}", one.kind: True},
         "date": day(one.on), "amount": money(one.amount_minor), "currency": {"code": loan.currency},
         "manuallyReversed": one.reversed_on is not None, "reversedOnDate": day(one.reversed_on)}
        for one in loan.transactions
    ]  # fmt: skip
    return loan_row(loan, today) | {"delinquent": delinquent, "transactions": lines}


def hook(
    loan: StandInLoan, action: str, command_id: int, resource_id: int, now: datetime
) -> tuple[dict[str, str], bytes]:
    """Headers and body of the hook for a command on a loan."""
    headers = {"X-Fineract-Entity": "LOAN", "X-Fineract-Action": action, "Fineract-Platform-TenantId": "default",
               "X-Fineract-Endpoint": "https://fineract.example", "Content-Type": "application/json"}  # fmt: skip
    response = {
        "commandId": command_id,
        "clientId": loan.client_id,
        "loanId": loan.id,
        "resourceId": resource_id,
    }
    body = {
        "entityName": "LOAN", "actionName": action, "createdBy": 1, "createdByName": "mifos",
        "createdByFullName": "App Administrator", "request": {"locale": "en"}, "officeId": 1,
        "clientId": loan.client_id, "response": response, "timestamp": now.isoformat(),
    }  # fmt: skip
    return headers, json.dumps(body).encode()


def avro(minor: int) -> bytes:
    """An amount as decimal(20, 8)."""
    unscaled = minor * 10**6
    return unscaled.to_bytes(unscaled.bit_length() // 8 + 1, "big", signed=True)


def event(number: int, kind: str, schema: str, record: Record, business_date: date, now: datetime) -> bytes:
    """One external event, as bytes on a topic."""
    envelope = {
        "id": number, "source": "a-stand-in", "type": kind, "category": "Loan", "tenantId": "default",
        "createdAt": f"{now:%Y-%m-%dT%H:%M:%S.%f}", "businessDate": business_date.isoformat(),
        "idempotencyKey": f"event-{number}", "dataschema": schema,
        "data": record if isinstance(record, bytes) else written(schema, record),
    }  # fmt: skip
    return written(MESSAGE, envelope)


def written(schema: str, record: dict[str, Any], shelf: SchemaShelf | None = None) -> bytes:
    """The record in Avro's single-object encoding; fields left out that may be null are null."""
    shelf = shelf or schema_shelf()
    mark = shelf.marks[schema]
    out = io.BytesIO()
    schemaless_writer(out, shelf.by_mark[schema, mark], record)
    return _MARK + mark + out.getvalue()


def account(loan_id: int) -> bytes:
    """A loan's account as an event carries it, of a schema that Leeway does not keep: only its head is real."""
    out = io.BytesIO()
    schemaless_writer(out, HEADS[ACCOUNT], {"id": loan_id})
    return _MARK + b"\x00another" + out.getvalue() + b"\x00" * 40


def transaction_record(loan: StandInLoan, one: Transaction) -> dict[str, Any]:
    """A transaction as an event carries it."""
    return {
        "id": one.id, "loanId": loan.id, "date": one.on.isoformat(), "amount": avro(one.amount_minor),
        "currency": {"code": loan.currency, "decimalPlaces": 2}, "submittedOnDate": one.on.isoformat(),
        "manuallyReversed": one.reversed_on is not None,
    }  # fmt: skip


def adjustment_record(loan: StandInLoan, one: Transaction) -> dict[str, Any]:
    """A transaction that was reversed, with nothing in its place."""
    return {"transactionToAdjust": transaction_record(loan, one)}


def range_record(loan: StandInLoan, today: date) -> dict[str, Any]:
    """The delinquency range a loan is in now."""
    overdue_minor, since = loan.overdue(today)
    found = {"classification": loan.range} if loan.range else None
    return {
        "loanId": loan.id, "loanAccountNo": f"{loan.id:09}", "delinquencyRange": found, "charges": [],
        "currency": {"code": loan.currency}, "amount": {"totalAmount": avro(overdue_minor)},
        "delinquentDate": since.isoformat() if since else None,
    }  # fmt: skip


def due_record(loan: StandInLoan, one: Instalment) -> dict[str, Any]:
    """An instalment that falls due, or is overdue."""
    installment = {"installmentNumber": one.number, "installmentDueDate": one.due_on.isoformat(),
                   "totalAmountDue": avro(one.amount_minor)}  # fmt: skip
    return {"loanId": loan.id, "loanAccountNo": f"{loan.id:09}", "currency": {"code": loan.currency},
            "installment": installment}  # fmt: skip


PAYLOADS = {
    "account": ACCOUNT,
    "transaction": TRANSACTION,
    "adjustment": ADJUSTMENT,
    "range": RANGE,
    "due": DUE,
}
"""The schemas of the stand-in's payloads."""
