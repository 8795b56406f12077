"""The word lists of messages: what nobody may say, what no third person may read, and what must be said where.

They stand in policies/templates/words.yaml, with a reason for each.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, ValidationError, model_validator

from compliance.rule import CITATION, Certainty
from gateways.letters import folded
from gateways.template import TEMPLATES
from gateways.yaml_file import PolicyError, mistake, parse
from lending.money import EXPONENTS
from lending.reason import Language
from lending.value import Strict
from statemachine.stage import Channel

WORDS = TEMPLATES / "words.yaml"

Phrase = Annotated[str, Field(min_length=1, max_length=80)]
Phrases = Mapping[Language, Annotated[tuple[Phrase, ...], Field(min_length=1)]]

_CODES = "|".join(sorted(EXPONENTS))
_UNITS = "元|圆|圓|块|塊|円|원|yuan|dollars?|pounds?|euros?|rupees?|won|rubles?"
_NUMERALS = "〇零一二三四五六七八九十百千万萬亿億两兩壹贰貳叁參肆伍陆陸柒捌玖拾佰仟"
_COLLOQUIAL = "(?i:cny|rmb|ntd?|usd|twd|hkd|eur|gbp|inr)"
_AMOUNT = re.compile(
    rf"[¥￥$€£₹₩₽₱]\s?\d[\d.,]*|\b(?:{_CODES}|{_COLLOQUIAL})\s?\d[\d.,]*|\d[\d.,]*\s?(?:{_CODES}|{_COLLOQUIAL})\b"
    rf"|\d[\d.,]*\s?(?:{_UNITS})|[{_NUMERALS}]+\s?(?:元|圆|圓|块钱|塊錢)"
    r"|\b\d{1,3}(?:,\d{3})+(?:\.\d+)?\b|\b\d+\.\d{2,3}\b(?![.\d])"
)
_BARE = re.compile(
    r"(?<![A-Za-z0-9_.,+#/:@-])(?<!\d )(?!(?:19|20)\d\d(?!\d))[1-9]\d{2,7}(?![A-Za-z0-9_/:@-]|[.,]\d| \d)"
)
"""A number that is no year and no part of a telephone number, a time, a reference or an address."""


class Forbidden(Strict):
    """Phrases that no message may hold, and why. Case, width, and what stands between Chinese characters do not matter."""

    kind: Annotated[str, Field(pattern=r"^[a-z_]{3,40}$")]
    why: Annotated[str, Field(min_length=10)]
    phrases: Phrases


class Basis(Strict):
    """The law of one place behind a requirement."""

    citation: Annotated[str, Field(pattern=CITATION, min_length=4, max_length=200)]
    certainty: Certainty
    note: str = ""


class Required(Strict):
    """What a message must say by these channels: the value of a `fact`, or one of the `phrases` of its language.

    `if_time_barred`: only where the debt can no longer be enforced. `everywhere` says why the house asks it of every policy; without it only those for one of the `places` must.
    """

    what: Annotated[str, Field(min_length=3, max_length=60)]
    fact: Annotated[str, Field(pattern=r"^[a-z_]+$")] | None = None
    phrases: Phrases | None = None
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    if_time_barred: bool = False
    everywhere: str = ""
    places: Mapping[Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")], Basis] = {}

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "Required":
        if (self.fact is None) == (self.phrases is None):
            raise ValueError("fact: write either fact or phrases")
        if not self.everywhere and not self.places:
            raise ValueError("places: required nowhere: name places, or say why everywhere")
        return self

    def basis_in(self, places: tuple[str, ...]) -> str | None:
        """Why a policy written for `places` must say it; None: it need not."""
        cited = [f"{place}: {self.places[place].citation}" for place in places if place in self.places]
        return "; ".join(cited) or self.everywhere or None


class Words(Strict):
    """What messages may not say, may not reveal, and must say."""

    forbidden: tuple[Forbidden, ...]
    revealing: Phrases
    required: tuple[Required, ...]

    @cached_property
    def forbidden_index(self) -> "Index":
        """The forbidden phrases, by their first word."""
        return _index((phrase, each.why) for each in self.forbidden for phrase in _flat(each.phrases))

    @cached_property
    def revealing_index(self) -> "Index":
        """The words of debt, by their first word."""
        return _index((phrase, "it tells of a debt") for phrase in _flat(self.revealing))

    def revealed(self, text: str) -> str | None:
        """The first word of debt or amount in `text`, which a third person could read; None: it tells nothing.

        For texts, subjects, calendar entries, and whatever is said to somebody else than the borrower.
        """
        seen = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
        if amount := _AMOUNT.search(seen):
            return amount[0].strip()
        if word := self.word_of_debt(text):
            return word
        number = _BARE.search(seen)
        return number[0] if number else None

    def word_of_debt(self, text: str) -> str | None:
        """The first word of debt in `text`, whatever numbers are in it: a name, an address, a telephone number."""
        found = next(spotted(text, self.revealing_index), None)
        return found.phrase if found else None


class Spotted(NamedTuple):
    """A phrase of a list, where it begins in the text, and why it is on the list."""

    phrase: str
    start: int
    why: str


_SPELLED_OUT_AT_LEAST = 4
"""Single letters in a row; fewer are initials."""

Index = Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]]


def spotted(text: str, index: Index) -> Iterator[Spotted]:
    """Every listed phrase in `text`, in order; then those whose letters stand apart."""
    words = list(_words(text))
    for number, (word, start) in enumerate(words):
        for phrase_words, phrase, why in index.get(word, ()):
            following = words[number : number + len(phrase_words)]
            if tuple(one for one, _ in following) == phrase_words:
                yield Spotted(phrase, start, why)
    for is_apart, run in groupby(words, key=lambda word: len(word[0]) == 1 and "a" <= word[0] <= "z"):
        if is_apart:
            yield from _spelled_out(list(run), index)


def _spelled_out(letters: list[tuple[str, int]], index: Index) -> Iterator[Spotted]:
    """The phrases in `l a s t  c h a n c e` and the like."""
    text = "".join(letter for letter, _ in letters)
    if len(text) < _SPELLED_OUT_AT_LEAST:
        return
    for phrase_words, phrase, why in chain.from_iterable(index.values()):
        if (at := text.find("".join(phrase_words))) >= 0:
            yield Spotted(phrase, letters[at][1], why)


def _words(text: str) -> Iterator[tuple[str, int]]:
    """The words of `text` with their places. Every Chinese character is a word of its own, so that what stands between
    two of them does not matter; nor do case, width, alphabet, accents and characters that are not seen."""
    word, start = "", 0
    for place, original in enumerate(text):
        for c in folded(original):
            is_alone = "\u2e80" <= c <= "\u9fff" or c > "\uffff" or c == HIDDEN
            if word and (is_alone or not c.isalnum()):
                yield word, start
                word = ""
            if is_alone and (c.isalnum() or c == HIDDEN):
                yield c, place
            elif c.isalnum():
                word, start = (word or "") + c, start if word else place
    if word:
        yield word, start


HIDDEN = "\ue000"
"""Stands for what a template fills in: a word that is on no list."""


def _flat(phrases: Phrases) -> Iterator[str]:
    for listed in phrases.values():
        yield from listed


def _index(phrases: Iterator[tuple[str, str]]) -> Index:
    index: dict[str, tuple[tuple[tuple[str, ...], str, str], ...]] = {}
    for phrase, why in phrases:
        words = tuple(word for word, _ in _words(phrase))
        index[words[0]] = (*index.get(words[0], ()), (words, phrase, why))
    return index


@lru_cache
def words_in(path: Path = WORDS) -> Words:
    """The lists in `path`. Raises PolicyError with file, line and column of every mistake."""
    document = parse(path)
    try:
        return Words.model_validate(document)
    except ValidationError as error:
        lines = (mistake(path, document, item["loc"], item["msg"]) for item in error.errors())
        raise PolicyError("\n".join(lines)) from None
