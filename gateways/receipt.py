"""What a gateway can say about a message it was asked to send: sent, not sent, or nobody knows."""

from dataclasses import dataclass
from typing import Protocol

from gateways.message import Message


@dataclass(frozen=True)
class Receipt:
    """The provider took the message over. `provider_reference` is what its later reports will name."""

    provider_reference: str


class NotSent(Exception):
    """The message certainly did not leave. `final`: it will never work for this address or this text.

    `reason` holds codes and words of ours only, never an address, a text or what a server said.
    """

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class OutcomeUnknown(Exception):
    """The message was handed over and no usable answer came: it may or may not reach the borrower."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Gateway(Protocol):
    """One way out. `takes_key`: sending again under the same key cannot send twice."""

    takes_key: bool

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        """Send once, in at most about `timeout_s` seconds. Raises NotSent or OutcomeUnknown."""
        ...
