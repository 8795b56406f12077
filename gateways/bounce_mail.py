"""A bounced e-mail as its delivery status notification tells it (RFC 3464)."""

import re
from email import message_from_bytes
from email.message import Message
from typing import Literal

from contracts.delivery_receipt import DeliveryReceipt, recipient_digest
from statemachine.delivery import Delivery

Status = Literal[
    Delivery.DELIVERED, Delivery.SOFT_BOUNCE, Delivery.HARD_BOUNCE, Delivery.REJECTED, Delivery.OPTED_OUT
]

_AT_MOST_BYTES = 5_000_000
_CODE = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
_NO_SUCH_ADDRESS = re.compile(r"5\.1\.\d+|5\.2\.1|5\.4\.4")
"""RFC 3463: a bad address or domain, a mailbox that was closed, no route to the host."""
_FULL = "5.2.2"
_RETURNED = ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers")


class NoBounce(ValueError):
    """The mail is no delivery status notification of ours. The text says what is missing."""


def read_bounce(raw: bytes) -> DeliveryReceipt | None:
    """What the notification says became of our mail; None: it is only delayed, or was passed on, and nothing is known
    yet. The mail is known by the Message-ID in the part that is returned. Raises NoBounce."""
    if len(raw) > _AT_MOST_BYTES:
        raise NoBounce(f"larger than {_AT_MOST_BYTES // 1_000_000} MB: no notification is")
    parts = list(message_from_bytes(raw).walk())
    report = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if report is None:
        raise NoBounce("no part of type message/delivery-status: not a bounce as RFC 3464 has it")
    block = _of_recipient(report)
    status = _status(block)
    if status is None:
        return None
    word, code = status
    recipient = _recipient(block)
    if recipient is None and word is Delivery.HARD_BOUNCE:
        word = Delivery.SOFT_BOUNCE  # whose address it is that failed is not known
    return DeliveryReceipt(
        reference=_message_id(parts),
        status=word,
        code=code,
        recipient_sha256=recipient_digest(recipient) if recipient else None,
    )


def _of_recipient(report: Message) -> Message:
    """What is said of the first recipient: our mails have one."""
    blocks = report.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message) and "Action" in block:
            return block
    raise NoBounce("Action: nothing is said of a recipient")


def _recipient(block: Message) -> str | None:
    """The address that failed: the final one, which is another than ours where the mail was passed on."""
    for name in ("Final-Recipient", "Original-Recipient"):
        address = str(block.get(name, "")).partition(";")[2].strip(" <>\t\r\n")
        if address:
            return address
    return None


def _status(block: Message) -> tuple[Status, str] | None:
    """The word on the recipient; None: nothing is known yet."""
    action = str(block["Action"]).strip().lower()
    code = _CODE.match(str(block.get("Status", "")).strip())
    if action == "delivered":
        return Delivery.DELIVERED, code[0] if code else ""
    if action == "failed":
        return _why(code[0] if code else ""), code[0] if code else ""
    if action in ("delayed", "relayed", "expanded"):
        return None
    raise NoBounce("Action: none of failed, delayed, delivered, relayed, expanded is said of a recipient")


def _why(code: str) -> Status:
    """Only what the address itself is to blame for is held against it."""
    if _NO_SUCH_ADDRESS.fullmatch(code):
        return Delivery.HARD_BOUNCE
    return Delivery.SOFT_BOUNCE if code.startswith("4.") or code == _FULL else Delivery.REJECTED


def _message_id(parts: list[Message]) -> str:
    """Of the mail that came back: whole (message/rfc822) or its head alone (text/rfc822-headers)."""
    for part in parts:
        if part.get_content_type() not in _RETURNED:
            continue
        payload, head = part.get_payload(), part.get_payload(decode=True)
        returned = message_from_bytes(head) if isinstance(head, bytes) else None
        if isinstance(payload, list) and payload and isinstance(payload[0], Message):
            returned = payload[0]
        found = "".join(str(returned.get("Message-ID", "")).split()) if returned is not None else ""
        if found and found.isprintable():
            return found[:400]
    raise NoBounce(
        "Message-ID: the mail that came back is not in it, nor its head; ask the server to return it"
    )
