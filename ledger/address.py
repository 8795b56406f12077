"""The addresses and numbers on a borrower's record that may be used, by channel."""

import hashlib
from collections.abc import Mapping
from typing import Any

from statemachine.stage import Channel

Row = Mapping[str, Any]

BY_PHONE = (Channel.SMS, Channel.PHONE)


def usable(row: Row, channel: Channel | None) -> tuple[str, ...]:
    """What the channel may use, in the order of the record: none that bounced or was somebody else's. Of a visit and of
    no channel: nothing."""
    if channel is Channel.EMAIL:
        on_record = (row["email"],) if row["email"] else ()
    else:
        on_record = tuple(row["phones"]) if channel in BY_PHONE else ()
    return tuple(address for address in on_record if f"{channel} {digest(address)}" not in row["unusable"])


def reachable(row: Row) -> tuple[Channel, ...]:
    """The channels the borrower's record supports; a visit needs nothing but a person."""
    by_address = (Channel.EMAIL, *BY_PHONE)
    return (*(channel for channel in by_address if usable(row, channel)), Channel.VISIT)


def is_lost(row: Row, channel: Channel) -> bool:
    """Whether there is something on record for this channel, and none of it can be used."""
    on_record = row["email"] if channel is Channel.EMAIL else row["phones"]
    return bool(on_record) and not usable(row, channel)


def digest(address: str) -> str:
    """How the ledger names an address it must not use, without keeping it a second time."""
    return hashlib.sha256(address.encode()).hexdigest()
