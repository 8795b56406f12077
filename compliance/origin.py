"""Whose a rule is, and whose a no."""

from enum import StrEnum


class Origin(StrEnum):
    """Where several say no, the first of these is shown: what stays closed if the rest gives way."""

    UNKNOWN = "unknown"
    LAW = "law"
    HOUSE = "house"
    WISH = "wish"
