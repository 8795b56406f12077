"""Why, in words a borrower or a person at the lender can read and check."""

from typing import Literal

from lending.value import Value

Language = Literal["en", "zh-CN"]


class Reason(Value):
    """One sentence with its figures, in both languages; `rule` names what it follows from."""

    rule: str
    en: str
    zh: str

    def words(self, language: Language) -> str:
        """The sentence in that language."""
        return self.zh if language == "zh-CN" else self.en
