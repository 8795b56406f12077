"""A storm of payments: what a loan system sends when every delivery may be repeated and none keeps its place."""

import base64
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

KEY = f"whsec_{base64.b64encode(b's' * 32).decode()}"
OWED_MINOR = 50_000_000
"""What each loan owes at first: more than all its payments, so that no order of them ends its case."""

REVERSED_SHARE = 0.15
FELL_OVERDUE_AT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=10)


@dataclass(frozen=True)
class Delivery:
    """A CloudEvent on its way, and the id that stays with it however often it comes."""

    id: str
    event: dict[str, Any]

    def signed(self) -> tuple[bytes, dict[str, str]]:
        """Body and headers, signed now."""
        text, at = json.dumps(self.event), datetime.now(UTC)
        return text.encode(), {
            "webhook-id": self.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(KEY).sign(self.id, at, text),
        }


@dataclass
class Storm:
    """Payments of many loans, in the order of delivery, and what each loan owes when all has been heard once."""

    deliveries: list[Delivery]
    owed: dict[str, int]
    payments: int = 0
    reversals: int = 0
    loans: list[str] = field(default_factory=list)


def overdue(loan_id: str) -> Delivery:
    """The loan falls overdue, with `OWED_MINOR`."""
    data = {
        "loan_id": loan_id, "borrower_id": f"B-{loan_id}", "name": "Li Wei", "balance_minor": OWED_MINOR,
        "currency": "CNY", "overdue_since": FELL_OVERDUE_AT.date().isoformat(), "email": "li.wei@example.test",
        "language": "en", "country": "CN", "zones": ["Asia/Shanghai"], "policy": "platform-c",
    }  # fmt: skip
    return _delivery(f"overdue-{loan_id}", "loan.overdue", data)


def storm(seed: int, loans: int, payments: int) -> Storm:
    """So many payments over so many loans, each delivered one to five times, some reversed, the reversals delivered
    as often and, as often as not, before their payment."""
    chance = random.Random(seed)
    names = [f"S-{number:04}" for number in range(loans)]
    told = Storm([], dict.fromkeys(names, OWED_MINOR), payments=payments, loans=names)
    for number in range(payments):
        loan_id, amount_minor = chance.choice(names), chance.randrange(1, 100_000)
        events = [_paid(loan_id, f"TX-{number}", amount_minor, chance)]
        if chance.random() < REVERSED_SHARE:
            events.append(_reversed(loan_id, f"TX-{number}"))
            told.reversals += 1
        else:
            told.owed[loan_id] -= amount_minor
        for event in events:
            told.deliveries += [_repeated(event, time, chance) for time in range(chance.randrange(1, 6))]
    chance.shuffle(told.deliveries)
    return told


def counted_as_it_comes(told: Storm) -> dict[str, int]:
    """What a careless reader would make of the same deliveries: each counted, in the order in which it comes."""
    owed, seen = dict.fromkeys(told.loans, OWED_MINOR), dict[str, int]()
    for delivery in told.deliveries:
        data = delivery.event["data"]
        if delivery.event["type"] == "loan.payment.posted":
            seen[data["reference"]] = data["amount_minor"]
            owed[data["loan_id"]] -= data["amount_minor"]
        else:
            owed[data["loan_id"]] += seen.get(data["payment"], 0)
    return owed


def _paid(loan_id: str, reference: str, amount_minor: int, chance: random.Random) -> Delivery:
    received_at = FELL_OVERDUE_AT + timedelta(minutes=chance.randrange(1, 14_000))
    data = {"loan_id": loan_id, "reference": reference, "amount_minor": amount_minor, "currency": "CNY",
            "received_at": received_at.isoformat()}  # fmt: skip
    return _delivery(f"paid-{reference}", "loan.payment.posted", data)


def _reversed(loan_id: str, payment: str) -> Delivery:
    reversed_at = FELL_OVERDUE_AT + timedelta(minutes=14_100)
    data = {"loan_id": loan_id, "payment": payment, "reversed_at": reversed_at.isoformat()}
    return _delivery(f"reversed-{payment}", "loan.payment.reversed", data)


def _repeated(first: Delivery, time: int, chance: random.Random) -> Delivery:
    """Told again as loan systems do: mostly the same delivery, sometimes as a new one, or even as a new event."""
    again = f"{first.id}-{time}"
    kept, new_delivery = Delivery(first.id, first.event), Delivery(again, first.event)
    new_event = Delivery(again, first.event | {"id": again})
    return chance.choices([kept, new_delivery, new_event], weights=[6, 2, 2])[0]


def _delivery(told_id: str, kind: str, data: dict[str, Any]) -> Delivery:
    return Delivery(
        told_id, {"specversion": "1.0", "id": told_id, "source": "/core", "type": kind, "data": data}
    )
