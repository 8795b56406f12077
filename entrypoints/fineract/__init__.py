"""A Fineract book beside Leeway: what it says taken in, what differs found, holds written back."""
