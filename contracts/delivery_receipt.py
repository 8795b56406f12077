"""What a provider says became of an e-mail or text, as it comes in."""

import hashlib
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from lending.value import Strict
from statemachine.delivery import Delivery
from statemachine.machine_messages import Code


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has control characters; write the provider's reference as it gave it")
    return text


def recipient_digest(address: str) -> str:
    """How a receipt names an address without keeping it: case and brackets do not matter."""
    return hashlib.sha256(address.strip(" <>").casefold().encode()).hexdigest()


class DeliveryReceipt(Strict):
    """`reference` is any name of the message: the provider's own, the Message-ID, or the key that was sent with it.
    `code` is the provider's, such as `5.1.1`; `at` is when it happened, where that is known; `recipient_sha256` is the
    address that failed, where it is named: its SHA-256 in lower case."""

    reference: Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_printable)]
    status: Literal[
        Delivery.DELIVERED,
        Delivery.SOFT_BOUNCE,
        Delivery.HARD_BOUNCE,
        Delivery.REJECTED,
        Delivery.OPTED_OUT,
    ]
    code: Code = ""
    at: AwareDatetime | None = None
    recipient_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    def is_about(self, address: str) -> bool:
        """Whether it may have been `address` that failed: not where another one is named, to which a mail was passed on."""
        return self.recipient_sha256 in (None, recipient_digest(address))

    @property
    def mail_id(self) -> str:
        """What stands before the @ of a Message-ID, with or without its brackets."""
        return self.reference.strip("<>").partition("@")[0]
