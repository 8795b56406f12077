"""Why, in words a borrower or a person at the lender can read and check."""

from typing import Literal, get_args

from lending.value import Value

Language = Literal["en", "zh-CN", "zh-TW"]
"""What a borrower can be written to in: English, Chinese in simplified characters, Chinese as in Taiwan."""

LANGUAGES: tuple[Language, ...] = get_args(Language)


class Reason(Value):
    """One sentence with its figures, in every language; `rule` names what it follows from."""

    rule: str
    en: str
    zh: str
    zh_tw: str = ""
    """Empty in offers of older cases: then the simplified characters stand in."""

    def words(self, language: Language) -> str:
        """The sentence in that language."""
        if language == "en":
            return self.en
        return self.zh_tw or self.zh if language == "zh-TW" else self.zh
