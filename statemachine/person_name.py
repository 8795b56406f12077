"""Whether two names are one person's, however they were typed."""

import unicodedata


def same_person(one: str, other: str) -> bool:
    """Compared without case, width, spaces and invisible characters."""
    return _plain(one) == _plain(other)


def is_nobody(name: str) -> bool:
    """Whether nothing of the name can be seen."""
    return not _plain(name)


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(letter for letter in text if unicodedata.category(letter)[0] not in "ZC")
