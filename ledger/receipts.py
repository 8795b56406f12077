"""What providers say of messages, taken into the record under the borrower's lock."""

from datetime import datetime
from typing import NamedTuple

from contracts.delivery_receipt import DeliveryReceipt
from ledger.address import digest, reachable
from ledger.entry import Entry, Row
from ledger.store import Ledger
from statemachine.decision import Line
from statemachine.delivery import Delivery
from statemachine.stage import Channel

_CAME_BACK = (Delivery.SOFT_BOUNCE, Delivery.HARD_BOUNCE, Delivery.REJECTED)


class Found(NamedTuple):
    """The contact that a receipt is about, and the word on it. `was_forwarded`: it came back from another address than the
    one written to. `is_new` False: this word was known. `reachable` are the channels left."""

    key: str
    case_id: str
    step: str
    channel: Channel
    status: Delivery
    was_forwarded: bool
    is_new: bool
    reachable: tuple[Channel, ...]

    @property
    def attempt(self) -> int:
        """The number of the try, as its key has it."""
        return int(self.key.rpartition("/")[2])


async def take_receipt(ledger: Ledger, lender: str, receipt: DeliveryReceipt, now: datetime) -> Found | None:
    """Keeps the receipt, once, and with its contact the furthest word. None: it matches nothing, and is parked.

    A hard bounce bars the address on all of the person's loans until another one is on record; one of another address, to
    which the mail was passed on, is a soft one.
    """
    row = {"lender": lender, "reference": receipt.reference, "status": receipt.status, "code": receipt.code,
           "at": receipt.at, "recipient_sha256": receipt.recipient_sha256, "taken_in_at": now}  # fmt: skip
    about = await ledger.read("contact_of_receipt", lender=lender, reference=receipt.reference,
                              mail_id=receipt.mail_id)  # fmt: skip
    if not about:
        await ledger.read("put_receipt", **row, key=None)
        return None
    contact = about[0]
    async with ledger.entry(lender, contact["borrower_id"]) as entry:
        is_new = bool(await entry.run("put_receipt", row | {"key": contact["key"]}))
        before = (await entry.run("delivery_of_contact", {"key": contact["key"]}))[0]
        word, number = Delivery(receipt.status), before["number"]
        was_forwarded = word in _CAME_BACK and number is not None and not receipt.is_about(number)
        if was_forwarded and word is Delivery.HARD_BOUNCE:
            word = Delivery.SOFT_BOUNCE
        await _told(entry, lender, contact | before, word, now)
        case = await entry.case_at_door(contact["case_id"])
        if receipt.status is Delivery.OPTED_OUT and case["outcome"]:
            # A closed case takes no message, and the wish holds on every other loan of the person.
            line = Line(kind="preference", reason="wishes noted", facts={"stop": [contact["channel"]]})
            await entry.add_lines(contact["case_id"], f"receipt.{digest(contact['key'])[:16]}", (line,), now)
    channel = Channel(contact["channel"])
    return Found(
        contact["key"],
        contact["case_id"],
        contact["step"],
        channel,
        word,
        was_forwarded,
        is_new,
        reachable(case),
    )


async def _told(entry: Entry, lender: str, contact: Row, word: Delivery, now: datetime) -> None:
    if Delivery(contact["delivery"] or Delivery.SENT).rank >= word.rank:
        return
    result = "sent" if word is Delivery.DELIVERED else "failed"
    await entry.run("tell_delivery", {"key": contact["key"], "delivery": word, "result": result})
    if word is Delivery.HARD_BOUNCE and contact["number"]:
        await entry.run("put_unusable", {
            "lender": lender, "borrower_id": contact["borrower_id"], "channel": contact["channel"],
            "address_sha256": digest(contact["number"]), "why": word, "since": now})  # fmt: skip


async def parked(ledger: Ledger, lender: str) -> list[Row]:
    """The receipts that match no contact, the oldest first."""
    return await ledger.read("parked_receipts", lender=lender)
