"""A contact that an agency, a branch or another system made with the borrower, as it is reported."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError, model_validator

from compliance.ask import Result
from compliance.rule import Purpose, Recipient
from contracts.loan import Email, Phone, Reference
from lending.value import Strict
from statemachine.stage import Channel

_MESSAGE = (Result.UNKNOWN, Result.SENT, Result.FAILED)
_RESULTS: Mapping[Channel, tuple[Result, ...]] = {
    Channel.EMAIL: _MESSAGE,
    Channel.SMS: _MESSAGE,
    Channel.PHONE: (
        Result.UNKNOWN, Result.NO_ANSWER, Result.MISDIALLED, Result.CONNECTED, Result.CONVERSATION, Result.FAILED,
    ),
    Channel.VISIT: (Result.UNKNOWN, Result.VISITED, Result.NOT_MET, Result.FAILED),
}  # fmt: skip
_PHONE, _EMAIL = TypeAdapter(Phone), TypeAdapter(Email)


class ReportedContact(Strict):
    """It counts for every limit like the lender's own. `debts` are the loans it was about; `number` is the phone
    number or address, empty where it is not known, and then counts against each. Told again under the same
    `reference`, the later `result` and `debts` hold.
    """

    reference: Reference
    at: AwareDatetime
    channel: Channel
    result: Result
    debts: Annotated[tuple[Reference, ...], Field(min_length=1, max_length=100)]
    number: str = ""
    by: Reference
    purpose: Purpose = Purpose.ROUTINE
    recipient: Recipient = Recipient.BORROWER

    @model_validator(mode="after")
    def _fits_its_channel(self) -> Self:
        if self.result not in _RESULTS[self.channel]:
            raise ValueError(
                f"result: {self.result} is nothing that comes of {self.channel}: "
                f"write one of {', '.join(_RESULTS[self.channel])}"
            )
        if self.number and self.channel is Channel.VISIT:
            raise ValueError("number: a visit has none: leave it out")
        if self.number:
            shape = _EMAIL if self.channel is Channel.EMAIL else _PHONE
            try:
                shape.validate_python(self.number)
            except ValidationError as error:
                raise ValueError(
                    f"number: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
                ) from None
        return self
