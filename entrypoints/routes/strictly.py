"""Bodies read as strictly as JSON allows: a boolean is no number, a number no text, an unknown field a mistake."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, BeforeValidator


def strictly(model: type[BaseModel]) -> BeforeValidator:
    """For `Annotated[Model, strictly(Model)]`: dates and tuples are read from JSON, and nothing is turned into another
    kind of value."""

    def read(told: object) -> BaseModel:
        return model.model_validate_json(json.dumps(told))

    reader: Callable[[Any], Any] = read
    return BeforeValidator(reader)
