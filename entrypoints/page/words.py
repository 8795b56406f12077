"""What the page says, in each of its languages: words/LANGUAGE.yaml, filled with sums and days as people read them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_currency

from gateways.yaml_file import PolicyError, parse
from lending.money import EXPONENTS

FOLDER = Path(__file__).with_name("words")
LANGUAGES = ("zh-CN", "zh-TW", "en")

_LOCALE = {"en": "en", "zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW"}
_DAY = {"en": "d MMMM y", "zh-CN": "y年M月d日", "zh-TW": "y年M月d日"}


class Words:
    """One language. Call it with a key and what its text is filled with; a key that is not there is a KeyError."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **facts: object) -> str:
        """The text under `key`."""
        return self._texts[key].format(**facts)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    @property
    def keys(self) -> frozenset[str]:
        """Everything this language can say."""
        return frozenset(self._texts)

    def money(self, amount_minor: int, currency: str) -> str:
        """A sum, with its currency's code where the language writes `$` for many."""
        decimals = EXPONENTS[currency]
        mark = "¤¤ " if self.language == "en" else "¤"
        pattern = f"{mark}#,##0" + ("." + "0" * decimals if decimals else "")
        amount = Decimal(amount_minor).scaleb(-decimals)
        return format_currency(
            amount, currency, pattern, locale=_LOCALE[self.language], currency_digits=False
        )

    def day(self, day: date) -> str:
        """A day of the calendar."""
        return format_date(day, _DAY[self.language], locale=_LOCALE[self.language])


@cache
def words_in(language: str) -> Words:
    """The words of one of LANGUAGES. Raises PolicyError for a file that is not one text per key."""
    file = FOLDER / f"{language}.yaml"
    texts = dict(parse(file))
    for key, text in texts.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise PolicyError(f"{file}: {key}: one text is expected")
    return Words(language, texts)
