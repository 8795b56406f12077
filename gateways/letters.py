"""Letters as people read them: whatever the case, width, accents or alphabet they are written in."""

import re
import unicodedata
from functools import lru_cache

_LOOK_ALIKE = str.maketrans(
    "авекмнорстухѕіјԁԛԝӏһАВЕКМНОРСТУХЅІЈԀԚԜӀҺαβενοικρτυχγωηΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϹօսոհցɑ",
    "abekmhopctyxsijdqwlhabekmhopctyxsijdqwlhabevoikptuxywnabezhikmnoptyxccounhga",
)
"""Cyrillic, Greek and Armenian letters that are drawn like Latin ones, from Unicode's confusables (UTS 39): those that
can spell an English word. Not the whole list, which no library here has."""

_LATIN = re.compile(r".*LATIN .*LETTER (?:[A-Z]+ )*?([A-Z])(?: WITH .*)?")
"""The Unicode name of a Latin letter in whatever dress: with a stroke, without its dot, small capital, in a circle."""


@lru_cache(maxsize=4096)
def folded(letter: str) -> str:
    """The letter or letters it is read as; nothing for what is not seen, and for accents."""
    if letter.isascii():
        return letter.lower()
    read = []
    for c in unicodedata.normalize("NFKD", letter):
        if unicodedata.category(c) in ("Cf", "Mn"):
            continue
        latin = None if c.isascii() else _LATIN.fullmatch(unicodedata.name(c, ""))
        read.append(latin[1].lower() if latin else c.translate(_LOOK_ALIKE).casefold())
    return "".join(read)
