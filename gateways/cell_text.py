"""A value of a database or a Parquet file as the text that would stand for it in a CSV."""

from datetime import date, datetime, time
from decimal import Decimal


def cell_text(value: object) -> str:
    """Numbers as plain digits without zeros at their end, instants and days as ISO 8601 (a day that came as midnight without a zone is the day),
    several values between semicolons, nothing as nothing. Anything else as Python shows it, for a reader to refuse."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and value.is_finite():
        return format(value.normalize(), "f")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ";".join(cell_text(one) for one in value)
    return str(value)
