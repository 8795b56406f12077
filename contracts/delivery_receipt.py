"""What a provider says became of an e-mail or text, as it comes in."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from lending.value import Strict
from statemachine.delivery import Delivery
from statemachine.machine_messages import Code


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has control characters; write the provider's reference as it gave it")
    return text


class DeliveryReceipt(Strict):
    """`reference` is any name of the message: the provider's own, the Message-ID, or the key that was sent with it.
    `code` is the provider's, such as `5.1.1`; `at` is when it happened, where that is known."""

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

    @property
    def mail_id(self) -> str:
        """What stands before the @ of a Message-ID, with or without its brackets."""
        return self.reference.strip("<>").partition("@")[0]
