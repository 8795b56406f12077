"""A household that is paid every second Friday, and what it has left."""

from datetime import date
from typing import Any


def budget(wages_minor: int, paid_on: date) -> dict[str, Any]:
    """2000.00 for the home and as much for food a month; a tenth of what is over is put by."""
    return {
        "currency": "CNY",
        "income": {"wages_minor": wages_minor},
        "fixed_costs": {"housing_minor": 200_000},
        "flexible_costs": {"food_and_housekeeping_minor": 200_000},
        "pay": {"rhythm": "fortnightly", "paid_on": str(paid_on)},
    }
