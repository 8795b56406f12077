"""What a browser sent in a form, read field by field: a value that cannot be used is remembered under its name."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date, time

from lending.money import MoneyError, minor_units

_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_MARKS = re.compile(r"[\s¥￥元$£€]|^(?:CNY|RMB|TWD|NT)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST_MINOR = 10**15

WAS = "was_"
"""Before the name of a question: the hidden field that tells what was shown as its answer."""


class Given:
    """The fields of one form. `mistakes` holds the names of those that cannot be used, in the order they were read."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields
        self.mistakes: list[str] = []

    @property
    def was(self) -> "Given":
        """What the form showed when it was opened: its hidden fields, the names after WAS. Their mistakes do not count."""
        return Given(
            {name.removeprefix(WAS): told for name, told in self._fields.items() if name.startswith(WAS)}
        )

    def text(self, name: str, *, at_most: int, is_needed: bool = False) -> str:
        """Words, without what is invisible in them."""
        words = _CONTROL.sub("", self._one(name)).replace("\r\n", "\n").strip()
        if len(words) > at_most or (is_needed and not words):
            self._wrong(name)
        return words[:at_most]

    def amount(self, name: str, currency: str, *, at_most: int = _MOST_MINOR) -> int | None:
        """Minor units above zero, as people write money; None where the field is empty or cannot be used."""
        amount_minor = self.money(name, currency)
        if amount_minor is not None and not 0 < amount_minor <= at_most:
            self._wrong(name)
            return None
        return amount_minor

    def money(self, name: str, currency: str) -> int | None:
        """Minor units from zero on, as people write money."""
        words = _MARKS.sub("", self._plain(name))
        if not words:
            return None
        try:
            return minor_units(words.replace(",", "") if _THOUSANDS.fullmatch(words) else words, currency)
        except MoneyError:
            self._wrong(name)
            return None

    def number(self, name: str, at_least: int, at_most: int) -> int | None:
        """A whole number; None where the field is empty or cannot be used."""
        words = self._plain(name)
        if words and (not re.fullmatch("[0-9]{1,6}", words) or not at_least <= int(words) <= at_most):
            self._wrong(name)
            return None
        return int(words) if words else None

    def day(self, name: str, first: date, last: date) -> date | None:
        """A day of the calendar; None where the field is empty or cannot be used."""
        words = self._plain(name)
        if not words:
            return None
        try:
            day = date.fromisoformat(words.replace("/", "-"))
        except ValueError:
            day = None
        if day is None or not first <= day <= last:
            self._wrong(name)
            return None
        return day

    def clock(self, name: str) -> time | None:
        """A time of day; None where the field is empty or cannot be used."""
        words = self._plain(name)
        if not re.fullmatch(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]|", words):
            self._wrong(name)
            return None
        return time.fromisoformat(words.rjust(5, "0")) if words else None

    def chosen(self, name: str, among: Collection[str]) -> list[str]:
        """Those of `among` that were ticked, in their own order."""
        ticked = self._fields.get(name, ())
        if not set(ticked) <= set(among):
            self._wrong(name)
        return [one for one in among if one in ticked]

    def needs(self, name: str, value: object) -> None:
        """Marks the field where nothing usable came, once."""
        if value in (None, "", []):
            self._wrong(name)

    def _one(self, name: str) -> str:
        return next(iter(self._fields.get(name, ())), "")

    def _plain(self, name: str) -> str:
        return unicodedata.normalize("NFKC", self._one(name)).strip()

    def _wrong(self, name: str) -> None:
        if name not in self.mistakes:
            self.mistakes.append(name)
