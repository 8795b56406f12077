"""What nobody may be scored by: attributes that law protects, and columns that name a proxy for one."""

import re
from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, ...]] = {
    "sex or gender": ("sex", "male", "female"),
    "age": ("age", "ages", "aged", "dob", "birth", "born"),
    "race or ethnicity": ("race", "racial"),
    "religion": ("faith",),
    "marital status": ("wife", "husband"),
    "union membership": ("union", "unions"),
    "postal code": ("zip",),
}
"""Whole words of a column's name: `zip3_area` has one, `zipper` and `mortgage` have none."""

_PARTS: Mapping[str, tuple[str, ...]] = {
    "sex or gender": ("gender", "性别"),
    "age": ("birthday", "birthdate", "dateofbirth", "年龄", "出生", "生日"),
    "race or ethnicity": ("ethnic", "skincolo", "种族", "民族"),
    "religion": ("religio", "宗教", "信仰"),
    "nationality": ("nationality", "nationalorigin", "citizen", "国籍"),
    "marital status": (
        "marital",
        "married",
        "marriage",
        "spouse",
        "divorce",
        "widow",
        "婚姻",
        "婚否",
        "配偶",
    ),
    "disability": ("disab", "handicap", "残疾", "残障"),
    "political opinion": ("politic", "政治", "党派"),
    "union membership": ("unionmember", "tradeunion", "labourunion", "laborunion", "工会"),
    "health": ("health", "illness", "medical", "diagnos", "disease", "健康", "疾病", "病史"),
    "pregnancy": ("pregnan", "maternity", "怀孕", "孕期"),
    "sexual orientation": ("sexual", "性取向"),
    "postal code": ("postal", "postcode", "zipcode", "邮编", "邮政编码"),
    "first name": ("firstname", "forename", "givenname", "名字", "姓名"),
}
"""Parts of the name once it is written in small letters without separators: `Post_Code`, `maritalStatus`."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\dA-Za-z_]+")


def protected_attribute(name: str) -> str | None:
    """The protected attribute that a fact's or column's name tells of; None where it tells of none.

    Names are read as words, whatever separates them (`birth_year`, `birthYear`, `BIRTH-YEAR`). The doubtful is
    refused: a fact that is about something else can be called by what it is.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    whole = next((attribute for attribute, known in _WORDS.items() if set(known) & set(words)), None)
    written = "".join(words)
    part = next((attribute for attribute, known in _PARTS.items() if any(p in written for p in known)), None)
    return whole or part


def refuse_protected(name: str) -> None:
    """Raises ValueError, naming the field, where its name tells of a protected attribute."""
    if attribute := protected_attribute(name):
        raise ValueError(
            f"{name}: {attribute} is protected, nobody is scored by it; leave it out, or call it by what it is "
            "if it is something else"
        )
