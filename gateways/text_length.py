"""How long a message is where it is read: segments of a text, columns of a subject."""

import unicodedata

SEGMENTS_AT_MOST = 2
"""What is said takes no more; a link and a word about limitation may each take one more."""
SUBJECT_COLUMNS_AT_MOST = 78
"""A line of mail, RFC 5322 section 2.1.1; a Chinese character takes two columns."""

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_ESCAPED = frozenset("\f^{}\\[~]|€")


def sms_segments(text: str) -> int:
    """How many texts this is sent as: 160 (153 each when several) characters of GSM 03.38, where one of its extension
    table takes two; else 70 (67) units of UCS-2, where an emoji takes two. No character is cut in two."""
    if set(text) <= _GSM7 | _GSM7_ESCAPED:
        sizes, alone, joined = [2 if c in _GSM7_ESCAPED else 1 for c in text], 160, 153
    else:
        sizes, alone, joined = [2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67
    if sum(sizes) <= alone:
        return 1
    segments, used = 1, 0
    for size in sizes:
        if used + size > joined:
            segments, used = segments + 1, 0
        used += size
    return segments


def columns(line: str) -> int:
    """How wide `line` is shown: Chinese characters take two columns, marks that combine none."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) + wide - sum(unicodedata.combining(c) > 0 for c in line)
