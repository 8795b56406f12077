"""Whether two names are one person's, however they were typed."""

import unicodedata

_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters by their category that show nothing."""


def same_person(one: str, other: str) -> bool:
    """By the id of the sign-on (`Ms Chen <u-7>`) where both have one: a name may be changed. Else compared by letters and
    digits of the names alone: case, width, spaces, dots and what cannot be seen make no other person."""
    (name, id_), (other_name, other_id) = _parts(one), _parts(other)
    return id_ == other_id if id_ and other_id else _plain(name) == _plain(other_name)


def is_nobody(name: str) -> bool:
    """Whether no letter of the name can be seen."""
    return not _plain(name)


def _parts(name: str) -> tuple[str, str]:
    shown, mark, id_ = name.rpartition(" <")
    return (shown, id_[:-1]) if mark and id_.endswith(">") else (name, "")


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(
        letter for letter in text if unicodedata.category(letter)[0] in "LN" and letter not in _FILLERS
    )
