"""What machines tell a case, beside money: what became of a message."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from statemachine.delivery import Delivery
from statemachine.message import Said
from statemachine.stage import Channel

Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{0,40}$")]
"""A provider's code, such as `5.1.1`: never words, which may name an address."""


class DeliveryReported(Said):
    """What a provider says became of an e-mail or text: the `attempt` at one `step` by `channel`. `reachable` are the
    channels left on record, where the ledger knows that one was lost. `was_forwarded`: a bounce of another address than
    the one written to."""

    kind: Literal["delivery"] = "delivery"
    step: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
    attempt: Annotated[StrictInt, Field(ge=1, le=10**6)] = 1
    channel: Literal[Channel.EMAIL, Channel.SMS]
    status: Literal[
        Delivery.DELIVERED,
        Delivery.SOFT_BOUNCE,
        Delivery.HARD_BOUNCE,
        Delivery.REJECTED,
        Delivery.OPTED_OUT,
    ]
    code: Code = ""
    reachable: tuple[Channel, ...] | None = None
    was_forwarded: bool = False
