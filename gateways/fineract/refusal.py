"""What cannot be used of what Fineract sent, or does not answer."""


class FineractRefused(ValueError):
    """Bytes, a field or a request that cannot be used. The text names the place and the rule, never a borrower."""


class FineractUnavailable(Exception):
    """Fineract did not answer, or said to come back: the same may be asked again later."""


class NoSuchLoan(FineractRefused):
    """Fineract has nothing under this id."""
