"""The two bases every value in Leeway stands on: frozen, comparable, and plain JSON on the wire."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A fact that never changes. Unknown fields are ignored, so newer state can be read by older code."""

    model_config = ConfigDict(frozen=True)


class Strict(BaseModel):
    """What people write (policies, messages): an unknown field is a mistake, and says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")
