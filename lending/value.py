"""The two bases every value in Leeway stands on: frozen, comparable, and plain JSON on the wire."""

from typing import Self

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    def __copy__(self) -> Self:
        """A copy may be given other fields: what was worked out from the old ones stays behind."""
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Value(_Frozen):
    """A fact that never changes. Unknown fields are ignored, so newer state can be read by older code."""

    model_config = ConfigDict(frozen=True)


class Strict(_Frozen):
    """What people write (policies, messages): an unknown field is a mistake, and says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")
