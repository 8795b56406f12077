"""How long a message is where it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.text_length import columns, sms_segments

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWO = "^{}[]~|\\€\f"
MIXED = st.text(alphabet=st.sampled_from([*"aZ9 €^{您貸😀₹é`"]), max_size=500)
PLAIN = st.text(alphabet=st.sampled_from([*"aZ9 €^{\n"]), max_size=700)


def fewest(sizes: list[int], room: int) -> int:
    """The fewest parts of at most `room` that hold `sizes` in order, by trying every way to cut."""
    best = [0]
    for end in range(1, len(sizes) + 1):
        found, used = end, 0
        for start in range(end - 1, -1, -1):
            used += sizes[start]
            if used > room:
                break
            found = min(found, best[start] + 1)
        best.append(found)
    return best[-1]


def counted(text: str) -> int:
    """Segments by 3GPP TS 23.038, from the tables as they are written there."""
    if all(c in GSM_BASIC or c in GSM_TWO for c in text):
        sizes, alone, joined = [1 + (c in GSM_TWO) for c in text], 160, 153
    else:
        sizes, alone, joined = [len(c.encode("utf-16-le", "surrogatepass")) // 2 for c in text], 70, 67
    return 1 if sum(sizes) <= alone else fewest(sizes, joined)


class TestSmsSegments:
    @pytest.mark.parametrize(
        ("text", "segments"),
        [
            ("", 1),
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("a" * 306, 2),
            ("a" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
            ("a" * 152 + "€" * 2 + "a" * 150, 3),
            ("您" * 70, 1),
            ("您" * 71, 2),
            ("您" * 134, 2),
            ("您" * 135, 3),
            ("😀" * 35, 1),
            ("😀" * 36, 2),
            ("😀" * 67, 3),
            ("a" * 70 + "₹", 2),
            ("`" + "a" * 70, 2),
        ],
    )
    def test_are_counted_as_networks_do(self, text: str, segments: int) -> None:
        assert sms_segments(text) == segments

    @given(st.one_of(MIXED, PLAIN, st.text(max_size=300)))
    def test_are_what_an_independent_count_finds(self, text: str) -> None:
        assert sms_segments(text) == counted(text)


class TestColumns:
    @pytest.mark.parametrize(
        ("line", "width"), [("", 0), ("abc", 3), ("您好", 4), ("ｱ，", 3), ("e\u0301", 1)]
    )
    def test_are_two_for_what_is_shown_wide_and_none_for_what_combines(self, line: str, width: int) -> None:
        assert columns(line) == width
