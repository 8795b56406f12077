"""Whether two names are one person's, however they were typed."""

import unicodedata

_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters by their category that show nothing."""


def same_person(one: str, other: str) -> bool:
    """Compared by letters and digits alone: case, width, spaces, dots and what cannot be seen make no other person."""
    return _plain(one) == _plain(other)


def is_nobody(name: str) -> bool:
    """Whether no letter of the name can be seen."""
    return not _plain(name)


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(
        letter for letter in text if unicodedata.category(letter)[0] in "LN" and letter not in _FILLERS
    )
