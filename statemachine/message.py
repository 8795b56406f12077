"""What every message to a case has, and the fields they share."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt

from lending.value import Strict

# PostgreSQL keeps no NUL: a message with one could be read, but writing it down would be tried for ever.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("has control characters; write plain text")
    return text


AmountMinor = Annotated[StrictInt, Field(gt=0, le=10**15)]
OwedMinor = Annotated[StrictInt, Field(ge=0, le=10**15)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(max_length=500), AfterValidator(_plain)]
Reference = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]


class Said(Strict):
    """`reference` makes a message count once, however often it is sent. `by` names who says it."""

    reference: Reference | None = None
    by: Text = ""
