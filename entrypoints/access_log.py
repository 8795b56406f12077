"""The server's access log, without the secret part of an address."""

import logging
import re

_SECRET = re.compile(r"(/v1/(?:calendars|fineract)/)[^/?#\s]+")
_QUERY = re.compile(r"(?<=\S)\?\S*")


class WithoutSecrets(logging.Filter):
    """Whoever reads the log must not be able to open a person's calendar, or to speak as a Fineract; nor whose tasks were asked for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Masks the secret in the path of every request and drops its query."""
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(part) for part in record.args)
        return True


def _masked(part: object) -> object:
    return _QUERY.sub("", _SECRET.sub(r"\1***", part)) if isinstance(part, str) else part
