"""Who speaks to borrowers."""

from lending.value import Value


class LenderVoice(Value):
    """Who speaks: the lender's name, how to reach it, and where advice is free and independent."""

    name: str
    reply_to: str
    help_line: str
